/* What Lua compiles, read from the bytecode that it makes itself (lua_dump): each function of a
 * chunk, those that nothing has called included.
 *
 * The format is that of Lua 5.4 (lundump.c, lopcodes.h); of any other nothing is visited. */
#ifndef LASTCALL_BYTECODE_H
#define LASTCALL_BYTECODE_H

#include <stdbool.h>
#include <stddef.h>

#include <lua.h>

enum { FUNCTION_CONSTANTS_MAX = 256, FUNCTION_UPVALUES_MAX = 256 };

struct text {
    const char *start; /* not 0-terminated */
    size_t length;
};

/* What is not needed is skipped. */
struct function {
    const unsigned char *code; /* 4 bytes an instruction */
    size_t instructions;
    bool vararg; /* the first instruction is Lua's own, and in no line */
    struct text constants[FUNCTION_CONSTANTS_MAX]; /* only strings are filled in */
    struct text upvalues[FUNCTION_UPVALUES_MAX];
    int first_line;
    const unsigned char *line_deltas;
    size_t lines;
    const unsigned char *absolute_lines;
    size_t absolute_count;
};

/* Calls `visit` for each function of the chunk on top of L's stack, which stays. May raise (no
 * memory). `visit` must leave the stack as it is. */
void bytecode_visit(lua_State *L, void (*visit)(void *context, const struct function *function),
                    void *context);

/* The line of an instruction, by its number from 0. */
int bytecode_line(const struct function *function, size_t instruction);

#endif
