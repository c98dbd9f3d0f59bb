/* The smallest world that still breaks an invariant: faults are put back to what is plain one at a
 * time, then numbers are made smaller and rounder, as long as the same invariant fails. */
#include "trial/trial.h"

#include <stdio.h>

static bool still_breaks(struct trial *trial, const struct draw *world, int invariant)
{
    struct facts facts;
    char why[WHY_MAX];

    if (!invariants[invariant].holds)
        return !trial_repeats(trial, world);
    return trial_run(trial, world, &facts) == 0 && !invariants[invariant].holds(&facts, why);
}

/* Takes the number over if the invariant still fails with it. */
static bool try_number(struct trial *trial, struct draw *world, int invariant, int64_t *place,
                       int64_t number)
{
    int64_t old = *place;

    if (number == old)
        return false;
    *place = number;
    if (still_breaks(trial, world, invariant))
        return true;
    *place = old;
    return false;
}

/* To so many digits, down or up. */
static int64_t rounded(int64_t number, int digits, bool up)
{
    int64_t unit = 1, limit = digits == 1 ? 10 : 100;

    while (number / unit >= limit)
        unit *= 10;
    return (number + (up ? unit - 1 : 0)) / unit * unit;
}

static bool round_number(struct trial *trial, struct draw *world, int invariant,
                         const struct draw_row *row, int64_t *place)
{
    for (int i = 0; i < 4; i++) {
        int64_t round = rounded(*place, 1 + i / 2, i % 2);

        if (round == *place)
            return false;
        if (round >= row->least && round <= row->most &&
            try_number(trial, world, invariant, place, round))
            return true;
    }
    return false;
}

/* Smaller by halves, then round. Choices and flags have no smaller ones. */
static bool shrink_number(struct trial *trial, struct draw *world, int invariant,
                          const struct draw_row *row, int64_t *place)
{
    bool changed = false;

    if (row->unit == UNIT_CHOICE || row->unit == UNIT_FLAG || *place <= 1)
        return false;
    while (*place / 2 >= row->least && *place > 1 &&
           try_number(trial, world, invariant, place, *place / 2))
        changed = true;
    return round_number(trial, world, invariant, row, place) || changed;
}

struct draw trial_shrink(struct trial *trial, const struct draw *world, int invariant)
{
    struct draw small = *world;
    bool changed = true;
    int rows = DRAW_SERVICE + trial_names(trial)->count;

    while (changed) {
        changed = false;
        for (int row = 0; row < rows; row++)
            for (int i = 0; i < DRAW_PARAMETERS; i++)
                changed |= try_number(trial, &small, invariant, &small.values[row][i],
                                      draw_table[i].plain);
    }
    for (int row = 0; row < rows; row++)
        for (int i = 0; i < DRAW_PARAMETERS; i++)
            if (small.values[row][i] != draw_table[i].plain)
                shrink_number(trial, &small, invariant, &draw_table[i], &small.values[row][i]);
    return small;
}

void trial_smallest(struct trial *trial, const struct draw *world, int invariant,
                    struct trial_smallest *smallest)
{
    struct facts facts;

    *smallest = (struct trial_smallest){.world = trial_shrink(trial, world, invariant)};
    if (!invariants[invariant].holds)
        snprintf(smallest->why, sizeof smallest->why, "two runs differ");
    else if (trial_run(trial, &smallest->world, &facts) == 0)
        invariants[invariant].holds(&facts, smallest->why);
    draw_describe(&smallest->world, trial_names(trial), smallest->words, sizeof smallest->words);
}
