/* A scenario speaks of services by name; here it meets those that there are. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/words.h"
#include "chaos/scenario.h"

static int place_of(const char *name, const struct draw_names *names)
{
    for (int i = 0; i < names->count; i++)
        if (strcmp(names->names[i], name) == 0)
            return i;
    return -1;
}

/* The first name that is not among them, and the line where it is written. */
static const char *described_find(const struct scenario *scenario, const struct draw_names *names,
                                  int *line)
{
    for (int i = 0; i < scenario->described_count; i++) {
        *line = scenario->described[i].line;
        if (place_of(scenario->described[i].name, names) < 0)
            return scenario->described[i].name;
    }
    return NULL;
}

static const char *expected_find(const struct scenario *scenario, const struct draw_names *names,
                                 int *line)
{
    for (int i = 0; i < scenario->expectation_count; i++) {
        const struct expectation *expectation = &scenario->expectations[i];

        *line = expectation->line;
        for (int k = 0; k < expectation->service_count; k++)
            if (place_of(expectation->services[k], names) < 0)
                return expectation->services[k];
    }
    return NULL;
}

const char *scenario_stranger(const struct scenario *scenario, const struct draw_names *names)
{
    int line;

    return described_find(scenario, names, &line);
}

/* The service that was probably meant; NULL: none is near. */
static const char *meant(const char *name, const struct draw_names *names)
{
    const char *near = NULL;
    int best = WORD_MAX;

    for (int i = 0; i < names->count; i++) {
        int distance = words_distance(name, names->names[i]);

        if (distance >= best || !words_near(name, distance))
            continue;
        best = distance;
        near = names->names[i];
    }
    return near;
}

static void stranger_say(const struct scenario *scenario, const struct draw_names *names, int line,
                         const char *name, char error[SCENARIO_ERROR_MAX])
{
    const char *near = meant(name, names);
    int used = snprintf(error, SCENARIO_ERROR_MAX, "%s:%d: services.lua has no service '%s'",
                        scenario->file, line, name);

    if (near) {
        snprintf(error + used, (size_t)(SCENARIO_ERROR_MAX - used), " - did you mean '%s'?", near);
        return;
    }
    for (int i = 0; i < names->count && used < SCENARIO_ERROR_MAX; i++)
        used += snprintf(error + used, (size_t)(SCENARIO_ERROR_MAX - used), "%s %s",
                         i > 0 ? "," : ": there are", names->names[i]);
}

/* Numbers of an admin or of clients, of a service that has none. */
static const char *undrained_find(const struct scenario *scenario,
                                  const struct draw_names *names, int *line)
{
    for (int i = 0; i < scenario->described_count; i++) {
        const struct scenario_service *service = &scenario->described[i];

        *line = service->line;
        for (int k = 0; k < DRAW_PARAMETERS; k++)
            if (draw_table[k].owner == OF_DRAINED && service->values[k] != draw_table[k].plain &&
                !names->admins[place_of(service->name, names)])
                return service->name;
    }
    return NULL;
}

int scenario_bind(struct scenario *scenario, const struct draw_names *names,
                  enum strictness strictness, char error[SCENARIO_ERROR_MAX])
{
    int line = 0;
    const char *name = described_find(scenario, names, &line);

    if (!name && strictness == JUDGE_ALL)
        name = expected_find(scenario, names, &line);
    if (name) {
        stranger_say(scenario, names, line, name, error);
        return -EINVAL;
    }
    name = undrained_find(scenario, names, &line);
    if (name) {
        snprintf(error, SCENARIO_ERROR_MAX, "%s:%d: %s has no drain in services.lua: it can have "
                 "neither an admin nor clients here", scenario->file, line, name);
        return -EINVAL;
    }
    scenario->draw = draw_plain();
    memcpy(scenario->draw.values[DRAW_WORLD], scenario->world, sizeof scenario->world);
    for (int i = 0; i < scenario->described_count; i++)
        memcpy(scenario->draw.values[DRAW_SERVICE + place_of(scenario->described[i].name, names)],
               scenario->described[i].values, sizeof scenario->described[i].values);
    return 0;
}
