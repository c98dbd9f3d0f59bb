/* One flat JSON object on one line, made without memory and without stdio, so that it can also be
 * made in a signal handler. A text that is too long is cut; a member without room is left out. */
#ifndef LASTCALL_JSON_LINE_H
#define LASTCALL_JSON_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { JSON_LINE_MAX = 1024 }; /* bytes, with the newline: written at once or not at all */

struct json_line {
    char bytes[JSON_LINE_MAX];
    size_t length;
};

void json_line_begin(struct json_line *line);

/* What is not printable ASCII becomes '?'. `text` NULL: no member. */
void json_line_text(struct json_line *line, const char *name, const char *text);
void json_line_number(struct json_line *line, const char *name, int64_t number);
void json_line_flag(struct json_line *line, const char *name, bool value);

/* As seconds: 1234 gives 1.234. */
void json_line_seconds(struct json_line *line, const char *name, int64_t duration_ms);

/* Closes it: bytes are a text now, without a newline; one more byte has room. */
void json_line_end(struct json_line *line);

#endif
