/* wait_idle's loop, until there is something that lua/idle.lua must say or do.
 *
 * Happy path: look (the driver's function, which waits for an answer) -> note what it has counted
 * -> conclude: not yet -> pause -> look -> ... -> "leave".
 *
 * What can go wrong: the look fails ("failed": Lua decides whether to go on); the service exits
 * ("exited"), at which a pause ends at once; the deadline shortens a pause ("timeout",
 * "unknown"). */
#include "engine/state.h"
#include "idle/idle.h"

#define LOOK_SECONDS 0.5 /* that a look may take */

/* The stack: the arguments, and when the look was begun. */
enum { IDLE = 1, NUMBER, LOOK, BY_SOCKETS, BEGUN };

static int watch_look(lua_State *L);

static int say(lua_State *L, const char *word)
{
    lua_pushstring(L, word);
    return 1;
}

/* Shortened by the deadline; a millisecond is none. */
static bool was_shortened(struct engine *engine)
{
    const struct wait *wait = &engine->running->wait;

    return wait->timed_out && engine_now_ms(engine) < wait->wanted_ms - 1;
}

static int k_paused(lua_State *L, int status, lua_KContext context)
{
    (void)status, (void)context;
    if (was_shortened(engine_of(L)))
        return say(L, idle_check(L, IDLE)->known ? "timeout" : "unknown");
    return watch_look(L);
}

static int watch_pause(lua_State *L, double seconds)
{
    int process = (int)lua_tointeger(L, NUMBER);
    struct wait wait = {.kind = WAIT_EXITED, .process = process, .purpose = FOR_ANYTHING};

    if (service_check(L, NUMBER)->state != SERVICE_RUNNING) /* while it was looked at */
        return say(L, "exited");
    wait.wanted_ms = time_until_ms(engine_of(L), seconds);
    wait.until_ms = shutdown_clamp_ms(L, wait.wanted_ms, FOR_ANYTHING, process);
    return task_wait(L, &wait, k_paused);
}

static int watch_conclude(lua_State *L, const struct idle_time *time)
{
    static const char *const words[] = {
        [IDLE_LEAVE] = "leave", [IDLE_TIMEOUT] = "timeout", [IDLE_UNKNOWN] = "unknown",
        [IDLE_CLOSE] = "close idle", [IDLE_NO_EFFECT] = "no effect",
        [IDLE_SOME_EFFECT] = "some effect",
    };
    enum idle_verdict verdict;
    double seconds;

    verdict = idle_conclude(idle_check(L, IDLE), time, &seconds);
    return verdict == IDLE_WAIT ? watch_pause(L, seconds) : say(L, words[verdict]);
}

/* The result of a look is at `index`: true, the driver has noted what it counted; counts of
 * core.sockets; nil: then NULL. */
static const struct counts *result_of(lua_State *L, int index, const struct service *service)
{
    return lua_isboolean(L, index) ? &service->counts : lua_touserdata(L, index);
}

/* On top are its result, and why it failed. */
static int k_looked(lua_State *L, int status, lua_KContext context)
{
    const struct service *service = service_check(L, NUMBER);
    struct idle_time time = idle_time_of(engine_of(L));
    struct idle *idle = idle_check(L, IDLE);
    struct idle_look look = {
        .begun = lua_tonumber(L, BEGUN),
        .drained = service->drained,
        .by_sockets = lua_toboolean(L, BY_SOCKETS),
    };
    const struct counts *counts = result_of(L, -2, service);

    (void)status, (void)context;
    if (!counts) {
        lua_pushliteral(L, "failed");
        lua_insert(L, -2);
        lua_pushinteger(L, idle_note_failure(idle));
        lua_pushnumber(L, time.now - idle->known_at);
        return 4;
    }
    if (idle_note(idle, &look, counts, &time))
        return say(L, "first");
    return watch_conclude(L, &time);
}

static int watch_look(lua_State *L)
{
    double now = (double)engine_now_ms(engine_of(L)) / 1000.0;

    if (service_check(L, NUMBER)->state != SERVICE_RUNNING)
        return say(L, "exited");
    if (idle_unready(idle_check(L, IDLE), now))
        return say(L, "unready");
    lua_settop(L, BY_SOCKETS);
    lua_pushnumber(L, now);
    lua_pushvalue(L, LOOK);
    lua_pushnumber(L, LOOK_SECONDS);
    lua_callk(L, 1, 2, 0, k_looked);
    return k_looked(L, LUA_OK, 0);
}

/* core.idle_watch(idle, number, look, by_sockets, looked) -> "leave"; "timeout",
 * "unknown"; "exited"; "first": a look has counted, for the first time; "failed", why, how many
 * looks in a row, seconds since one did not; "unready": it is time for readiness to fail; "close
 * idle", "no effect", "some effect": enum idle_verdict. Then it may be called again.
 *
 * idle: of core.idle_begin. look(seconds it may take) -> true, what it counts is noted, or counts
 * of core.sockets; nil, why. looked: there was one just now, so conclude first. It waits. */
static int l_idle_watch(lua_State *L)
{
    bool looked = lua_toboolean(L, BY_SOCKETS + 1);
    struct idle_time time;

    luaL_checktype(L, LOOK, LUA_TFUNCTION);
    task_check_waitable(L, "wait_idle");
    lua_settop(L, BY_SOCKETS);
    if (!looked)
        return watch_look(L);
    time = idle_time_of(engine_of(L));
    return watch_conclude(L, &time);
}

void module_watch_open(lua_State *L)
{
    static const luaL_Reg functions[] = {{"idle_watch", l_idle_watch}, {NULL, NULL}};

    luaL_setfuncs(L, functions, 0);
}
