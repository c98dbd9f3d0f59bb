/* Requests: HTTP, connection attempts, and JSON. */
#define _GNU_SOURCE 1 /* memmem, strchrnul */

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "engine/state.h"

enum { HEADERS_MAX = 16, SUMS_MAX = 16 };

/* One word of the closed list that policies may compare. */
static const char *reason_word(int error)
{
    switch (-error) {
    case ETIMEDOUT:
        return "timeout";
    case ECONNREFUSED:
    case ENOENT:
        return "refused";
    case ECONNRESET:
    case EPIPE:
        return "reset";
    }
    return "unknown";
}

static int push_failure(lua_State *L, const char *why)
{
    lua_pushnil(L);
    lua_pushstring(L, why);
    return 2;
}

static int k_request(lua_State *L, int status, lua_KContext context)
{
    const struct event *event = engine_of(L)->running->wait.event;

    (void)status, (void)context;
    if (!event)
        return push_failure(L, "no time left");
    if (event->answered.error)
        return push_failure(L, reason_word(event->answered.error));
    lua_pushinteger(L, event->answered.status);
    lua_pushlstring(L, event->answered.body ? event->answered.body : "",
                    event->answered.body_length);
    return 2;
}

/* Sends `request` and waits. Its timeout is the argument at `index`, shortened where the deadline
 * is nearer. */
static int request_wait(lua_State *L, struct request *request, int index)
{
    struct engine *engine = engine_of(L);
    int64_t now_ms = engine_now_ms(engine), until_ms;
    struct wait wait = {.kind = WAIT_ANSWER, .until_ms = NEVER_MS};
    int error;

    task_check_waitable(L, "a request");
    until_ms = shutdown_clamp_ms(L, time_check_until_ms(L, index), FOR_ANYTHING, -1);
    if (until_ms <= now_ms)
        return push_failure(L, "no time left");
    request->timeout_ms = until_ms - now_ms;
    wait.request = ++engine->last_request;
    wait.begun_ms = now_ms;
    error = engine->world->ops->request_start(engine->world, wait.request, request);
    if (error == -EINVAL)
        machine_mistake(L, "'%s' is not an address: http://host:port/path, unix:/socket:/path "
                           "or, to connect, unix:/socket or tcp:host:port", request->address);
    if (error < 0)
        return push_failure(L, reason_word(error));
    return task_wait(L, &wait, k_request);
}

/* core.http(method, address, seconds, body or nil, {"Name: value", ...} or nil)
 * -> status, body; nil, why */
static int l_http(lua_State *L)
{
    const char *headers[HEADERS_MAX + 1] = {NULL};
    struct request request = {.kind = REQUEST_HTTP, .headers = headers};

    request.method = luaL_checkstring(L, 1);
    request.address = luaL_checkstring(L, 2);
    request.body = luaL_optlstring(L, 4, NULL, &request.body_length);
    for (int i = 0; lua_istable(L, 5) && i < HEADERS_MAX; i++) {
        lua_rawgeti(L, 5, i + 1);
        headers[i] = lua_tostring(L, -1); // stays alive in the table
        lua_pop(L, 1);
    }
    return request_wait(L, &request, 3);
}

/* core.connect(address, seconds, pause) -> 0, ""; nil, why. Who does not accept is asked again
 * after a pause (seconds), unless the time is over. */
static int l_connect(lua_State *L)
{
    struct request request = {
        .kind = REQUEST_CONNECT,
        .address = luaL_checkstring(L, 1),
        .retry_ms = (int64_t)(luaL_checknumber(L, 3) * 1000.0 + 0.5),
    };

    return request_wait(L, &request, 2);
}

