/* The engine runs policies: Lua coroutines that wait for a world (world.h).
 *
 *     while (!engine_finished(engine) && world->ops->next_event(world, &event))
 *         engine_handle(engine, &event);
 *
 * It starts the services of services.lua in order, watches them, and on a signal or an exit runs
 * the shutdown policy, always within the grace period. What it could not stop is left to the
 * caller (see src/commands/run.c and live/last_resort.h). */
#ifndef LASTCALL_ENGINE_H
#define LASTCALL_ENGINE_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/findings.h"
#include "world.h"

enum {
    SOURCE_MAX = 64 * 1024, /* bytes of a policy or services file */
    LINES_MAX = SOURCE_MAX + 2 /* numbers of its lines, from 1 */
};

struct source {
    const char *name; /* as messages show it */
    const char *text;
};

/* One line of the timeline. */
struct moment {
    const char *service; /* NULL: lastcall itself */
    const char *what;    /* a word or two: "drain", "TERM", "exited" */
    const char *why;     /* the rest of the line; NULL: nothing */
    const char *reason;  /* why it went wrong, as one word of the closed list; NULL: it did not */
    int64_t took_ms;     /* -1: does not apply */
    int64_t in_flight;   /* requests; -1: not known */
    bool warning;
    int line;            /* of the policy, that caused it; 0: none */
};

/* The policy's file, which is read again at SIGHUP. */
struct policy_file {
    const char *path;
    const char *name;                 /* as messages show it */
    bool optional;                    /* what is built in is used until there is one */
    const char *const *check_command; /* tries it; NULL: nobody does */
    const char *services_path;        /* to say that it has changed; NULL: it is built in */
};

/* Owned by the caller and kept until engine_destroy. */
struct engine_config {
    struct source services;
    struct source policy;              /* text NULL: the built-in order stops the services */
    const struct source *fallback;     /* policy to take where `policy` is rejected; or NULL */
    bool strict;                       /* a rejected policy is an error; at a reload, a risky one
                                          is rejected */
    const struct policy_file *policy_file; /* NULL: there is nothing to read again */
    const char *const *environment;    /* "NAME=value", NULL at the end */
    const char *const *arguments;      /* of the services ("--rtr.X", value, ...), NULL at the
                                          end */
    int64_t grace_ms;                  /* from the signal to the kill that we must not see */
    /* What is wrong in the files; NULL: it is printed. Remarks are only made where it is set. */
    void (*on_finding)(void *context, const struct finding *finding);
    void *finding_context;

    /* Sees each moment of the timeline first; false: it is not printed. NULL: all are printed. */
    bool (*on_moment)(void *context, const struct moment *moment);
    void *context;

    bool report;                       /* the world's report channel gets JSON lines */
    const char *started_at;            /* when, by the wall clock, for its header; or NULL */
    bool snapshots;                    /* engine_snapshot will be called */
    bool policy_lines;                 /* moments say their line: a look at the stack for each */
    const char *const *check_command;  /* tries the policy (not the fallback) once all services
                                          are up, and prints what is wrong; NULL: nobody does */
    bool uncounted;                    /* until engine_interrupt a policy may run without end: the
                                          caller has a clock, and asks engine_frugal. Faster */
    unsigned char *lines_run;          /* gets a 1 for each line of the policy that runs, by its
                                          number; LINES_MAX. Slow. NULL: nobody wants to know */
};

enum engine_end {
    ENGINE_RUNNING,
    ENGINE_POLICY_RETURNED,
    ENGINE_POLICY_FAILED, /* none, an error, a budget, the deadline: take over */
    ENGINE_KILLED         /* the third signal: kill everything now */
};

struct engine_result {
    enum engine_end end;
    const char *cause;    /* "signal"; "exit": a service exited by itself; "start": did not start */
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

/* Makes a text of `length` bytes that were read into a buffer with room for one more. What has 0
 * bytes in it is none: it gives an ESC, for which it is refused as compiled Lua is, and its first
 * bytes, for the message. */
const char *source_text(char *buffer, size_t length);

/* Reads both files. Errors were printed through the world: -EINVAL (services file, arguments, or
 * the policy when strict), -ENOMEM. The caller destroys *engine. */
int engine_create(const struct engine_config *config, struct world *world,
                  struct engine **engine);
void engine_destroy(struct engine *engine);

/* Sets has_code[line] to 1 for each line of the accepted policy in which something can run; the
 * array has LINES_MAX. Returns how many there are; 0: not known. */
int engine_policy_lines(struct engine *engine, unsigned char *has_code);

struct engine_service {
    const char *name;          /* these live as long as the engine */
    const char *drain_address; /* where it is asked to drain, or how busy it is; NULL: nowhere */
    const char *router;        /* whose driver that is: "envoy", "nginx", "haproxy" */
    const char *drain_file;    /* of nginx; NULL: none */
    const char *resort_address; /* with which the last resort drains it; NULL: it does not */
    const char *resort_request;
    const char *stop_signal;   /* its name; NULL: TERM */
};

/* The services of services.lua in their order; returns how many, at most `size`. */
int engine_services(struct engine *engine, struct engine_service *services, int size);

/* An engine as it was after engine_create, for those that run the same policy in many worlds:
 * reading the files again takes milliseconds. NULL: no memory. free() it. */
struct engine_snapshot;
struct engine_snapshot *engine_snapshot(struct engine *engine);

/* Makes the engine what it was, in another world. Its config may have another grace. */
void engine_restore(struct engine *engine, const struct engine_snapshot *snapshot,
                    struct world *world);

/* Uncounted: whatever of it runs, or wants to, is made to fail. For signal handlers. */
void engine_interrupt(struct engine *engine);

/* Uncounted: was it not interrupted, and never near the limits of memory, or the share of them in
 * the budget of instructions? Then it did what it would have done counted, unless it ran for so
 * long that it could have spent half of that budget: 5 million instructions. */
bool engine_frugal(const struct engine *engine);

/* Finds what is wrong in both files: runs services.lua, and compiles the policy (text NULL: there
 * is none), whose names, options and values it looks at. 0: both can be used; -EINVAL, -ENOMEM. */
int engine_check(const struct engine_config *config, struct world *world);

/* Begins to start the services. */
int engine_start(struct engine *engine);

bool engine_finished(const struct engine *engine);
void engine_handle(struct engine *engine, const struct event *event);

/* What is left of the time of a shutdown, in ms; nothing of it is below 0. */
struct engine_time {
    int64_t free_ms;  /* a policy can wait so long before it must stop the services */
    int64_t share_ms; /* a stop of the service can wait so long before it must kill */
    int64_t kept_ms;  /* for the last resort, after the policy's deadline */
};

/* While stopping. `service` by its number; -1: none. */
struct engine_time engine_time_left(struct engine *engine, int service);

/* Is a command still there that was not waited for to its end, and so was killed? */
bool engine_commands_left(const struct engine *engine);

/* Meaningful once it has finished. */
struct engine_result engine_result(struct engine *engine);

struct engine_verdict {
    const char *words;
    int exit_code;
};

/* `forced`: what the policy had left had to be killed. */
struct engine_verdict engine_verdict(const struct engine_result *result, bool forced);

/* Removes the services' sockets and writes the verdict line: the last thing of a shutdown.
 * `exit_code` and `verdict` are what the caller ends with. */
void engine_close(struct engine *engine, const char *verdict, int exit_code);

#endif
