/* What drivers count: how busy a service is, and the sums of an Envoy's statistics. */
#include <string.h>

#include "engine/state.h"

/* So long a number, a thousand times, is still one. */
enum { SUMS_MAX = 16, DIGITS_MAX = 15 };
static const double COUNT_MAX = 1e15;

/* Sets `*number` if the table at the top has a number there that makes sense. False: it has something
 * else. Raw: a frozen table, such as `math`, raises where a name is missing. */
static bool read_count(lua_State *L, const char *name, double *number, bool *there)
{
    int type;

    lua_pushstring(L, name);
    type = lua_rawget(L, -2);
    *there = type != LUA_TNIL;
    *number = lua_tonumber(L, -1);
    lua_pop(L, 1);
    return !*there || (type == LUA_TNUMBER && *number >= 0 && *number <= COUNT_MAX);
}

bool counts_read(lua_State *L, int index, struct counts *counts)
{
    struct counts read = {0};
    const struct { const char *name; unsigned field; double *number; } fields[] = {
        {"active", 0, &read.active},
        {"requests", COUNTS_REQUESTS, &read.requests},
        {"connections", COUNTS_CONNECTIONS, &read.connections},
        {"http1", COUNTS_HTTP1, &read.http1},
        {"open", COUNTS_OPEN, &read.open},
        {"told", COUNTS_TOLD, &read.told},
        {"streams", COUNTS_STREAMS, &read.streams},
    };
    bool good = lua_istable(L, index), there;

    lua_pushvalue(L, index);
    for (size_t i = 0; good && i < sizeof(fields) / sizeof(*fields); i++) {
        good = read_count(L, fields[i].name, fields[i].number, &there) &&
               (there || fields[i].field);
        read.known |= there ? fields[i].field : 0;
    }
    lua_pop(L, 1);
    if (good)
        *counts = read;
    return good;
}

/* Busy is what has a request or an open connection, or has had one since the last look. */
static void note_counts(struct engine *engine, struct service *service,
                        const struct counts *counts)
{
    bool more = service->looked && (counts->requests > service->counts.requests ||
                                    counts->connections > service->counts.connections);

    service->looked = true;
    service->looked_ms = engine_now_ms(engine);
    service->visited = service->visited || counts->connections > 0;
    if (counts->active > 0 || counts->http1 > 0 || more) {
        service->busy = true;
        service->busy_ms = service->looked_ms;
    }
    service->counts = *counts;
}

/* core.note_counts(number, value) -> is it a table of counts? { active =, requests =,
 * connections =, http1 =, open =, told =, streams = }, each a number from 0 to 1e15; only `active`
 * must be there. If so, it is noted for the report on that service. */
static int l_note_counts(lua_State *L)
{
    struct service *service = service_check(L, 1);
    struct counts counts;
    bool good = counts_read(L, 2, &counts);

    if (good)
        note_counts(engine_of(L), service, &counts);
    lua_pushboolean(L, good);
    return 1;
}

/* A part of an answer, which need not end with a 0 byte. */
struct part {
    const char *bytes;
    size_t length;
};

/* Lines "<prefix>OWNER<middle>NAME: NUMBER" count; those of the owners `except` apart. The texts
 * are those of Lua: who has a query keeps them alive. */
struct query {
    struct part prefix, middle;
    struct part names[SUMS_MAX];
    int name_count, except_count;
    struct part except[]; /* words: an owner, or "*" and how it ends */
};

/* What an answer says. */
struct sums {
    lua_Integer values[SUMS_MAX]; /* for each name */
    bool known[SUMS_MAX];         /* there was such a line */
    lua_Integer excepted;         /* lines of those owners */
};

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

static bool part_begins(struct part part, struct part with)
{
    return part.length >= with.length && memcmp(part.bytes, with.bytes, with.length) == 0;
}

/* Takes what comes before `end` off the beginning of `rest`, and `end`; false: it has none. Not
 * memmem, which prepares a table for each of these short lines. */
