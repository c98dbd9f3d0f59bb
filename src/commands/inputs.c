#include "commands/inputs.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/embedded.h"
#include "live/files.h"

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

static int regular_read(struct input *input)
{
    int length = files_read(input->path, input->text, SOURCE_MAX);

    if (length < 0)
        return length;
    input->source.text = source_text(input->text, (size_t)length);
    return 0;
}

static int built_in_read(const char *name, struct input *input)
{
    input->built_in = true;
    input->source = (struct source){name, embedded_text(name)};
    return input->source.text ? 0 : -ENOENT;
}

int input_read(const char *path, struct input *input)
{
    if (path != input->path)
        snprintf(input->path, sizeof input->path, "%s", path);
    if (strncmp(path, BUILT_IN, strlen(BUILT_IN)) == 0)
        return built_in_read(input->path + strlen(BUILT_IN), input);
    input->built_in = false;
    input->source = (struct source){input_shown_name(input->path), NULL};
    return input->regular_only ? regular_read(input)
                               : input_read_source(input->path, input->text, &input->source);
}

static int beside_read(const char *policy_path, struct input *input)
{
    const char *slash = strrchr(policy_path, '/');
    int folder = slash ? (int)(slash + 1 - policy_path) : 0;

    snprintf(input->path, sizeof input->path, "%.*sservices.lua", folder, policy_path);
    return input_read(input->path, input);
}

int input_choose(const struct input_places *places, struct input *input)
{
    char built_in[INPUT_PATH_MAX];
    int error = -ENOENT;

    if (places->option)
        return input_read(places->option, input);
    if (places->beside)
        error = beside_read(places->beside, input);
    if (error == -ENOENT)
        error = input_read(places->standard, input);
    if (error != -ENOENT)
        return error;
    snprintf(built_in, sizeof built_in, BUILT_IN "%s", places->built_in);
    return input_read(built_in, input);
}

int64_t input_parse_grace_ms(const char *text)
{
    char *end;
    double seconds = strtod(text, &end);

    if (end == text || *end != '\0' || !(seconds * 1000 >= GRACE_MIN_MS) || seconds > 1e6)
        return -EINVAL;
    return (int64_t)(seconds * 1000);
}
