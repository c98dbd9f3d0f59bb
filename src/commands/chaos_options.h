/* The options and files of lastcall chaos. */
#ifndef LASTCALL_CHAOS_OPTIONS_H
#define LASTCALL_CHAOS_OPTIONS_H

#include <stdbool.h>

#include "chaos/scenario.h"
#include "engine/engine.h"

enum { CHAOS_FILES_MAX = 512, CHAOS_PATH_MAX = SCENARIO_TEXT_MAX };

struct chaos_file {
    char path[CHAOS_PATH_MAX];
    int line; /* of "FILE:LINE": only the scenario there; 0: all */
};

/* --as NAME=YOURS: what scenarios say of NAME is true of YOURS. */
struct chaos_alias {
    char name[STEP_NAME_MAX];
    char yours[STEP_NAME_MAX];
};

struct chaos {
    const char *policy_path;   /* of --policy: instead of what the scenarios say; NULL */
    const char *services_path;
    int alias_count;
    struct chaos_alias aliases[SIM_SERVICES_MAX];
    bool verbose;
    bool json;
    int file_count;
    struct chaos_file files[CHAOS_FILES_MAX];
};

/* Fills it from the command line; folders are replaced by the *.lua files in them which have a
 * scenario, by name. What cannot be used is said. Errors: -EINVAL, those of reading a folder. */
int chaos_parse_options(struct chaos *chaos, int count, char **arguments);

/* The policy and the services.lua of a scenario. They use the buffers. */
struct chaos_sources {
    struct source policy;
    struct source services;
    char policy_text[SOURCE_MAX + 1];
    char services_text[SOURCE_MAX + 1];
};

/* What the options say, else the scenario, else what is built in: policies/services.lua, and
 * policies/shutdown.lua, or for other services policies/examples/in_reverse.lua (with --services
 * always, since a scenario's policy is about its own). What cannot be read is said. Errors: those
 * of reading. */
int chaos_read_sources(const struct chaos *chaos, const struct scenario *scenario,
                       struct chaos_sources *sources);

/* Gives what the scenario says of services the names of --as. */
void chaos_rename_services(const struct chaos *chaos, struct scenario *scenario);

/* JUDGE_OUTCOME where the options replace what the scenario was written for. */
enum strictness chaos_strictness(const struct chaos *chaos);

/* Does FILE:LINE mean the scenario at this place? The last one that begins there or before;
 * several, where a loop made them. Line 0: all. */
bool chaos_is_chosen(const struct scenarios *scenarios, int place, int line);

void chaos_complain(const char *what, const char *why);

#endif
