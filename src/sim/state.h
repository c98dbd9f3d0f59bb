/* The simulated world, which its files share. No other folder includes this. */
#ifndef LASTCALL_SIM_STATE_H
#define LASTCALL_SIM_STATE_H

#include "sim/envoy.h"
#include "sim/queue.h"
#include "sim/record.h"
#include "sim/sim.h"
#include "sim/traffic.h"

enum {
    NAME_LENGTH_MAX = 63,
    LEARNED_MAX = 32 /* addresses that nobody was given */
};

enum process_state { PROCESS_NONE, PROCESS_RUNNING, PROCESS_EXITED, PROCESS_GONE };

struct process {
    enum process_state state; /* EXITED: its children are not gone yet */
    char name[NAME_LENGTH_MAX + 1];
    int pid;
    int service;              /* in the config; -1: not described */
    const struct sim_service *behaviour;
    const char *output;       /* of a command; NULL: a service */
    int64_t started_ms;
    bool frozen;
    int64_t frozen_ms;        /* since when, if it is */
    int pending_signal;       /* came while it was frozen; 0: none */
    int64_t exit_at_ms;       /* NEVER_MS: not arranged */
    int64_t asked_ms;         /* when it was asked to exit; NEVER_MS: not yet */
    int64_t exit_left_ms;     /* of the time until its exit, while frozen */
    int code;                 /* of the exit that is arranged */
    bool group_killed;
    int looks;                /* at its statistics, so far */
    struct envoy envoy;       /* draining and closed_ms also of other routers */
    bool told;                /* its statistics, once they are always the same: these */
    struct traffic_stats told_stats;
};

/* What is kept of a service in the config beyond its process. */
struct service {
    struct traffic traffic;
    int fault_times[SIM_FAULTS_MAX];
    int64_t work_cut;
};

struct pending {
    bool used;
    uint32_t request;
    enum request_kind kind;
    int process;                         /* -1: none */
    const struct sim_endpoint *endpoint; /* NULL: a service, or nobody */
    bool at_admin;
    enum sim_manner manner;
    int status;                          /* SIM_STATUS */
    int error;
    bool held_up;                        /* by a process that is frozen: the timeout is awaited, */
    int held_error;                      /* in the place of this */
    int64_t timeout_at_ms;
    int64_t retry_ms;
    bool refused;                        /* will be asked again */
    char *names;                         /* the block of the next three */
    const char *method;
    const char *where;
    const char *path;
};

struct learned {
    char address[ADDRESS_LENGTH_MAX + 1];
    int process;
};

struct sim {
    struct world world;
    const struct sim_config *config;
    int step_count;
    int service_count;
    int64_t now_ms;
    int64_t deadline_ms;
    int64_t cut_ms; /* the platform kills everything then; NEVER_MS */
    int64_t late_ms, latest_ms;
    int events_at_once;
    bool ended;

    int processes_used; /* those from there on were never used */
    bool orphan_gone[SIM_ORPHANS_MAX];
    bool others_awaited;
    int last_started; /* service; -1: none yet */
    int last_pid;
    int requests_used; /* likewise */
    int learned_count;
    struct file *files;

    struct text output;
    struct text report;
    struct text history;
    struct text body; /* of the answer that is being made */
    char *lent;       /* what the last event points to */
    int processes_killed; /* by the deadline or the end */
    int64_t events;
    bool deadline_passed;
    bool cut_short;
    bool stuck;

    /* From the items of the queue on nothing is cleared but what is used: this is most of it. */
    struct queue queue;
    struct sim_step steps[SIM_STEPS_MAX];
    struct service services[SIM_SERVICES_MAX];
    struct process processes[PROCESSES_MAX];
    struct pending requests[REQUESTS_MAX];
    struct learned learned[LEARNED_MAX];
};

static inline struct sim *sim_of(struct world *world)
{
    return (struct sim *)world;
}

/* `delay_ms` from now; NEVER_MS stays what it is. */
static inline int64_t sim_after_ms(const struct sim *sim, int64_t delay_ms)
{
    return delay_ms == NEVER_MS ? NEVER_MS : sim->now_ms + delay_ms;
}

/* sim.c */

/* Adds a line to the history. */
void sim_record(struct sim *sim, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A copy which lives as long as the event that is being made, without a 0 byte. Without memory:
 * NULL, and *length is 0. */
const char *sim_lend(struct sim *sim, const char *bytes, size_t *length);

/* script.c */
bool script_on_step(struct sim *sim, int place, struct event *event); /* it has come */

/* clock.c */

/* When we run, at this time or later. */
int64_t clock_awake_ms(const struct sim *sim, int64_t at_ms);

/* To the time of an item, or later. */
void clock_advance(struct sim *sim, int64_t at_ms);

/* Does the world end before the next item (NULL: there is none)? */
bool clock_ends(struct sim *sim, const struct item *first);

/* process.c */

int process_start(struct world *world, int number, const struct process_spec *spec, int *pid);
bool process_running(const struct process *process);
bool process_left(const struct process *process); /* itself or its group */
bool process_ready(const struct sim *sim, const struct process *process); /* accepts connections */

/* The number of a service; -1: it was never started. */
int process_find(const struct sim *sim, const char *name);
int process_find_service(const struct sim *sim, int service); /* in the config */

void process_crash(struct sim *sim, int number, int code);
void process_freeze(struct sim *sim, int number);
void process_thaw(struct sim *sim, int number);
void process_take_signal(struct sim *sim, int number, int signal);
void process_end(struct sim *sim, struct process *process); /* at once, without an event */

/* The item has come: true if it makes an event (as all functions on_<item>). */
bool process_on_exit(struct sim *sim, int number, struct event *event);
bool process_on_gone(struct sim *sim, int number, struct event *event);

/* target.c */

int target_signal(struct world *world, struct target target, int signal);
bool orphan_on_exit(struct sim *sim, int number);
int processes_left(const struct sim *sim);
void processes_kill(struct sim *sim);

/* Arranges the event that nobody at all is left, if that is so and TARGET_OTHERS was signalled. */
void others_check(struct sim *sim);
bool others_on_gone(struct event *event);

/* address.c */

bool address_is(const char *one, const char *other); /* `one` may be NULL */

/* Takes the address of a request apart: where ("unix:/socket", "tcp:host:port"), and the path
 * within the address. -EINVAL: malformed. */
int address_split(const struct request *what, char *where, size_t size, const char **path);
const struct sim_endpoint *address_endpoint(const struct sim *sim, const char *where);

/* The number of the process that has this address; -1: nobody. */
int address_process(struct sim *sim, const char *where, bool *at_admin);

/* answer.c */

/* Who is asked, and how that ends; returns when it is known. */
int64_t answer_arrange(struct sim *sim, struct pending *pending);

/* Does what was asked, and fills the event. */
void answer_give(struct sim *sim, struct pending *pending, struct event *event);

/* request.c */

int request_start(struct world *world, uint32_t request, const struct request *what);
void request_cancel(struct world *world, uint32_t request);
bool request_on_answer(struct sim *sim, int place, struct event *event);
void requests_on_exit(struct sim *sim, int process);
void requests_on_thaw(struct sim *sim, int process);
void requests_close(struct sim *sim);

/* router.c */

/* Does what the request says, fills the body; returns the status. */
int router_answer(struct sim *sim, struct process *process, const struct pending *request,
                  struct text *body);
void router_drain(struct sim *sim, struct process *process, bool draining);
void router_on_file(struct sim *sim, const char *path, bool there);

/* Accepts no more. Returns when the last response will be sent. */
int64_t router_finish(struct sim *sim, struct process *process);

#endif
