/* Coroutines and their waits.
 *
 * Happy path: task_start -> ready -> lua_resume -> a primitive calls task_wait (one wait, and a
 * continuation) -> an event or the time makes it ready -> lua_resume -> ... -> ended.
 *
 * What can go wrong: the coroutine raises (it ends with that status, whoever started it reads the
 * message); it is cancelled while it waits (children first, then its wait, then its stack: no Lua
 * code of it runs any more, and pcall cannot stop that); an event finds no waiter (dropped).
 *
 * lua_resume and lua_yieldk are called here only, once each. */
#include "engine/state.h"

#if LUA_VERSION_RELEASE_NUM >= 50406
#define close_thread(thread, from) lua_closethread((thread), (from))
#elif LUA_VERSION_RELEASE_NUM == 50405
#define close_thread(thread, from) lua_resetthread((thread), (from))
#else
#define close_thread(thread, from) lua_resetthread((thread))
#endif

static bool task_exists(const struct task *task)
{
    return task->state != TASK_FREE;
}

static struct task *task_slot(struct engine *engine)
{
    for (int i = 0; i < TASKS_MAX; i++) {
        if (task_exists(&engine->tasks[i]))
            continue;
        if (i >= engine->tasks_used)
            engine->tasks_used = i + 1;
        return &engine->tasks[i];
    }
    return NULL;
}

struct task *task_start(lua_State *L, struct task *parent, int arguments)
{
    struct engine *engine = engine_of(L);
    struct task *task = task_slot(engine);
    lua_State *thread;
    int reference;

    if (!task)
        machine_mistake(L, "more than %d things at once", TASKS_MAX);
    thread = lua_newthread(L);
    reference = luaL_ref(L, LUA_REGISTRYINDEX);
    lua_xmove(L, thread, arguments + 1);
    *task = (struct task){
        .state = TASK_READY,
        .lua = thread,
        .reference = reference,
        .parent = parent,
        .order = ++engine->sequence,
        .arguments = arguments,
    };
    return task;
}

void task_free(struct engine *engine, struct task *task)
{
    close_thread(task->lua, NULL);
    luaL_unref(engine->lua, LUA_REGISTRYINDEX, task->reference);
    task->state = TASK_FREE;
}

struct task *task_child(struct engine *engine, const struct task *parent)
{
    for (int i = 0; i < engine->tasks_used; i++) {
        struct task *task = &engine->tasks[i];

        if (task_exists(task) && task->parent == parent)
            return task;
    }
    return NULL;
}

/* An answer, or that nobody waits for it any more. */
static void wait_note_answer(struct engine *engine, const struct wait *wait)
{
    int64_t took_ms = engine_now_ms(engine) - wait->begun_ms;

    if (wait->tries_again)
        return;
    if (engine->phase >= PHASE_STOPPING)
        engine->asked_ms += took_ms;
    if (took_ms > engine->slowest_ms)
        engine->slowest_ms = took_ms;
}

/* What a wait keeps busy outside ends with it: a request, and a command that `run` started. */
static void wait_disarm(struct engine *engine, const struct wait *wait)
{
    struct world *world = engine->world;

    if (wait->kind == WAIT_ANSWER) {
        wait_note_answer(engine, wait);
        world->ops->request_cancel(world, wait->request);
    }
    if (wait->kind == WAIT_EXITED && wait->process >= SERVICES_MAX)
        world->ops->signal_send(world, (struct target){TARGET_GROUP, wait->process},
                                signal_number("KILL"));
}

static void task_cancel_children(struct engine *engine, struct task *task)
{
    struct task *child;

    while ((child = task_child(engine, task)))
        task_cancel(engine, child);
}

void task_cancel(struct engine *engine, struct task *task)
{
    task_cancel_children(engine, task);
    if (task->state == TASK_WAITING)
        wait_disarm(engine, &task->wait);
    task_free(engine, task);
}

void tasks_cancel_roots(struct engine *engine, const struct task *except)
{
    for (int i = 0; i < engine->tasks_used; i++) {
        struct task *task = &engine->tasks[i];

        if (task_exists(task) && !task->parent && task != except)
            task_cancel(engine, task);
    }
}

void task_check_waitable(lua_State *L, const char *what)
{
    if (!lua_isyieldable(L))
        machine_mistake(L, "%s cannot wait here: not inside a function that table.sort, "
                           "string.gsub or the like calls, and not in services.lua", what);
}

int task_wait(lua_State *L, const struct wait *wait, lua_KFunction k)
{
    struct engine *engine = engine_of(L);
    struct task *task = engine->running;

    task->wait = *wait;
    task->wait.timed_out = false;
    task->wait.event = NULL;
    task->order = ++engine->sequence;
    task->state = TASK_WAITING;
    if (wait->kind == WAIT_TASKS && task->children_ended >= wait->tasks)
        task->state = TASK_READY;
    return lua_yieldk(L, 0, 0, k);
}

