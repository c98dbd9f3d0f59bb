#include "engine/bytecode.h"

#include <string.h>

#include <lauxlib.h>

enum {
    HEADER_LENGTH = 31,    /* signature, version, format, data, sizes, two sample numbers */
    LINE_ABSOLUTE = -0x80  /* in the line deltas: see the table of absolute lines */
};

enum constant_type { CONSTANT_FLOAT = 19, CONSTANT_INTEGER = 3, CONSTANT_SHORT = 4,
                     CONSTANT_LONG = 20 };

struct reader {
    const unsigned char *next, *end;
    bool damaged;
    void (*visit)(void *context, const struct function *function);
    void *context;
};

static const unsigned char *skip(struct reader *reader, size_t length)
{
    const unsigned char *start = reader->next;

    if ((size_t)(reader->end - reader->next) < length) {
        reader->damaged = true;
        reader->next = reader->end;
        return start;
    }
    reader->next += length;
    return start;
}

static size_t read_number(struct reader *reader)
{
    size_t number = 0;

    while (reader->next < reader->end) {
        unsigned char byte = *reader->next++;

        number = number << 7 | (byte & 0x7f);
        if (byte & 0x80)
            return number;
    }
    reader->damaged = true;
    return 0;
}

static struct text read_text(struct reader *reader)
{
    size_t size = read_number(reader);
    size_t length = size > 0 ? size - 1 : 0;

    return (struct text){(const char *)skip(reader, length), length};
}

static void read_constants(struct reader *reader, struct function *function)
{
    size_t count = read_number(reader);

    for (size_t i = 0; i < count && !reader->damaged; i++) {
        struct text text = {NULL, 0};
        unsigned char type = *skip(reader, 1);

        if (reader->damaged)
            return;
        if (type == CONSTANT_SHORT || type == CONSTANT_LONG)
            text = read_text(reader);
        else if (type == CONSTANT_FLOAT || type == CONSTANT_INTEGER)
            skip(reader, 8);
        if (i < FUNCTION_CONSTANTS_MAX)
            function->constants[i] = text;
    }
}

int bytecode_line(const struct function *function, size_t instruction)
{
    struct reader absolute = {.next = function->absolute_lines,
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

static void read_function(struct reader *reader);

/* The debug part, which closes a function. */
static void read_debug(struct reader *reader, struct function *function)
{
    function->lines = read_number(reader);
    function->line_deltas = skip(reader, function->lines);
    function->absolute_count = read_number(reader);
    function->absolute_lines = reader->next;
    for (size_t i = 0; i < 2 * function->absolute_count && !reader->damaged; i++)
        read_number(reader);
    for (size_t i = 0, count = read_number(reader); i < count && !reader->damaged; i++) {
        read_text(reader);
        read_number(reader);
        read_number(reader);
    }
    for (size_t i = 0, count = read_number(reader); i < count && !reader->damaged; i++) {
        struct text name = read_text(reader);

        if (i < FUNCTION_UPVALUES_MAX)
            function->upvalues[i] = name;
    }
}

static void read_function(struct reader *reader)
{
    struct function function = {0};

    read_text(reader); // source
    function.first_line = (int)read_number(reader);
    read_number(reader); // last line
    skip(reader, 1);     // parameters
    function.vararg = *skip(reader, 1) != 0;
    skip(reader, 1); // stack size
    function.instructions = read_number(reader);
    function.code = skip(reader, 4 * function.instructions);
    read_constants(reader, &function);
    skip(reader, 3 * read_number(reader)); // upvalues without names
    for (size_t i = 0, count = read_number(reader); i < count && !reader->damaged; i++)
        read_function(reader);
    read_debug(reader, &function);
    if (!reader->damaged)
        reader->visit(reader->context, &function);
}

static int on_dumped(lua_State *L, const void *bytes, size_t length, void *buffer)
{
    (void)L;
    luaL_addlstring(buffer, bytes, length);
    return 0;
}

/* The buffer needs a stack of its own: the thread. */
void bytecode_visit(lua_State *L, void (*visit)(void *context, const struct function *function),
                    void *context)
{
    struct reader reader = {.visit = visit, .context = context};
    lua_State *thread = lua_newthread(L); // chunk thread
    luaL_Buffer buffer;
    size_t length;

    lua_pushvalue(L, -2);
    lua_xmove(L, thread, 1);
    luaL_buffinit(L, &buffer);
    lua_dump(thread, on_dumped, &buffer, 0);
    luaL_pushresult(&buffer); // chunk thread bytes
    reader.next = (const unsigned char *)lua_tolstring(L, -1, &length);
    reader.end = reader.next + length;
    if (length > HEADER_LENGTH && memcmp(reader.next, "\x1bLua\x54\x00", 6) == 0) {
        skip(&reader, HEADER_LENGTH + 1); // and the number of upvalues
        read_function(&reader);
    }
    lua_pop(L, 2);
}
