#include "commands/simulate_options.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void simulate_complain(const char *what, const char *why)
{
    fprintf(stderr, "lastcall: %s: %s (see lastcall --help)\n", what, why);
}

/* Options */

static bool parse_number(const char *text, uint64_t *number)
{
    char *end;

    errno = 0;
    *number = strtoull(text, &end, 10);
    return errno == 0 && end != text && *end == '\0' && *text != '-';
}

/* Takes the value of an option; false: it cannot be used. */
static bool option_take(struct simulate *simulate, const char *name, const char *value)
{
    uint64_t workers;

    if (strcmp(name, "--services") == 0) {
        simulate->services_path = value;
        return true;
    }
    if (strcmp(name, "--seeds") == 0)
        return parse_number(value, &simulate->seeds) && simulate->seeds > 0;
    if (strcmp(name, "--from") == 0)
        return parse_number(value, &simulate->from);
    if (strcmp(name, "--seed") == 0)
        return parse_number(value, &simulate->seed) && simulate->seed > 0;
    if (strcmp(name, "--grace") == 0)
        return (simulate->grace_ms = input_parse_grace_ms(value)) > 0;
    if (strcmp(name, "--workers") == 0 && parse_number(value, &workers) && workers > 0 &&
        workers <= 64) {
        simulate->workers = (int)workers;
        return true;
    }
    return false;
}

int simulate_parse_options(struct simulate *simulate, int count, char **arguments)
{
    for (int i = 0; i < count; i++) {
        if (strcmp(arguments[i], "--json") == 0) {
            simulate->json = true;
        } else if (strcmp(arguments[i], "--verbose") == 0) {
            simulate->verbose = true;
        } else if (strcmp(arguments[i], "--smallest") == 0) {
            simulate->smallest = true;
        } else if (arguments[i][0] != '-' && !simulate->policy_path) {
            simulate->policy_path = arguments[i];
        } else if (i + 1 < count && option_take(simulate, arguments[i], arguments[i + 1])) {
            i++;
        } else {
            simulate_complain(arguments[i],
                              "not an option of simulate, or its value cannot be used");
            return -EINVAL;
        }
    }
    if (simulate->policy_path)
        return 0;
    simulate_complain("simulate", "which policy? lastcall simulate FILE");
    return -EINVAL;
}

/* Files */

int simulate_read_sources(struct simulate *simulate)
{
    struct input_places places = {simulate->services_path, simulate->policy_path,
                                  STANDARD_SERVICES, BUILT_IN_SERVICES};
    int error = input_read(simulate->policy_path, &simulate->policy);

    if (error < 0) {
        simulate_complain(simulate->policy_path, strerror(-error));
        return error;
    }
    error = input_choose(&places, &simulate->services);
    if (error < 0)
        simulate_complain(simulate->services.path, strerror(-error));
    simulate->config.policy = simulate->policy.source;
    simulate->config.services = simulate->services.source;
    return error;
}
