/* The one table of what can be drawn. src/sim/README.md shows it to people. */
#include "sim/draw.h"

static const char *const manners[] = {
    "answers", "refuses connections", "resets connections", "accepts and never answers",
    "answers an error", "answers garbage", "answers far too much", NULL,
};
static const char *const statuses[] = {"400", "403", "404", "500", "503", NULL};
static const char *const paths[] = {"anything", "/drain_listeners", "/stats", "/healthcheck/fail",
                                    NULL};

#define ROW(parameter, ...) [parameter] = {__VA_ARGS__}
#define ALWAYS(parameter) .without = parameter

const struct draw_row draw_table[DRAW_PARAMETERS] = {
    /* the world: signals and the time that there is */
    ROW(DRAW_SERVING, "serving", KIND_PLAIN, OF_WORLD, 100, UNIT_MS, 5000, 300, 8000, true,
        "the first signal comes %s after the start", NULL, ALWAYS(DRAW_SERVING)),
    ROW(DRAW_OLD, "old", KIND_OLD, OF_WORLD, 15, UNIT_MS, 0, 20000, 90000, false,
        "the first signal comes only %s after the start", NULL, ALWAYS(DRAW_OLD)),
    ROW(DRAW_EARLY, "early", KIND_EARLY, OF_WORLD, 100, UNIT_MS, 0, 1, 400, false,
        "the first signal comes %s after the start, while it still starts", NULL,
        ALWAYS(DRAW_EARLY)),
    ROW(DRAW_GRACE, "grace", KIND_GRACE, OF_WORLD, 100, UNIT_MS, 30000, 2000, 120000, true,
        "grace is %s", NULL, ALWAYS(DRAW_GRACE)),
    ROW(DRAW_SECOND, "second", KIND_SIGNALS, OF_WORLD, 100, UNIT_MS, 0, 1, 30000, true,
        "a second signal comes %s later", NULL, ALWAYS(DRAW_SECOND)),
    ROW(DRAW_THIRD, "third", KIND_SIGNALS, OF_WORLD, 30, UNIT_MS, 0, 1, 5000, true,
        "a third signal comes %s after the second", NULL, DRAW_SECOND),
    ROW(DRAW_CUT_SHORT, "cut_short", KIND_PLATFORM, OF_WORLD, 100, UNIT_PERCENT, 0, 1, 95, false,
        "the platform kills everything after %s of the grace", NULL, ALWAYS(DRAW_CUT_SHORT)),

    /* every service */
    ROW(DRAW_READY, "ready", KIND_PLAIN, OF_SERVICE, 60, UNIT_MS, 20, 1, 2000, true,
        "ready %s after its start", NULL, ALWAYS(DRAW_READY)),
    ROW(DRAW_EXIT, "exit", KIND_PLAIN, OF_SERVICE, 60, UNIT_MS, 10, 1, 200, true,
        "exits %s after it was asked to", NULL, ALWAYS(DRAW_EXIT)),
    ROW(DRAW_SLOW, "slow", KIND_SLOW, OF_SERVICE, 50, UNIT_MS, 0, 200, 40000, true,
        "exits only %s after it was asked to", NULL, ALWAYS(DRAW_SLOW)),
    ROW(DRAW_WORK, "work", KIND_SLOW, OF_SERVICE, 60, UNIT_COUNT, 0, 1, 50, true,
        "has %s pieces of work in hand, which it finishes before it exits", NULL, DRAW_SLOW),
    ROW(DRAW_DEAF, "deaf", KIND_DEAF, OF_SERVICE, 40, UNIT_FLAG, 0, 1, 1, false,
        "ignores SIGTERM", NULL, ALWAYS(DRAW_DEAF)),
    ROW(DRAW_CODE, "code", KIND_CRASH, OF_SERVICE, 30, UNIT_CODE, 0, 1, 130, false,
        "exits with code %s", NULL, ALWAYS(DRAW_CODE)),
    ROW(DRAW_MISSING, "missing", KIND_START, OF_SERVICE, 10, UNIT_FLAG, 0, 1, 1, false,
        "cannot be executed", NULL, ALWAYS(DRAW_MISSING)),
    ROW(DRAW_NEVER_READY, "never_ready", KIND_START, OF_SERVICE, 10, UNIT_FLAG, 0, 1, 1, false,
        "is never ready", NULL, ALWAYS(DRAW_NEVER_READY)),
    ROW(DRAW_CRASH, "crash", KIND_CRASH, OF_SERVICE, 40, UNIT_MS, 0, 1, 30000, true,
        "crashes %s after the start of the container", NULL, ALWAYS(DRAW_CRASH)),
    ROW(DRAW_FROZEN, "frozen", KIND_FREEZE, OF_SERVICE, 40, UNIT_MS, 0, 1, 30000, true,
        "is frozen (SIGSTOP) %s after the start of the container", NULL, ALWAYS(DRAW_FROZEN)),
    ROW(DRAW_THAW, "thaw", KIND_FREEZE, OF_SERVICE, 60, UNIT_MS, 0, 10, 30000, true,
        "goes on %s later", NULL, DRAW_FROZEN),
    ROW(DRAW_CHILDREN, "children", KIND_CHILDREN, OF_SERVICE, 50, UNIT_MS, 0, 1, 60000, true,
        "leaves children behind for %s", NULL, ALWAYS(DRAW_CHILDREN)),
    ROW(DRAW_CHILDREN_STAY, "children_stay", KIND_CHILDREN, OF_SERVICE, 20, UNIT_FLAG, 0, 1, 1,
        false, "leaves children behind which stay until they are killed", NULL,
        ALWAYS(DRAW_CHILDREN_STAY)),

    /* the admin of a service that can be drained */
    ROW(DRAW_ADMIN, "admin", KIND_ADMIN, OF_DRAINED, 100, UNIT_CHOICE, 0, SIM_REFUSES, SIM_FLOODS,
        false, "its admin %s", manners, ALWAYS(DRAW_ADMIN)),
    ROW(DRAW_ADMIN_STATUS, "admin_status", KIND_ADMIN, OF_DRAINED, 100, UNIT_CHOICE, 0, 0, 4,
        false, "an error of its admin is %s", statuses, DRAW_ADMIN),
    ROW(DRAW_ADMIN_PATH, "admin_path", KIND_ADMIN, OF_DRAINED, 60, UNIT_CHOICE, 0, 1, 3, false,
        "its admin does so for %s only", paths, DRAW_ADMIN),
    ROW(DRAW_ADMIN_FROM, "admin_from", KIND_ADMIN, OF_DRAINED, 60, UNIT_MS, 0, 1, 20000, true,
        "its admin does so from %s after the start on", NULL, DRAW_ADMIN),
    ROW(DRAW_ADMIN_TIMES, "admin_times", KIND_ADMIN, OF_DRAINED, 30, UNIT_COUNT, 0, 1, 5, false,
        "its admin does so only so often: %s", NULL, DRAW_ADMIN),
    ROW(DRAW_ANSWER, "answer", KIND_ADMIN_SLOW, OF_DRAINED, 100, UNIT_MS, 1, 2, 900, true,
        "its admin takes %s for an answer", NULL, ALWAYS(DRAW_ANSWER)),
    ROW(DRAW_HIDDEN, "hidden", KIND_HIDDEN, OF_DRAINED, 100, UNIT_FLAG, 0, 1, 1, false,
        "its statistics are hidden", NULL, ALWAYS(DRAW_HIDDEN)),

    /* its clients */
    ROW(DRAW_CONNECTIONS, "connections", KIND_CLIENTS, OF_DRAINED, 100, UNIT_COUNT, 0, 1, 2000,
        true, "%s clients keep their connections", NULL, ALWAYS(DRAW_CONNECTIONS)),
    ROW(DRAW_RATE, "rate", KIND_CLIENTS, OF_DRAINED, 100, UNIT_PER_1000_S, 1000, 200, 20000, true,
        "each of them sends %s", NULL, DRAW_CONNECTIONS),
    ROW(DRAW_REQUEST, "request", KIND_CLIENTS, OF_DRAINED, 70, UNIT_MS, 20, 1, 2000, true,
        "a request takes %s", NULL, ALWAYS(DRAW_REQUEST)),
    ROW(DRAW_ONE_SHOTS, "one_shots", KIND_ONE_SHOTS, OF_DRAINED, 100, UNIT_PER_1000_S, 0, 20,
        50000, true, "clients without a connection of their own send %s", NULL,
        ALWAYS(DRAW_ONE_SHOTS)),
    ROW(DRAW_LONG, "long", KIND_LONG, OF_DRAINED, 100, UNIT_COUNT, 0, 1, 20, false,
        "%s long requests are in flight", NULL, ALWAYS(DRAW_LONG)),
    ROW(DRAW_LONG_FOR, "long_for", KIND_LONG, OF_DRAINED, 100, UNIT_MS, 1000, 100, 60000, true,
        "they end %s after the first signal", NULL, DRAW_LONG),
    ROW(DRAW_UPGRADES, "upgrades", KIND_UPGRADES, OF_DRAINED, 100, UNIT_COUNT, 0, 1, 20, false,
        "%s WebSockets are open", NULL, ALWAYS(DRAW_UPGRADES)),
    ROW(DRAW_PROBES, "probes", KIND_PROBES, OF_DRAINED, 100, UNIT_PER_1000_S, 0, 50, 2000, true,
        "probes come for ever, %s", NULL, ALWAYS(DRAW_PROBES)),
    ROW(DRAW_REPLICAS, "replicas", KIND_CLIENTS, OF_DRAINED, 50, UNIT_COUNT, 2, 2, 10, false,
        "there are %s replicas of the container", NULL, ALWAYS(DRAW_REPLICAS)),
    ROW(DRAW_ROUTING, "routing", KIND_PLAIN, OF_DRAINED, 70, UNIT_MS, 1000, 50, 10000, true,
        "routing moves away %s after the first signal", NULL, ALWAYS(DRAW_ROUTING)),
};
