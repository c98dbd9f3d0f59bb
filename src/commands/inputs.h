/* What several subcommands read: files of Lua, their names, and the grace period. */
#ifndef LASTCALL_INPUTS_H
#define LASTCALL_INPUTS_H

#include <stdint.h>

#include "engine/engine.h"

#define STANDARD_SERVICES "/etc/lastcall/services.lua"
#define STANDARD_POLICY "/etc/lastcall/shutdown.lua"
#define BUILT_IN_SERVICES "policies/services.lua"

/* The name under which messages show a file: the path, or its last part where Lua would shorten
 * it. */
const char *input_shown_name(const char *path);

/* Reads a whole file into `buffer` of SOURCE_MAX + 1 bytes, which `source` then uses. Errors:
 * -errno; -EFBIG: longer than SOURCE_MAX. */
int input_read_source(const char *path, char *buffer, struct source *source);

/* Seconds, at least 1, as milliseconds; -EINVAL for anything else. */
int64_t input_parse_grace_ms(const char *text);

#endif
