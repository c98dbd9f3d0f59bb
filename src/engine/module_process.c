/* Processes: the services by number, pids, and the commands that a policy runs. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "engine/state.h"

struct service *service_check(lua_State *L, int index)
{
    struct engine *engine = engine_of(L);
    lua_Integer number = luaL_checkinteger(L, index);

    luaL_argcheck(L, number >= 0 && number < engine->service_count, index, "no such service");
    return &engine->services[number];
}

static int service_number(const struct engine *engine, const struct service *service)
{
    return (int)(service - engine->services);
}

/* core.declare(name) -> the number of a new service */
static int l_declare(lua_State *L)
{
    struct engine *engine = engine_of(L);
    const char *name = luaL_checkstring(L, 1);

    if (engine->service_count == SERVICES_MAX)
        machine_mistake(L, "more than %d services", SERVICES_MAX);
    if (strlen(name) > NAME_MAX_LENGTH)
        machine_mistake(L, "the name of a service is at most %d bytes long", NAME_MAX_LENGTH);
    strcpy(engine->services[engine->service_count].name, name);
    lua_pushinteger(L, engine->service_count++);
    return 1;
}

/* Copies pointers to the strings of the table at `index`, which keeps them alive. */
static void strings_copy(lua_State *L, int index, const char **strings, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        lua_rawgeti(L, index, (lua_Integer)i + 1);
        strings[i] = lua_tostring(L, -1);
        lua_pop(L, 1);
    }
}

/* Pushes a C array of the strings of the field `name` of the table at `index`, NULL at the end. It
 * lives as long as the userdata that is pushed. */
static const char *const *push_strings(lua_State *L, int index, const char *name)
{
    lua_getfield(L, index, name); // list

    size_t count = lua_rawlen(L, -1);
    const char **strings = lua_newuserdatauv(L, (count + 1) * sizeof *strings, 1);

    lua_insert(L, -2); // strings list
    strings_copy(L, lua_gettop(L), strings, count);
    lua_setiuservalue(L, -2, 1);
    strings[count] = NULL;
    return strings;
}

/* The string field `name` of the table at `index`, or NULL. The table keeps it alive. */
static const char *optional_field(lua_State *L, int index, const char *name)
{
    const char *text = (lua_getfield(L, index, name), lua_tostring(L, -1));

    lua_pop(L, 1);
    return text;
}

/* Fills `spec` from the table at `index`. Pushes the two arrays, which must be kept. */
static void check_spec(lua_State *L, int index, struct process_spec *spec)
{
    const char *signal;

    spec->arguments = push_strings(L, index, "arguments");
    spec->environment = push_strings(L, index, "environment");
    spec->name = optional_field(L, index, "name");
    spec->directory = optional_field(L, index, "directory");
    spec->user = optional_field(L, index, "user");
    spec->log_prefix = optional_field(L, index, "log_prefix");
    spec->drain_address = optional_field(L, index, "drain_address");
    spec->drain_request = optional_field(L, index, "drain_request");
    signal = optional_field(L, index, "stop_signal");
    spec->stop_signal = signal ? signal_number(signal) : 0;
}

/* core.process{name =, arguments =, environment =, ...}, the fields of struct process_spec -> the
 * same for core.start. What never changes is read once, not at each start. */
static int l_process(lua_State *L)
{
    struct process_spec *spec = lua_newuserdatauv(L, sizeof *spec, 3);

    lua_insert(L, 1); // spec, table
    check_spec(L, 2, spec);
    for (int kept = 3; kept > 0; kept--)
        lua_setiuservalue(L, 1, kept);
    return 1;
}

/* Pushes `words` with those of the list at `index` put in after the first `place`. */
static const char *const *push_joined(lua_State *L, const char *const *words, int index,
                                      size_t place)
{
    size_t count = 0, added = lua_rawlen(L, index);
    const char **joined;

    while (words[count])
        count++;
    joined = lua_newuserdatauv(L, (count + added + 1) * sizeof *joined, 0);
    memcpy(joined, words, place * sizeof *joined);
    strings_copy(L, index, joined + place, added);
    memcpy(joined + place + added, words + place, (count - place + 1) * sizeof *joined);
    return joined;
}