static void task_wake(struct task *task, const struct event *event)
{
    task->wait.event = event;
    task->state = TASK_READY;
}

static bool wait_meets(const struct wait *wait, const struct event *event)
{
    switch (event->kind) {
    case EVENT_ALARM:
    case EVENT_SIGNAL:
        return false;
    case EVENT_EXITED:
        return wait->kind == WAIT_EXITED && wait->process == event->exited.process;
    case EVENT_GONE:
        return wait->kind == WAIT_GONE && wait->process == event->gone.process;
    case EVENT_ANSWERED:
        return wait->kind == WAIT_ANSWER && wait->request == event->answered.request;
    }
    return false;
}

void tasks_on_event(struct engine *engine, const struct event *event)
{
    for (int i = 0; i < engine->tasks_used; i++) {
        struct task *task = &engine->tasks[i];

        if (task->state != TASK_WAITING || !wait_meets(&task->wait, event))
            continue;
        if (event->kind == EVENT_ANSWERED)
            wait_note_answer(engine, &task->wait);
        task_wake(task, event);
    }
}

void tasks_on_time(struct engine *engine)
{
    int64_t now_ms = engine_now_ms(engine);

    for (int i = 0; i < engine->tasks_used; i++) {
        struct task *task = &engine->tasks[i];

        if (task->state != TASK_WAITING || task->wait.until_ms > now_ms)
            continue;
        wait_disarm(engine, &task->wait);
        task->wait.timed_out = true;
        task_wake(task, NULL);
    }
}

int64_t tasks_next_ms(const struct engine *engine)
{
    int64_t next_ms = NEVER_MS;

    for (int i = 0; i < engine->tasks_used; i++) {
        const struct task *task = &engine->tasks[i];

        if (task->state == TASK_WAITING && task->wait.until_ms < next_ms)
            next_ms = task->wait.until_ms;
    }
    return next_ms;
}

/* Until when a wait may last after the deadline came nearer. */
static int64_t wait_hurried_ms(struct engine *engine, const struct wait *wait)
{
    switch (wait->kind) {
    case WAIT_TIME:
    case WAIT_ANSWER:
        return engine_now_ms(engine);
    case WAIT_EXITED:
    case WAIT_GONE:
        if (wait->purpose == FOR_KILL) /* it is gone in a moment, and not before */
            return engine->deadline_ms;
        return wait->process < SERVICES_MAX && wait->purpose != FOR_ANYTHING
                   ? shutdown_share_ms(engine, wait->process)
                   : engine_now_ms(engine);
    case WAIT_TASKS:
        return shutdown_limit_ms(engine, FOR_TASKS, -1);
    }
    return engine->deadline_ms;
}

/* What waits for tasks without a limit waits on: they are hurried themselves. */
void tasks_hurry(struct engine *engine)
{
    for (int i = 0; i < engine->tasks_used; i++) {
        struct wait *wait = &engine->tasks[i].wait;
        int64_t limit_ms;

        if (engine->tasks[i].state != TASK_WAITING ||
            (wait->kind == WAIT_TASKS && wait->until_ms == NEVER_MS))
            continue;
        limit_ms = wait_hurried_ms(engine, wait);
        if (wait->until_ms > limit_ms)
            wait->until_ms = limit_ms;
    }
}

static void task_on_ended(struct engine *engine, struct task *task)
{
    struct task *parent = task->parent;

    if (!parent) {
        shutdown_on_task_ended(engine, task);
        return;
    }
    parent->children_ended++;
    if (parent->state == TASK_WAITING && parent->wait.kind == WAIT_TASKS &&
        parent->children_ended >= parent->wait.tasks)
        task_wake(parent, NULL);
}

static void task_resume(struct engine *engine, struct task *task)
{
    int results = 0, arguments = task->arguments;

    task->arguments = 0;
    task->state = TASK_RUNNING;
    engine->running = task;
    machine_begin_burst(engine, task->lua);
    task->status = lua_resume(task->lua, NULL, arguments, &results);
    engine->running = NULL;
    if (task->status == LUA_YIELD) {
        lua_pop(task->lua, results);
        return;
    }
    task_cancel_children(engine, task);
    task->state = TASK_ENDED;
    task->results = results;
    task_on_ended(engine, task);
}

static struct task *task_next_ready(struct engine *engine)
{
    struct task *next = NULL;

    for (int i = 0; i < engine->tasks_used; i++) {
        struct task *task = &engine->tasks[i];

        if (task->state == TASK_READY && (!next || task->order < next->order))
            next = task;
    }
    return next;
}

void tasks_run_ready(struct engine *engine)
{
    struct task *task;

    while (engine->phase != PHASE_FINISHED && (task = task_next_ready(engine)))
        task_resume(engine, task);
}
