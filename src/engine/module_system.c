/* The rest: lines, files, the environment, and why we are stopping. */
#include <errno.h>
#include <string.h>

#include "base/words.h"
#include "engine/state.h"

/* core.print(text, warning) */
static int l_print(lua_State *L)
{
    timeline_print(engine_of(L), lua_toboolean(L, 2) ? CHANNEL_WARNING : CHANNEL_INFO, "%s",
                   luaL_checkstring(L, 1));
    return 0;
}

/* The fields of an event; their names are upvalues in this order, from 1 on. */
enum event_field { SERVICE = 1, WHAT, WHY, REASON, TOOK, IN_FLIGHT, WARNING };

static int push_field(lua_State *L, enum event_field field)
{
    lua_pushvalue(L, lua_upvalueindex(field));
    return lua_rawget(L, 1);
}

static int64_t optional_number(lua_State *L, enum event_field field, double factor)
{
    int64_t number = -1;

    if (push_field(L, field) == LUA_TNUMBER)
        number = (int64_t)(lua_tonumber(L, -1) * factor + 0.5);
    lua_pop(L, 1);
    return number;
}

static const char *optional_text(lua_State *L, enum event_field field)
{
    const char *text = (push_field(L, field), lua_tostring(L, -1));

    lua_pop(L, 1);
    return text;
}

/* core.event{service =, what =, why =, reason =, took =, in_flight =, warning =}: into the
 * timeline */
static int l_event(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TTABLE);

    struct moment moment = {
        .service = optional_text(L, SERVICE),
        .what = optional_text(L, WHAT),
        .why = optional_text(L, WHY),
        .reason = optional_text(L, REASON),
        .took_ms = optional_number(L, TOOK, 1000.0),
        .in_flight = optional_number(L, IN_FLIGHT, 1.0),
    };
    moment.warning = (push_field(L, WARNING), lua_toboolean(L, -1));
    timeline_write(engine_of(L), &moment);
    return 0;
}

/* core.mistake(message): raises it as the policy's, with the policy's line */
static int l_mistake(lua_State *L)
{
    return machine_mistake(L, "%s", luaL_checkstring(L, 1));
}

/* core.nearest(word, {name, ...}) -> the name that was meant, or nil */
static int l_nearest(lua_State *L)
{
    const char *word = luaL_checkstring(L, 1);
    int best_distance = WORD_MAX;

    lua_pushnil(L); // best
    for (lua_Integer i = 1; lua_rawgeti(L, 2, i) != LUA_TNIL; i++) {
        int distance = words_distance(word, lua_tostring(L, -1));

        if (distance < best_distance) {
            best_distance = distance;
            lua_replace(L, 3);
        } else {
            lua_pop(L, 1);
        }
    }
    lua_settop(L, 3);
    if (!words_near(word, best_distance))
        lua_pushnil(L);
    return 1;
}

/* core.read_file(path) -> text; nil, why */
static int l_read_file(lua_State *L)
{
    struct engine *engine = engine_of(L);
    const char *path = luaL_checkstring(L, 1);
    char buffer[SOURCE_MAX]; // not Lua's memory, which every simulated world copies
    int length = engine->world->ops->file_read(engine->world, path, buffer, sizeof buffer);

    if (length >= 0) {
        lua_pushlstring(L, buffer, (size_t)length);
        return 1;
    }
    lua_pushnil(L);
    lua_pushstring(L, strerror(-length));
    return 2;
}

/* core.write_file(path, text or nil) -> true; false, why. nil removes it, where it is there. */
static int l_write_file(lua_State *L)
{
    struct engine *engine = engine_of(L);
    const char *text = luaL_optstring(L, 2, NULL);
    int error = engine->world->ops->file_write(engine->world, luaL_checkstring(L, 1), text);
    bool done = error == 0 || (error == -ENOENT && !text);

    lua_pushboolean(L, done);
    if (done)
        return 1;
    lua_pushstring(L, strerror(-error));
    return 2;
}

/* core.remove_files{path, ...}: those that are there */
static int l_remove_files(lua_State *L)
{
    struct world *world = engine_of(L)->world;

    for (lua_Integer i = 1; lua_rawgeti(L, 1, i) != LUA_TNIL; i++) {
        world->ops->file_write(world, luaL_checkstring(L, -1), NULL);
        lua_pop(L, 1);
    }
    return 0;
}

/* core.environment() -> {NAME = value, ...} */
static int l_environment(lua_State *L)
{
    const char *const *variable = engine_of(L)->config->environment;

    lua_newtable(L);
    for (; variable && *variable; variable++) {
        const char *equals = strchr(*variable, '=');

        if (!equals)
            continue;
        lua_pushlstring(L, *variable, (size_t)(equals - *variable));
        lua_pushstring(L, equals + 1);
        lua_rawset(L, -3);
    }
    return 1;
}

/* core.check_command() -> the words of the command that tries the policy; nil: none does, or
 * another policy is in use */
static int l_check_command(lua_State *L)
{
    const struct engine *engine = engine_of(L);
    const char *const *command = engine->config->check_command;

    if (!command || !engine->policy_accepted || engine->policy_source != &engine->config->policy)
        return 0;
    machine_push_words(L, command);
    return 1;
}

/* core.cause() -> kind, signal name or nil, service name or nil, grace in seconds */
static int l_cause(lua_State *L)
{
    struct engine *engine = engine_of(L);
    const struct cause *cause = &engine->cause;

    lua_pushstring(L, cause->kind);
    lua_pushstring(L, cause->signal ? signal_name(cause->signal) : NULL);
    lua_pushstring(L, cause->kind && cause->process >= 0 ? engine->services[cause->process].name
                                                         : NULL);
    lua_pushnumber(L, (double)engine->config->grace_ms / 1000.0);
    return 4;
}

/* core.exit_code(number) */
static int l_exit_code(lua_State *L)
{
    struct engine *engine = engine_of(L);

    engine->exit_code = (int)luaL_checkinteger(L, 1);
    engine->exit_code_given = true;
    return 0;
}

void module_system_open(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"print", l_print},
        {"mistake", l_mistake},
        {"nearest", l_nearest},
        {"read_file", l_read_file},
        {"write_file", l_write_file},
        {"remove_files", l_remove_files},
        {"environment", l_environment},
        {"check_command", l_check_command},
        {"cause", l_cause},
        {"exit_code", l_exit_code},
        {NULL, NULL},
    };
    static const char *const event_fields[] = {"service", "what", "why", "reason", "took",
                                               "in_flight", "warning", NULL};

    luaL_setfuncs(L, functions, 0);
    machine_push_reader(L, l_event, event_fields);
    lua_setfield(L, -2, "event");
}
