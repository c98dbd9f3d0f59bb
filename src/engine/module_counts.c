/* What drivers count: how busy a service is, and the sums of an Envoy's statistics. */
#include <string.h>

#include "engine/state.h"

/* So long a number, a thousand times, is still one. */
enum { SUMS_MAX = 16, DIGITS_MAX = 15 };
static const double COUNT_MAX = 1e15;

/* What a driver has counted: the fields of its table, which it need not all have. */
enum {
    COUNT_ACTIVE, COUNT_REQUESTS, COUNT_CONNECTIONS, COUNT_HTTP1, COUNT_OPEN, COUNT_TOLD,
    COUNT_STREAMS, COUNTS
};

/* Do the fields of the value at `index` make sense? A missing one gives 0. Raw: a frozen table,
 * such as `math`, raises where a name is missing. */
static bool read_counts(lua_State *L, int index, double counts[COUNTS])
{
    static const char *const names[COUNTS] = {"active", "requests", "connections", "http1",
                                              "open", "told", "streams"};
    bool good = lua_istable(L, index);

    for (int i = 0; good && i < COUNTS; i++) {
        int type;

        lua_pushstring(L, names[i]);
        type = lua_rawget(L, index);
        counts[i] = lua_tonumber(L, -1);
        good = type == LUA_TNIL ? i != COUNT_ACTIVE
                                : type == LUA_TNUMBER && counts[i] >= 0 && counts[i] <= COUNT_MAX;
        lua_pop(L, 1);
    }
    return good;
}

/* Busy is what has a request or an open connection, or has had one since the last look. */
static void note_counts(struct engine *engine, struct service *service,
                        const double counts[COUNTS])
{
    bool more = service->looked && (counts[COUNT_REQUESTS] > service->requests ||
                                    counts[COUNT_CONNECTIONS] > service->connections);

    service->looked = true;
    service->looked_ms = engine_now_ms(engine);
    service->visited = service->visited || counts[COUNT_CONNECTIONS] > 0;
    service->in_flight = (int64_t)counts[COUNT_ACTIVE];
    if (counts[COUNT_ACTIVE] > 0 || counts[COUNT_HTTP1] > 0 || more) {
        service->busy = true;
        service->busy_ms = service->looked_ms;
    }
    service->requests = counts[COUNT_REQUESTS];
    service->connections = counts[COUNT_CONNECTIONS];
}

/* core.note_counts(number, value) -> is it a table of counts? { active =, requests =,
 * connections =, http1 =, open =, told =, streams = }, each a number from 0 to 1e15; only `active`
 * must be there. If so, it is noted for the report on that service. */
static int l_note_counts(lua_State *L)
{
    struct service *service = service_check(L, 1);
    double counts[COUNTS];
    bool good = read_counts(L, 2, counts);

    if (good)
        note_counts(engine_of(L), service, counts);
    lua_pushboolean(L, good);
    return 1;
}

/* A part of an answer, which need not end with a 0 byte. */
struct part {
    const char *bytes;
    size_t length;
};

/* One of the numbers that are added up. */
struct sum {
    struct part name;
    lua_Integer value;
    bool known; /* there was such a line */
};

/* Lines "<prefix>OWNER<middle>NAME: NUMBER" count; those of the owners `except` apart. */
struct query {
    struct part prefix, middle, except;
    struct sum sums[SUMS_MAX];
    int count;
    lua_Integer excepted; /* lines of those owners */
};

/* The upvalues of what core.statistics returns; from NAMES on, one for each sum. */
enum { PREFIX = 1, MIDDLE, EXCEPT, NAMES };

static struct part upvalue_part(lua_State *L, int number)
{
    struct part part;

    part.bytes = lua_tolstring(L, lua_upvalueindex(number), &part.length);
    return part;
}

static void query_read(lua_State *L, struct query *query)
{
    query->prefix = upvalue_part(L, PREFIX);
    query->middle = upvalue_part(L, MIDDLE);
    query->except = upvalue_part(L, EXCEPT);
    query->count = 0;
    query->excepted = 0;
    while (query->count < SUMS_MAX && !lua_isnone(L, lua_upvalueindex(NAMES + query->count))) {
        query->sums[query->count] = (struct sum){.name = upvalue_part(L, NAMES + query->count)};
        query->count++;
    }
}

static bool part_is(struct part one, struct part other)
{
    return one.length == other.length && memcmp(one.bytes, other.bytes, one.length) == 0;
}

static struct part part_after(struct part part, size_t length)
{
    return (struct part){part.bytes + length, part.length - length};
}

