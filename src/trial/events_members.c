#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <string.h>

#include "trial/events_internal.h"

static const double seconds_max = 1e10; /* three hundred years */

int reader_refuse(struct reader *reader, const char *format, ...)
{
    struct events *events = reader->events;
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(events->why, sizeof events->why, format, arguments);
    va_end(arguments);
    return -EINVAL;
}

int member_ms(struct reader *reader, const char *name, int64_t *ms)
{
    json_t *value = json_object_get(reader->object, name);
    double seconds = json_number_value(value);

    if (!value)
        return 0;
    if (!json_is_number(value) || !(fabs(seconds) < seconds_max))
        return reader_refuse(reader, "\"%s\" must be a number of seconds", name);
    *ms = llround(seconds * 1000.0);
    return 0;
}

int member_integer(struct reader *reader, const char *name, int64_t *number)
{
    json_t *value = json_object_get(reader->object, name);

    if (!value)
        return 0;
    if (!json_is_integer(value))
        return reader_refuse(reader, "\"%s\" must be a whole number", name);
    *number = json_integer_value(value);
    return 0;
}

int member_flag(struct reader *reader, const char *name, bool *flag)
{
    json_t *value = json_object_get(reader->object, name);

    if (!value)
        return 0;
    if (!json_is_boolean(value))
        return reader_refuse(reader, "\"%s\" must be true or false", name);
    *flag = json_is_true(value);
    return 0;
}

int member_text(struct reader *reader, const char *name, const char **text)
{
    json_t *value = json_object_get(reader->object, name);

    if (!value)
        return 0;
    if (!json_is_string(value))
        return reader_refuse(reader, "\"%s\" must be a text", name);
    *text = json_string_value(value);
    return 0;
}

int member_copy(struct reader *reader, const char *name, char *copy, size_t size)
{
    const char *text = NULL;
    int error = member_text(reader, name, &text);

    if (text)
        snprintf(copy, size, "%s", text);
    return error;
}

int member_place(struct reader *reader, int *place)
{
    const char *name = NULL;
    int error = member_text(reader, "service", &name);

    *place = -1;
    for (int i = 0; name && i < reader->facts->service_count; i++)
        if (strcmp(reader->events->names[i], name) == 0)
            *place = i;
    return error;
}
