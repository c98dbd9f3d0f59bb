#include "trial/story.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct step *story_add(struct story *story, int64_t at_ms, const char *what)
{
    struct step *step;

    if (story->count == STEPS_MAX)
        story->count--; // what comes at the end is worth more
    step = &story->steps[story->count++];
    *step = (struct step){.at_ms = at_ms, .took_ms = -1, .in_flight = -1};
    snprintf(step->what, sizeof step->what, "%s", what);
    return step;
}

/* A message of Lua is "shutdown.lua:9: why". */
static int message_line(const char *message)
{
    const char *colon = strchr(message, ':');

    return colon ? (int)strtol(colon + 1, NULL, 10) : 0;
}

/* The engine does not write down what comes after the policy. */
static void story_end(struct story *story)
{
    const struct facts *facts = &story->facts;
    int64_t at_ms = facts->ended_ms - facts->begun_ms;
    struct step *step;

    if (facts->ended_ms == NOT_MS)
        return;
    if (facts->end == ENGINE_POLICY_FAILED) {
        step = story_add(story, at_ms, "policy failed");
        snprintf(step->why, sizeof step->why, "%s", facts->reason);
        step->line = message_line(facts->reason);
        step->warning = true;
    }
    if (!facts->resorted)
        return;
    step = story_add(story, at_ms, "last resort");
    snprintf(step->why, sizeof step->why, "ends %s", *facts->left ? facts->left : "nothing");
    step->warning = true;
}

static void story_copy(struct story *story, const struct steps *steps)
{
    int kept = steps->count < STEPS_MAX ? steps->count : STEPS_MAX, first = 0;

    while (first < kept && strcmp(steps->list[first].what, "shutdown") != 0)
        first++;
    for (int i = first; i < kept; i++) {
        if (strcmp(steps->list[i].what, "verdict") == 0)
            continue;
        story->steps[story->count] = steps->list[i];
        story->steps[story->count++].at_ms -= story->facts.begun_ms;
    }
}

int story_tell(struct trial *trial, const struct draw *world, struct story *story)
{
    struct trial_texts texts;
    int error = trial_show(trial, world, &story->facts, &texts);

    if (error < 0)
        return error;
    story->count = 0;
    story->took_ms = story->budget_ms = 0;
    story->resorted = story->facts.resorted || story->facts.deadline_passed;
    if (story->facts.begun_ms == NOT_MS)
        return 0;
    story->took_ms = story->facts.done_ms - story->facts.begun_ms;
    story->budget_ms = story->facts.deadline_ms - story->facts.begun_ms;
    story_copy(story, texts.steps);
    story_end(story);
    return 0;
}

static bool same(const struct step *one, const struct step *other, bool same_policy)
{
    return one->warning == other->warning && (!same_policy || one->line == other->line) &&
           strcmp(one->service, other->service) == 0 && strcmp(one->what, other->what) == 0;
}

/* common[i][j]: how many steps the rests from i and from j have in common, in the same order. */
static void count_common(const struct story *one, const struct story *other, bool same_policy,
                         short common[STEPS_MAX + 1][STEPS_MAX + 1])
{
    for (int i = one->count; i >= 0; i--)
        for (int j = other->count; j >= 0; j--) {
            if (i == one->count || j == other->count)
                common[i][j] = 0;
            else if (same(&one->steps[i], &other->steps[j], same_policy))
                common[i][j] = (short)(common[i + 1][j + 1] + 1);
            else
                common[i][j] = common[i + 1][j] > common[i][j + 1] ? common[i + 1][j]
                                                                   : common[i][j + 1];
        }
}

int story_align(const struct story *one, const struct story *other, bool same_policy,
                struct story_row *rows)
{
    static short common[STEPS_MAX + 1][STEPS_MAX + 1];
    int i = 0, j = 0, count = 0;

    count_common(one, other, same_policy, common);
    while (i < one->count || j < other->count) {
        bool both = i < one->count && j < other->count &&
                    same(&one->steps[i], &other->steps[j], same_policy);
        bool from_one = both || j == other->count ||
                        (i < one->count && common[i + 1][j] >= common[i][j + 1]);

        rows[count] = (struct story_row){NULL, NULL};
        if (from_one)
            rows[count].one = &one->steps[i++];
        if (both || !from_one)
            rows[count].other = &other->steps[j++];
        count++;
    }
    return count;
}
