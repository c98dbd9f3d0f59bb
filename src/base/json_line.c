#include "base/json_line.h"

#include <string.h>

enum {
    END_MAX = 3,      /* "}", a newline, and the 0 */
    NUMBER_MAX = 24,  /* digits, sign and point of any number */
    TEXT_MIN = 8      /* a member with less room for its text is left out */
};

static size_t room(const struct json_line *line)
{
    return sizeof line->bytes - END_MAX - line->length;
}

static void add(struct json_line *line, const char *text)
{
    size_t length = strlen(text);

    if (length > room(line))
        return;
    memcpy(line->bytes + line->length, text, length);
    line->length += length;
}

/* `"name":`, if there is room for a value of so many bytes behind it. */
static bool add_name(struct json_line *line, const char *name, size_t value_size)
{
    if (strlen(name) + value_size + 4 > room(line))
        return false;
    if (line->length > 1)
        add(line, ",");
    add(line, "\"");
    add(line, name);
    add(line, "\":");
    return true;
}

/* At least `digits` digits, zeros in front. */
static void add_digits(struct json_line *line, uint64_t number, int digits)
{
    char text[NUMBER_MAX];
    char *at = text + sizeof text - 1;

    *at = '\0';
    do {
        *--at = (char)('0' + number % 10);
        number /= 10;
        digits--;
    } while (number > 0 || digits > 0);
    add(line, at);
}

static uint64_t add_sign(struct json_line *line, int64_t number)
{
    if (number < 0)
        add(line, "-");
    return number < 0 ? -(uint64_t)number : (uint64_t)number;
}

void json_line_begin(struct json_line *line)
{
    line->length = 0;
    add(line, "{");
}

void json_line_text(struct json_line *line, const char *name, const char *text)
{
    if (!text || !add_name(line, name, TEXT_MIN))
        return;
    add(line, "\"");
    for (; *text && room(line) > 3; text++) {
        char one[3] = {*text, '\0', '\0'};

        if (*text == '"' || *text == '\\') {
            one[0] = '\\';
            one[1] = *text;
        } else if (*text < ' ' || *text > '~') {
            one[0] = '?';
        }
        add(line, one);
    }
    add(line, "\"");
}

void json_line_number(struct json_line *line, const char *name, int64_t number)
{
    if (add_name(line, name, NUMBER_MAX))
        add_digits(line, add_sign(line, number), 1);
}

void json_line_flag(struct json_line *line, const char *name, bool value)
{
    if (add_name(line, name, NUMBER_MAX))
        add(line, value ? "true" : "false");
}

void json_line_seconds(struct json_line *line, const char *name, int64_t duration_ms)
{
    uint64_t positive_ms;

    if (!add_name(line, name, NUMBER_MAX))
        return;
    positive_ms = add_sign(line, duration_ms);
    add_digits(line, positive_ms / 1000, 1);
    add(line, ".");
    add_digits(line, positive_ms % 1000, 3);
}

void json_line_end(struct json_line *line)
{
    line->bytes[line->length++] = '}';
    line->bytes[line->length] = '\0';
}
