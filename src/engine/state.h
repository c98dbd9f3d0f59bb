/* What the engine's files share. No other folder includes this. */
#ifndef LASTCALL_ENGINE_STATE_H
#define LASTCALL_ENGINE_STATE_H

#include <jansson.h>
#include <lauxlib.h>
#include <lua.h>
#include <signal.h>

#include "base/signals.h"
#include "engine/arena.h"
#include "engine/engine.h"
#include "idle/idle.h"

enum {
    TASKS_MAX = 64,
    SERVICES_MAX = 32,                /* numbers 0 to 31 of the world's processes */
    NAME_MAX_LENGTH = 63,
    MEMORY_MAX = 8 * 1024 * 1024,     /* bytes of the Lua machine */
    INSTRUCTIONS_MAX = 10 * 1000000,  /* between two waits; about 50 ms */
    INSTRUCTION_BYTES = 64,           /* of memory that is asked for count as an instruction */
    HOOK_INSTRUCTIONS = 1000,         /* how often they are counted */
    REFUSED_WAITS_MAX = 100,          /* waits that a policy may try when no time is left */
    MARGIN_MS = 1000,                 /* of the grace period, never used */
    LAST_RESORT_MS = 500,             /* of the rest, kept for the last resort */
    KILL_MS = 250,                    /* from a KILL until the process is gone; less if short */
    KILL_PARTS = 8,                   /* a KILL has at most one of so many parts of a share */
    RESERVE_MS = 1500,                /* kept for each service that is still alive */
    SHARE_PARTS = 3,                  /* of the time left for a stop; each other service has one */
    HURRY_MS = 3000,                  /* what the second signal leaves */
    REPORT_FORMAT = 1                 /* of the report's lines: readers refuse a newer one */
};

/* What a wait is for decides how much of the time before the deadline it leaves. */
enum purpose {
    FOR_ANYTHING, /* the reserve of all services alive, and a moment for the policy to return;
                     after the second signal there is nothing to wait for */
    FOR_TASKS,    /* the same reserve; tasks may be stopping something */
    FOR_STOP,     /* the reserve of the others, and the time that a KILL takes */
    FOR_KILL      /* nothing: it uses its own reserve */
};

enum wait_kind { WAIT_TIME, WAIT_EXITED, WAIT_GONE, WAIT_ANSWER, WAIT_TASKS };

/* What a task waits for: one thing at a time, and a time at which it stops waiting. */
struct wait {
    enum wait_kind kind;
    int64_t until_ms;          /* NEVER_MS: no limit */
    int process;               /* WAIT_EXITED, WAIT_GONE */
    enum purpose purpose;      /* of these: for what */
    uint32_t request;          /* WAIT_ANSWER; numbers are never used twice */
    int64_t begun_ms;          /* WAIT_ANSWER: when it was asked */
    bool tries_again;          /* WAIT_ANSWER: how long it takes says nothing of who answers */
    int tasks;                 /* WAIT_TASKS: how many children must have ended */
    int64_t wanted_ms;         /* WAIT_TIME: until when the policy asked to wait */
    bool timed_out;            /* set when `until_ms` came first */
    const struct event *event; /* what ended it, valid in the continuation only; may be NULL */
};

enum task_state { TASK_FREE, TASK_READY, TASK_RUNNING, TASK_WAITING, TASK_ENDED };

struct task {
    enum task_state state;
    lua_State *lua;      /* anchored in the registry by `reference` */
    int reference;
    struct task *parent; /* NULL: a root */
    uint64_t order;      /* age of its wait: of several ready tasks the oldest runs first */
    int place;           /* among the children of its parent, from 1 */
    int children_ended;
    int arguments;       /* on its stack, for the first resume */
    int status;          /* of lua_resume, when ended */
    int results;         /* on its stack, when ended */
    struct wait wait;
};

enum service_state { SERVICE_DECLARED, SERVICE_RUNNING, SERVICE_EXITED, SERVICE_GONE };

