/* SIGHUP: the policy's file is read again.
 *
 * Happy path: the file is read -> compiled beside the policy in use -> tried in simulated shutdowns
 * by a process of its own, for which a task waits -> the file is still what was tried -> it is the
 * policy, from one instruction to the next.
 *
 * What can go wrong, each said in a line, after which the policy in use is what it was: the file
 * cannot be read, does not compile, is broken (with `strict`: risky), or could not be tried; a
 * shutdown begins meanwhile (its policy is the one in use, the check is killed) or runs already.
 * A file that changes while it is tried is read anew: so a further SIGHUP needs nothing of us. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clean.h"
#include "engine/state.h"

enum { BEGUN_AGAIN_MAX = 10 /* for one signal */ };

/* `took_ms`: -1 it does not apply. */
static void reload_write(struct engine *engine, bool warning, int64_t took_ms, const char *format,
                         ...) __attribute__((format(printf, 4, 5)));

static void reload_write(struct engine *engine, bool warning, int64_t took_ms, const char *format,
                         ...)
{
    char why[900];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(why, sizeof why, format, arguments);
    va_end(arguments);
    timeline_write(engine, &(struct moment){.what = "reload", .why = why, .took_ms = took_ms,
                                            .in_flight = -1, .warning = warning});
}

/* (whether the candidate becomes the policy): a reload ends */
static int l_end_reload(lua_State *L)
{
    if (lua_toboolean(L, 1)) {
        lua_getfield(L, LUA_REGISTRYINDEX, NEXT_POLICY_SLOT);
        lua_setfield(L, LUA_REGISTRYINDEX, POLICY_SLOT);
    }
    lua_pushnil(L);
    lua_setfield(L, LUA_REGISTRYINDEX, NEXT_POLICY_SLOT);
    return 0;
}

/* False: no memory, and nothing has changed. */
static bool reload_end(struct engine *engine, bool use)
{
    bool ended;

    lua_pushcfunction(engine->lua, l_end_reload);
    lua_pushboolean(engine->lua, use);
    ended = lua_pcall(engine->lua, 1, 0, 0) == LUA_OK;
    lua_settop(engine->lua, 0);
    return ended;
}

static void candidate_drop(struct engine *engine)
{
    reload_end(engine, false);
    free(engine->reload.candidate);
    engine->reload.candidate = NULL;
}

static void candidate_reject(struct engine *engine, const char *why)
{
    const char *name = engine->config->policy_file->name;
    const char *stays = engine->policy_accepted ? engine->policy_source->name
                                                : "the built-in order";

    candidate_drop(engine);
    lua_gc(engine->lua, LUA_GCCOLLECT); // a shutdown has better things to do
    reload_write(engine, true, -1, "%s is REJECTED, %s stays: %s", name,
                 strcmp(name, stays) == 0 ? "the one before" : stays, why);
}

static void candidate_use(struct engine *engine)
{
    struct reload *reload = &engine->reload;

    if (!reload_end(engine, true)) {
        candidate_reject(engine, "no memory");
        return;
    }
    engine->policy_source = &reload->candidate->source;
    engine->policy_accepted = true;
    free(reload->accepted);
    reload->accepted = reload->candidate;
    reload->candidate = NULL;
    lua_gc(engine->lua, LUA_GCCOLLECT);
    reload_write(engine, false, engine_now_ms(engine) - reload->begun_ms,
                 "%s is the policy from now on", reload->accepted->source.name);
}

/* Errors: as file_read; -ENOMEM. */
static int candidate_read(struct engine *engine, struct policy_text **candidate)
{
    const struct policy_file *file = engine->config->policy_file;
    struct policy_text *text = malloc(sizeof *text);
    int length;

    if (!text)
        return -ENOMEM;
    length = engine->world->ops->file_read(engine->world, file->path, text->bytes, SOURCE_MAX);
    if (length < 0) {
        free(text);
        return length;
    }
    text->source = (struct source){file->name, source_text(text->bytes, (size_t)length)};
    *candidate = text;
    return 0;
}

/* The services run as they were started: only a restart reads their file again. */
static void services_look(struct engine *engine)
{
    const struct source *services = &engine->config->services;
    const char *path = engine->config->policy_file->services_path;
    char bytes[SOURCE_MAX + 1];
    int length;

    if (!path || engine->reload.services_said)
        return;
    length = engine->world->ops->file_read(engine->world, path, bytes, SOURCE_MAX);
    if (length >= 0 && strcmp(source_text(bytes, (size_t)length), services->text) == 0)
        return;
    engine->reload.services_said = true;
    timeline_print(engine, CHANNEL_WARNING, "%s has changed, too: it is read at the start only, "
                   "but a policy is tried with what it says now", services->name);
}

static int l_start_check(lua_State *L)
{
    struct engine *engine = engine_of(L);

    lua_getfield(L, LUA_REGISTRYINDEX, "core");
    lua_getfield(L, -1, "try_policy");
    machine_push_words(L, engine->config->policy_file->check_command);
    engine->reload.task = task_start(L, NULL, 1);
    return 0;
}

