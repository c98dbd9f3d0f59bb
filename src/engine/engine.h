/* The engine runs policies: Lua coroutines that wait for a world (world.h).
 *
 *     while (!engine_finished(engine) && world->ops->next_event(world, &event))
 *         engine_handle(engine, &event);
 *
 * It starts the services of services.lua in order, watches them, and on a signal or an exit runs
 * the shutdown policy, always within the grace period. What it could not stop is left to the
 * caller (see src/run.c and live/last_resort.h). */
#ifndef LASTCALL_ENGINE_H
#define LASTCALL_ENGINE_H

#include <stdbool.h>
#include <stdint.h>

#include "world.h"

enum { SOURCE_MAX = 64 * 1024 }; /* bytes of a policy or services file */

struct source {
    const char *name; /* as messages show it */
    const char *text;
};

/* Owned by the caller and kept until engine_destroy. */
struct engine_config {
    struct source services;
    struct source policy;              /* text NULL: the built-in order stops the services */
    const struct source *fallback;     /* policy to take where `policy` is rejected; or NULL */
    bool strict;                       /* a rejected policy is an error */
    const char *const *environment;    /* "NAME=value", NULL at the end */
    const char *const *arguments;      /* of the services ("--rtr.X", value, ...), NULL at the end */
    int64_t grace_ms;                  /* from the signal to the kill that we must not see */
};

enum engine_end {
    ENGINE_RUNNING,
    ENGINE_POLICY_RETURNED,
    ENGINE_POLICY_FAILED, /* none, an error, a budget, the deadline: take over */
    ENGINE_KILLED         /* the third signal: kill everything now */
};

struct engine_result {
    enum engine_end end;
    const char *reason;   /* why the policy failed; lives as long as the engine */
    const char *left;     /* names of services that are still alive; "" for none */
    bool killed;          /* a stop had to kill a service */
    bool deadline_passed;
    int exit_code;        /* what the policy or the exit of a service asks for; 0 else */
    bool exit_code_given; /* the policy or a service asked for it */
    int64_t elapsed_ms;   /* since the shutdown began */
    int64_t budget_ms;    /* from its beginning to the deadline */
};

struct engine;

/* Reads both files. Errors were printed through the world: -EINVAL (services file, arguments, or
 * the policy when strict), -ENOMEM. The caller destroys *engine. */
int engine_create(const struct engine_config *config, struct world *world,
                  struct engine **engine);
void engine_destroy(struct engine *engine);

/* Begins to start the services. */
int engine_start(struct engine *engine);

bool engine_finished(const struct engine *engine);
void engine_handle(struct engine *engine, const struct event *event);

/* Meaningful once it has finished. */
struct engine_result engine_result(struct engine *engine);

/* Removes the services' sockets and writes the verdict line: the last thing of a shutdown.
 * `exit_code` and `verdict` are what the caller ends with. */
void engine_close(struct engine *engine, const char *verdict, int exit_code);

#endif
