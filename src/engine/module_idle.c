/* When a service may be left: ../idle, for Lua. What wait_idle reckons with lives in two kinds of
 * userdata, so that it is in the machine's memory and ends with it. Only lua/ has them. */
#include <math.h>
#include <string.h>

#include "engine/state.h"
#include "idle/idle.h"
#include "idle/news.h"

#define TIMEOUT_MAX 1e6 /* seconds: more than anybody waits */

static double seconds_of(int64_t ms)
{
    return (double)ms / 1000.0;
}

struct idle_time idle_time_of(struct engine *engine)
{
    int64_t now_ms = engine_now_ms(engine);
    bool stopping = engine->phase == PHASE_STOPPING;

    return (struct idle_time){
        .now = seconds_of(now_ms),
        .elapsed = stopping ? seconds_of(now_ms - engine->cause.begun_ms) : 0,
        .free = fmax(seconds_of(shutdown_limit_ms(engine, FOR_ANYTHING, -1) - now_ms), 0),
    };
}

/* The userdata at `index`, which is of this size. */
static void *memory_check(lua_State *L, int index, size_t size)
{
    luaL_argcheck(L, lua_rawlen(L, index) == size, index, "not what it should be");
    return lua_touserdata(L, index);
}

struct idle *idle_check(lua_State *L, int index)
{
    return memory_check(L, index, sizeof(struct idle));
}

/* core.history() -> history: of how often new connections come, see ../idle/arrivals.h */
static int l_history(lua_State *L)
{
    struct history *history = lua_newuserdatauv(L, sizeof(*history), 0);

    *history = (struct history){0};
    return 1;
}

/* core.history_record(history, number): what was just noted of that service; nothing if it does not
 * count connections. */
static int l_history_record(lua_State *L)
{
    struct history *history = memory_check(L, 1, sizeof(*history));
    const struct counts *counts = &service_check(L, 2)->counts;

    if (counts_know(counts, COUNTS_CONNECTIONS))
        arrivals_record(history, idle_time_of(engine_of(L)).now, counts);
    return 0;
}

/* A number of the table at the top; `missing` if it has none. */
static double option(lua_State *L, const char *name, double missing)
{
    double number;

    lua_getfield(L, -1, name);
    number = luaL_optnumber(L, -1, missing);
    lua_pop(L, 1);
    return number;
}

/* So long they count, in seconds: "cut", "wait" or a number of the table at the top. */
static double streams_option(lua_State *L)
{
    bool wait = lua_getfield(L, -1, "streams") == LUA_TSTRING &&
                strcmp(lua_tostring(L, -1), "wait") == 0;
    double seconds = wait ? INFINITY : lua_tonumber(L, -1); // of "cut": 0

    lua_pop(L, 1);
    return seconds;
}

/* core.idle_begin(history, number, closes_idle, timeout, options) -> idle, of ../idle/idle.h
 * closes_idle: can the service's idle connections be closed? timeout: if the options, which are
 * those of wait_idle, have none. */
static int l_idle_begin(lua_State *L)
{
    const struct history *history = memory_check(L, 1, sizeof(*history));
    const struct service *service = service_check(L, 2);
    struct idle_time time = idle_time_of(engine_of(L));
    struct idle_options options;

    luaL_checktype(L, 5, LUA_TTABLE);
    lua_settop(L, 5);
    options = (struct idle_options){
        .timeout = fmin(option(L, "timeout", luaL_checknumber(L, 4)), TIMEOUT_MAX),
        .tolerance = option(L, "tolerance", 0.02),
        .min = option(L, "min", 1),
        .below = option(L, "below", 1),
        .routing = option(L, "routing", 1.5),
        .ignore = option(L, "ignore", 0),
        .streams = streams_option(L),
        .unready_after = option(L, "fail_ready_after", INFINITY),
        .drained_at = service->drained ? seconds_of(service->drained_ms) : time.now,
        .closes_idle = lua_toboolean(L, 3),
    };
    idle_begin(lua_newuserdatauv(L, sizeof(struct idle), 0), &options, history, &time);
    return 1;
}

/* core.idle_note_sockets(idle, counts of core.sockets): of a look at them, the first one. */
static int l_idle_note_sockets(lua_State *L)
{
    struct idle_time time = idle_time_of(engine_of(L));
    struct idle_look look = {.begun = time.now, .by_sockets = true};

    idle_note(idle_check(L, 1), &look, memory_check(L, 2, sizeof(struct counts)), &time);
    return 0;
}

/* core.idle_limit(idle, seconds, last_chance): it takes no longer than so many seconds from now. */
static int l_idle_limit(lua_State *L)
{
    struct idle *idle = idle_check(L, 1);

    idle->until = fmin(idle->until, idle_time_of(engine_of(L)).now + luaL_checknumber(L, 2));
    idle->last_chance = luaL_checknumber(L, 3);
    return 0;
}

/* core.idle_door_closed(idle): it accepts nobody any more. */
static int l_idle_door_closed(lua_State *L)
{
    idle_on_door_closed(idle_check(L, 1));
    return 0;
}

/* core.idle_told_again(idle): clients are told from now on, once more. */
static int l_idle_told_again(lua_State *L)
{
    struct idle_time time = idle_time_of(engine_of(L));

    idle_on_told_again(idle_check(L, 1), &time);
    return 0;
}

/* core.idle_left(idle) -> seconds that it may still take; and until its own time is up */
static int l_idle_left(lua_State *L)
{
    struct idle *idle = idle_check(L, 1);
    struct idle_time time = idle_time_of(engine_of(L));

    lua_pushnumber(L, idle_seconds_left(idle, &time));
    lua_pushnumber(L, idle->until - time.now);
    return 2;
}

/* core.idle_facts(idle) -> what there is to say of it: { expected = failures when it was left (nil:
 * not known), active = requests in flight (nil: no look has succeeded), failures = were it left
 * now, tolerance =, rate =, untold =, streams =, silent = seconds since somebody came, quiet = that
 * it takes, http1 = connections, http1_first = at the first look } */
static int l_idle_facts(lua_State *L)
{
    const struct idle *idle = idle_check(L, 1);
    struct idle_time time = idle_time_of(engine_of(L));
    const struct { const char *name; double number; } facts[] = {
        {"expected", idle->expected},
        {"active", idle->looked ? idle->counts.active : NAN},
        {"failures", idle->counted ? news_expected_failures(idle, &time) : 0},
        {"tolerance", idle->options.tolerance},
        {"rate", idle->rate},
        {"untold", news_untold(idle)},
        {"streams", idle->counts.streams},
        {"silent", time.now - idle->busy_at},
        {"quiet", idle->quiet},
        {"http1", idle->counts.http1},
        {"http1_first", idle->first.http1},
    };

    lua_createtable(L, 0, sizeof(facts) / sizeof(*facts));
    for (size_t i = 0; i < sizeof(facts) / sizeof(*facts); i++) {
        if (isnan(facts[i].number))
            continue;
        lua_pushnumber(L, facts[i].number);
        lua_setfield(L, -2, facts[i].name);
    }
    return 1;
}

void module_idle_open(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"history", l_history},
        {"history_record", l_history_record},
        {"idle_begin", l_idle_begin},
        {"idle_note_sockets", l_idle_note_sockets},
        {"idle_limit", l_idle_limit},
        {"idle_door_closed", l_idle_door_closed},
        {"idle_told_again", l_idle_told_again},
        {"idle_left", l_idle_left},
        {"idle_facts", l_idle_facts},
        {NULL, NULL},
    };

    luaL_setfuncs(L, functions, 0);
}