static void candidate_try(struct engine *engine)
{
    bool begun;

    lua_pushcfunction(engine->lua, l_start_check);
    begun = lua_pcall(engine->lua, 0, 0, 0) == LUA_OK;
    lua_settop(engine->lua, 0);
    if (!begun)
        candidate_reject(engine, "no memory to try it");
}

static bool candidate_is_new(const struct engine *engine, const struct policy_text *candidate)
{
    const struct source *one = engine->policy_source, *other = &candidate->source;

    return !engine->policy_accepted || strcmp(one->name, other->name) != 0 ||
           strcmp(one->text, other->text) != 0;
}

static void reload_begin(struct engine *engine)
{
    const struct policy_file *file = engine->config->policy_file;
    struct reload *reload = &engine->reload;
    int error = candidate_read(engine, &reload->candidate);

    reload->finding[0] = '\0';
    if (error == -ENOENT && file->optional && !reload->accepted) {
        reload_write(engine, false, -1, "nothing to read again: the policy is built in, and there "
                     "is no %s", file->name);
    } else if (error < 0) {
        candidate_reject(engine, strerror(-error));
    } else if (!candidate_is_new(engine, reload->candidate)) {
        candidate_drop(engine);
        reload_write(engine, false, -1, "%s has not changed", file->name);
    } else if (!source_read_policy(engine, &reload->candidate->source, NEXT_POLICY_SLOT)) {
        candidate_reject(engine, reload->finding);
    } else if (file->check_command) {
        candidate_try(engine);
    } else {
        candidate_use(engine);
    }
}

void reload_on_signal(struct engine *engine)
{
    if (engine->phase >= PHASE_STOPPING) {
        reload_write(engine, true, -1, "the policy is not read again: this shutdown keeps its own");
        return;
    }
    if (!engine->config->policy_file) {
        reload_write(engine, false, -1, "nothing to read again: the policy is built in");
        return;
    }
    if (engine->reload.candidate)
        return; // its end looks at the file once more
    engine->reload.begun_ms = engine_now_ms(engine);
    engine->reload.begun_again = 0;
    services_look(engine);
    reload_begin(engine);
}

/* The first one of the candidate says in the line of its rejection what is wrong, and what to
 * write instead. */
void reload_on_finding(struct engine *engine, const struct finding *finding)
{
    struct reload *reload = &engine->reload;
    char text[sizeof reload->finding], place[32] = "";

    if (!reload->candidate || engine->subject != &reload->candidate->source || *reload->finding)
        return;
    if (finding->line > 0)
        snprintf(place, sizeof place, "line %d: ", finding->line);
    snprintf(text, sizeof text, "%s%.220s%s%.200s", place, finding->message,
             finding->advice ? ". " : "", finding->advice ? finding->advice : "");
    clean_text(reload->finding, sizeof reload->finding, text, strlen(text));
}

static bool candidate_is_old(struct engine *engine)
{
    struct policy_text *now;
    bool same;

    if (candidate_read(engine, &now) < 0)
        return true;
    same = strcmp(now->source.text, engine->reload.candidate->source.text) == 0;
    free(now);
    return !same;
}

/* What the check says of it, as a reason to reject it; "": nothing. The check itself has printed
 * what is wrong, and is silent about a sound one. */
static void candidate_judge(const struct engine *engine, const struct task *task, char *why,
                            size_t size)
{
    const char *said = task->status != LUA_OK ? "no memory"
                       : task->results > 0    ? lua_tostring(task->lua, -1)
                                              : NULL;

    if (!said || (strcmp(said, "exit 2") == 0 && !engine->config->strict))
        *why = '\0';
    else if (strcmp(said, "exit 2") == 0)
        snprintf(why, size, "it is risky, which --strict refuses");
    else if (strcmp(said, "exit 1") == 0)
        snprintf(why, size, "it is broken");
    else
        snprintf(why, size, "it could not be tried: %s", said);
}

void reload_on_tried(struct engine *engine, const struct task *task)
{
    struct reload *reload = &engine->reload;
    char why[128];

    reload->task = NULL;
    candidate_judge(engine, task, why, sizeof why);
    if (!candidate_is_old(engine)) {
        if (*why)
            candidate_reject(engine, why);
        else
            candidate_use(engine);
    } else if (++reload->begun_again > BEGUN_AGAIN_MAX) {
        candidate_reject(engine, "it changes all the time");
    } else {
        candidate_drop(engine);
        reload_begin(engine);
    }
}

void reload_on_shutdown(struct engine *engine)
{
    if (!engine->reload.candidate)
        return;
    engine->reload.task = NULL; // whose owner cancels all tasks
    reload_write(engine, true, -1, "%s was not tried to the end: this shutdown keeps the policy "
                 "before it", engine->config->policy_file->name);
    candidate_drop(engine);
}

void reload_close(struct engine *engine)
{
    free(engine->reload.candidate);
    free(engine->reload.accepted);
}
