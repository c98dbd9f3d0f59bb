/* Scenarios: a world in words, what happens when, and what must hold.
 *
 *     struct scenarios *scenarios;
 *     if (scenarios_read(path, text, &scenarios) == 0)
 *         for each: scenario_bind(scenario, names, ...) -> scenario_judge(scenario, &outcome, ...)
 *
 * A scenario is data: numbers of the table that seeds draw from (sim/draw.h), and expectations. So
 * the same one runs in the simulated world and on real processes. The words are Lua
 * (lua/chaos.lua), in a machine that ends when the file is read. */
#ifndef LASTCALL_CHAOS_SCENARIO_H
#define LASTCALL_CHAOS_SCENARIO_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/draw.h"
#include "trial/facts.h"
#include "trial/invariants.h"
#include "trial/steps.h"

enum {
    SCENARIOS_MAX = 250,         /* of one file */
    SCENARIO_TEXT_MAX = 256,     /* bytes of a name, a source, a path */
    SCENARIO_VARIABLES_MAX = 16, /* of the environment */
    EXPECTATIONS_MAX = 24,       /* of one scenario */
    EXPECTED_SERVICES_MAX = SIM_SERVICES_MAX,
    SCENARIO_ERROR_MAX = 512
};

enum expectation_kind {
    EXPECT_FINISHED_WITHIN,     /* ms: from the first signal until everything was over */
    EXPECT_FINISHED_NOT_BEFORE, /* ms */
    EXPECT_STOPPED_WITHIN,      /* service, ms: its first signal came so soon after the beginning */
    EXPECT_STOPPED_NOT_BEFORE,  /* service, ms */
    EXPECT_STOP_ORDER,          /* services: each was gone before the next got its signal */
    EXPECT_HAPPENED,            /* what, service ("": any, or none), text in its why ("": any) */
    EXPECT_NEVER,               /* the same */
    EXPECT_EXIT_CODE,           /* number */
    EXPECT_CUT_AT_MOST,         /* number of requests that were in flight when a service exited */
    EXPECT_REFUSED_AT_MOST,     /* number of requests that nobody accepted */
    EXPECT_FAILED_AT_MOST,      /* number of requests whose service had lost the one it needs */
    EXPECT_BLIND_AT_MOST,       /* number of requests sent on a connection that was cut idle */
    EXPECT_WORK_CUT_AT_MOST,    /* number of pieces of work that a KILL ended */
    EXPECT_BREAKS               /* what: an invariant that must not hold */
};

struct expectation {
    enum expectation_kind kind;
    int line;                                 /* of the scenario file */
    int64_t number;                           /* ms, or how many */
    char what[STEP_WHAT_MAX];
    char text[SCENARIO_TEXT_MAX];
    int service_count;
    char services[EXPECTED_SERVICES_MAX][STEP_NAME_MAX];
};

/* What a scenario says about one service: a row of the table. */
struct scenario_service {
    char name[STEP_NAME_MAX];
    int line;
    int64_t values[DRAW_PARAMETERS];
};

struct scenario {
    char name[SCENARIO_TEXT_MAX];
    char file[SCENARIO_TEXT_MAX];     /* as it was given to scenarios_read */
    int line;
    char source[SCENARIO_TEXT_MAX];   /* where the fault comes from; "": not said */
    char policy[SCENARIO_TEXT_MAX];   /* path, from the working directory; "": built in */
    char services[SCENARIO_TEXT_MAX];
    int variable_count;
    char variables[SCENARIO_VARIABLES_MAX][SCENARIO_TEXT_MAX]; /* "NAME=value" */
    const char *environment[SCENARIO_VARIABLES_MAX + 1];       /* these, NULL at the end */
    int64_t world[DRAW_PARAMETERS];
    int described_count;
    struct scenario_service described[SIM_SERVICES_MAX];
    int expectation_count;
    struct expectation expectations[EXPECTATIONS_MAX];

    struct draw draw;                 /* of scenario_bind */
};

struct scenarios {
    int count;
    struct scenario *list;
    char error[SCENARIO_ERROR_MAX];   /* "file:line: what is wrong, and what to write" */
};

/* Reads a file whose text the caller has. `file` names it in messages, and paths in it are
 * relative to its folder. The caller destroys *scenarios, also after an error. Errors: -EINVAL,
 * where `error` says what is wrong; -ENOMEM. */
int scenarios_read(const char *file, const char *text, struct scenarios **scenarios);
void scenarios_destroy(struct scenarios *scenarios);

/* Which expectations count. */
enum strictness {
    JUDGE_ALL,      /* all that the scenario says, and the invariants that it does not break */
    JUDGE_OUTCOME   /* somebody else's policy: what its clients felt, and all invariants */
};

/* Makes `draw` for the services that there are. Errors: -EINVAL: it, or with JUDGE_ALL an
 * expectation, names a service that there is not; `error` says which. */
int scenario_bind(struct scenario *scenario, const struct draw_names *names,
                  enum strictness strictness, char error[SCENARIO_ERROR_MAX]);

/* Does the world of the scenario have a service that is not among these? NULL: no; its name. */
const char *scenario_stranger(const struct scenario *scenario, const struct draw_names *names);

/* What came of a shutdown, simulated or real. */
struct outcome {
    const struct facts *facts;
    const struct steps *steps;
    int exit_code;
    int64_t tolerance_ms;  /* how much later or earlier is in time: 0 in the simulated world */
    bool clients_known;    /* facts count requests and work; else nobody can say */
    bool repeats;          /* another run was the same; true where that cannot be */
};

enum verdict {
    VERDICT_HELD,
    VERDICT_FAILED,
    VERDICT_NOT_KNOWN /* of requests, where nobody has counted them */
};

struct judgement {
    enum verdict verdict;
    int line;                           /* of the scenario file; 0: an invariant */
    char expected[SCENARIO_ERROR_MAX];  /* in words */
    char instead[SCENARIO_ERROR_MAX];   /* what happened; "": it held */
};

enum { JUDGEMENTS_MAX = EXPECTATIONS_MAX + INVARIANTS };

/* Judges every expectation and invariant; returns how many judgements there are, failed ones
 * included. Reads nothing but its arguments. */
int scenario_judge(const struct scenario *scenario, const struct outcome *outcome,
                   enum strictness strictness, struct judgement judgements[JUDGEMENTS_MAX]);

#endif
