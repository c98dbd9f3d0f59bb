/* An Envoy: what it is told to do, and what its admin answers. */
#ifndef LASTCALL_SIM_ENVOY_H
#define LASTCALL_SIM_ENVOY_H

#include <stdbool.h>
#include <stdint.h>

struct pending;
struct process;
struct sim;
struct text;

enum {
    ADDRESS_LENGTH_MAX = 255,
    SIM_IDLE_MS = 5100 /* from 1 in the idle file until what was idle for 1 s then is closed */
};

/* What the clients must know of it, too. */
struct envoy {
    bool draining;
    bool tells_all;      /* every response closes its connection, else a growing share of them */
    bool health_failed;
    bool gradual;
    int drain_time_s;
    int64_t draining_ms; /* since then */
    int64_t closed_ms;   /* its listeners are closed from then on; NEVER_MS */
    int64_t idle_closed_ms; /* idle connections are closed from then on; NEVER_MS */
    char idle_file[ADDRESS_LENGTH_MAX + 1]; /* that begins it; "": none */
};

/* What a new Envoy takes from its arguments. */
struct envoy envoy_started(const char *const *arguments);

/* Does what the request says, fills the body; returns the status. `path` with its query. */
int envoy_answer(struct sim *sim, struct process *process, const struct pending *request,
                 struct text *body);

/* idle_file.c: the file in its configuration; somebody wrote a file (NULL: removed it); what its
 * admin says of its listeners. */
void idle_file_find(struct envoy *envoy, const char *yaml);
void idle_file_on_write(struct sim *sim, const char *path, const char *text);
void idle_file_listeners(const struct process *process, struct text *body);

#endif