/* Is it this word, or does it end in what follows the word's "*"? */
static bool part_is_like(struct part part, struct part word)
{
    if (word.length == 0 || *word.bytes != '*')
        return part_is(part, word);
    word = part_after(word, 1);
    return part.length >= word.length &&
           part_is(part_after(part, part.length - word.length), word);
}

/* Is it like one of these words, which have single spaces between them? */
static bool part_is_among(struct part part, struct part words)
{
    const char *end = words.bytes + words.length;

    while (words.bytes < end) {
        const char *space = memchr(words.bytes, ' ', (size_t)(end - words.bytes));
        const char *word_end = space ? space : end;

        if (part_is_like(part, (struct part){words.bytes, (size_t)(word_end - words.bytes)}))
            return true;
        words.bytes = word_end + 1;
    }
    return false;
}

static bool part_begins(struct part part, struct part with)
{
    return part.length >= with.length && memcmp(part.bytes, with.bytes, with.length) == 0;
}

/* Takes what comes before `end` off the beginning of `rest`, and `end`; false: it has none. Not
 * memmem, which prepares a table for each of these short lines. */
static bool part_cut(struct part *rest, struct part end, struct part *before)
{
    struct part at = *rest;
    const char *found;

    while ((found = memchr(at.bytes, *end.bytes, at.length))) {
        at = part_after(at, (size_t)(found - at.bytes));
        if (part_begins(at, end)) {
            *before = (struct part){rest->bytes, (size_t)(found - rest->bytes)};
            *rest = part_after(at, end.length);
            return true;
        }
        at = part_after(at, 1);
    }
    return false;
}

static lua_Integer part_number(struct part part)
{
    lua_Integer number = 0;

    for (size_t i = 0; i < part.length && i < DIGITS_MAX && part.bytes[i] >= '0' &&
                       part.bytes[i] <= '9'; i++)
        number = number * 10 + (part.bytes[i] - '0');
    return number;
}

static void query_line(struct query *query, struct part line)
{
    static const struct part colon = {": ", 2};
    struct part owner, name;

    if (!part_begins(line, query->prefix))
        return;
    line = part_after(line, query->prefix.length);
    if (!part_cut(&line, query->middle, &owner) || !part_cut(&line, colon, &name) ||
        line.length == 0 || *line.bytes < '0' || *line.bytes > '9')
        return;
    if (part_is_among(owner, query->except)) {
        query->excepted++;
        return;
    }
    for (int i = 0; i < query->count; i++)
        if (part_is(name, query->sums[i].name)) {
            query->sums[i].value += part_number(line);
            query->sums[i].known = true;
            return;
        }
}

static void query_text(struct query *query, struct part text)
{
    static const struct part newline = {"\n", 1};
    struct part line;

    while (part_cut(&text, newline, &line))
        query_line(query, line);
    query_line(query, text);
}

static int k_statistics(lua_State *L, int status, lua_KContext context)
{
    const struct event *event = engine_of(L)->running->wait.event;
    struct query query;

    (void)status, (void)context;
    if (request_failure(event))
        return request_push_failure(L, request_failure(event));
    query_read(L, &query);
    query_text(&query, (struct part){event->answered.body, event->answered.body_length});
    lua_pushinteger(L, event->answered.status);
    for (int i = 0; i < query.count; i++)
        if (query.sums[i].known)
            lua_pushinteger(L, query.sums[i].value);
        else
            lua_pushnil(L);
    lua_pushinteger(L, query.excepted);
    return 1 + query.count + 1;
}

static int l_look(lua_State *L)
{
    struct request request = {.kind = REQUEST_HTTP, .method = "GET"};

    request.address = luaL_checkstring(L, 1);
    return request_wait(L, &request, 2, k_statistics);
}

/* core.statistics(prefix, middle, except, NAME, ...) -> look(address, seconds) -> status, for each
 * NAME the sum of its numbers in the answer to a GET (nil: there is none), of lines "<prefix>OWNER
 * <middle>NAME: NUMBER" of all owners but `except` (words; "*.x" is all that end in ".x"), and
 * how many lines those had; nil, why. In C since a draining Envoy is asked ten times a second, and
 * has such lines by the hundred. */
static int l_statistics(lua_State *L)
{
    for (int i = PREFIX; i <= lua_gettop(L) || i < NAMES; i++)
        luaL_checkstring(L, i);
    luaL_argcheck(L, lua_gettop(L) < NAMES + SUMS_MAX, NAMES, "too many names");
    lua_pushcclosure(L, l_look, lua_gettop(L));
    return 1;
}

void module_counts_open(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"note_counts", l_note_counts}, {"statistics", l_statistics}, {NULL, NULL},
    };
    luaL_setfuncs(L, functions, 0);
}
