#include "commands/print.h"

#include <string.h>

#include "base/clean.h"
#include "commands/inputs.h"

enum { CLEAN_MAX = 3 * INPUT_PATH_MAX }; /* a command that names three files */

void print_indented(FILE *file, const char *indent, const char *text)
{
    while (*text) {
        size_t length = strcspn(text, "\n");

        fprintf(file, "%s%.*s\n", indent, (int)length, text);
        text += length + (text[length] == '\n');
    }
}

void print_clean(const char *line)
{
    char clean[CLEAN_MAX];

    clean_text(clean, sizeof clean, line, strlen(line));
    puts(clean);
}
