/* Several functions at once: what parallel, race and with_timeout are made of. Nothing that
 * starts here outlives its caller. */
#include "engine/state.h"

/* Pushes what an ended child left: {true, results...} or {false, message}. */
static void push_outcome(lua_State *L, struct task *child)
{
    int values = child->status == LUA_OK ? child->results : 1;

    lua_createtable(L, values + 1, 1);
    lua_pushboolean(L, child->status == LUA_OK);
    lua_rawseti(L, -2, 1);
    luaL_checkstack(L, values, "results");
    lua_pushinteger(L, values + 1);
    lua_setfield(L, -2, "n");
    lua_xmove(child->lua, L, values);
    for (int i = values; i > 0; i--)
        lua_rawseti(L, -1 - i, i + 1);
}

static int k_together(lua_State *L, int status, lua_KContext context)
{
    struct engine *engine = engine_of(L);
    struct task *self = engine->running, *child;

    (void)status, (void)context;
    lua_newtable(L);
    while ((child = task_child(engine, self))) {
        if (child->state != TASK_ENDED) {
            task_cancel(engine, child);
            continue;
        }
        push_outcome(L, child);
        lua_rawseti(L, -2, child->place);
        task_free(engine, child);
    }
    self->children_ended = 0;
    return 1;
}

/* core.together(wanted, seconds or nil, f, g, ...) -> {[1] = {ok, results...}, ...}
 * Runs the functions at once until `wanted` of them have ended or the time has come; the others
 * are cancelled and missing from the result. */
static int l_together(lua_State *L)
{
    struct engine *engine = engine_of(L);
    struct wait wait = {.kind = WAIT_TASKS, .tasks = (int)luaL_checkinteger(L, 1)};
    int functions = lua_gettop(L) - 2;

    task_check_waitable(L, "running functions at once");
    wait.until_ms = NEVER_MS;
    if (!lua_isnil(L, 2))
        wait.until_ms = shutdown_clamp_ms(L, time_check_until_ms(L, 2), FOR_TASKS, -1);
    for (int i = 1; i <= functions; i++) {
        lua_pushvalue(L, i + 2);
        task_start(L, engine->running, 0)->place = i;
    }
    return task_wait(L, &wait, k_together);
}

/* core.spawn(f, ...) starts a task of its own: one that watches a service while it serves. It
 * ends with the phase. */
static int l_spawn(lua_State *L)
{
    task_start(L, NULL, lua_gettop(L) - 1);
    return 0;
}

void module_flow_open(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"together", l_together}, {"spawn", l_spawn}, {NULL, NULL},
    };
    luaL_setfuncs(L, functions, 0);
}
