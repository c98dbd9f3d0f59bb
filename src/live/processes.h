/* The processes that the engine has started, by its numbers: their exits, groups and signals.
 * Also reaps what was adopted. */
#ifndef LASTCALL_PROCESSES_H
#define LASTCALL_PROCESSES_H

#include <ev.h>

#include "live/events.h"
#include "live/streams.h"

enum { PROCESSES_REAPS_MAX = 4096 };

struct processes;

/* `streams` and `events` are the caller's and outlive it. Errors: -ENOMEM. */
int processes_create(struct ev_loop *loop, struct streams *streams, struct events *events,
                     struct processes **processes);

/* Forgets them; they stay as they are. */
void processes_destroy(struct processes *processes);

/* As in world_ops. Errors also: -EINVAL (number), -EBUSY (its GONE was not pulled yet). */
int processes_start(struct processes *processes, int number, const struct process_spec *spec,
                    int *pid);

/* As in world_ops. After one for TARGET_OTHERS, an EVENT_GONE of OTHERS comes as soon as no
 * descendant is left. */
int processes_signal(struct processes *processes, struct target target, int signal);

/* Reaps what has exited, PROCESSES_REAPS_MAX at most, and queues EXITED and GONE. Returns how many
 * of them were nobody's leader; PROCESSES_REAPS_MAX: there may be more. */
int processes_reap(struct processes *processes);

/* The engine has got this event: after GONE the number is free. */
void processes_on_pulled(struct processes *processes, const struct event *event);

#endif
