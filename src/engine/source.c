/* Reads files of Lua: services.lua is run, a policy is compiled and looked at.
 *
 * What is wrong in a file is reported, in words, and the file is not used. Reading takes at most
 * the instructions of one burst: some 50 ms. */
#include <string.h>

#include "engine/state.h"

const char *source_text(char *buffer, size_t length)
{
    size_t shown = length > 3 ? 3 : length > 0 ? length - 1 : 0;

    buffer[length] = '\0';
    if (!memchr(buffer, '\0', length))
        return buffer;
    memmove(buffer + 1, buffer, shown);
    buffer[0] = '\x1b';
    buffer[shown + 1] = '\0';
    return buffer;
}

/* What the protected functions below work on; a light userdata. */
struct reading {
    struct engine *engine;
    const struct source *source;
    const char *slot; /* of the registry, for what was compiled; of a policy */
};

/* Ends a reader whose findings were reported. */
static int refuse_source(lua_State *L)
{
    lua_pushnil(L);
    return lua_error(L);
}

static int l_read_services(lua_State *L)
{
    struct reading *reading = lua_touserdata(L, 1);

    lua_getfield(L, LUA_REGISTRYINDEX, "core"); // core
    lua_getfield(L, -1, "read_services");       // core read_services
    lua_getfield(L, -2, "services_api");        // core read_services api
    if (machine_load(L, reading->source, "@") != LUA_OK)
        return lua_error(L);
    if (names_check(L, reading->source) > 0)
        return refuse_source(L);
    lua_getfield(L, -4, "services_environment");
    lua_setupvalue(L, -2, 1); // core read_services api chunk
    lua_remove(L, -2);
    machine_push_words(L, reading->engine->config->arguments);
    lua_call(L, 2, 0); // core read_services chunk arguments
    return 0;
}

static int l_read_policy(lua_State *L)
{
    struct reading *reading = lua_touserdata(L, 1);
    int found;

    lua_getfield(L, LUA_REGISTRYINDEX, "core"); // core
    lua_getfield(L, -1, "api");                 // core api
    if (machine_load(L, reading->source, "@") != LUA_OK)
        return lua_error(L);
    found = names_check(L, reading->source);
    lua_getfield(L, -3, "check_calls"); // core api chunk check
    lua_pushstring(L, reading->source->name);
    lua_pushstring(L, reading->source->text);
    lua_pushboolean(L, reading->engine->services_read);
    lua_pushinteger(L, found);
    lua_call(L, 4, 1); // core api chunk found
    found += (int)lua_tointeger(L, -1);
    if (found > 0)
        return refuse_source(L);
    lua_pop(L, 1);
    lua_getfield(L, -3, "policy_environment");
    lua_setupvalue(L, -2, 1);
    lua_setfield(L, LUA_REGISTRYINDEX, reading->slot);
    return 0;
}

/* Runs a reader in protected mode; a failure is reported. */
static bool source_read(lua_CFunction reader, struct reading reading)
{
    struct engine *engine = reading.engine;
    const struct source *source = reading.source;
    lua_State *L = engine->lua;
    bool read;

    engine->subject = source;
    machine_begin_burst(engine, L);
    lua_pushcfunction(L, reader);
    lua_pushlightuserdata(L, &reading);
    read = lua_pcall(L, 1, 0, 0) == LUA_OK;
    if (!read && !lua_isnil(L, -1))
        finding_explain(engine, source, lua_isstring(L, -1)
                                            ? lua_tostring(L, -1)
                                            : "the file raised a table, not a text");
    if (!read && !engine->config->on_finding)
        timeline_print(engine, CHANNEL_WARNING, "%s is not used", source->name);
    lua_settop(L, 0);
    engine->subject = NULL;
    return read;
}

bool source_read_services(struct engine *engine, const struct source *source)
{
    return source_read(l_read_services, (struct reading){engine, source, NULL});
}

bool source_read_policy(struct engine *engine, const struct source *source, const char *slot)
{
    return source_read(l_read_policy, (struct reading){engine, source, slot});
}