/* core.start(number, process, added or nil, place) -> pid; nil, why, exit code (127 not found, 126
 * else). process: of core.process. added: a list of words that come after its first `place`
 * arguments. */
static int l_start(lua_State *L)
{
    struct engine *engine = engine_of(L);
    struct service *service = service_check(L, 1);
    struct process_spec spec = *(const struct process_spec *)lua_touserdata(L, 2);
    int error;

    if (!lua_isnoneornil(L, 3)) {
        luaL_checktype(L, 3, LUA_TTABLE);
        spec.arguments = push_joined(L, spec.arguments, 3, (size_t)lua_tointeger(L, 4));
    }
    error = engine->world->ops->process_start(engine->world, service_number(engine, service),
                                              &spec, &service->pid);
    if (error < 0) {
        lua_pushnil(L);
        lua_pushstring(L, strerror(-error));
        lua_pushinteger(L, error == -ENOENT ? 127 : 126);
        return 3;
    }
    service->state = SERVICE_RUNNING;
    report_started(engine, service);
    lua_pushinteger(L, service->pid);
    return 1;
}

static int check_signal(lua_State *L, int index)
{
    const char *name = luaL_checkstring(L, index);
    int number = signal_number(name);

    if (number < 0)
        machine_mistake(L, "there is no signal '%s': TERM, INT, QUIT, HUP, USR1, KILL, ...", name);
    return number;
}

static int push_sent(lua_State *L, int error)
{
    lua_pushboolean(L, error == 0);
    if (error == 0)
        return 1;
    lua_pushstring(L, error == -EPERM ? "not ours" : "not running");
    return 2;
}

/* core.is_signal(name) -> is there such a signal? */
static int l_is_signal(lua_State *L)
{
    lua_pushboolean(L, signal_number(luaL_checkstring(L, 1)) > 0);
    return 1;
}

/* core.signal(number, signal, group) -> true; false, "not running" */
static int l_signal(lua_State *L)
{
    struct engine *engine = engine_of(L);
    int number = service_number(engine, service_check(L, 1)), signal = check_signal(L, 2);
    struct target target = {lua_toboolean(L, 3) ? TARGET_GROUP : TARGET_PROCESS, number};
    int error = engine->world->ops->signal_send(engine->world, target, signal);

    report_signal(engine, number, signal, error == 0);
    return push_sent(L, error);
}

/* core.signal_pid(pid, signal) -> true; false, "not running" / "not ours" */
static int l_signal_pid(lua_State *L)
{
    struct engine *engine = engine_of(L);
    struct target target = {TARGET_PID, (int)luaL_checkinteger(L, 1)};

    return push_sent(L, engine->world->ops->signal_send(engine->world, target,
                                                        check_signal(L, 2)));
}

/* core.state(number) -> "declared" / "running" / "exited" / "gone", pid, exit code */
static int l_state(lua_State *L)
{
    static const char *const names[] = {"declared", "running", "exited", "gone"};
    const struct service *service = service_check(L, 1);

    lua_pushstring(L, names[service->state]);
    lua_pushinteger(L, service->pid);
    lua_pushinteger(L, service->exit_code);
    return 3;
}

/* core.mark_stopping(number), core.mark_killed(): for the timeline and the exit code */
static int l_mark_stopping(lua_State *L)
{
    struct service *service = service_check(L, 1);

    if (!service->stopped_ms)
        service->stopped_ms = engine_now_ms(engine_of(L));
    return 0;
}

/* core.mark_drained(number, seconds); core.drained_at(number) -> seconds, as core.now(), at which
 * the first drain began that it has accepted; nil: none was */
static int l_mark_drained(lua_State *L)
{
    struct service *service = service_check(L, 1);

    if (service->drained)
        return 0;
    service->drained = true;
    service->drained_ms = (int64_t)(luaL_checknumber(L, 2) * 1000.0 + 0.5);
    return 0;
}

static int l_drained_at(lua_State *L)
{
    const struct service *service = service_check(L, 1);

    if (!service->drained)
        return 0;
    lua_pushnumber(L, (double)service->drained_ms / 1000.0);
    return 1;
}

static int l_mark_killed(lua_State *L)
{
    engine_of(L)->killed = true;
    return 0;
}

