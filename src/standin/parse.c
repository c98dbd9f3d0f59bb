/* The parameters have the names of the table that seeds draw from. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "standin/standin.h"

static const char *const none[] = {NULL};

static int number_parse(const char *text, int64_t *number)
{
    char *end;
    long long value;

    errno = 0;
    value = strtoll(text, &end, 10);
    if (end == text || *end != '\0' || errno != 0 || value < 0)
        return -EINVAL;
    *number = value;
    return 0;
}

static int parameter_parse(struct draw *draw, const char *word, size_t length, int64_t value)
{
    for (int i = 0; i < DRAW_PARAMETERS; i++) {
        const struct draw_row *row = &draw_table[i];

        if (strlen(row->name) != length || strncmp(row->name, word, length) != 0)
            continue;
        if (value > (row->unit == UNIT_CHOICE ? row->most : INT32_MAX))
            return -EINVAL;
        draw->values[row->owner == OF_WORLD ? DRAW_WORLD : DRAW_SERVICE][i] = value;
        return 0;
    }
    return -EINVAL;
}

static int word_parse(struct standin_config *config, const char *word)
{
    const char *equals = strchr(word, '=');
    int64_t value;

    if (strcmp(word, "drains") == 0) {
        config->drains = true;
        return 0;
    }
    if (!equals || number_parse(equals + 1, &value) < 0)
        return -EINVAL;
    return parameter_parse(&config->draw, word, (size_t)(equals - word), value);
}

int standin_parse(char **arguments, struct standin_config *config, const char **wrong)
{
    *config = (struct standin_config){.draw = draw_plain(), .arguments = none};
    *wrong = NULL;
    if (!arguments[0] || !arguments[1])
        return -EINVAL;
    config->name = arguments[0];
    config->directory = arguments[1];
    *wrong = config->directory;
    if (strlen(config->name) + strlen(config->directory) > STANDIN_PATH_MAX - sizeof "/-admin.sock")
        return -EINVAL;
    for (int i = 2; arguments[i]; i++) {
        *wrong = arguments[i];
        if (strcmp(arguments[i], "--") == 0) {
            config->arguments = (const char *const *)arguments + i + 1;
            break;
        }
        if (word_parse(config, arguments[i]) < 0)
            return -EINVAL;
    }
    *wrong = NULL;
    return 0;
}