/* One service of services.lua; its number is its place in the file and its process number. */
struct service {
    char name[NAME_MAX_LENGTH + 1];
    enum service_state state; /* EXITED: the leader is gone, its process group is not */
    int pid;
    int exit_code;
    int64_t stopped_ms; /* when a stop sent the first signal; 0: none did */
    int64_t exited_ms;
    bool drained;       /* it has accepted a drain, */
    int64_t drained_ms; /* which began then */

    /* What its driver has counted. */
    bool looked, busy, visited; /* at all; it had ever something to do; a connection ever came */
    int64_t looked_ms;
    int64_t busy_ms;            /* the last look at which it had something to do */
    struct counts counts;       /* of the last look */
};

/* A file that was read again. */
struct policy_text {
    struct source source; /* points into the next one */
    char bytes[SOURCE_MAX + 1];
};

/* See reload.c. */
struct reload {
    struct policy_text *candidate; /* NULL: no reload is under way */
    struct policy_text *accepted;  /* the policy in use; NULL: it is one of the configuration */
    struct task *task;             /* waits for the check of the candidate */
    int64_t begun_ms;
    int begun_again;               /* how often the file changed while it was tried */
    bool services_said;            /* that services.lua has changed */
    char finding[512];             /* the first one of the candidate; "": none */
};

enum phase { PHASE_STARTING, PHASE_SERVING, PHASE_STOPPING, PHASE_FINISHED };

/* Why a shutdown began. */
struct cause {
    const char *kind;   /* "signal", "exit" or "start" */
    int signal;         /* 0: none */
    int process;        /* the service that exited or did not start; -1: none */
    int64_t begun_ms;
};

struct engine {
    struct world *world;
    const struct engine_config *config;
    lua_State *lua; /* the main state: creates tasks, runs none */
    size_t memory_used;
    struct arena data, code; /* all memory of the Lua machine, where snapshots are wanted */
    bool loading;            /* a program, into the machine */
    int64_t created_ms;

    struct task tasks[TASKS_MAX];
    int tasks_used; /* those from there on were never used */
    struct task *running;
    uint64_t sequence;
    uint32_t last_request;
    int instructions; /* in this burst; uncounted: what memory counts as */
    bool greedy;      /* came near the limits of memory */
    volatile sig_atomic_t interrupted;

    struct service services[SERVICES_MAX];
    int service_count;
    bool command_used[PROCESSES_MAX]; /* numbers from SERVICES_MAX on: commands of `run` */
    int64_t command_begun_ms[PROCESSES_MAX];

    enum phase phase;
    struct cause cause;
    struct task *starter;      /* while PHASE_STARTING */
    struct task *policy;       /* while PHASE_STOPPING */
    int64_t total_ms;          /* from the signal to the policy's deadline */
    int64_t deadline_ms;       /* the policy's: the world's is LAST_RESORT_MS later */
    int64_t world_deadline_ms;
    int signals;               /* that asked for a shutdown */
    int refused_waits;
    bool services_read;
    bool policy_accepted;
    const struct source *policy_source; /* of the one that was accepted */
    const struct source *subject; /* what findings are about, while they are found */
    struct reload reload;
    int64_t asked_ms;          /* while stopping: how long, together, what we asked took */
    int64_t slowest_ms;        /* request of all */

    enum engine_end end;
    char reason[512];
    char left[512];
    bool killed;               /* a stop killed a service */
    bool deadline_passed;
    int exit_code;
    bool exit_code_given;
};

/* The engine that a Lua state belongs to. */
static inline struct engine *engine_of(lua_State *L)
{
    return *(struct engine **)lua_getextraspace(L);
}

static inline int64_t engine_now_ms(struct engine *engine)
{
    return engine->world->ops->now_ms(engine->world);
}

/* memory.c: the memory of the Lua machine */
int memory_create(struct engine *engine);
void memory_destroy(struct engine *engine);
void *memory_allocate(void *engine, void *block, size_t old_size, size_t new_size);

