/* The files of lua/ and policies/ that are built into the program (see src/base/embed.cmake). */
#ifndef LASTCALL_EMBEDDED_H
#define LASTCALL_EMBEDDED_H

struct embedded_file {
    const char *name; /* path in the source tree, such as "lua/envoy.lua" */
    const char *text; /* ends with a 0 byte */
};

/* All of them, by name; the last has no name. */
extern const struct embedded_file embedded_files[];

/* The text of one; NULL when there is none of this name. */
const char *embedded_text(const char *name);

#endif