static bool part_cut(struct part *rest, struct part end, struct part *before)
{
    const char *from = rest->bytes, *stop = from + rest->length, *found;

    while ((found = memchr(from, *end.bytes, (size_t)(stop - from)))) {
        from = found + 1;
        if ((size_t)(stop - found) < end.length ||
            (end.length > 1 && memcmp(from, end.bytes + 1, end.length - 1) != 0))
            continue;
        *before = (struct part){rest->bytes, (size_t)(found - rest->bytes)};
        *rest = part_after(*rest, before->length + end.length);
        return true;
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

static bool query_excepts(const struct query *query, struct part owner)
{
    for (int i = 0; i < query->except_count; i++)
        if (part_is_like(owner, query->except[i]))
            return true;
    return false;
}

static void line_add(const struct query *query, struct part line, struct sums *sums)
{
    static const struct part colon = {": ", 2};
    struct part owner, name;

    if (!part_begins(line, query->prefix))
        return;
    line = part_after(line, query->prefix.length);
    if (!part_cut(&line, query->middle, &owner) || !part_cut(&line, colon, &name) ||
        line.length == 0 || *line.bytes < '0' || *line.bytes > '9')
        return;
    if (query_excepts(query, owner)) {
        sums->excepted++;
        return;
    }
    for (int i = 0; i < query->name_count; i++)
        if (part_is(name, query->names[i])) {
            sums->values[i] += part_number(line);
            sums->known[i] = true;
            return;
        }
}

static void text_add(const struct query *query, struct part text, struct sums *sums)
{
    static const struct part newline = {"\n", 1};
    struct part line;

    while (part_cut(&text, newline, &line))
        line_add(query, line, sums);
    line_add(query, text, sums);
}

static int k_statistics(lua_State *L, int status, lua_KContext context)
{
    const struct event *event = engine_of(L)->running->wait.event;
    const struct query *query = lua_touserdata(L, lua_upvalueindex(1));
    struct sums sums = {0};

    (void)status, (void)context;
    if (request_failure(event))
        return request_push_failure(L, request_failure(event));
    text_add(query, (struct part){event->answered.body, event->answered.body_length}, &sums);
    lua_pushinteger(L, event->answered.status);
    for (int i = 0; i < query->name_count; i++)
        if (sums.known[i])
            lua_pushinteger(L, sums.values[i]);
        else
            lua_pushnil(L);
    lua_pushinteger(L, sums.excepted);
    return 1 + query->name_count + 1;
}

static int l_look(lua_State *L)
{
    struct request request = {.kind = REQUEST_HTTP, .method = "GET"};

    request.address = luaL_checkstring(L, 1);
    return request_wait(L, &request, 2, k_statistics);
}

static struct part check_part(lua_State *L, int index)
{
    struct part part;

    part.bytes = luaL_checklstring(L, index, &part.length);
    return part;
}

/* Pushes a query without its names. A text has at most as many words as half its bytes. */
static struct query *push_query(lua_State *L, struct part prefix, struct part middle,
                                struct part except)
{
    const char *end = except.bytes + except.length;
    struct query *query = lua_newuserdatauv(
        L, sizeof *query + (except.length / 2 + 1) * sizeof *query->except, 0);

    *query = (struct query){.prefix = prefix, .middle = middle};
    while (except.bytes < end) {
        const char *space = memchr(except.bytes, ' ', (size_t)(end - except.bytes));
        const char *word_end = space ? space : end;

        if (word_end > except.bytes)
            query->except[query->except_count++] =
                (struct part){except.bytes, (size_t)(word_end - except.bytes)};
        except.bytes = word_end + 1;
    }
    return query;
}

/* core.statistics(prefix, middle, except, NAME, ...) -> look(address, seconds) -> status, for each
 * NAME the sum of its numbers in the answer to a GET (nil: there is none), of lines "<prefix>OWNER
 * <middle>NAME: NUMBER" of all owners but `except` (words; "*.x" is all that end in ".x"), and
 * how many lines those had; nil, why. In C since a draining Envoy is asked ten times a second, and
 * has such lines by the hundred. */
static int l_statistics(lua_State *L)
{
    int names = lua_gettop(L) - 3;
    struct query *query;

    luaL_argcheck(L, names <= SUMS_MAX, 4, "too many names");
    query = push_query(L, check_part(L, 1), check_part(L, 2), check_part(L, 3));
    for (; query->name_count < names; query->name_count++)
        query->names[query->name_count] = check_part(L, 4 + query->name_count);
    lua_insert(L, 1); // the first upvalue; the others keep its texts alive
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
