/* Finds unknown global names in a compiled chunk, with their lines, also in branches that no run
 * reaches: reads the bytecode that Lua itself makes (lua_dump), where each access to a global is
 * an instruction on the upvalue _ENV.
 *
 * The format is that of Lua 5.4 (lundump.c, lopcodes.h); any other is skipped, and names are then
 * only checked when they are used. */
#include <ctype.h>
#include <string.h>

#include "engine/state.h"

enum {
    HEADER_LENGTH = 31, /* signature, version, format, data, sizes, two sample numbers */
    OP_GETTABUP = 11,
    OP_SETTABUP = 15,
    LINE_ABSOLUTE = -0x80, /* in the line deltas: see the table of absolute lines */
    REPORTED_MAX = 100,    /* of one file */
    FUNCTION_CONSTANTS_MAX = 256,
    FUNCTION_UPVALUES_MAX = 256
};

enum constant_type { CONSTANT_FLOAT = 19, CONSTANT_INTEGER = 3, CONSTANT_SHORT = 4,
                     CONSTANT_LONG = 20 };

struct text {
    const char *start; /* not 0-terminated */
    size_t length;
};

struct check {
    lua_State *L; /* table of known names, chunk */
    const struct source *source;
    const unsigned char *next, *end;
    bool damaged;
    int found;
};

/* One function of the chunk; what is not needed is skipped. */
struct function {
    const unsigned char *code;
    size_t instructions;
    struct text constants[FUNCTION_CONSTANTS_MAX]; /* only strings are filled in */
    struct text upvalues[FUNCTION_UPVALUES_MAX];
    int first_line;
    const unsigned char *line_deltas;
    size_t lines;
    const unsigned char *absolute_lines;
    size_t absolute_count;
};

static const unsigned char *skip(struct check *check, size_t length)
{
    const unsigned char *start = check->next;

    if ((size_t)(check->end - check->next) < length) {
        check->damaged = true;
        check->next = check->end;
        return start;
    }
    check->next += length;
    return start;
}

static size_t read_number(struct check *check)
{
    size_t number = 0;

    while (check->next < check->end) {
        unsigned char byte = *check->next++;

        number = number << 7 | (byte & 0x7f);
        if (byte & 0x80)
            return number;
    }
    check->damaged = true;
    return 0;
}

static struct text read_text(struct check *check)
{
    size_t size = read_number(check);
    size_t length = size > 0 ? size - 1 : 0;

    return (struct text){(const char *)skip(check, length), length};
}

static void read_constants(struct check *check, struct function *function)
{
    size_t count = read_number(check);

    for (size_t i = 0; i < count && !check->damaged; i++) {
        struct text text = {NULL, 0};
        unsigned char type = *skip(check, 1);

        if (check->damaged)
            return;
        if (type == CONSTANT_SHORT || type == CONSTANT_LONG)
            text = read_text(check);
        else if (type == CONSTANT_FLOAT || type == CONSTANT_INTEGER)
            skip(check, 8);
        if (i < FUNCTION_CONSTANTS_MAX)
            function->constants[i] = text;
    }
}

static int function_line(const struct function *function, size_t instruction)
{
    struct check absolute = {.next = function->absolute_lines,
                             .end = function->absolute_lines + 10 * function->absolute_count};
    int line = function->first_line;

    for (size_t i = 0; i <= instruction && i < function->lines; i++) {
        signed char delta = (signed char)function->line_deltas[i];

        if (delta == LINE_ABSOLUTE) {
            read_number(&absolute);
            line = (int)read_number(&absolute);
        } else {
            line += delta;
        }
    }
    return line;
}

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

/* Pushes "message", "advice" for a name, and reports them. The names are at index `names`. */
static void report_name(struct check *check, int names, struct text text, int line, bool assigned)
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
    lua_pushvalue(L, names);
    lua_pushlstring(L, shown.start, shown.length);
    lua_pushboolean(L, assigned);
    lua_call(L, 4, 2); // core message advice
    finding.message = lua_tostring(L, -2);
    finding.advice = lua_tostring(L, -1);
    finding_report(engine_of(L), &finding);
    lua_settop(L, top);
}

static void check_function(struct check *check, const struct function *function)
{
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
        bool known = lua_rawget(check->L, -3) != LUA_TNIL;

        lua_pop(check->L, 1);
        if (!known || assigned)
            report_name(check, lua_absindex(check->L, -2), name, function_line(function, i),
                        assigned);
    }
}

static void read_function(struct check *check);

/* The debug part, which closes a function. */
static void read_debug(struct check *check, struct function *function)
{
    function->lines = read_number(check);
    function->line_deltas = skip(check, function->lines);
    function->absolute_count = read_number(check);
    function->absolute_lines = check->next;
    for (size_t i = 0; i < 2 * function->absolute_count && !check->damaged; i++)
        read_number(check);
    for (size_t i = 0, count = read_number(check); i < count && !check->damaged; i++) {
        read_text(check);
        read_number(check);
        read_number(check);
    }
    for (size_t i = 0, count = read_number(check); i < count && !check->damaged; i++) {
        struct text name = read_text(check);

        if (i < FUNCTION_UPVALUES_MAX)
            function->upvalues[i] = name;
    }
}

static void read_function(struct check *check)
{
    struct function function = {0};

    read_text(check); // source
    function.first_line = (int)read_number(check);
    read_number(check); // last line
    skip(check, 3);     // parameters, vararg, stack size
    function.instructions = read_number(check);
    function.code = skip(check, 4 * function.instructions);
    read_constants(check, &function);
    skip(check, 3 * read_number(check)); // upvalues without names
    for (size_t i = 0, count = read_number(check); i < count && !check->damaged; i++)
        read_function(check);
    read_debug(check, &function);
    if (!check->damaged)
        check_function(check, &function);
}

static int on_dumped(lua_State *L, const void *bytes, size_t length, void *buffer)
{
    (void)L;
    luaL_addlstring(buffer, bytes, length);
    return 0;
}

int names_check(lua_State *L, const struct source *source)
{
    struct check check = {.L = L, .source = source};
    luaL_Buffer buffer;
    size_t length;

    lua_pushvalue(L, -2); // names chunk names
    lua_pushvalue(L, -2); // names chunk names chunk
    lua_State *thread = lua_newthread(L);
    lua_pushvalue(L, -2);
    lua_xmove(L, thread, 1); // names chunk names chunk thread; the buffer needs a stack of its own
    luaL_buffinit(L, &buffer);
    lua_dump(thread, on_dumped, &buffer, 0);
    luaL_pushresult(&buffer); // names chunk names chunk thread bytes
    check.next = (const unsigned char *)lua_tolstring(L, -1, &length);
    check.end = check.next + length;
    lua_insert(L, -4);
    lua_pop(L, 1); // names chunk bytes names chunk
    if (length > HEADER_LENGTH && memcmp(check.next, "\x1bLua\x54\x00", 6) == 0) {
        skip(&check, HEADER_LENGTH + 1); // and the number of upvalues
        read_function(&check);
    }
    lua_pop(L, 3);
    return check.found;
}
