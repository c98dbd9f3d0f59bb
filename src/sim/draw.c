#include "sim/draw.h"

#include <stdio.h>
#include <string.h>

#include "base/random.h"

enum { RICHNESSES = 4 };

/* Percent of the kinds of faults that exist, by how rich in faults the seed is. */
static const int richness_percent[RICHNESSES] = {5, 15, 30, 55};

/* Clients, and services that finish their work, are no faults: they are in most worlds, whatever
 * else is wrong. */
enum { CLIENTS_PERCENT = 70, JOBS_PERCENT = 80 };

/* What platforms give, and what those set whose work takes longer, with its share in percent. */
static const struct {
    int percent;
    int64_t grace_ms;
} usual_graces[] = {
    {10, 10000},  /* docker stop, Compose, Cloud Run */
    {45, 30000},  /* Kubernetes, ECS */
    {20, 60000},
    {10, 90000},  /* systemd */
    {15, 120000}, /* the most that Fargate gives */
};

struct draw draw_plain(void)
{
    struct draw draw;

    draw.seed = 0;
    for (int i = 0; i < DRAW_PARAMETERS; i++)
        draw.values[DRAW_WORLD][i] = draw_table[i].plain;
    for (int row = DRAW_SERVICE; row < DRAW_ROWS; row++)
        memcpy(draw.values[row], draw.values[DRAW_WORLD], sizeof(draw.values[row]));
    return draw;
}

static int kind_percent(enum draw_kind kind, int faults_percent)
{
    if (kind == KIND_CLIENTS)
        return CLIENTS_PERCENT;
    return kind == KIND_JOBS ? JOBS_PERCENT : faults_percent;
}

static void draw_kinds(uint64_t seed, bool kinds[DRAW_KINDS])
{
    struct random random = random_fork(seed, "richness", 0);
    int percent = richness_percent[random_between(&random, 0, RICHNESSES - 1)];
    uint64_t purpose = random_purpose("kind");

    for (int kind = 0; kind < DRAW_KINDS; kind++) {
        random = random_fork_place(seed, purpose, (uint64_t)kind);
        kinds[kind] = random_between(&random, 1, 100) <=
                      kind_percent((enum draw_kind)kind, percent);
    }
    kinds[KIND_PLAIN] = true;
}

static int64_t draw_value(struct random random, const struct draw_row *row)
{
    if (random_between(&random, 1, 100) > row->chance)
        return row->plain;
    return row->decades ? random_between_decades(&random, row->least, row->most)
                        : random_between(&random, row->least, row->most);
}

/* Does this row of numbers have this parameter? */
static bool row_owns(const struct draw_names *names, int row, enum draw_owner owner)
{
    switch (owner) {
    case OF_WORLD:
        return row == DRAW_WORLD;
    case OF_SERVICE:
        return row >= DRAW_SERVICE;
    case OF_DRAINED:
        return row >= DRAW_SERVICE && names->admins[row - DRAW_SERVICE];
    }
    return false;
}

static int64_t draw_usual_grace_ms(uint64_t seed)
{
    struct random random = random_fork(seed, "usual grace", 0);
    int64_t place = random_between(&random, 1, 100);
    int i = 0;

    while (place > usual_graces[i].percent)
        place -= usual_graces[i++].percent;
    return usual_graces[i].grace_ms;
}

struct draw draw_from_seed(uint64_t seed, const struct draw_names *names)
{
    struct draw draw = draw_plain();
    bool kinds[DRAW_KINDS];

    draw.seed = seed;
    draw_kinds(seed, kinds);
    if (!kinds[KIND_GRACE])
        draw.values[DRAW_WORLD][DRAW_GRACE] = draw_usual_grace_ms(seed);
    for (int i = 0; i < DRAW_PARAMETERS; i++) {
        const struct draw_row *parameter = &draw_table[i];
        uint64_t purpose;

        if (!kinds[parameter->kind])
            continue;
        purpose = random_purpose(parameter->name);
        for (int row = 0; row < DRAW_SERVICE + names->count; row++)
            if (row_owns(names, row, parameter->owner))
                draw.values[row][i] =
                    draw_value(random_fork_place(seed, purpose, (uint64_t)row), parameter);
    }
    return draw;
}

bool draw_has(const struct draw *draw, int row, enum draw_parameter parameter)
{
    const struct draw_row *described = &draw_table[parameter];

    return draw->values[row][parameter] != described->plain &&
           (described->without == parameter || draw_has(draw, row, described->without));
}

/* Words */

static void value_show(const struct draw_row *row, int64_t value, char *text, size_t size)
{
    switch (row->unit) {
    case UNIT_MS:
        if (value < 1000)
            snprintf(text, size, "%d ms", (int)value);
        else
            snprintf(text, size, "%g s", (double)value / 1000);
        break;
    case UNIT_COUNT:
    case UNIT_CODE:
    case UNIT_FLAG:
        snprintf(text, size, "%d", (int)value);
        break;
    case UNIT_PER_1000_S:
        snprintf(text, size, "%g requests/s", (double)value / 1000);
        break;
    case UNIT_PERCENT:
        snprintf(text, size, "%d %%", (int)value);
        break;
    case UNIT_CHOICE:
        snprintf(text, size, "%s", row->choices[value]);
        break;
    }
}

/* `words` with the value in the place of "%s". */
static void words_fill(const char *words, const char *value, char *text, size_t size)
{
    const char *place = strstr(words, "%s");
    int before = place ? (int)(place - words) : (int)strlen(words);

    snprintf(text, size, "%.*s%s%s", before, words, place ? value : "", place ? place + 2 : "");
}

void draw_describe(const struct draw *draw, const struct draw_names *names, char *text,
                   size_t size)
{
    char value[64], line[160];
    size_t used = 0;

    *text = '\0';
    for (int row = 0; row < DRAW_SERVICE + names->count; row++)
        for (int i = 0; i < DRAW_PARAMETERS; i++) {
            const char *name = row == DRAW_WORLD ? NULL : names->names[row - DRAW_SERVICE];

            if (!draw_has(draw, row, (enum draw_parameter)i) || used >= size)
                continue;
            value_show(&draw_table[i], draw->values[row][i], value, sizeof(value));
            words_fill(draw_table[i].words, value, line, sizeof(line));
            used += (size_t)snprintf(text + used, size - used, "%s%s%s\n", name ? name : "",
                                     name ? ": " : "", line);
        }
}
