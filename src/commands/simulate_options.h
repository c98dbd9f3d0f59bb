/* The options and files of lastcall simulate. */
#ifndef LASTCALL_SIMULATE_OPTIONS_H
#define LASTCALL_SIMULATE_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "commands/inputs.h"
#include "trial/trial.h"

struct simulate {
    const char *policy_path;
    const char *services_path;
    uint64_t seeds;
    uint64_t from;
    uint64_t seed;     /* of --seed; 0: all of them */
    int64_t grace_ms;  /* 0: as each world says */
    int workers;
    bool json;
    bool verbose;
    bool smallest;     /* of the seed's world, only what breaks its first invariant */
    struct trial_config config;
    struct input policy;
    struct input services;
};

/* Fill it from the command line and from the files which that names. What cannot be used is said.
 * Errors: -EINVAL, those of reading a file. */
int simulate_parse_options(struct simulate *simulate, int count, char **arguments);
int simulate_read_sources(struct simulate *simulate);

void simulate_complain(const char *what, const char *why);

#endif
