/* What a stand-in writes down for those who look on: a file that is mapped by both, so that it is
 * there also after a SIGKILL. */
#ifndef LASTCALL_STANDIN_RECORD_H
#define LASTCALL_STANDIN_RECORD_H

#include <stdbool.h>
#include <stdint.h>

enum { RECORD_EVERY_MS = 20 }; /* so old it is at most when its service is killed */

/* Times are those of the world it is part of. -1: it did not happen. */
struct record {
    int64_t started_ms;
    int64_t frozen_ms;       /* since then; -1: it is not frozen */
    int64_t asked_ms;        /* the first signal that it was to exit at */
    int64_t asked_busy_ms;   /* then: when it had last had something to do */
    bool asked_visited;      /* then: had a connection come at all? */
    int64_t exited_ms;       /* by itself */
    int64_t requests;
    int64_t requests_active; /* without WebSockets: they are cut if it is killed now */
    int64_t requests_cut;
    int64_t requests_unseen; /* of those cut: came after the last look at the statistics */
    int64_t requests_refused;
    int64_t busy_ms;         /* when it had last had something to do */
    bool visited;
};

/* The path of the record of a service. */
void record_path(char *path, int size, const char *directory, const char *name);

/* Makes the file; the caller unmaps *record. Errors: those of open, ftruncate, mmap. */
int record_create(const char *path, struct record **record);

/* Reads it. Errors: those of open; -EIO: it is not whole. */
int record_read(const char *path, struct record *record);

#endif
