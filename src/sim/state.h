/* What the files of the simulated world share. No other folder includes this. */
#ifndef LASTCALL_SIM_STATE_H
#define LASTCALL_SIM_STATE_H

#include "sim/sim.h"

enum {
    ADDRESS_LENGTH_MAX = 255,
    NAME_LENGTH_MAX = 63,
    SIM_IDLE_MS = 5100, /* from 1 in the idle file until what was idle for 1 s then is closed */
    LEARNED_MAX = 32, /* addresses that nobody was given */
    ITEMS_MAX = SIM_STEPS_MAX + 2 * PROCESSES_MAX + REQUESTS_MAX + SIM_ORPHANS_MAX + 2
};

/* queue.c: what is going to happen */

enum item_kind {
    ITEM_ALARM,
    ITEM_STEP,   /* number: of the step */
    ITEM_EXIT,   /* number: of the process */
    ITEM_GONE,   /* number: of the process */
    ITEM_ORPHAN, /* number: its place in the list */
    ITEM_OTHERS,
    ITEM_ANSWER  /* number: place of the request */
};

struct item {
    int64_t at_ms;
    uint64_t order;
    enum item_kind kind;
    int number;
};

/* Without order: the few things that are pending at once are searched. */
struct queue {
    struct item items[ITEMS_MAX];
    int count;
    uint64_t order;
};

void queue_push(struct queue *queue, int64_t at_ms, enum item_kind kind, int number);
void queue_remove(struct queue *queue, enum item_kind kind, int number);
const struct item *queue_first(const struct queue *queue); /* NULL: it is empty */

/* record.c: texts that grow, and files in memory */

struct text {
    char *bytes; /* NULL: empty; ends with a 0 byte */
    size_t length;
    size_t capacity;
};

