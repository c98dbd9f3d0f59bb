/* Worlds drawn from a seed: which faults there are, and how strong.
 *
 * A drawn world is a table of numbers: a row of parameters for the world itself and one for each
 * service. So it can be described in words, and made smaller by putting numbers back to what is
 * plain. Each number has a stream of its own: a new parameter changes none of the others. */
#ifndef LASTCALL_SIM_DRAW_H
#define LASTCALL_SIM_DRAW_H

#include "sim/sim.h"

/* In the order of the table in draw_table.c, which says what they mean. */
enum draw_parameter {
    DRAW_SERVING, DRAW_OLD, DRAW_EARLY, DRAW_GRACE, DRAW_SECOND, DRAW_THIRD, DRAW_CUT_SHORT,
    DRAW_READY, DRAW_EXIT, DRAW_SLOW, DRAW_WORK, DRAW_DEAF, DRAW_CODE,
    DRAW_MISSING, DRAW_NEVER_READY, DRAW_CRASH, DRAW_FROZEN, DRAW_THAW,
    DRAW_CHILDREN, DRAW_CHILDREN_STAY,
    DRAW_ADMIN, DRAW_ADMIN_STATUS, DRAW_ADMIN_PATH, DRAW_ADMIN_FROM, DRAW_ADMIN_TIMES,
    DRAW_ANSWER, DRAW_HIDDEN,
    DRAW_CONNECTIONS, DRAW_RATE, DRAW_REQUEST, DRAW_ONE_SHOTS, DRAW_LONG, DRAW_LONG_FOR,
    DRAW_UPGRADES, DRAW_PROBES, DRAW_REPLICAS, DRAW_ROUTING,
    DRAW_JOBS_FOR, DRAW_JOBS,
    DRAW_SIGNAL, DRAW_THROTTLED, DRAW_STALL, DRAW_STALL_AT,
    DRAW_ORPHANS, DRAW_ORPHANS_FOR, DRAW_ORPHANS_DEAF, DRAW_SHELLS,
    DRAW_OUTSIDE, DRAW_OUTSIDE_ANSWER,
    DRAW_COMMAND_CODE, DRAW_COMMAND_FOR, DRAW_COMMAND_HANGS, DRAW_COMMAND_FLOODS,
    DRAW_LIE, DRAW_LIE_FROM, DRAW_PINNED, DRAW_POLL,
    DRAW_BURST, DRAW_BURST_BEFORE, DRAW_BLIND,
    DRAW_HIDDEN_SOCKETS,
    DRAW_HTTP2, DRAW_STUBBORN,
    DRAW_BACKOFF, DRAW_SKIPS, DRAW_CHANCE, DRAW_SURGE,
    DRAW_PARAMETERS
};

enum { DRAW_WORLD, DRAW_SERVICE, DRAW_ROWS = DRAW_SERVICE + SIM_SERVICES_MAX };

/* What faults are possible of; a seed first draws which of these there are at all. */
enum draw_kind {
    KIND_PLAIN, /* there is always something of it */
    KIND_GRACE, KIND_SIGNALS, KIND_EARLY, KIND_PLATFORM,
    KIND_SLOW, KIND_DEAF, KIND_START, KIND_CRASH, KIND_FREEZE, KIND_CHILDREN,
    KIND_ADMIN, KIND_ADMIN_SLOW, KIND_HIDDEN,
    KIND_CLIENTS, KIND_ONE_SHOTS, KIND_LONG, KIND_UPGRADES, KIND_PROBES, KIND_OLD,
    KIND_JOBS,
    KIND_OTHER_SIGNAL, KIND_THROTTLE, KIND_ORPHANS, KIND_OUTSIDE, KIND_COMMANDS,
    KIND_LIES, KIND_PINNED, KIND_POLLS,
    KIND_BURST, KIND_BLIND,
    KIND_HIDDEN_SOCKETS,
    KIND_HTTP2, KIND_STUBBORN,
    KIND_BACKOFF, KIND_SKIPS, KIND_CHANCE, KIND_SURGE,
    DRAW_KINDS /* new ones go to the end: each is drawn by its number */
};

enum draw_owner {
    OF_WORLD,
    OF_SERVICE,
    OF_DRAINED /* a service that can be drained: it has an admin and clients */
};

enum draw_unit {
    UNIT_MS,
    UNIT_COUNT,
    UNIT_PER_1000_S,
    UNIT_PERCENT,
    UNIT_CODE,
    UNIT_FLAG,
    UNIT_CHOICE
};

struct draw_row {
    const char *name;
    enum draw_kind kind;
    enum draw_owner owner;
    int chance;           /* percent of the owners that have it, where its kind exists */
    enum draw_unit unit;
    int64_t plain;        /* without it */
    int64_t least, most;  /* with it */
    bool decades;         /* as many small numbers as large ones; else evenly */
    const char *words;    /* "%s": the number with its unit, or the word of a choice */
    const char *const *choices;  /* UNIT_CHOICE: words from 0 on */
    enum draw_parameter without; /* this one means nothing where that one is 0; itself: always
                                    means something */
    bool simulated;              /* only here: stand-in processes cannot do it */
};

extern const struct draw_row draw_table[DRAW_PARAMETERS];
extern const char *const draw_kind_names[DRAW_KINDS];

/* The services of a services.lua. Owned by the caller, kept as long as the configs. */
struct draw_names {
    int count; /* at most SIM_SERVICES_MAX; further services behave well */
    const char *names[SIM_SERVICES_MAX];
    const char *admins[SIM_SERVICES_MAX]; /* NULL: it cannot be drained */
    enum sim_router routers[SIM_SERVICES_MAX];
    const char *drain_files[SIM_SERVICES_MAX]; /* of SIM_NGINX; NULL: none */
};

struct draw {
    uint64_t seed;
    int64_t values[DRAW_ROWS][DRAW_PARAMETERS];
};

/* The world in which nothing is wrong and nobody calls. */
struct draw draw_plain(void);

struct draw draw_from_seed(uint64_t seed, const struct draw_names *names);

/* Is this number not what is plain, and does it mean something? */
bool draw_has(const struct draw *draw, int row, enum draw_parameter parameter);

/* The world that the numbers describe. The first signal comes at draw_signal_ms. */
void draw_config(const struct draw *draw, const struct draw_names *names,
                 struct sim_config *config);
int64_t draw_signal_ms(const struct draw *draw);

/* What differs from the plain world, in words, a line each: "router: exits 12 s after it was
 * asked to". Cut at `size`. */
void draw_describe(const struct draw *draw, const struct draw_names *names, char *text,
                   size_t size);

#endif
