/* Requests: HTTP, connection attempts, and JSON. */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/state.h"

enum { HEADERS_MAX = 16 };

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

int request_push_failure(lua_State *L, const char *why)
{
    lua_pushnil(L);
    lua_pushstring(L, why);
    return 2;
}

const char *request_failure(const struct event *event)
{
    if (!event)
        return "no time left";
    return event->answered.error ? reason_word(event->answered.error) : NULL;
}

static int k_request(lua_State *L, int status, lua_KContext context)
{
    const struct event *event = engine_of(L)->running->wait.event;
    const char *why = request_failure(event);

    (void)status, (void)context;
    if (why)
        return request_push_failure(L, why);
    lua_pushinteger(L, event->answered.status);
    lua_pushlstring(L, event->answered.body ? event->answered.body : "",
                    event->answered.body_length);
    return 2;
}

int request_wait(lua_State *L, struct request *request, int index, lua_KFunction k)
{
    struct engine *engine = engine_of(L);
    int64_t now_ms = engine_now_ms(engine), until_ms;
    struct wait wait = {.kind = WAIT_ANSWER, .until_ms = NEVER_MS};
    int error;

    task_check_waitable(L, "a request");
    until_ms = shutdown_clamp_ms(L, time_check_until_ms(L, index), FOR_ANYTHING, -1);
    if (until_ms <= now_ms)
        return request_push_failure(L, "no time left");
    request->timeout_ms = until_ms - now_ms;
    wait.request = ++engine->last_request;
    wait.begun_ms = now_ms;
    wait.tries_again = request->retry_ms > 0;
    error = engine->world->ops->request_start(engine->world, wait.request, request);
    if (error == -EINVAL)
        machine_mistake(L, "'%s' is not an address: http://host:port/path, unix:/socket:/path "
                           "or, to connect, unix:/socket or tcp:host:port", request->address);
    if (error < 0)
        return request_push_failure(L, reason_word(error));
    return task_wait(L, &wait, k);
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
    return request_wait(L, &request, 3, k_request);
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

    return request_wait(L, &request, 2, k_request);
}

/* Takes "<word>N\n" off the beginning of a text; false: it does not begin so. */
static bool number_take(const char **text, const char *end, const char *word,
                        lua_Integer *number)
{
    size_t length = strlen(word);
    const char *digit = *text + length;

    if ((size_t)(end - *text) <= length || memcmp(*text, word, length) != 0)
        return false;
    for (*number = 0; digit < end && *digit >= '0' && *digit <= '9'; digit++)
        *number = *number * 10 + (*digit - '0');
    if (digit == *text + length || digit == end || *digit != '\n')
        return false;
    *text = digit + 1;
    return true;
}

static int k_sockets(lua_State *L, int status, lua_KContext context)
{
    const struct event *event = engine_of(L)->running->wait.event;
    const char *text, *end;
    lua_Integer open, busy, stuck_ms;

    (void)status, (void)context;
    if (request_failure(event))
        return request_push_failure(L, request_failure(event));
    text = event->answered.body;
    end = text + event->answered.body_length;
    if (!number_take(&text, end, "open ", &open) || !number_take(&text, end, "busy ", &busy) ||
        !number_take(&text, end, "stuck ", &stuck_ms) || text != end)
        return request_push_failure(L, "unknown");
    counts_push(L, &(struct counts){.known = COUNTS_HTTP1 | COUNTS_OPEN, .active = (double)busy,
                                    .http1 = (double)open, .open = (double)open});
    lua_pushnumber(L, (double)stuck_ms / 1000.0);
    lua_pushinteger(L, open);
    lua_pushinteger(L, busy);
    return 4;
}

/* core.sockets(number, seconds) -> counts, as a userdata; seconds since the service last read or
 * sent anything although somebody sent; open connections, those that are busy; nil, why */
static int l_sockets(lua_State *L)
{
    char address[32];
    struct request request = {.kind = REQUEST_SOCKETS, .address = address};

    snprintf(address, sizeof(address), "pid %d", service_check(L, 1)->pid);
    return request_wait(L, &request, 2, k_sockets);
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
        return request_push_failure(L, problem.text);
    lua_pushlightuserdata(L, value);
    status = lua_pcall(L, 1, 1, 0);
    json_decref(value);
    return status == LUA_OK ? 1 : lua_error(L);
}

void module_request_open(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"http", l_http}, {"connect", l_connect}, {"sockets", l_sockets}, {"json", l_json},
        {NULL, NULL},
    };
    luaL_setfuncs(L, functions, 0);
}
