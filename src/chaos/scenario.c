/* Reads scenario files.
 *
 * Happy path: a machine with the words -> the file runs and leaves tables -> struct scenario.
 *
 * What can go wrong: the file does not compile, raises, or a word or value is wrong; all of that
 * is an error of Lua with its line, which becomes `error`. */
#include "chaos/scenario.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chaos/reader.h"

/* By their kind. */
static const char *const expectation_words[] = {
    [EXPECT_FINISHED_WITHIN] = "finished_within",
    [EXPECT_FINISHED_NOT_BEFORE] = "finished_not_before",
    [EXPECT_STOPPED_WITHIN] = "stopped_within",
    [EXPECT_STOPPED_NOT_BEFORE] = "stopped_not_before",
    [EXPECT_STOP_ORDER] = "stop_order",
    [EXPECT_HAPPENED] = "happened",
    [EXPECT_NEVER] = "never",
    [EXPECT_EXIT_CODE] = "exit_code_is",
    [EXPECT_CUT_AT_MOST] = "cut_at_most",
    [EXPECT_REFUSED_AT_MOST] = "refused_at_most",
    [EXPECT_FAILED_AT_MOST] = "failed_at_most",
    [EXPECT_BLIND_AT_MOST] = "blind_at_most",
    [EXPECT_WORK_CUT_AT_MOST] = "work_cut_at_most",
    [EXPECT_BREAKS] = "breaks",
};

/* From Lua's tables. Lengths and types were checked there. The table is on top of the stack. */

static void text_take(lua_State *L, const char *field, char *text, size_t size)
{
    lua_getfield(L, -1, field);
    snprintf(text, size, "%s", lua_isstring(L, -1) ? lua_tostring(L, -1) : "");
    lua_pop(L, 1);
}

static int64_t number_take(lua_State *L, const char *field)
{
    int64_t number;

    lua_getfield(L, -1, field);
    number = (int64_t)lua_tonumber(L, -1);
    lua_pop(L, 1);
    return number;
}

