#include "commands/inputs.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    NAME_LENGTH_MAX = 55, /* Lua shortens longer names of files */
    GRACE_MIN_MS = 1000
};

const char *input_shown_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return strlen(path) > NAME_LENGTH_MAX && slash ? slash + 1 : path;
}

int input_read_source(const char *path, char *buffer, struct source *source)
{
    FILE *file = fopen(path, "r");
    size_t length;
    int error = 0;

    if (!file)
        return -errno;
    length = fread(buffer, 1, SOURCE_MAX + 1, file);
    if (ferror(file))
        error = -errno;
    else if (length > SOURCE_MAX)
        error = -EFBIG;
    else
        *source = (struct source){input_shown_name(path), source_text(buffer, length)};
    fclose(file);
    return error;
}

int64_t input_parse_grace_ms(const char *text)
{
    char *end;
    double seconds = strtod(text, &end);

    if (end == text || *end != '\0' || !(seconds * 1000 >= GRACE_MIN_MS) || seconds > 1e6)
        return -EINVAL;
    return (int64_t)(seconds * 1000);
}
