/* Lines on stderr without stdio: see last_resort_internal.h. */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "live/last_resort_internal.h"

void line_begin(struct line *line)
{
    line->length = 0;
    line_add(line, "[ent] last resort: ");
}

void line_add(struct line *line, const char *text)
{
    size_t room = sizeof line->bytes - 1 - line->length; /* one byte stays for the newline */
    size_t length = strlen(text);

    if (length > room)
        length = room;
    memcpy(line->bytes + line->length, text, length);
    line->length += length;
}

/* At least `digits` digits, zeros in front. */
static void add_digits(struct line *line, uint64_t number, int digits)
{
    char text[24];
    char *at = text + sizeof text - 1;

    *at = '\0';
    do {
        *--at = (char)('0' + number % 10);
        number /= 10;
        digits--;
    } while (number > 0 || digits > 0);
    line_add(line, at);
}

void line_add_number(struct line *line, int64_t number)
{
    if (number < 0)
        line_add(line, "-");
    add_digits(line, number < 0 ? -(uint64_t)number : (uint64_t)number, 1);
}

void line_add_seconds(struct line *line, int64_t duration_ms)
{
    uint64_t positive_ms = duration_ms < 0 ? 0 : (uint64_t)duration_ms;

    add_digits(line, positive_ms / 1000, 1);
    line_add(line, ".");
    add_digits(line, positive_ms % 1000, 3);
    line_add(line, " s");
}

void line_write(struct line *line)
{
    struct pollfd stream = {.fd = STDERR_FILENO, .events = POLLOUT};

    line->bytes[line->length++] = '\n';
    if (poll(&stream, 1, 0) != 1 || !(stream.revents & POLLOUT))
        return;
    while (write(STDERR_FILENO, line->bytes, line->length) < 0 && errno == EINTR)
        continue;
}

void line_say(const char *text)
{
    struct line line;

    line_begin(&line);
    line_add(&line, text);
    line_write(&line);
}
