/* What is wrong in a file, in words: found before it runs, or when it failed. */
#ifndef LASTCALL_FINDINGS_H
#define LASTCALL_FINDINGS_H

#include <stdbool.h>

/* Texts are the engine's, and live during the call that hands them over. */
struct finding {
    const char *file;
    const char *text;    /* of the file; lives as long as the configuration; NULL: not known */
    const char *message; /* what is wrong */
    const char *advice;  /* what to write instead; NULL: none */
    const char *lua;     /* Lua's own words; NULL: it said nothing */
    int line;            /* from 1; 0: the whole file */
    int column;          /* in bytes, from 1; 0: the whole line */
    int length;          /* in bytes, of what is marked */
    int other_line;      /* shown besides: where it was noticed, or where a block begins; 0: none */
    bool remark;         /* the file can be used nevertheless */
};

/* Prints it as a headline ("shutdown.lua:2: ..."), the line with a mark, and advice: clean lines
 * without newlines, at most 1023 bytes each. */
void finding_print(const struct finding *finding,
                   void (*print)(void *context, const char *line), void *context);

#endif
