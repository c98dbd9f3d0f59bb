/* Which line of the policy is responsible: for a moment of the timeline, and for an error. */
#include <string.h>

#include "engine/bytecode.h"
#include "engine/state.h"

/* The chunks of files are named "@file". */
static bool chunk_is_policy(const struct engine *engine, const char *chunk)
{
    return engine->policy_source && chunk[0] == '@' &&
           strcmp(chunk + 1, engine->policy_source->name) == 0;
}

static int thread_line(const struct engine *engine, lua_State *thread)
{
    lua_Debug frame;

    for (int level = 0; lua_getstack(thread, level, &frame); level++) {
        lua_getinfo(thread, "Sl", &frame);
        if (frame.currentline > 0 && chunk_is_policy(engine, frame.source))
            return frame.currentline;
    }
    return 0;
}

int policy_line_running(const struct engine *engine)
{
    bool known = engine->config->policy_lines && engine->running;

    return known ? thread_line(engine, engine->running->lua) : 0;
}

int policy_line_waiting(const struct engine *engine, int process)
{
    for (int i = 0; engine->config->policy_lines && i < engine->tasks_used; i++) {
        const struct task *task = &engine->tasks[i];
        bool waits = task->state == TASK_WAITING && task->wait.process == process &&
                     (task->wait.kind == WAIT_EXITED || task->wait.kind == WAIT_GONE);
        int line = waits ? thread_line(engine, task->lua) : 0;

        if (line > 0)
            return line;
    }
    return 0;
}

void policy_line_mark(const struct engine *engine, lua_State *thread, lua_Debug *frame)
{
    lua_getinfo(thread, "S", frame);
    if (frame->currentline > 0 && chunk_is_policy(engine, frame->source))
        engine->config->lines_run[frame->currentline] = 1;
}

/* Its last instruction is the return that Lua adds, in the line of `end`. */
static void lines_mark(void *context, const struct function *function)
{
    unsigned char *has_code = context;

    for (size_t i = function->vararg; i + 1 < function->instructions; i++) {
        int line = bytecode_line(function, i);

        if (line > 0 && line < LINES_MAX)
            has_code[line] = 1;
    }
}

/* Protected: (array) */
static int l_policy_lines(lua_State *L)
{
    void *has_code = lua_touserdata(L, 1);

    lua_getfield(L, LUA_REGISTRYINDEX, POLICY_SLOT);
    bytecode_visit(L, lines_mark, has_code);
    return 0;
}

int engine_policy_lines(struct engine *engine, unsigned char *has_code)
{
    int count = 0;

    memset(has_code, 0, LINES_MAX);
    if (!engine->policy_accepted)
        return 0;
    lua_pushcfunction(engine->lua, l_policy_lines);
    lua_pushlightuserdata(engine->lua, has_code);
    if (lua_pcall(engine->lua, 1, 0, 0) != LUA_OK)
        lua_settop(engine->lua, 0);
    for (int line = 1; line < LINES_MAX; line++)
        count += has_code[line];
    return count;
}
