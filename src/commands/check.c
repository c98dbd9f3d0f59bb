/* lastcall check.
 *
 * Happy path: options -> both files are read, and what is written in them is looked at -> the
 * policy is tried in worlds -> what was found -> the verdict.
 *
 * What can go wrong: a file hangs (an alarm ends us); something is wrong in it (no worlds). */
#include "commands/check.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commands/check_state.h"
#include "commands/options.h"

enum { DEFAULT_SEEDS = 1000, NICE = 19 };

void check_complain(const char *what, const char *why)
{
    fprintf(stderr, "lastcall check: %s%s (see lastcall --help)\n", what, why);
}

static int take_values(struct check *check, const char *seeds, const char *grace)
{
    char *end;

    errno = 0;
    check->seeds = seeds ? strtoull(seeds, &end, 10) : DEFAULT_SEEDS;
    if (seeds && (errno || end == seeds || *end || *seeds == '-')) {
        check_complain("--seeds must be a number, not ", seeds);
        return -EINVAL;
    }
    check->grace_ms = grace ? input_parse_grace_ms(grace) : 0;
    if (check->grace_ms < 0) {
        check_complain("--grace must be a number of seconds, at least 1, not ", grace);
        return -EINVAL;
    }
    if (check->policy_path || check->services_path)
        return 0;
    check_complain("which file?", "");
    return -EINVAL;
}

static bool take_flag(struct check *check, const char *argument)
{
    struct {
        const char *name;
        bool *flag;
    } flags[] = {
        {"--json", &check->json}, {"--strict", &check->strict}, {"--brief", &check->brief},
    };

    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
        if (strcmp(argument, flags[i].name) == 0)
            return *flags[i].flag = true;
    return false;
}

static int parse_options(struct check *check, int count, char **arguments)
{
    const char *seeds = NULL, *grace = NULL;

    for (int i = 0; i < count; i++) {
        const char *argument = arguments[i];
        int taken = take_flag(check, argument);

        if (taken == 0)
            taken = option_value(arguments, count, &i, "--services", &check->services_path);
        if (taken == 0)
            taken = option_value(arguments, count, &i, "--seeds", &seeds);
        if (taken == 0)
            taken = option_value(arguments, count, &i, "--grace", &grace);
        if (taken > 0)
            continue;
        if (taken < 0 || argument[0] == '-' || check->policy_path) {
            check_complain(argument, taken < 0 ? " needs a value"
                                     : argument[0] == '-' ? ": there is no such option"
                                                          : ": one policy at a time");
            return -EINVAL;
        }
        check->policy_path = argument;
    }
    return take_values(check, seeds, grace);
}

static void print_all(const struct check *check)
{
    if (check->brief)
        check_brief_print(check);
    else if (check->json)
        check_print_json(check);
    else
        check_print_text(check);
}

int check_main(int count, char **arguments)
{
    struct check *check = calloc(1, sizeof *check);
    int code = CHECK_BROKEN, error;

    if (!check || parse_options(check, count, arguments) < 0)
        goto end;
    if (check->brief && nice(NICE) < 0)
        errno = 0; // somebody else's time is all that it costs
    error = check_files(check);
    if (error == 0)
        error = check_worlds(check);
    if (error < 0) {
        check_complain("", strerror(-error));
        goto end;
    }
    print_all(check);
    code = check_verdict(check);
end:
    if (check)
        check_free(check);
    free(check);
    return code;
}