/* machine.c: the Lua machine, its library and its limits */
int machine_create(struct engine *engine);
void machine_destroy(struct engine *engine);
void machine_begin_burst(struct engine *engine, lua_State *thread);
int l_open_machine(lua_State *L); /* (): fills it; in protected mode */

/* Raises `message` as a mistake of the innermost file that is not ours ("shutdown.lua:9: ..."). */
int machine_mistake(lua_State *L, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Loads text as a chunk named after its source; 0 and the function, or the message, is pushed. */
int machine_load(lua_State *L, const struct source *source, const char *chunk_prefix);

/* Pushes a function with the names (NULL at their end) as its upvalues, from 1 on: of fields that
 * it reads so often that looking the names up, too, would cost. */
void machine_push_reader(lua_State *L, lua_CFunction function, const char *const *names);

/* Pushes a list of the words, NULL at their end; NULL: an empty one. May raise. */
void machine_push_words(lua_State *L, const char *const *word);

/* source.c: runs services.lua; compiles a policy, looks at it and puts it into this slot of the
 * registry. False: it cannot be used, which was reported, and the slot is as it was. */
#define POLICY_SLOT "policy"           /* the one in use */
#define NEXT_POLICY_SLOT "next policy" /* reload.c */
bool source_read_services(struct engine *engine, const struct source *source);
bool source_read_policy(struct engine *engine, const struct source *source, const char *slot);

/* reload.c: SIGHUP */
void reload_on_signal(struct engine *engine);
void reload_on_finding(struct engine *engine, const struct finding *finding);
void reload_on_tried(struct engine *engine, const struct task *task);
void reload_on_shutdown(struct engine *engine);
void reload_close(struct engine *engine);

/* task.c: the only callers of lua_resume and lua_yieldk */

/* Makes a task of the function and its `arguments` on top of L's stack, and pops them. Raises
 * when there are too many. */
struct task *task_start(lua_State *L, struct task *parent, int arguments);

/* Raises unless the running function may wait; `what` names it. To be called before anything is
 * armed. */
void task_check_waitable(lua_State *L, const char *what);

/* Waits, then goes on in `k`. To be returned from the C function. */
int task_wait(lua_State *L, const struct wait *wait, lua_KFunction k);

void task_cancel(struct engine *engine, struct task *task); /* with its children */
void task_free(struct engine *engine, struct task *task);   /* an ended one */
void tasks_cancel_roots(struct engine *engine, const struct task *except);
void tasks_on_event(struct engine *engine, const struct event *event);
void tasks_on_time(struct engine *engine);
void tasks_run_ready(struct engine *engine);
void tasks_hurry(struct engine *engine);
int64_t tasks_next_ms(const struct engine *engine);
struct task *task_child(struct engine *engine, const struct task *parent); /* any; or NULL */

/* shutdown.c: phases, deadlines, verdict */
void shutdown_begin(struct engine *engine, const struct cause *cause);
void shutdown_on_signal(struct engine *engine, int signal);
void shutdown_on_task_ended(struct engine *engine, struct task *task);
void shutdown_on_time(struct engine *engine);
int64_t shutdown_next_ms(const struct engine *engine);

/* The time at which a wait ends at the latest, while stopping. `process`: the service that is
 * waited for, -1: none. */
int64_t shutdown_limit_ms(const struct engine *engine, enum purpose purpose, int process);

/* How long a wait may last that would like to last until `until_ms`: before a shutdown, so long.
 * Counts a wait which has no time left at all. May raise. */
int64_t shutdown_clamp_ms(lua_State *L, int64_t until_ms, enum purpose purpose, int process);

/* Until when a stop of `process` may wait before it kills: three parts of the time left, where
 * each other service that is alive has one. More for this one, which needs it now: most of the
 * others will exit at once. */
int64_t shutdown_share_ms(struct engine *engine, int process);

/* service.c: processes by number */
int service_find(const struct engine *engine, const char *name); /* -1: none */
bool service_alive(const struct service *service);
int services_alive(const struct engine *engine, int except);
void service_on_exited(struct engine *engine, const struct event *event);
void service_on_gone(struct engine *engine, const struct event *event);

/* timeline.c: what happened */
int64_t timeline_now_ms(struct engine *engine); /* since the start, or since the shutdown began */
void timeline_write(struct engine *engine, const struct moment *moment);
void timeline_print(struct engine *engine, enum channel channel, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* policy_line.c: lines of the policy; 0: none, or config->policy_lines is not set. Of what the
 * running task does; of the task that waits for an exit of the process. */
int policy_line_running(const struct engine *engine);
int policy_line_waiting(const struct engine *engine, int process);

/* In a line hook: the line has run. */
void policy_line_mark(const struct engine *engine, lua_State *thread, lua_Debug *frame);

/* report.c: what happened, for programs. The first two serve the timeline, too. */
void report_write(struct engine *engine, json_t *object);
json_t *report_text(const char *text);
void report_begin(struct engine *engine);
void report_deadline(struct engine *engine);
void report_started(struct engine *engine, const struct service *service);
void report_signal(struct engine *engine, int number, int signal, bool sent);
void report_exited(struct engine *engine, const struct service *service);
void report_gone(struct engine *engine, const struct service *service);
void report_policy(struct engine *engine);
void report_end(struct engine *engine, const char *verdict, int exit_code);

/* names.c: unknown names in a compiled chunk, found before it runs. Reports each; returns how many.
 * The chunk is on top of L, the table of known names below it; both stay. */
int names_check(lua_State *L, const struct source *source);

/* findings.c: hands it over, or prints it. */
void finding_report(struct engine *engine, const struct finding *finding);

/* Finds a line of a text as Lua counts them: "\n", "\r\n" and "\r" end one. */
struct line {
    const char *start;
    size_t length;
};
bool finding_line(const char *text, int number, struct line *line);

/* Reports why a file cannot be used; `message` is Lua's. It and the next
 * one empty the main stack. */
void finding_explain(struct engine *engine, const struct source *source, const char *message);

/* Reports the line at which the policy failed. `words`: " - " and what its message means, or "". */
void finding_explain_failure(struct engine *engine, const char *message, char *words,
                             size_t size);

/* module_time.c: the time which is so many seconds (the argument at `index`) away; NEVER_MS for
 * more than anybody waits. Raises when it is no number. */
int64_t time_check_until_ms(lua_State *L, int index);

int64_t time_until_ms(struct engine *engine, double seconds);

/* module_process.c: the service whose number is at `index`; raises if there is none. */
struct service *service_check(lua_State *L, int index);

/* module_counts.c: pushes them, as a userdata. */
void counts_push(lua_State *L, const struct counts *counts);

/* Notes it for the report on the service. */
void counts_note(struct engine *engine, struct service *service, const struct counts *counts);

/* module_idle.c: the one at `index`, of core.idle_begin; raises if there is none. */
struct idle *idle_check(lua_State *L, int index);
struct idle_time idle_time_of(struct engine *engine);

/* module_request.c: sends `request`, waits and goes on in `k`, to be returned from the C function.
 * Its timeout is the argument at `index`, shortened where the deadline is nearer. */
int request_wait(lua_State *L, struct request *request, int index, lua_KFunction k);

/* Why an event brings no answer; NULL: it does. Pushes nil, why. */
const char *request_failure(const struct event *event);
int request_push_failure(lua_State *L, const char *why);

/* module_*.c: C functions of the library, by subject; each adds its own to the table on top */
void module_time_open(lua_State *L);
void module_process_open(lua_State *L);
void module_request_open(lua_State *L);
void module_flow_open(lua_State *L);
void module_system_open(lua_State *L);
void module_idle_open(lua_State *L);
void module_watch_open(lua_State *L);
void module_counts_open(lua_State *L);
void module_envoy_open(lua_State *L);
void module_findings_open(lua_State *L);

#endif
