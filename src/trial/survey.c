/* Happy path: the plain world -> the other canonical ones -> seeds -> what came of it. The lines
 * that run are looked at until all have run, which is slower.
 *
 * What can go wrong: the policy fails where nothing is wrong (the survey ends there); a world takes
 * long to simulate (`enough` ends the survey between two of them). */
#include "trial/survey.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { LINES_COMPARED_EVERY = 50 }; /* seeds */

static void broken_note(struct survey *survey, const struct survey_world *world,
                        const struct facts *facts)
{
    for (int i = 0; i < INVARIANTS; i++) {
        struct survey_broken *broken = &survey->broken[i];
        char why[WHY_MAX];

        if (!invariants[i].holds || invariants[i].holds(facts, why) || broken->worlds++ > 0)
            continue;
        broken->first = *world;
        memcpy(broken->why, why, sizeof broken->why);
    }
}

/* Worlds of another grace are not compared; those of a second signal have another deadline. Where
 * we did not run for a while, it is not the policy that took so long. */
static void worst_note(struct survey *survey, const struct survey_world *world,
                       const struct facts *facts, int64_t grace_ms)
{
    const int64_t *values = world->world.values[DRAW_WORLD];
    struct survey_worst *worst = &survey->worst;
    int64_t took_ms = facts->done_ms - facts->begun_ms;
    bool comparable = facts->begun_ms != NOT_MS && !facts->hurried && !facts->cut_short &&
                      facts->latest_ms == 0 &&
                      (grace_ms == 0 || values[DRAW_GRACE] == grace_ms);

    if (!comparable || took_ms <= worst->took_ms)
        return;
    snprintf(worst->world, sizeof worst->world, "%s", world->name);
    worst->took_ms = took_ms;
    worst->budget_ms = facts->deadline_ms - facts->begun_ms;
    worst->resorted = facts->resorted || facts->deadline_passed;
}

static int world_try(struct trial *trial, const struct survey_world *world, int64_t grace_ms,
                     struct survey *survey)
{
    struct facts facts;
    int error = trial_run(trial, &world->world, &facts);

    if (error < 0)
        return error;
    broken_note(survey, world, &facts);
    worst_note(survey, world, &facts, grace_ms);
    if (survey->canonical + survey->seeds == 0 && facts.end == ENGINE_POLICY_FAILED) {
        survey->failed = true;
        snprintf(survey->failure, sizeof survey->failure, "%s", facts.reason);
    }
    return 0;
}

/* Some pass with their run repeated: what is not the same is a finding, too. */
static void repeat_try(struct trial *trial, const struct survey_world *world,
                       struct survey *survey)
{
    struct survey_broken *broken = &survey->broken[INVARIANT_SAME_BYTES];

    if (trial_repeats(trial, &world->world) || broken->worlds++ > 0)
        return;
    broken->first = *world;
    snprintf(broken->why, sizeof broken->why, "two runs differ");
}

static int canonical_try(struct trial *trial, int64_t grace_ms, struct survey *survey)
{
    static struct canonical list[CANONICAL_MAX];
    int count = canonical_list(trial_names(trial), list), error;

    for (int i = 0; i < count && !survey->failed; i++) {
        struct survey_world world = {.world = list[i].world};
        bool other_grace = world.world.values[DRAW_WORLD][DRAW_GRACE] !=
                           draw_table[DRAW_GRACE].plain;

        if (other_grace && trial_fixed_grace(trial))
            continue;
        memcpy(world.name, list[i].name, sizeof world.name);
        error = world_try(trial, &world, grace_ms, survey);
        if (error < 0)
            return error;
        if (strcmp(world.name, CANONICAL_USUAL) == 0)
            repeat_try(trial, &world, survey);
        survey->canonical++;
    }
    return 0;
}

static int seed_try(struct trial *trial, uint64_t seed, int64_t grace_ms, struct survey *survey)
{
    struct survey_world world = {.world = draw_from_seed(seed, trial_names(trial))};
    int error;

    snprintf(world.name, sizeof world.name, "seed %" PRIu64, seed);
    error = world_try(trial, &world, grace_ms, survey);
    if (error == 0)
        survey->seeds++;
    return error;
}

/* Takes the lines that ran so far out of those that never did. */
static void lines_compare(struct trial *trial, const unsigned char *ran, struct survey *survey)
{
    survey->never_ran = 0;
    for (int line = 1; line < LINES_MAX; line++) {
        survey->never[line] = survey->never[line] && !ran[line];
        survey->never_ran += survey->never[line];
    }
    if (survey->never_ran == 0) {
        trial_mark_lines(trial, NULL);
        trial_hurry(trial);
    }
}

int survey_take(struct trial *trial, const struct survey_plan *plan, struct survey *survey)
{
    static unsigned char ran[LINES_MAX];
    int64_t grace_ms = trial_fixed_grace(trial) ? 0 : trial_grace_ms(trial);
    int error;

    memset(survey, 0, sizeof *survey);
    memset(ran, 0, sizeof ran);
    if (plan->lines && trial_policy_lines(trial, survey->never) > 0)
        trial_mark_lines(trial, ran);
    error = canonical_try(trial, grace_ms, survey);
    for (uint64_t seed = 1; seed <= plan->seeds && error == 0 && !survey->failed; seed++) {
        if (plan->enough && plan->enough())
            break;
        if (plan->lines && seed % LINES_COMPARED_EVERY == 1)
            lines_compare(trial, ran, survey);
        error = seed_try(trial, seed, grace_ms, survey);
    }
    lines_compare(trial, ran, survey);
    trial_mark_lines(trial, NULL);
    return error;
}

int survey_broken_count(const struct survey *survey)
{
    int count = 0;

    for (int i = 0; i < INVARIANTS; i++)
        count += survey->broken[i].worlds > 0;
    return count;
}
