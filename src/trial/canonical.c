/* The table, and the worlds made of it. */
#include "trial/canonical.h"

#include <stdio.h>
#include <string.h>

/* Whose number it is. */
enum whose { END, WORLD, EVERY, DRAINED, ONE };

struct setting {
    enum whose whose;
    enum draw_parameter parameter;
    int64_t value;
};

enum { SETTINGS_MAX = 10, FOR_EVER_MS = 3600 * 1000, SERVED_MS = 5000 };

/* With ONE there is a world for each service in turn. */
struct row {
    const char *name;
    struct setting settings[SETTINGS_MAX];
};

/* 100 clients with 5 requests a second each; routing knows 1 s later (which is plain). */
#define TRAFFIC {DRAINED, DRAW_CONNECTIONS, 100}, {DRAINED, DRAW_RATE, 5000}
#define ADMIN(manner) {DRAINED, DRAW_ADMIN, manner}

static const struct row rows[] = {
    {CANONICAL_PLAIN, {{END, 0, 0}}},
    {CANONICAL_USUAL, {TRAFFIC}},
    {CANONICAL_WORST, {TRAFFIC, ADMIN(SIM_HANGS), {EVERY, DRAW_DEAF, 1},
                       {DRAINED, DRAW_LONG, 5}, {DRAINED, DRAW_LONG_FOR, FOR_EVER_MS}}},
    {"admin refuses", {TRAFFIC, ADMIN(SIM_REFUSES)}},
    {"admin hangs", {TRAFFIC, ADMIN(SIM_HANGS)}},
    {"admin answers 503", {TRAFFIC, ADMIN(SIM_STATUS), {DRAINED, DRAW_ADMIN_STATUS, 4}}},
    {"statistics are hidden", {TRAFFIC, {DRAINED, DRAW_HIDDEN, 1}}},
    {"requests that never end", {TRAFFIC, {DRAINED, DRAW_LONG, 5},
                                 {DRAINED, DRAW_LONG_FOR, FOR_EVER_MS}}},
    {"nobody leaves or exits", {TRAFFIC, {EVERY, DRAW_DEAF, 1}, {DRAINED, DRAW_LONG, 5},
                                {DRAINED, DRAW_LONG_FOR, FOR_EVER_MS}}},
    {"grace 5 s", {TRAFFIC, {WORLD, DRAW_GRACE, 5000}}},
    {"a second signal after 1 s", {TRAFFIC, {WORLD, DRAW_SECOND, 1000}}},
    {"everything is dead already", {{EVERY, DRAW_CRASH, SERVED_MS}}},
    {"ignores SIGTERM", {TRAFFIC, {ONE, DRAW_DEAF, 1}}},
    {"exits only 5 s after SIGTERM", {TRAFFIC, {ONE, DRAW_SLOW, 5000}}},
    {"crashes during the drain", {TRAFFIC, {ONE, DRAW_CRASH, SERVED_MS + 300}}},
};

static bool owns(const struct draw_names *names, int service, enum whose whose, int one)
{
    switch (whose) {
    case EVERY:
        return true;
    case DRAINED:
        return names->admins[service] != NULL;
    case ONE:
        return service == one;
    case END:
    case WORLD:
        return false;
    }
    return false;
}

static struct draw world_make(const struct draw_names *names, const struct row *row, int one)
{
    struct draw world = draw_plain();

    for (const struct setting *setting = row->settings;
         setting < row->settings + SETTINGS_MAX && setting->whose != END; setting++) {
        if (setting->whose == WORLD)
            world.values[DRAW_WORLD][setting->parameter] = setting->value;
        for (int i = 0; i < names->count; i++)
            if (owns(names, i, setting->whose, one))
                world.values[DRAW_SERVICE + i][setting->parameter] = setting->value;
    }
    return world;
}

static bool in_turn(const struct row *row)
{
    for (int i = 0; i < SETTINGS_MAX; i++)
        if (row->settings[i].whose == ONE)
            return true;
    return false;
}

int canonical_list(const struct draw_names *names, struct canonical *list)
{
    int count = 0;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int turns = in_turn(&rows[i]) ? names->count : 1;

        for (int one = 0; one < turns && count < CANONICAL_MAX; one++, count++) {
            snprintf(list[count].name, CANONICAL_NAME_MAX, "%s%s%s",
                     in_turn(&rows[i]) ? names->names[one] : "", in_turn(&rows[i]) ? " " : "",
                     rows[i].name);
            list[count].world = world_make(names, &rows[i], one);
        }
    }
    return count;
}

bool canonical_find(const struct draw_names *names, const char *name, struct canonical *found)
{
    struct canonical list[CANONICAL_MAX];
    int count = canonical_list(names, list);

    for (int i = 0; i < count; i++)
        if (strcmp(list[i].name, name) == 0) {
            *found = list[i];
            return true;
        }
    return false;
}
