/* The parts of the reader of events: only events*.c include this.
 *
 *   events.c          lines: a moment, a fact, or neither
 *   events_facts.c    what each fact says
 *   events_members.c  the members of a line, and their types */
#ifndef LASTCALL_TRIAL_EVENTS_INTERNAL_H
#define LASTCALL_TRIAL_EVENTS_INTERNAL_H

#include <jansson.h>

#include "trial/events.h"

enum { EVENTS_FORMAT = 1 }; /* the newest that can be read */

struct reader {
    struct events *events;
    struct facts *facts;
    json_t *object;  /* the line */
    int64_t zero_ms; /* what the times of the lines are added to */
    int64_t at_ms;   /* of the line */
    int64_t last_ms; /* of the line before */
};

/* Says why a file cannot be read; returns -EINVAL. */
int reader_refuse(struct reader *reader, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* A member that is not there leaves the output as it is; one of another type is -EINVAL. Texts live
 * as long as the line; a copy is cut at its size. */
int member_ms(struct reader *reader, const char *name, int64_t *ms); /* from seconds */
int member_integer(struct reader *reader, const char *name, int64_t *number);
int member_flag(struct reader *reader, const char *name, bool *flag);
int member_text(struct reader *reader, const char *name, const char **text);
int member_copy(struct reader *reader, const char *name, char *copy, size_t size);

/* The place of the service that the line is about; -1: none of them. */
int member_place(struct reader *reader, int *place);

/* One with an unknown name is skipped: an addition. */
int fact_read(struct reader *reader, const char *name);

#endif
