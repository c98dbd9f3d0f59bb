/* What several commands print alike. */
#ifndef LASTCALL_COMMANDS_PRINT_H
#define LASTCALL_COMMANDS_PRINT_H

#include <stdio.h>

/* Each line of the text, behind an indent. */
void print_indented(FILE *file, const char *indent, const char *text);

/* To stdout, without what a terminal would obey: names are whatever was typed. */
void print_clean(const char *line);

#endif
