/* Trials: a policy in simulated worlds, and what must hold in each of them.
 *
 *     trial_create(&config, &trial);
 *     struct draw world = draw_from_seed(seed, trial_names(trial));
 *     trial_run(trial, &world, &facts);
 *     broken = invariants_broken(&facts, why);
 *
 * The files are read once; each run begins with a copy of the engine as it was after that. */
#ifndef LASTCALL_TRIAL_TRIAL_H
#define LASTCALL_TRIAL_TRIAL_H

#include "trial/facts.h"
#include "trial/invariants.h"
#include "trial/steps.h"

struct trial_config {
    struct source services; /* as in engine_config: kept by the caller */
    struct source policy;
    const char *const *environment;
    const char *const *arguments;
    int64_t grace_ms;       /* of all worlds; 0: as each world says */
    void (*complain)(const char *text); /* gets what was said about files that cannot be used */
};

struct trial;

/* Errors: -EINVAL a file that cannot be used, -ENOMEM. */
int trial_create(const struct trial_config *config, struct trial **trial);
void trial_destroy(struct trial *trial);

/* Live as long as the trial. */
const struct draw_names *trial_names(const struct trial *trial);

/* One shutdown. Errors: -ENOMEM. */
int trial_run(struct trial *trial, const struct draw *world, struct facts *facts);

/* The same, and what was said and what happened, as the texts of sim_output, sim_history and
 * sim_report. They live until the next run. */
struct trial_texts {
    const char *output;
    const char *history;
    const char *report; /* as `lastcall run --report` writes it */
    const struct steps *steps;
};
int trial_show(struct trial *trial, const struct draw *world, struct facts *facts,
               struct trial_texts *texts);

/* From now on, until it is destroyed, worlds are run faster: without counting instructions, and
 * again with it where that might make a difference. For one trial in each process; it takes
 * SIGVTALRM and its timer. May be called again. */
void trial_hurry(struct trial *trial);

/* Sets has_code[line] for the lines of the policy in which something can run; returns how many. */
int trial_policy_lines(struct trial *trial, unsigned char has_code[LINES_MAX]);

/* From now on lines that run get a 1, which makes runs slower; NULL: no more. */
void trial_mark_lines(struct trial *trial, unsigned char *lines_run);

/* The grace of all its worlds, or else that of a world in which nothing is wrong. */
int64_t trial_grace_ms(const struct trial *trial);
bool trial_fixed_grace(const struct trial *trial); /* is it that of all? */

/* Do two runs of the same world in which everything is printed say and do the same, byte by byte,
 * and a third, quiet one do the same? */
bool trial_repeats(struct trial *trial, const struct draw *world);

/* Makes the world as plain as it can be while still breaking the invariant. */
struct draw trial_shrink(struct trial *trial, const struct draw *world, int invariant);

/* The same, with why it is broken there and the world in words ("": nothing is wrong there). */
struct trial_smallest {
    struct draw world;
    char why[WHY_MAX];
    char words[8192];
};
void trial_smallest(struct trial *trial, const struct draw *world, int invariant,
                    struct trial_smallest *smallest);

#endif
