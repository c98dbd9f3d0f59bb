/* The outside world, as the engine knows it: commands go down, events come up.
 *
 * The live world (src/live) is libev, fork and libcurl; the simulated one (src/sim) is virtual
 * time. The engine sees no difference. Rules that both keep:
 *
 *  - No command delivers an event before it returns: events are pulled with `next_event`, one at
 *    a time, so that nothing is ever re-entered.
 *  - Times are milliseconds of one monotonic clock that nobody sets.
 *  - A process or a request is named by a number which the engine chose; the world keeps the pid,
 *    the pidfd or the connection behind it.
 *  - Strings passed to a command are copied where they are needed longer; strings in an event
 *    live until the next call of `next_event`.
 */
#ifndef LASTCALL_WORLD_H
#define LASTCALL_WORLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    PROCESSES_MAX = 64,  /* services and commands alive at once */
    REQUESTS_MAX = 64,   /* HTTP requests and connection attempts under way at once */
    BODY_MAX = 512 * 1024, /* longest body of an answer: Envoy's /server_info alone has 125 KB */
    OUTPUT_MAX = 64 * 1024 /* longest output kept of a command */
};

/* No alarm is wanted. */
#define NEVER_MS INT64_MAX

/* What to start. Owned by the caller. */
struct process_spec {
    const char *name;
    const char *const *arguments;   /* argv, NULL at the end; arguments[0] is looked up in PATH */
    const char *const *environment; /* "NAME=value", NULL at the end */
    const char *directory;          /* NULL: ours */
    const char *user;               /* name of the user to become; NULL: ours */
    const char *log_prefix;         /* put before each line of output; NULL: keep the output for
                                       the exit event (a command that a policy runs) */
    const char *drain_address;      /* "unix:/path" or "tcp:address:port", to which the last */
    const char *drain_request;      /* resort sends these bytes; both or neither */
    int stop_signal;                /* with which the last resort ends it gracefully; 0: SIGTERM */
};

/* Whom a signal is for. */
enum target_kind {
    TARGET_PROCESS, /* the process with this number, alone */
    TARGET_GROUP,   /* its process group, also when the leader itself has exited */
    TARGET_PID,     /* a pid of this container that we did not start ourselves */
    TARGET_OTHERS   /* every other descendant of ours; number is not used */
};

struct target {
    enum target_kind kind;
    int number;
};

enum request_kind {
    REQUEST_HTTP,    /* an HTTP/1.1 exchange */
    REQUEST_CONNECT, /* does anybody accept a connection there? It is closed at once */
    REQUEST_SOCKETS  /* who is connected to a process group, as the kernel sees it? */
};

/* What to ask. Owned by the caller. */
struct request {
    enum request_kind kind;
    const char *method;         /* REQUEST_HTTP: "GET", "POST", ... */
    const char *address;        /* REQUEST_HTTP: "http://host:port/path" or "unix:/socket:/path";
                                   REQUEST_CONNECT: "unix:/socket" or "tcp:host:port";
                                   REQUEST_SOCKETS: "pid N", the leader's. The answer's body:
                                   "open N\nbusy N\n", TCP connections to the ports on which the
                                   group listens, and those very likely in a request */
    const char *const *headers; /* "Name: value", NULL at the end; NULL: none */
    const char *body;           /* NULL: none */
    size_t body_length;
    int64_t timeout_ms;         /* for the whole exchange */
    int64_t retry_ms;           /* REQUEST_CONNECT: who does not accept is asked again so much
                                   later, if the timeout is not over yet; 0: once only */
};

enum event_kind {
    EVENT_ALARM,   /* the time given to `alarm_set` has come */
    EVENT_SIGNAL,  /* somebody signalled us */
    EVENT_EXITED,  /* a process has exited and was reaped */
    EVENT_GONE,    /* nobody is left of its process group; never before its EVENT_EXITED */
    EVENT_ANSWERED /* a request has ended */
};

struct event {
    enum event_kind kind;
    union {
        int signal;
        struct {
            int process;
            int code;           /* exit status, or 128 + the signal that ended it */
            const char *output; /* of a process without log_prefix, stdout and stderr together */
            size_t output_length;
        } exited;
        struct {
            int process; /* OTHERS: no descendant of ours is left at all */
        } gone;
        struct {
            uint32_t request;
            int error;  /* 0, or -ETIMEDOUT, -ECONNREFUSED, -ECONNRESET, -ENOENT, -EMSGSIZE, ... */
            int status; /* HTTP status, when error is 0; of other requests 0 */
            const char *body;
            size_t body_length;
        } answered;
    };
};

/* In gone.process: every descendant, not one process. */
#define OTHERS (-1)

enum channel {
    CHANNEL_INFO,    /* our own log line, to stdout */
    CHANNEL_WARNING, /* our own log line, to stderr */
    CHANNEL_REPORT   /* a JSON line, to the report file if there is one */
};

struct world;

/* Results are 0 or -errno unless said otherwise; outputs are untouched on failure. */
struct world_ops {
    /* Waits for the next event. False: nothing can happen any more. */
    bool (*next_event)(struct world *world, struct event *event);

    int64_t (*now_ms)(struct world *world);

    /* One alarm for everything: setting it replaces the one before. NEVER_MS: none. */
    void (*alarm_set)(struct world *world, int64_t at_ms);

    /* By this time everything is gone, whatever the engine still does: the world kills what is
     * left and ends. May be set again, to an earlier time only. */
    void (*deadline_set)(struct world *world, int64_t at_ms);

    /* Starts `spec` as process `process` in a process group of its own; *pid is for people to
     * read. Errors: those of fork and exec, the directory and the user. */
    int (*process_start)(struct world *world, int process, const struct process_spec *spec,
                         int *pid);

    /* Errors: -ESRCH nobody there, -EPERM a pid which is not one of this container's. */
    int (*signal_send)(struct world *world, struct target target, int signal);

    /* The answer comes as EVENT_ANSWERED, always. Errors: -EINVAL for a malformed address. */
    int (*request_start)(struct world *world, uint32_t request, const struct request *what);

    /* No event will come for this request any more. */
    void (*request_cancel)(struct world *world, uint32_t request);

    /* Reads a whole file. Returns its length, or -errno (-EFBIG: it is longer than size). */
    int (*file_read)(struct world *world, const char *path, char *buffer, size_t size);

    /* Replaces a file at once (write aside, rename). text NULL: removes it. */
    int (*file_write)(struct world *world, const char *path, const char *text);

    /* One line without its newline. */
    void (*print)(struct world *world, enum channel channel, const char *line);
};

/* The first member of each world's own structure. */
struct world {
    const struct world_ops *ops;
};

#endif
