/* Two timelines are alike when the same steps come in the same order, with the same ends, and the
 * shutdown takes as long, but for what a real machine takes for itself.
 *
 * Where they are not, it may be a race: two things that happen nearly at once. Then the simulated
 * world itself goes the other way when its times are moved by what a real machine is late by. What
 * no such world does is a lie of the simulation, or a fault of the live world. */
#include "real/compare.h"

#include <stdlib.h>
#include <string.h>

#include "real/worlds.h"

enum {
    LATE_MS = 250,       /* a shutdown may take so much longer or shorter, */
    LATE_PARTS = 10,     /* and a part of its time */
    MOVES = 200,         /* so many worlds are tried */
    STEP_TEXT_MAX = 140
};

/* What of a step must be the same besides its service and its kind. */
static bool why_counts(const struct step *step)
{
    return strcmp(step->what, "exited") == 0 || strcmp(step->what, "drain") == 0 ||
           strcmp(step->what, "not idle") == 0;
}

/* Figures that come after a colon (how many connections were never told) are a matter of chance. */
static bool why_same(const struct step *one, const struct step *other)
{
    size_t length = strcspn(one->why, ":");

    if (strcmp(one->what, "not idle") != 0)
        return strcmp(one->why, other->why) == 0;
    return length == strcspn(other->why, ":") && strncmp(one->why, other->why, length) == 0;
}

/* The verdict's words are the program's, not the world's. */
static bool step_counts(const struct step *step)
{
    return strcmp(step->what, "verdict") != 0;
}

/* A KILL may come when the process has just exited by itself. */
static bool killed_too_late(const struct step *one, const struct step *other)
{
    return strcmp(one->what, "exited") == 0 && strcmp(other->why, "killed by SIGKILL") == 0;
}

static bool step_same(const struct step *one, const struct step *other, bool nearly)
{
    return strcmp(one->service, other->service) == 0 && strcmp(one->what, other->what) == 0 &&
           (!why_counts(one) || why_same(one, other) ||
            (nearly && killed_too_late(one, other)));
}

/* By a third signal: what was said last then is a matter of less than a millisecond. */
static bool killed_by_order(const struct course *real, const struct course *other)
{
    return real->facts->end == ENGINE_KILLED && other->facts->end == ENGINE_KILLED;
}

/* The first step that counts from `place` on; NULL: there is none. */
static const struct step *step_from(const struct steps *steps, int *place)
{
    while (*place < steps->count && *place < STEPS_MAX) {
        const struct step *step = &steps->list[(*place)++];

        if (step_counts(step))
            return step;
    }
    return NULL;
}

static const char *step_text(const struct step *step, char text[STEP_TEXT_MAX])
{
    if (!step)
        return "nothing more";
    snprintf(text, STEP_TEXT_MAX, "%s%s%s%s%.40s", step->service, *step->service ? " " : "",
             step->what, why_counts(step) ? " " : "", why_counts(step) ? step->why : "");
    return text;
}

static bool steps_same(const struct course *real, const struct course *other, bool nearly,
                       struct comparison *comparison)
{
    char said[2][STEP_TEXT_MAX];
    int one_place = 0, other_place = 0;

    for (int i = 0;; i++) {
        const struct step *one = step_from(real->steps, &one_place);
        const struct step *two = step_from(other->steps, &other_place);

        if (!one && !two)
            return true;
        if (one && two && step_same(one, two, nearly))
            continue;
        if (nearly && (!one || !two) && killed_by_order(real, other))
            return true;
        comparison->first = i;
        snprintf(comparison->why, DIFFERENCE_MAX, "%s; simulated: %s", step_text(one, said[0]),
                 step_text(two, said[1]));
        return false;
    }
}

/* The end */

static const char *end_word(const struct facts *facts)
{
    switch (facts->end) {
    case ENGINE_RUNNING:
        return "it does not end by itself";
    case ENGINE_POLICY_RETURNED:
        return *facts->left ? "the policy leaves some" : "the policy stops all";
    case ENGINE_POLICY_FAILED:
        return "the policy fails";
    case ENGINE_KILLED:
        return "all are killed";
    }
    return "";
}

static bool ends_same(const struct course *real, const struct course *other,
                      struct comparison *comparison)
{
    if (strcmp(end_word(real->facts), end_word(other->facts)) == 0)
        return true;
    comparison->first = -1;
    snprintf(comparison->why, DIFFERENCE_MAX, "%s; simulated: %s", end_word(real->facts),
             end_word(other->facts));
    return false;
}