static void push_json(lua_State *L, json_t *value)
{
    const char *key;
    json_t *item;
    size_t index;

    luaL_checkstack(L, 4, "JSON");
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        lua_newtable(L);
        json_object_foreach(value, key, item) {
            push_json(L, item);
            lua_setfield(L, -2, key);
        }
        break;
    case JSON_ARRAY:
        lua_newtable(L);
        json_array_foreach(value, index, item) {
            push_json(L, item);
            lua_rawseti(L, -2, (lua_Integer)index + 1);
        }
        break;
    case JSON_STRING:
        lua_pushlstring(L, json_string_value(value), json_string_length(value));
        break;
    case JSON_INTEGER:
        lua_pushinteger(L, json_integer_value(value));
        break;
    case JSON_REAL:
        lua_pushnumber(L, json_real_value(value));
        break;
    case JSON_TRUE:
    case JSON_FALSE:
        lua_pushboolean(L, json_is_true(value));
        break;
    case JSON_NULL:
        lua_pushnil(L);
        break;
    }
}

static int l_push_json(lua_State *L)
{
    push_json(L, lua_touserdata(L, 1));
    return 1;
}

/* core.json(text) -> value; nil, why. Nulls are left out of tables. */
static int l_json(lua_State *L)
{
    size_t length;
    const char *text = luaL_checklstring(L, 1, &length);
    json_error_t problem;
    json_t *value;
    int status;

    lua_pushcfunction(L, l_push_json); // before there is anything that an error would leak
    value = json_loadb(text, length, JSON_DECODE_ANY, &problem);
    if (!value)
        return push_failure(L, problem.text);
    lua_pushlightuserdata(L, value);
    status = lua_pcall(L, 1, 1, 0);
    json_decref(value);
    return status == LUA_OK ? 1 : lua_error(L);
}

/* One of the numbers that l_sums adds up. */
struct sum {
    const char *name;
    size_t length;
    lua_Integer value;
    bool known; /* the text has it */
};

static void sum_add(struct sum *sums, int count, const char *name, size_t length,
                    const char *digits)
{
    for (int i = 0; i < count; i++) {
        if (sums[i].length != length || memcmp(sums[i].name, name, length) != 0)
            continue;
        sums[i].value += strtoll(digits, NULL, 10);
        sums[i].known = true;
        return;
    }
}

/* Adds the number of a line "<prefix>OWNER<middle>NAME: NUMBER" to the sum NAME; other lines, and
 * those of the owner `except`, do not count. */
static void add_line(struct sum *sums, int count, const char *line, const char *end,
                     const char *const words[3])
{
    const char *prefix = words[0], *middle = words[1], *except = words[2];
    const char *owner = line + strlen(prefix), *place, *name, *colon;

    if (strncmp(line, prefix, strlen(prefix)) != 0)
        return;
    place = memmem(owner, (size_t)(end - owner), middle, strlen(middle));
    if (!place)
        return;
    if ((size_t)(place - owner) == strlen(except) && strncmp(owner, except, strlen(except)) == 0)
        return;
    name = place + strlen(middle);
    colon = memchr(name, ':', (size_t)(end - name));
    if (colon && colon[1] == ' ' && colon[2] >= '0' && colon[2] <= '9')
        sum_add(sums, count, name, (size_t)(colon - name), colon + 2);
}

/* core.sums(text, prefix, middle, except, NAME, ...) -> for each NAME the sum of its numbers, of
 * lines as above; nil: there is none. In C since a draining Envoy is asked ten times a second, and
 * has such lines by the hundred. */
static int l_sums(lua_State *L)
{
    const char *line = luaL_checkstring(L, 1), *end;
    const char *const words[] = {luaL_checkstring(L, 2), luaL_checkstring(L, 3),
                                 luaL_checkstring(L, 4)};
    int count = lua_gettop(L) - 4;
    struct sum sums[SUMS_MAX] = {0};

    luaL_argcheck(L, count <= SUMS_MAX, 5, "too many names");
    for (int i = 0; i < count; i++)
        sums[i].name = luaL_checklstring(L, i + 5, &sums[i].length);
    for (; *line; line = *end ? end + 1 : end) {
        end = strchrnul(line, '\n');
        add_line(sums, count, line, end, words);
    }
    for (int i = 0; i < count; i++) {
        if (sums[i].known)
            lua_pushinteger(L, sums[i].value);
        else
            lua_pushnil(L);
    }
    return count;
}

void module_request_open(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"http", l_http}, {"connect", l_connect}, {"json", l_json}, {"sums", l_sums}, {NULL, NULL},
    };
    luaL_setfuncs(L, functions, 0);
}
