/* The simulated world: virtual time and scripted events; the same script gives the same bytes.
 *
 *     static const struct sim_config config = {
 *         .services = {
 *             { .name = "router", .exit_ms = 10,
 *               .traffic = { .connections = 380, .requests_per_second = 5, .request_ms = 20 } },
 *             { .name = "python-executor", .exit_ms = NEVER_MS },
 *         },
 *         .steps = { { 60000, SIM_SIGNAL, .number = SIGTERM } },
 *     };
 *
 * Zero is good behaviour everywhere: it starts, is ready and exits with 0 at once, answers within
 * 1 ms and has no clients. So a service which is not described here works, too.
 *
 * The clock starts at 0. What is due at the same time happens in the order in which it was
 * arranged. What an event lends is freed at the next call of next_event, and a body has no 0 byte
 * at its end, so that the sanitizer finds an engine that breaks the rules of world.h. */
#ifndef LASTCALL_SIM_H
#define LASTCALL_SIM_H

#include "world.h"

enum {
    SIM_SERVICES_MAX = 16,
    SIM_FAULTS_MAX = 4,    /* of one service */
    SIM_COMMANDS_MAX = 8,
    SIM_ENDPOINTS_MAX = 8,
    SIM_FILES_MAX = 8,     /* at the start; later there may be more */
    SIM_ORPHANS_MAX = 8,
    SIM_STEPS_MAX = 64,    /* with those of sim_at */
    SIM_EVENTS_AT_ONCE_MAX = 10000 /* at one time; more: the engine turns in a circle */
};

/* What a service's statistics look like. */
enum sim_router {
    SIM_ENVOY,  /* its admin; what it does besides: see envoy.c */
    SIM_NGINX,  /* stub_status, whatever the path */
    SIM_HAPROXY /* the CSV of `stats uri`, whatever the path */
};

/* How an HTTP server answers. */
enum sim_manner {
    SIM_ANSWERS,
    SIM_REFUSES,
    SIM_RESETS,
    SIM_HANGS,   /* accepts and never answers */
    SIM_STATUS,  /* answers with `status` and does nothing */
    SIM_GARBAGE, /* 200 with a body that makes no sense, and does nothing */
    SIM_FLOODS   /* more than BODY_MAX */
};

/* How the admin of an Envoy deceives. What it does besides is as ever. */
enum sim_lie {
    SIM_HONEST,
    SIM_LIE_NOBODY, /* no request is in flight */
    SIM_LIE_FROZEN, /* the statistics are always those of the first look */
    SIM_LIE_DRAINS, /* accepts a drain and does nothing */
    SIM_LIE_STUCK   /* one more request is in flight, for ever */
};

/* How some answers of a service differ; of several that apply the first counts. */
struct sim_fault {
    const char *path;  /* requests whose path begins so; NULL: all */
    bool changes;      /* only those that change something: POST */
    enum sim_manner manner;
    int status;        /* SIM_STATUS */
    int64_t delay_ms;  /* before the answer; 0: the service's answer_ms */
    int64_t from_ms;   /* time from which it applies */
    int times;         /* how often; 0: always */
};

/* The clients of a service which behaves as Envoy does. They come when it is ready, spread evenly,
 * and send at times that have nothing to do with each other: the mean of it, without randomness. A
 * client that is told to close comes back at its next turn: here with one in `replicas`, while
 * routing still leads here. */
