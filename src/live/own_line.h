/* The form of our own log lines. */
#ifndef LASTCALL_OWN_LINE_H
#define LASTCALL_OWN_LINE_H

#include <stddef.h>

enum { OWN_LINE_MAX = 8 * 1024 }; /* bytes; longer lines are cut */

/* Writes "[name] 2026-01-31 23:59:59 text" (local time), with a blank for each control character,
 * so that text from outside cannot forge lines or colours. Returns the length. */
size_t own_line_format(char line[OWN_LINE_MAX], const char *name, const char *text);

#endif
