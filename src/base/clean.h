/* Text that somebody else wrote, made fit for a terminal and for JSON. */
#ifndef LASTCALL_CLEAN_H
#define LASTCALL_CLEAN_H

#include <stddef.h>

/* Copies `length` bytes as UTF-8 into `out` (`size` bytes, 0-terminated, cut between characters):
 * a tab becomes a blank; control characters, what is no UTF-8 and what would reorder the line
 * become '?'. Returns how many columns it is wide, a character each. */
size_t clean_text(char *out, size_t size, const char *text, size_t length);

#endif
