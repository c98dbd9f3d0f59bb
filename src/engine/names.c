/* Finds unknown global names in a compiled chunk, with their lines, also in branches that no run
 * reaches: each access to a global is an instruction on the upvalue _ENV. */
#include <ctype.h>
#include <string.h>

#include "engine/bytecode.h"
#include "engine/state.h"

enum {
    OP_GETTABUP = 11,
    OP_SETTABUP = 15,
    REPORTED_MAX = 100 /* of one file */
};

struct check {
    lua_State *L;
    int names; /* index of the table of known names */
    const struct source *source;
    int found;
};

/* The column of a word in a line, from 1; 0: not there. Quoted text and comments do not count. */
static int word_column(const char *line, size_t length, struct text word)
{
    char quote = '\0';

    for (size_t i = 0; i + word.length <= length; i++) {
        bool inside = i > 0 && (isalnum((unsigned char)line[i - 1]) || line[i - 1] == '_');
        unsigned char after = i + word.length < length ? (unsigned char)line[i + word.length] : 0;

        if (quote && line[i] == '\\')
            i++;
        else if (line[i] == quote)
            quote = '\0';
        else if (!quote && (line[i] == '"' || line[i] == '\''))
            quote = line[i];
        else if (!quote && strncmp(line + i, "--", 2) == 0)
            return 0;
        else if (!quote && !inside && !isalnum(after) && after != '_' &&
                 memcmp(line + i, word.start, word.length) == 0)
            return (int)i + 1;
    }
    return 0;
}

/* Gets "message", "advice" for a name, and reports them. */
static void report_name(struct check *check, struct text text, int line, bool assigned)
{
    lua_State *L = check->L;
    struct line shown = {"", 0};
    int top = lua_gettop(L);
    struct finding finding = {
        .file = check->source->name, .text = check->source->text, .line = line,
        .length = (int)text.length,
    };

    if (check->found++ >= REPORTED_MAX)
        return;
    if (finding_line(check->source->text, line, &shown))
        finding.column = word_column(shown.start, shown.length, text);
    lua_getfield(L, LUA_REGISTRYINDEX, "core"); // core
    lua_getfield(L, -1, "name_problem");        // core name_problem
    lua_pushlstring(L, text.start, text.length);
    lua_pushvalue(L, check->names);
    lua_pushlstring(L, shown.start, shown.length);
    lua_pushboolean(L, assigned);
    lua_call(L, 4, 2); // core message advice
    finding.message = lua_tostring(L, -2);
    finding.advice = lua_tostring(L, -1);
    finding_report(engine_of(L), &finding);
    lua_settop(L, top);
}

static void check_function(void *context, const struct function *function)
{
    struct check *check = context;

    for (size_t i = 0; i < function->instructions; i++) {
        uint32_t instruction;
        memcpy(&instruction, function->code + 4 * i, sizeof instruction);
        int code = instruction & 0x7f, a = instruction >> 7 & 0xff;
        int b = instruction >> 16 & 0xff, c = instruction >> 24 & 0xff;
        bool assigned = code == OP_SETTABUP;
        struct text table, name;

        if (code != OP_GETTABUP && !assigned)
            continue;
        table = function->upvalues[assigned ? a : b];
        name = function->constants[assigned ? b : c];
        if (table.length != 4 || memcmp(table.start, "_ENV", 4) != 0 || !name.start)
            continue;
        lua_pushlstring(check->L, name.start, name.length);
        bool known = lua_rawget(check->L, check->names) != LUA_TNIL;

        lua_pop(check->L, 1);
        if (!known || assigned)
            report_name(check, name, bytecode_line(function, i), assigned);
    }
}

int names_check(lua_State *L, const struct source *source)
{
    struct check check = {.L = L, .names = lua_absindex(L, -2), .source = source};

    bytecode_visit(L, check_function, &check);
    return check.found;
}
