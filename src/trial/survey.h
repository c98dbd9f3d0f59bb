/* A policy surveyed: the canonical worlds, then seeds; what is broken and where first, which lines
 * of the policy never ran, and the longest shutdown. In one process. */
#ifndef LASTCALL_TRIAL_SURVEY_H
#define LASTCALL_TRIAL_SURVEY_H

#include "trial/canonical.h"
#include "trial/trial.h"

/* A world of a survey: a canonical one, or a seed. */
struct survey_world {
    char name[CANONICAL_NAME_MAX]; /* "admin hangs", "seed 12" */
    struct draw world;             /* its seed is 0 where it is canonical */
};

struct survey_broken {
    uint64_t worlds;           /* in how many; 0: the invariant holds */
    struct survey_world first; /* of them */
    char why[WHY_MAX];         /* there */
};

/* The longest shutdown of the worlds with the same grace. */
struct survey_worst {
    char world[CANONICAL_NAME_MAX]; /* "": none was that long */
    int64_t took_ms;
    int64_t budget_ms; /* from the signal to the deadline */
    bool resorted;     /* the last resort had to finish */
};

struct survey {
    uint64_t canonical;  /* worlds tried, and of seeds */
    uint64_t seeds;
    struct survey_broken broken[INVARIANTS];
    struct survey_worst worst;
    bool failed;             /* the policy failed in the plain world: nothing else was tried */
    char failure[REASON_MAX];
    int never_ran;           /* lines */
    unsigned char never[LINES_MAX]; /* 1: this line has code and never ran */
};

struct survey_plan {
    uint64_t seeds;
    bool lines;             /* also which lines never ran */
    bool (*enough)(void);   /* asked before each seed; true: no more. NULL: never */
};

/* Errors: -ENOMEM. */
int survey_take(struct trial *trial, const struct survey_plan *plan, struct survey *survey);

/* How many invariants are broken. */
int survey_broken_count(const struct survey *survey);

#endif
