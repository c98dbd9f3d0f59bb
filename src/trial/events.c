/* Happy path: each line is a JSON object; one with "what" is a moment of the timeline, one with
 * "fact" adds to the facts; the first of a run is the fact "report".
 *
 * What can go wrong: it is not a report, or of a newer format, or a member has another type (the
 * line and why are said); the run was ended from outside, so that the last line or the last lines
 * are missing (what is there is read; the end is not known); another run was appended to such a
 * line (its first line is found in it). */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "trial/events_internal.h"

enum { LINE_MAX_LENGTH = 64 * 1024 };

static int read_moment(struct reader *reader, int64_t time_ms)
{
    struct moment moment = {.what = "", .took_ms = -1, .in_flight = -1};
    int64_t line = 0;

    if (member_text(reader, "service", &moment.service) < 0 ||
        member_text(reader, "what", &moment.what) < 0 ||
        member_text(reader, "why", &moment.why) < 0 ||
        member_text(reader, "reason", &moment.reason) < 0 ||
        member_ms(reader, "took", &moment.took_ms) < 0 ||
        member_integer(reader, "in_flight", &moment.in_flight) < 0 ||
        member_flag(reader, "warning", &moment.warning) < 0 ||
        member_integer(reader, "line", &line) < 0)
        return -EINVAL;
    moment.line = line > 0 && line < INT32_MAX ? (int)line : 0;
    steps_add(&reader->events->steps, time_ms, &moment);
    facts_on_moment(reader->facts, &moment, reader->at_ms);
    return 0;
}

static int read_object(struct reader *reader)
{
    const char *fact = NULL;
    int64_t time_ms = 0;
    int error;

    if (!json_is_object(reader->object))
        return reader_refuse(reader, "it is not a JSON object");
    if (member_text(reader, "fact", &fact) < 0 || member_ms(reader, "time", &time_ms) < 0)
        return -EINVAL;
    if (reader->events->runs == 0 && (!fact || strcmp(fact, "report") != 0))
        return reader_refuse(reader, "this is not a report of lastcall: its first line must "
                                     "be {..., \"fact\":\"report\", ...}");
    reader->last_ms = reader->at_ms;
    reader->at_ms = reader->zero_ms + time_ms;
    error = fact ? fact_read(reader, fact) : read_moment(reader, time_ms);
    if (!reader->facts->end_known || (fact && strcmp(fact, "end") == 0))
        reader->facts->done_ms = reader->at_ms;
    return error;
}

static json_t *parse(const char *text, json_error_t *error)
{
    return json_loads(text, JSON_REJECT_DUPLICATES, error);
}

/* Of a line that is no JSON: a run that was ended while it wrote may have been followed by another
 * one, whose first line begins in the middle. NULL: it was not. */
static json_t *parse_appended(const char *text)
{
    const char *begun = strstr(text + 1, "{\"time\":");
    json_t *object = begun ? parse(begun, NULL) : NULL;
    const char *fact = json_string_value(json_object_get(object, "fact"));

    if (fact && strcmp(fact, "report") == 0)
        return object;
    json_decref(object);
    return NULL;
}

/* `whole`: it ends with a newline. */
static int read_line(struct reader *reader, const char *text, bool whole)
{
    json_error_t error;
    int result;

    if (text[strspn(text, " \r\n")] == '\0')
        return 0;
    reader->object = parse(text, &error);
    if (!reader->object)
        reader->object = parse_appended(text);
    if (!reader->object && !whole && reader->events->runs > 0)
        return 0;
    if (!reader->object)
        return reader_refuse(reader, "it is not JSON: %s", error.text);
    result = read_object(reader);
    json_decref(reader->object);
    reader->object = NULL;
    return result;
}

static int read_lines(struct reader *reader, FILE *file, char *buffer)
{
    int error = 0;

    while (error == 0 && fgets(buffer, LINE_MAX_LENGTH, file)) {
        size_t length = strlen(buffer);
        bool whole = length > 0 && buffer[length - 1] == '\n';

        reader->events->line++;
        if (!whole && !feof(file))
            return reader_refuse(reader, "it is no line of a report: longer than %d bytes, or "
                                         "with a 0 byte in it", LINE_MAX_LENGTH);
        error = read_line(reader, buffer, whole);
    }
    return error == 0 && ferror(file) ? -EIO : error;
}

int events_read(FILE *file, struct events *events)
{
    struct reader reader = {.events = events, .facts = &events->facts};
    char *buffer = malloc(LINE_MAX_LENGTH);
    int error;

    if (!buffer)
        return -EIO;
    memset(events, 0, sizeof *events);
    facts_init(&events->facts, 0);
    error = read_lines(&reader, file, buffer);
    free(buffer);
    if (error < 0)
        return error;
    if (events->runs == 0)
        return reader_refuse(&reader, "it is empty");
    if (events->facts.begun_ms == NOT_MS)
        return reader_refuse(&reader, "there is no shutdown in it: lastcall was still running");
    return 0;
}
