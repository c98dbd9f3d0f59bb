/* A machine for one file: it sees the words of lua/chaos_*.lua and a few harmless functions, and
 * has a budget of instructions. What it must not see is os and io: a scenario is data. */
#include "chaos/reader.h"

#include <ctype.h>
#include <string.h>

#include <lualib.h>

#include "base/embedded.h"
#include "base/random.h"
#include "base/words.h"
#include "chaos/scenario.h"

enum {
    BUDGET = 20 * 1000 * 1000, /* instructions: more is an endless loop */
    SEED = 1                   /* of what a file draws */
};

static const char *const library[] = {
    "lua/chaos_values.lua", "lua/chaos_world.lua", "lua/chaos_expect.lua",
    "lua/chaos_scenario.lua",
};

/* What of Lua a scenario file sees besides the words. */
static const char *const plain[] = {"ipairs", "pairs", "tostring", "math", NULL};

/* core.line() -> the line of the scenario file that is running. */
static int l_line(lua_State *L)
{
    lua_Debug frame;

    for (int level = 0; lua_getstack(L, level, &frame); level++) {
        lua_getinfo(L, "Sl", &frame);
        if (*frame.source != '@' || frame.currentline < 0)
            continue;
        lua_pushinteger(L, frame.currentline);
        return 1;
    }
    return 0;
}

/* Slips of typing; small and capital letters are the same. */
static int slips(const char *one, const char *other)
{
    char small[2][WORD_MAX + 1];

    if (strlen(one) > WORD_MAX || strlen(other) > WORD_MAX)
        return WORD_MAX;
    for (size_t i = 0; i <= strlen(one); i++)
        small[0][i] = (char)tolower((unsigned char)one[i]);
    for (size_t i = 0; i <= strlen(other); i++)
        small[1][i] = (char)tolower((unsigned char)other[i]);
    return words_distance(small[0], small[1]);
}

/* core.nearest(word, names) -> the name that was probably meant; nil */
static int l_nearest(lua_State *L)
{
    const char *word = luaL_checkstring(L, 1);
    int best = WORD_MAX, length = (int)luaL_len(L, 2);

    lua_settop(L, 2);
    lua_pushnil(L); // word names nearest
    for (int i = 1; i <= length; i++) {
        int distance;

        lua_rawgeti(L, 2, i);
        distance = slips(word, lua_tostring(L, -1));
        if (distance < best && words_near(word, distance)) {
            best = distance;
            lua_copy(L, -1, 3);
        }
        lua_pop(L, 1);
    }
    return 1;
}

/* core.draw(least, most) -> a whole number, evenly. Its numbers are the same in every run. */
static int l_draw(lua_State *L)
{
    struct random *random = lua_touserdata(L, lua_upvalueindex(1));
    int64_t least = luaL_checkinteger(L, 1), most = luaL_checkinteger(L, 2);

    lua_pushinteger(L, random_between(random, least, most));
    return 1;
}

static const char *reader_file(lua_State *L)
{
    return *(const char **)lua_getextraspace(L);
}

static void on_count(lua_State *L, lua_Debug *debug)
{
    (void)debug;
    l_line(L);
    luaL_error(L, "%s:%d: %d instructions: is this an endless loop?", reader_file(L),
               (int)lua_tointeger(L, -1), BUDGET);
}

static void lines_push(lua_State *L, const char *text)
{
    lua_newtable(L);
    for (int line = 1; *text; line++) {
        size_t length = strcspn(text, "\n");

        lua_pushlstring(L, text, length);
        lua_rawseti(L, -2, line);
        text += length + (text[length] == '\n');
    }
}

static void limit_set(lua_State *L, const char *name, int limit)
{
    lua_pushinteger(L, limit);
    lua_setfield(L, -2, name);
}

static void core_fill(lua_State *L, const char *file, const char *text)
{
    const char *slash = strrchr(file, '/');

    lua_pushstring(L, file);
    lua_setfield(L, -2, "file");
    lua_pushlstring(L, file, slash ? (size_t)(slash + 1 - file) : 0);
    lua_setfield(L, -2, "folder");
    lines_push(L, text);
    lua_setfield(L, -2, "text");
    lua_pushcfunction(L, l_line);
    lua_setfield(L, -2, "line");
    lua_pushcfunction(L, l_nearest);
    lua_setfield(L, -2, "nearest");
    *(struct random *)lua_newuserdatauv(L, sizeof(struct random), 0) =
        random_fork(SEED, "scenario", 0);
    lua_pushcclosure(L, l_draw, 1);
    lua_setfield(L, -2, "draw");
    lua_newtable(L);
    for (int i = 0; i < INVARIANTS; i++) {
        lua_pushboolean(L, true);
        lua_setfield(L, -2, invariants[i].name);
    }
    lua_setfield(L, -2, "invariants");
    lua_newtable(L);
    limit_set(L, "scenarios", SCENARIOS_MAX);
    limit_set(L, "variables", SCENARIO_VARIABLES_MAX);
    limit_set(L, "services", SIM_SERVICES_MAX);
    limit_set(L, "orphans", SIM_ORPHANS_MAX);
    limit_set(L, "expectations", EXPECTATIONS_MAX);
    lua_setfield(L, -2, "limits");
}

void reader_open(lua_State *L, const char *file, const char *text)
{
    *(const char **)lua_getextraspace(L) = file;
    luaL_requiref(L, LUA_GNAME, luaopen_base, 1);
    luaL_requiref(L, LUA_STRLIBNAME, luaopen_string, 1);
    luaL_requiref(L, LUA_TABLIBNAME, luaopen_table, 1);
    luaL_requiref(L, LUA_MATHLIBNAME, luaopen_math, 1);
    lua_getglobal(L, LUA_STRLIBNAME);
    lua_pushnil(L);
    lua_setfield(L, -2, "rep"); /* one call could take all memory */
    lua_settop(L, 0);
    lua_newtable(L); // core
    core_fill(L, file, text);
    lua_newtable(L); // core words
    for (int i = 0; plain[i]; i++) {
        lua_getglobal(L, plain[i]);
        lua_setfield(L, 2, plain[i]);
    }
    for (size_t i = 0; i < sizeof library / sizeof *library; i++) {
        const char *chunk = embedded_text(library[i]);

        lua_pushfstring(L, "=%s", library[i]);
        if (luaL_loadbufferx(L, chunk, strlen(chunk), lua_tostring(L, -1), "t") != LUA_OK)
            lua_error(L);
        lua_remove(L, -2);
        lua_pushvalue(L, 1);
        lua_pushvalue(L, 2);
        lua_call(L, 2, 0);
    }
    lua_getfield(L, 1, "environment"); // core words environment
    lua_remove(L, 2);
    lua_sethook(L, on_count, LUA_MASKCOUNT, BUDGET);
}
