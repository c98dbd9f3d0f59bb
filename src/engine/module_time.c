/* Time: core.now, sleep, remaining, elapsed, share. All in seconds. */
#include <math.h>

#include "engine/state.h"

int64_t time_until_ms(struct engine *engine, double seconds)
{
    int64_t now_ms = engine_now_ms(engine);

    if (!(seconds > 0))
        return now_ms;
    if (seconds > 1e9)
        return NEVER_MS;
    // What computing with fractions adds is no millisecond: 0.3 - 0.1 is not quite 0.2.
    return now_ms + (int64_t)ceil(seconds * 1000.0 - 1e-6);
}

int64_t time_check_until_ms(lua_State *L, int index)
{
    return time_until_ms(engine_of(L), luaL_checknumber(L, index));
}

/* core.now() -> seconds of a clock that nobody sets */
static int l_now(lua_State *L)
{
    lua_pushnumber(L, (double)engine_now_ms(engine_of(L)) / 1000.0);
    return 1;
}

static int k_sleep(lua_State *L, int status, lua_KContext context)
{
    struct engine *engine = engine_of(L);
    bool whole = engine_now_ms(engine) >= engine->running->wait.wanted_ms;

    (void)status, (void)context;
    lua_pushboolean(L, whole);
    if (whole)
        return 1;
    lua_pushliteral(L, "no time left");
    return 2;
}

/* core.sleep(seconds), at least a millisecond -> true; false, "no time left" when the deadline
 * shortened it */
static int l_sleep(lua_State *L)
{
    int64_t wanted_ms = time_check_until_ms(L, 1), now_ms = engine_now_ms(engine_of(L));
    struct wait wait = {.kind = WAIT_TIME};

    task_check_waitable(L, "sleep");
    if (wanted_ms <= now_ms)
        wanted_ms = now_ms + 1; // a loop that waits for nothing must not spin
    wait.wanted_ms = wanted_ms;
    wait.until_ms = shutdown_clamp_ms(L, wanted_ms, FOR_ANYTHING, -1);
    return task_wait(L, &wait, k_sleep);
}

/* core.remaining() -> seconds until the policy's deadline; the whole of it before a shutdown */
static int l_remaining(lua_State *L)
{
    struct engine *engine = engine_of(L);
    int64_t left_ms = engine->config->grace_ms;

    if (engine->phase == PHASE_STOPPING)
        left_ms = engine->deadline_ms - engine_now_ms(engine);
    lua_pushnumber(L, left_ms > 0 ? (double)left_ms / 1000.0 : 0.0);
    return 1;
}

/* core.free() -> seconds that the policy may use before what is left of the grace is needed to stop
 * what is still alive */
static int l_free(lua_State *L)
{
    lua_pushnumber(L, (double)engine_time_left(engine_of(L), -1).free_ms / 1000.0);
    return 1;
}

/* core.elapsed() -> seconds since the shutdown began; 0 before */
static int l_elapsed(lua_State *L)
{
    struct engine *engine = engine_of(L);
    int64_t elapsed_ms = 0;

    if (engine->phase == PHASE_STOPPING)
        elapsed_ms = engine_now_ms(engine) - engine->cause.begun_ms;
    lua_pushnumber(L, (double)elapsed_ms / 1000.0);
    return 1;
}

/* core.share(number, wanted or nil) -> seconds that a stop of this service may wait before it
 * kills: those that the policy wants, else its share; less where the deadline is nearer */
static int l_share(lua_State *L)
{
    struct engine *engine = engine_of(L);
    int process = (int)luaL_checkinteger(L, 1);
    int64_t now_ms = engine_now_ms(engine), limit_ms, until_ms;

    until_ms = lua_isnoneornil(L, 2) ? shutdown_share_ms(engine, process)
                                     : time_check_until_ms(L, 2);
    limit_ms = shutdown_limit_ms(engine, FOR_STOP, process);
    if (until_ms > limit_ms)
        until_ms = limit_ms > now_ms ? limit_ms : now_ms;
    lua_pushnumber(L, (double)(until_ms - now_ms) / 1000.0);
    return 1;
}

void module_time_open(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"now", l_now},         {"sleep", l_sleep}, {"remaining", l_remaining},
        {"elapsed", l_elapsed}, {"share", l_share}, {"free", l_free}, {NULL, NULL},
    };
    luaL_setfuncs(L, functions, 0);
}
