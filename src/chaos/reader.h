/* The Lua machine that reads scenario files. Private to this folder. */
#ifndef LASTCALL_CHAOS_READER_H
#define LASTCALL_CHAOS_READER_H

#include <lauxlib.h>

/* Puts what a scenario file sees into the machine: on return the stack has `core` and the
 * environment of the file on top. `file` is the name that messages show. */
void reader_open(lua_State *L, const char *file, const char *text);

#endif
