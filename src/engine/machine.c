/* The Lua machine: what is in it, and what it may use up.
 *
 * Three limits make a mistake harmless: a cap on memory (memory.c says no), a budget of
 * instructions between two waits (a count hook raises), and, for loops inside C functions that no
 * hook sees, the CPU timer of the live world (last_resort.h). */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <lualib.h>

#include "base/embedded.h"
#include "engine/state.h"

/* In this order: each may use what the ones before have put into `core` and `api`. */
static const char *const library[] = {
    "lua/sandbox.lua", "lua/check.lua", "lua/system.lua", "lua/time.lua",
    "lua/flow.lua", "lua/http.lua", "lua/driver.lua", "lua/service.lua", "lua/tokens.lua",
    "lua/names.lua", "lua/start.lua", "lua/stop.lua", "lua/idle_reason.lua",
    "lua/idle.lua", "lua/idle_sockets.lua", "lua/drain.lua", "lua/envoy_idle.lua", "lua/envoy.lua",
    "lua/nginx.lua", "lua/haproxy.lua", "lua/generic.lua",
};

/* Once the budget is spent every instruction raises, so that pcall cannot go on. */
static void on_hook(lua_State *L, lua_Debug *debug)
{
    struct engine *engine = engine_of(L);

    if (debug->event == LUA_HOOKLINE) {
        policy_line_mark(engine, L, debug);
        return;
    }
    engine->instructions += lua_gethookcount(L);
    if (engine->instructions <= INSTRUCTIONS_MAX && !engine->interrupted)
        return;
    lua_sethook(L, on_hook, LUA_MASKCOUNT, 1);
    machine_mistake(L, "%d instructions without a wait: is this an endless loop?",
                    INSTRUCTIONS_MAX);
}

void machine_begin_burst(struct engine *engine, lua_State *thread)
{
    engine->instructions = 0;
    if (engine->config->uncounted && !engine->interrupted)
        lua_sethook(thread, NULL, 0, 0);
    else
        lua_sethook(thread, on_hook,
                    LUA_MASKCOUNT | (engine->config->lines_run ? LUA_MASKLINE : 0),
                    HOOK_INSTRUCTIONS);
}

/* As lua.c does at Ctrl-C: setting a hook is all that may be done to a machine that runs. */
void engine_interrupt(struct engine *engine)
{
    engine->interrupted = true;
    if (engine->running)
        lua_sethook(engine->running->lua, on_hook, LUA_MASKCOUNT, 1);
}

bool engine_frugal(const struct engine *engine)
{
    return !engine->interrupted && !engine->greedy;
}

/* The library's chunks are named "=lua/...", everybody else's "@file". */
static bool frame_is_ours(const lua_Debug *frame)
{
    return frame->currentline < 0 || frame->source[0] == '=';
}

int machine_mistake(lua_State *L, const char *format, ...)
{
    lua_Debug frame;
    va_list arguments;

    lua_pushliteral(L, "");
    for (int level = 0; lua_getstack(L, level, &frame); level++) {
        lua_getinfo(L, "Sl", &frame);
        if (frame_is_ours(&frame))
            continue;
        lua_pop(L, 1);
        lua_pushfstring(L, "%s:%d: ", frame.short_src, frame.currentline);
        break;
    }
    va_start(arguments, format);
    lua_pushvfstring(L, format, arguments);
    va_end(arguments);
    lua_concat(L, 2);
    return lua_error(L);
}

int machine_load(lua_State *L, const struct source *source, const char *chunk_prefix)
{
    const char *text = source->text;
    size_t length = strlen(text);

    if (length > SOURCE_MAX) {
        lua_pushfstring(L, "%s: longer than %d bytes", source->name, SOURCE_MAX);
        return LUA_ERRSYNTAX;
    }
    if (strncmp(text, "\xef\xbb\xbf", 3) == 0) /* as some editors begin UTF-8 */
        text += 3;
    lua_pushfstring(L, "%s%s", chunk_prefix, source->name);
    engine_of(L)->loading = true;
    int status = luaL_loadbufferx(L, text, strlen(text), lua_tostring(L, -1), "t");

    engine_of(L)->loading = false;
    lua_remove(L, -2);
    return status;
}

void machine_push_words(lua_State *L, const char *const *word)
{
    lua_newtable(L);
    for (lua_Integer i = 1; word && *word; i++, word++) {
        lua_pushstring(L, *word);
        lua_rawseti(L, -2, i);
    }
}

void machine_push_reader(lua_State *L, lua_CFunction function, const char *const *names)
{
    int count = 0;

    while (names[count])
        lua_pushstring(L, names[count++]);
    lua_pushcclosure(L, function, count);
}

static void machine_run_library(lua_State *L, int core)
{
    for (size_t i = 0; i < sizeof library / sizeof *library; i++) {
        struct source source = {library[i], embedded_text(library[i])};

        if (machine_load(L, &source, "=") != LUA_OK)
            lua_error(L);
        lua_pushvalue(L, core);
        lua_getfield(L, core, "api");
        lua_call(L, 2, 0);
    }
}

int l_open_machine(lua_State *L)
{
    luaL_requiref(L, LUA_GNAME, luaopen_base, 1);
    luaL_requiref(L, LUA_STRLIBNAME, luaopen_string, 1);
    luaL_requiref(L, LUA_TABLIBNAME, luaopen_table, 1);
    luaL_requiref(L, LUA_MATHLIBNAME, luaopen_math, 1);
    lua_settop(L, 0);
    lua_newtable(L); /* core */
    lua_newtable(L); /* core, api */
    lua_setfield(L, 1, "api");
    module_time_open(L);
    module_process_open(L);
    module_request_open(L);
    module_flow_open(L);
    module_system_open(L);
    module_idle_open(L);
    module_watch_open(L);
    module_counts_open(L);
    module_envoy_open(L);
    module_findings_open(L);
    machine_run_library(L, 1);
    lua_setfield(L, LUA_REGISTRYINDEX, "core");
    return 0;
}

int machine_create(struct engine *engine)
{
    lua_State *L;

    if (memory_create(engine) < 0)
        return -1;
    L = lua_newstate(memory_allocate, engine);
    if (!L)
        return -1;
    engine->lua = L;
    *(struct engine **)lua_getextraspace(L) = engine;
    machine_begin_burst(engine, L);
    return 0;
}

void machine_destroy(struct engine *engine)
{
    if (engine->lua)
        lua_close(engine->lua);
    memory_destroy(engine);
}