struct sim_traffic {
    int connections;             /* kept alive */
    bool http2;                  /* else HTTP/1.1: one request at a time on a connection */
    double requests_per_second;  /* of each of them; 0: they stay idle */
    double one_shots_per_second; /* connections with one request each, in sum */
    int64_t request_ms;          /* from request to response; 0: 1 */
    int long_requests;           /* in flight besides, from the start */
    int64_t long_until_ms;       /* time at which these end */
    int upgrades;                /* WebSockets: active for ever */
    double probes_per_second;    /* one-shots that do not care about routing; none of them counts
                                    as cut or refused */
    int burst;                   /* more of these clients, which lose another replica */
    int64_t burst_ms;            /* at this time, and come here at their next turn */
    int64_t blind_ms;            /* who was idle for less does not look whether the server has
                                    closed the connection; 0: all see it at once */
    bool ignores_close;          /* who is told to close goes on, until Envoy closes by itself */
    int64_t backoff_ms;          /* HTTP/2: who is refused tries again only then, and what it would
                                    send meanwhile fails; 0: at its next turn */
    bool skips_late;             /* what was due while a request was under way is sent once, right
                                    after it, and the rest never; else all of it is */
    int chance;                  /* clients come and send by chance, drawn from this seed; 0: as
                                    evenly as may be */
    int surge;                   /* so many of the `replicas` come with the first signal: before,
                                    all one-shots went to the others */
    int replicas;                /* among which clients are spread; 0: 2 */
    bool pinned;                 /* told to close, all come back here, routed or not */
    int64_t routing_ms;          /* from the first signal, or the exit if that is earlier, until
                                    nobody is routed here any more; NEVER_MS */
};

struct sim_service {
    const char *name;
    int start_error;      /* errno with which it does not start; 0: it starts */
    int64_t ready_ms;     /* after its start it accepts connections; NEVER_MS */
    int64_t exit_ms;      /* after TERM, INT or QUIT; NEVER_MS: ignores them */
    int exit_signal;      /* the only signal that it heeds; 0: those three */
    int exit_code;
    int64_t crash_ms;     /* after its start it exits by itself; 0: it does not */
    int crash_code;
    int work;             /* pieces of work in hand when it is asked to exit: they are finished
                             one after the other until it does; a KILL cuts the rest */
    enum sim_router router;
    int drain_signal;     /* upon it each response closes its connection; 0: none */
    const char *drain_file; /* while it is there (written after the start) the same */
    int finish_signal;    /* upon it: closes listeners and idle connections, exits exit_ms after
                             the last response; 0: none */
    const char *needs;    /* the service without which its requests fail */
    int64_t group_ms;     /* its children outlive it so long; NEVER_MS: until they are killed */
    const char *address;  /* where its clients connect: "unix:/socket" or "tcp:host:port" */
    const char *admin;    /* its Envoy admin, written likewise. Any other address belongs to the
                             service that was started last when it is first asked for */
    int64_t answer_ms;    /* 0: 1 */
    bool hides_stats;     /* /stats is empty, as with a stats_matcher */
    bool delays_close;    /* its listener has Envoy's default delayed_close_timeout, not 0s */
    enum sim_lie lie;
    int64_t lie_from_ms;  /* time from which it lies */
    struct sim_fault faults[SIM_FAULTS_MAX]; /* not at `address`; ends at the first all zero */
    struct sim_traffic traffic;
};

/* A program that a policy runs; one that is not described exits with 0 at once. */
struct sim_command {
    const char *name;   /* arguments[0] */
    int code;
    const char *output; /* NULL: none */
    int64_t after_ms;   /* NEVER_MS: does not end by itself */
};

/* A server outside the container. */
struct sim_endpoint {
    const char *address; /* "tcp:host:port" or "unix:/socket" */
    enum sim_manner manner;
    int status;          /* 0: 200 */
    const char *body;    /* NULL: empty */
    int64_t answer_ms;   /* 0: 1 */
};

struct sim_file {
    const char *path;
    const char *text;
};

/* A process of the container that we did not start. */
struct sim_orphan {
    int pid;         /* 1000 and above are free for them */
    int64_t exit_ms; /* after TERM; NEVER_MS: ignores it */
    bool foreign;    /* not our descendant, such as a shell of kubectl exec */
};

enum sim_action {
    SIM_NOTHING, /* ends a list of steps */
    SIM_SIGNAL,  /* we get signal `number` */
    SIM_CRASH,   /* `service` exits with code `number` */
    SIM_FREEZE,  /* `service` gets SIGSTOP from somebody */
    SIM_THAW,    /* SIGCONT */
    SIM_END      /* nothing happens any more */
};

struct sim_step {
    int64_t at_ms;
    enum sim_action action;
    int number;
    const char *service;
};