static int k_wait(lua_State *L, int status, lua_KContext context)
{
    (void)status, (void)context;
    lua_pushboolean(L, !engine_of(L)->running->wait.timed_out);
    return 1;
}

/* core.wait(number, "exited" / "gone", seconds, "stop" / "kill" / "anything") -> is it so by then?
 * The last says what the wait is for, and so how much time it leaves. */
static int l_wait(lua_State *L)
{
    static const char *const purposes[] = {"anything", "stop", "kill", NULL};
    static const enum purpose values[] = {FOR_ANYTHING, FOR_STOP, FOR_KILL};
    struct engine *engine = engine_of(L);
    const struct service *service = service_check(L, 1);
    enum purpose purpose = values[luaL_checkoption(L, 4, NULL, purposes)];
    bool gone = strcmp(luaL_checkstring(L, 2), "gone") == 0;
    struct wait wait = {.kind = gone ? WAIT_GONE : WAIT_EXITED,
                        .process = service_number(engine, service),
                        .purpose = purpose};

    if (!service_alive(service) || (!gone && service->state == SERVICE_EXITED)) {
        lua_pushboolean(L, true);
        return 1;
    }
    task_check_waitable(L, "waiting for a service");
    wait.until_ms = shutdown_clamp_ms(L, time_check_until_ms(L, 3), purpose, wait.process);
    return task_wait(L, &wait, k_wait);
}

static int command_slot(const struct engine *engine)
{
    for (int i = SERVICES_MAX; i < PROCESSES_MAX; i++)
        if (!engine->command_used[i])
            return i;
    return -1;
}

static int k_run(lua_State *L, int status, lua_KContext context)
{
    const struct wait *wait = &engine_of(L)->running->wait;
    char why[32];

    (void)status, (void)context;
    if (wait->timed_out) {
        lua_pushboolean(L, false);
        lua_pushliteral(L, "timeout");
        return 2;
    }
    snprintf(why, sizeof why, "exit %d", wait->event->exited.code);
    lua_pushboolean(L, wait->event->exited.code == 0);
    if (wait->event->exited.code != 0)
        lua_pushstring(L, why);
    lua_pushlstring(L, wait->event->exited.output, wait->event->exited.output_length);
    return wait->event->exited.code == 0 ? 2 : 3;
}

/* core.run(seconds, spec) -> true, output; false, "exit 1" / "timeout" / why it did not start
 * ("no time left"), output. At the timeout it is killed. */
static int l_run(lua_State *L)
{
    struct engine *engine = engine_of(L);
    struct wait wait = {.kind = WAIT_EXITED, .process = command_slot(engine)};
    struct process_spec spec = {0};
    int error, pid;

    check_spec(L, 2, &spec);
    task_check_waitable(L, "run");
    wait.until_ms = shutdown_clamp_ms(L, time_check_until_ms(L, 1), FOR_ANYTHING, -1);
    if (wait.until_ms <= engine_now_ms(engine)) {
        lua_pushboolean(L, false);
        lua_pushliteral(L, "no time left");
        return 2;
    }
    if (wait.process < 0)
        machine_mistake(L, "more than %d commands at once", PROCESSES_MAX - SERVICES_MAX);
    error = engine->world->ops->process_start(engine->world, wait.process, &spec, &pid);
    if (error < 0) {
        lua_pushboolean(L, false);
        lua_pushstring(L, strerror(-error));
        return 2;
    }
    engine->command_used[wait.process] = true;
    engine->command_begun_ms[wait.process] = engine_now_ms(engine);
    return task_wait(L, &wait, k_run);
}

void module_process_open(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"declare", l_declare},
        {"process", l_process},
        {"start", l_start},
        {"signal", l_signal},
        {"signal_pid", l_signal_pid},
        {"is_signal", l_is_signal},
        {"state", l_state},
        {"mark_stopping", l_mark_stopping},
        {"mark_killed", l_mark_killed},
        {"mark_drained", l_mark_drained},
        {"drained_at", l_drained_at},
        {"wait", l_wait},
        {"run", l_run},
        {NULL, NULL},
    };
    luaL_setfuncs(L, functions, 0);
}