/* Without memory the text is cut. */
void text_add(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
void text_put(struct text *text, const char *bytes);
void text_put_number(struct text *text, int64_t number);
const char *text_read(const struct text *text);
void text_close(struct text *text);

struct file {
    struct file *next;
    char *path;
    char *text;
};

int store_read(const struct file *files, const char *path, char *buffer, size_t size);
int store_write(struct file **files, const char *path, const char *text);
void store_close(struct file **files);

/* traffic.c: the clients of one service */

/* What they must know of the Envoy that serves them. */
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

/* Who gets a response in the same millisecond. */
struct answers {
    int kept; /* on connections that are kept */
    int once; /* on one-shot connections */
};

/* habits.c: what only some clients do */
struct habits {
    int64_t burst_ms; /* NEVER_MS: there is none, or it has come */
    int *idle_since;  /* blind clients: a ring of ticks, how many became idle in each; or NULL */
    int64_t places;   /* of it */
    int64_t tick;     /* up to which it is kept */

    int64_t stubborn; /* connections that were told to close, and are still used, */
    int *told;        /* by the tick in which they were told: a ring; NULL: all obey */
    int64_t told_tick;
    int64_t told_owed, lost_owed;
    int64_t lost;     /* of those whom Envoy closes, so many lose a request; in millionths */
};

int habits_init(struct habits *habits, const struct sim_traffic *config);
void habits_close(struct habits *habits);
void habits_on_exit(struct habits *habits); /* no connection is left */
void habits_on_idle(struct habits *habits, int64_t now_ms, int64_t connections);

/* If the service exits now, so many clients will send on their connection without a look.
 * client_rate: millionths of a request, in a millisecond. */
int64_t habits_blind(struct habits *habits, int64_t now_ms, int64_t client_rate);

/* So many responses told clients to close who go on; returns how many of these hear it for the
 * first time. open: connections, with those that have heard it. */
int64_t habits_tell(struct habits *habits, int64_t now_ms, int64_t responses, int64_t open);

/* So many of these connections Envoy closes by now; the requests lost in it are added. */
int64_t habits_close_told(struct habits *habits, int64_t now_ms, int64_t *requests_lost);

/* Rates are millionths of one for each millisecond, and so is what is owed, unless said. */
struct traffic {
    const struct sim_traffic *config;
    const struct envoy *envoy; /* NULL: nobody serves them */
    bool begun;
    bool frozen;
    bool failing;            /* whom it needs is gone */
    int64_t done_ms;         /* time up to which all was done */
    int64_t routed_until_ms;
    int64_t request_ms;
    struct answers *answers; /* a ring of request_ms places */
    int64_t place;           /* in it, of done_ms; stands still while frozen */
    bool http2;
    struct habits habits;

    int64_t client_rate;     /* of each client */
    int64_t late_again;      /* of clients that are answered, so many are late with the next
                                request: as many as are busy, in the mean */
    int64_t one_shot_rate;
    int64_t probe_rate;
    int64_t requests_owed;
    int64_t arrivals_owed;
    int64_t one_shots_owed;
    int64_t probes_owed;
    int64_t closes_owed;
    int64_t returns_owed;    /* in parts of `replicas` */

    int64_t newcomers;       /* clients that have not come yet */
    int64_t away;            /* clients that connect here at their turn */
    int64_t idle;            /* connections that wait for the turn of their client */
    int64_t kept;            /* requests in flight on connections that are kept */
    int64_t once;            /* requests in flight on one-shot connections */

    int64_t requests;
    int64_t connections;
    int64_t closes;
    int64_t requests_cut;
    int64_t requests_refused;
    int64_t requests_failed;
    int64_t requests_blind;
    int64_t requests_new;    /* that came since somebody looked */
    int64_t requests_unseen; /* of those cut: came since then */
    int64_t looked_ms;       /* -1: never */
    int64_t connections_cut;
    int64_t busy_ms;         /* -1: never */
    int64_t arrived_ms;      /* -1: never */
};

/* As Envoy counts. */
struct traffic_stats {
    bool http2;              /* the connections are so */
    int64_t requests_active; /* with upgrades */
    int64_t upgrades_active;
    int64_t connections_active;
    int64_t requests;
    int64_t connections;
    int64_t closes;
};

int traffic_init(struct traffic *traffic, const struct sim_traffic *config);
void traffic_close(struct traffic *traffic);
/* Idle connections are closed. Returns when the last request under way will be answered. */
int64_t traffic_finish(struct traffic *traffic, int64_t now_ms);
void traffic_begin(struct traffic *traffic, const struct envoy *envoy, int64_t from_ms);

/* To be called before anything changes that the clients feel. */
void traffic_advance(struct traffic *traffic, int64_t now_ms);

void traffic_on_signal(struct traffic *traffic, int64_t now_ms);
void traffic_on_frozen(struct traffic *traffic, int64_t now_ms, bool frozen);
void traffic_on_exit(struct traffic *traffic, int64_t now_ms);

/* Whom the service needs has exited, or was started. */
void traffic_on_need(struct traffic *traffic, int64_t now_ms, bool gone);

/* Requests in flight now, without upgrades; to be advanced before. */
int64_t traffic_active(const struct traffic *traffic, int64_t now_ms);
struct traffic_stats traffic_stats(struct traffic *traffic, int64_t now_ms);

/* The world itself */

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
    char *method;
    char *where;
    char *path;
};

struct learned {
    char address[ADDRESS_LENGTH_MAX + 1];
    int process;
};

struct sim {
    struct world world;
    const struct sim_config *config;
    struct queue queue;
    struct sim_step steps[SIM_STEPS_MAX];
    int step_count;
    int64_t now_ms;
    int64_t deadline_ms;
    int64_t cut_ms; /* the platform kills everything then; NEVER_MS */
    int64_t late_ms, latest_ms;
    int events_at_once;
    bool ended;

    struct process processes[PROCESSES_MAX];
    struct service services[SIM_SERVICES_MAX];
    bool orphan_gone[SIM_ORPHANS_MAX];
    bool others_awaited;
    int last_started; /* service; -1: none yet */
    int last_pid;
    struct pending requests[REQUESTS_MAX];
    struct learned learned[LEARNED_MAX];
    int learned_count;
    struct file *files;

    struct text output;
    struct text report;
    struct text history;
    char *lent; /* what the last event points to */
    int processes_killed; /* by the deadline or the end */
    int64_t events;
    bool deadline_passed;
    bool cut_short;
    bool stuck;
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

/* envoy.c */

/* Idle connections of an Envoy: the file in its configuration; somebody wrote a file (NULL: removed
 * it); what its admin says of its listeners. */
void idle_file_find(struct envoy *envoy, const char *yaml);
void idle_file_on_write(struct sim *sim, const char *path, const char *text);
void idle_file_listeners(const struct process *process, struct text *body);

/* What a new Envoy takes from its arguments. */
struct envoy envoy_started(const char *const *arguments);

/* Does what the request says, fills the body; returns the status. `path` with its query. */
int envoy_answer(struct sim *sim, struct process *process, const struct pending *request,
                 struct text *body);

#endif