/* From its beginning; where the platform cuts it short, it is the platform that says when. */
static int64_t took_ms(const struct course *course)
{
    return course->facts->begun_ms == NOT_MS ? 0
                                             : course->facts->done_ms - course->facts->begun_ms;
}

static bool times_same(const struct course *real, const struct course *other,
                       struct comparison *comparison)
{
    int64_t apart_ms = took_ms(real) - took_ms(other);

    if (other->facts->cut_short ||
        llabs(apart_ms) <= LATE_MS + took_ms(other) / LATE_PARTS)
        return true;
    comparison->first = -1;
    snprintf(comparison->why, DIFFERENCE_MAX, "it takes %.3f s; simulated: %.3f s",
             (double)took_ms(real) / 1000, (double)took_ms(other) / 1000);
    return false;
}

/* Two shutdowns that went the same way must break the same invariants. */
static bool judged_same(const struct course *real, const struct course *other,
                        struct comparison *comparison)
{
    char why[2][WHY_MAX];

    for (int i = 0; i < INVARIANTS; i++) {
        bool one = !invariants[i].holds || invariants[i].holds(real->facts, why[0]);
        bool two = !invariants[i].holds || invariants[i].holds(other->facts, why[1]);

        if (one == two)
            continue;
        comparison->first = -1;
        snprintf(comparison->why, DIFFERENCE_MAX, "%s: %s; simulated: %s", invariants[i].name,
                 one ? "it holds" : why[0], two ? "it holds" : why[1]);
        return false;
    }
    return true;
}

static bool same(const struct course *real, const struct course *other, bool nearly,
                 struct comparison *comparison)
{
    return steps_same(real, other, nearly, comparison) && ends_same(real, other, comparison) &&
           times_same(real, other, comparison) && judged_same(real, other, comparison);
}

/* Small moves first: most races are between things that happen at the same time. */
static bool is_a_race(struct trial *trial, const struct draw *world, int64_t late_ms,
                      const struct course *real)
{
    const int64_t moved_ms[] = {1, 4, 15, 60, late_ms > 60 ? late_ms : 30};

    for (int i = 0; i < MOVES; i++) {
        struct draw moved = world_moved(world, moved_ms[i * 5 / MOVES], (uint64_t)i);
        struct comparison comparison;
        struct trial_texts texts;
        struct facts facts;
        struct course other = {.facts = &facts};

        if (trial_show(trial, &moved, &facts, &texts) < 0)
            return false;
        other.steps = texts.steps;
        if (same(real, &other, true, &comparison))
            return true;
    }
    return false;
}

void compare(struct trial *trial, const struct draw *world, int64_t late_ms,
             const struct course *real, struct comparison *comparison)
{
    struct trial_texts texts;
    struct facts facts;
    struct course simulated = {.facts = &facts};

    *comparison = (struct comparison){.likeness = UNLIKE, .first = -1};
    if (trial_show(trial, world, &facts, &texts) < 0) {
        snprintf(comparison->why, DIFFERENCE_MAX, "it cannot be simulated");
        return;
    }
    simulated.steps = texts.steps;
    if (same(real, &simulated, false, comparison))
        comparison->likeness = LIKE;
    else if (is_a_race(trial, world, late_ms, real))
        comparison->likeness = LIKE_A_RACE;
}

/* Words */

static void step_print(FILE *file, const struct course *course, const struct step *step)
{
    char text[96] = "";
    int64_t from_ms = course->facts->begun_ms;

    if (step && from_ms != NOT_MS && step->at_ms >= from_ms)
        snprintf(text, sizeof text, "%8.3f  %-16.16s %-9.9s %.34s",
                 (double)(step->at_ms - from_ms) / 1000, *step->service ? step->service : "-",
                 step->what, step->why);
    else if (step)
        snprintf(text, sizeof text, "%8.3f+ %-16.16s %-9.9s %.34s", (double)step->at_ms / 1000,
                 *step->service ? step->service : "-", step->what, step->why);
    fprintf(file, "%-72s", text);
}

void comparison_print(FILE *file, const struct course *real, const struct course *simulated,
                      const struct comparison *comparison)
{
    int one_place = 0, other_place = 0;

    fprintf(file, "    %-72s%s\n", "real", "simulated");
    for (int i = 0;; i++) {
        const struct step *one = step_from(real->steps, &one_place);
        const struct step *other = step_from(simulated->steps, &other_place);

        if (!one && !other)
            return;
        fprintf(file, "  %s ", comparison->first >= 0 && i >= comparison->first ? ">" : " ");
        step_print(file, real, one);
        step_print(file, simulated, other);
        fputc('\n', file);
    }
}