/* Owned by the caller and kept until sim_destroy. Lists end at the first entry without a name. */
struct sim_config {
    struct sim_service services[SIM_SERVICES_MAX];
    struct sim_command commands[SIM_COMMANDS_MAX];
    struct sim_endpoint endpoints[SIM_ENDPOINTS_MAX];
    struct sim_file files[SIM_FILES_MAX];
    struct sim_orphan orphans[SIM_ORPHANS_MAX];
    struct sim_step steps[SIM_STEPS_MAX];
    struct sim_endpoint outside;    /* any other address of another machine; address NULL: those
                                       are learned as any other */
    struct sim_command any_command; /* each that is not described; its name is not looked at */
    int64_t throttled_ms; /* of each 100 ms, the last: we do not run, so events come later */
    int64_t stall_at_ms;  /* from then on, */
    int64_t stall_ms;     /* for so long, we do not run either */
    bool files_exist; /* each that is not described, and is empty */
    int sockets_error; /* errno: the kernel does not tell who is connected; 0: it does */
    bool no_history;  /* nobody will read it: sim_history stays empty */
};

/* What came of it. */
struct sim_result {
    int64_t requests;         /* that clients sent */
    int64_t requests_cut;     /* in flight when their service exited; WebSockets do not count */
    int64_t requests_refused; /* routed here although nobody accepted them */
    int64_t requests_failed;  /* answered when the service that they need was gone */
    int64_t work_cut;         /* pieces of work that a KILL has ended */
    int64_t requests_blind;   /* sent, without a look, on a connection that its service had cut
                                 while idle, or read no more */
    int64_t connections_cut;  /* idle when their service exited */
    int processes_left;       /* alive now, or killed by the deadline or by sim_end */
    int64_t events;
    int64_t late_ms;          /* the last event came so much later, since we did not run; */
    int64_t latest_ms;        /* the latest of all, */
    int64_t deadline_late_ms; /* and the deadline would */
    bool deadline_passed;
    bool cut_short;           /* a step SIM_END has come */
    bool stuck;               /* SIM_EVENTS_AT_ONCE_MAX was exceeded; the world has ended */
};

/* The caller destroys *world with sim_destroy. Errors: -ENOMEM. */
int sim_create(const struct sim_config *config, struct world **world);
void sim_destroy(struct world *world);

/* Adds a step; one in the past happens now. Errors: -ENOSPC. */
int sim_at(struct world *world, struct sim_step step);

/* When something happens by itself next; NEVER_MS: nothing does. */
int64_t sim_next_ms(struct world *world);

/* What happens when PID 1 exits: the rest is killed, and its clients go on until routing has
 * moved. next_event returns false from now on. */
void sim_end(struct world *world);

struct sim_result sim_result(struct world *world);
int64_t sim_late_ms(struct world *world); /* that of its result */

/* What can be seen of the clients of a service. */
struct sim_clients {
    int64_t requests_active;  /* now, without WebSockets */
    int64_t requests_cut;
    int64_t requests_unseen;  /* of those cut: came after the last look at the statistics */
    int64_t requests_failed;
    int64_t idle_cut;         /* connections of clients that would have sent again */
    int64_t upgrades_cut;
    int64_t work_cut;
    int64_t looked_ms;        /* when the statistics were asked for the last time; -1: never */
    int64_t busy_ms;          /* when a request was in flight or a connection open for the last
                                 time; -1: never */
    int64_t arrived_ms;       /* when a connection came for the last time; -1: never */
};

/* Of a service of the config, by its place there. */
struct sim_clients sim_clients(struct world *world, int service);

/* What was printed so far, each line with its newline: our log (INFO and WARNING), the report.
 * Both live until the next command. */
const char *sim_output(struct world *world);
const char *sim_report(struct world *world);

/* What happened outside the engine, a line each, such as "    12.000 TERM router". The verbs are
 * start, exit, gone, signal (to us), the names of signals that the engine sent ("TERM group of x",
 * "KILL others"), freeze, thaw, write, remove, end, deadline, and the method of each request that
 * is not a GET, with what came of it ("POST router /drain_listeners 200"). */
const char *sim_history(struct world *world);

#endif
