/* What several subcommands read: files of Lua, their names, and the grace period. */
#ifndef LASTCALL_INPUTS_H
#define LASTCALL_INPUTS_H

#include <stdint.h>

#include "engine/engine.h"

#define STANDARD_SERVICES "/etc/lastcall/services.lua"
#define STANDARD_POLICY "/etc/lastcall/shutdown.lua"
#define BUILT_IN_SERVICES "policies/services.lua"
#define BUILT_IN_POLICY "policies/shutdown.lua"
#define BUILT_IN_REVERSE "policies/examples/in_reverse.lua" /* for other services */

/* Before the name of an embedded file, where the name of a file is wanted. */
#define BUILT_IN "built-in:"

enum { INPUT_PATH_MAX = 4096 };

/* A file of Lua that was read. `source` points into it. */
struct input {
    struct source source;       /* text NULL: it could not be read */
    bool regular_only;          /* set before: never wait for a pipe or a device */
    bool built_in;
    char path[INPUT_PATH_MAX];  /* which file; or BUILT_IN and its name: read it again by this */
    char text[SOURCE_MAX + 1];
};

/* The name under which messages show a file: the path, or its last part where Lua would shorten
 * it. */
const char *input_shown_name(const char *path);

/* Reads a whole file into `buffer` of SOURCE_MAX + 1 bytes, which `source` then uses. Errors:
 * -errno; -EFBIG: longer than SOURCE_MAX. */
int input_read_source(const char *path, char *buffer, struct source *source);

/* Reads the file at `path`, or the embedded one. Errors: -errno; -EFBIG: longer than SOURCE_MAX;
 * the path and the source's name are there nevertheless. */
int input_read(const char *path, struct input *input);

/* Where a file is looked for, one after the other: the first that is there is read. */
struct input_places {
    const char *option;   /* only this one; NULL: it was not given */
    const char *beside;   /* services.lua in the folder of this file, which is where a policy is
                             written; NULL: not there */
    const char *standard; /* in /etc/lastcall */
    const char *built_in; /* name of the embedded file */
};

/* Errors: as input_read, of the file that is there and cannot be read. */
int input_choose(const struct input_places *places, struct input *input);

/* Seconds, at least 1, as milliseconds; -EINVAL for anything else. */
int64_t input_parse_grace_ms(const char *text);

#endif
