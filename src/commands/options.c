#include "commands/options.h"

#include <string.h>

int option_value(char **arguments, int count, int *place, const char *name, const char **value)
{
    size_t length = strlen(name);
    const char *argument = arguments[*place];

    if (strncmp(argument, name, length) != 0)
        return 0;
    if (argument[length] == '=') {
        *value = argument + length + 1;
        return 1;
    }
    if (argument[length] != '\0')
        return 0;
    if (*place + 1 >= count)
        return -1;
    *value = arguments[++*place];
    return 1;
}