/* The numbers of one row, by the names of the table; what is not there is plain. */
static void values_take(lua_State *L, const char *field, int64_t values[DRAW_PARAMETERS])
{
    lua_getfield(L, -1, field);
    for (int i = 0; i < DRAW_PARAMETERS; i++) {
        lua_getfield(L, -1, draw_table[i].name);
        values[i] = lua_isnil(L, -1) ? draw_table[i].plain : (int64_t)lua_tonumber(L, -1);
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
}

/* Calls `take` for each entry of a list, which is then on top; returns how many there are. */
static int list_take(lua_State *L, const char *field, int most,
                     void (*take)(lua_State *L, struct scenario *scenario, int place),
                     struct scenario *scenario)
{
    int count;

    lua_getfield(L, -1, field);
    count = (int)luaL_len(L, -1);
    count = count < most ? count : most;
    for (int i = 0; i < count; i++) {
        lua_rawgeti(L, -1, i + 1);
        take(L, scenario, i);
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
    return count;
}

static void variable_take(lua_State *L, struct scenario *scenario, int place)
{
    snprintf(scenario->variables[place], SCENARIO_TEXT_MAX, "%s", lua_tostring(L, -1));
    scenario->environment[place] = scenario->variables[place];
}

static void service_take(lua_State *L, struct scenario *scenario, int place)
{
    struct scenario_service *service = &scenario->described[place];

    text_take(L, "name", service->name, sizeof service->name);
    service->line = (int)number_take(L, "line");
    values_take(L, "numbers", service->values);
}

static void expected_services_take(lua_State *L, struct expectation *expectation)
{
    if (lua_getfield(L, -1, "services") == LUA_TTABLE) {
        expectation->service_count = (int)luaL_len(L, -1);
        for (int i = 0; i < expectation->service_count; i++) {
            lua_rawgeti(L, -1, i + 1);
            snprintf(expectation->services[i], STEP_NAME_MAX, "%s", lua_tostring(L, -1));
            lua_pop(L, 1);
        }
    }
    lua_pop(L, 1);
}

static void expectation_take(lua_State *L, struct scenario *scenario, int place)
{
    struct expectation *expectation = &scenario->expectations[place];
    char word[STEP_WHAT_MAX];

    text_take(L, "expectation", word, sizeof word);
    for (size_t i = 0; i < sizeof expectation_words / sizeof *expectation_words; i++)
        if (strcmp(word, expectation_words[i]) == 0)
            expectation->kind = (enum expectation_kind)i;
    expectation->line = (int)number_take(L, "line");
    expectation->number = number_take(L, "number");
    text_take(L, "what", expectation->what, sizeof expectation->what);
    text_take(L, "text", expectation->text, sizeof expectation->text);
    expected_services_take(L, expectation);
}

static void scenario_take(lua_State *L, const char *file, struct scenario *scenario)
{
    snprintf(scenario->file, sizeof scenario->file, "%s", file);
    text_take(L, "name", scenario->name, sizeof scenario->name);
    scenario->line = (int)number_take(L, "line");
    text_take(L, "source", scenario->source, sizeof scenario->source);
    text_take(L, "policy", scenario->policy, sizeof scenario->policy);
    text_take(L, "services", scenario->services, sizeof scenario->services);
    values_take(L, "world", scenario->world);
    scenario->variable_count = list_take(L, "variables", SCENARIO_VARIABLES_MAX, variable_take,
                                         scenario);
    scenario->described_count = list_take(L, "rows", SIM_SERVICES_MAX, service_take, scenario);
    scenario->expectation_count = list_take(L, "expectations", EXPECTATIONS_MAX, expectation_take,
                                            scenario);
}

/* The file */

struct reading {
    const char *file;
    const char *text;
    struct scenarios *scenarios;
};

/* Runs as a C function of Lua, so that every error is one of pcall. */
static int l_read(lua_State *L)
{
    struct reading *reading = lua_touserdata(L, 1);
    struct scenarios *scenarios = reading->scenarios;

    reader_open(L, reading->file, reading->text); // core environment
    lua_pushfstring(L, "@%s", reading->file);
    if (luaL_loadbufferx(L, reading->text, strlen(reading->text), lua_tostring(L, -1), "t"))
        return lua_error(L);
    lua_pushvalue(L, 2);
    lua_setupvalue(L, -2, 1);
    lua_call(L, 0, 0);
    lua_getfield(L, 1, "finish");
    lua_call(L, 0, 0);
    lua_getfield(L, 1, "scenarios");
    scenarios->count = (int)luaL_len(L, -1);
    scenarios->list = calloc((size_t)scenarios->count, sizeof *scenarios->list);
    if (!scenarios->list)
        return luaL_error(L, "not enough memory");
    for (int i = 0; i < scenarios->count; i++) {
        lua_rawgeti(L, -1, i + 1);
        scenario_take(L, reading->file, &scenarios->list[i]);
        lua_pop(L, 1);
    }
    return 0;
}

int scenarios_read(const char *file, const char *text, struct scenarios **result)
{
    struct scenarios *scenarios = calloc(1, sizeof *scenarios);
    struct reading reading = {file, text, scenarios};
    lua_State *L = luaL_newstate();
    int error = 0;

    *result = scenarios;
    if (!scenarios || !L) {
        if (L)
            lua_close(L);
        return -ENOMEM;
    }
    lua_pushcfunction(L, l_read);
    lua_pushlightuserdata(L, &reading);
    if (lua_pcall(L, 1, 0, 0) != LUA_OK) {
        const char *why = lua_tostring(L, -1);

        snprintf(scenarios->error, sizeof scenarios->error, "%s", why ? why : "unknown");
        error = -EINVAL;
    }
    lua_close(L);
    return error;
}

void scenarios_destroy(struct scenarios *scenarios)
{
    if (scenarios)
        free(scenarios->list);
    free(scenarios);
}
