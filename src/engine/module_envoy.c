/* How busy an Envoy is: its statistics, read. In C since a draining Envoy is asked up to ten times
 * a second, and has such lines by the hundred.
 *
 * Happy path: GET -> lines "http.OWNER.downstream_NAME: NUMBER" -> sums over all owners but the
 * admin's -> counts, noted for the service.
 *
 * What can go wrong: no answer, or another status; what is missing is zero only once all have been
 * seen, so until then it is "unknown"; so is an answer without the admin's own lines, which are
 * there whenever Envoy answers. */
#include <string.h>

#include "engine/state.h"

enum { DIGITS_MAX = 15 }; /* so long a number, a thousand times, is still one */

enum stat {
    REQUESTS_ACTIVE, REQUESTS, UPGRADES_ACTIVE, HTTP1_ACTIVE, HTTP1, HTTP2, HTTP3, OPEN, TOLD, STATS
};

/* A part of an answer, which need not end with a 0 byte. */
struct part {
    const char *bytes;
    size_t length;
};

#define PART(text) {text, sizeof(text) - 1}

static const struct part prefix = PART("http."), middle = PART(".downstream_"), colon = PART(": "),
                         newline = PART("\n");

static const struct part names[STATS] = {
    [REQUESTS_ACTIVE] = PART("rq_active"), [REQUESTS] = PART("rq_total"),
    [UPGRADES_ACTIVE] = PART("cx_upgrades_active"), [HTTP1_ACTIVE] = PART("cx_http1_active"),
    [HTTP1] = PART("cx_http1_total"), [HTTP2] = PART("cx_http2_total"),
    [HTTP3] = PART("cx_http3_total"), [OPEN] = PART("cx_active"), [TOLD] = PART("cx_drain_close"),
};

/* One Envoy. Its upvalues keep the texts alive. */
struct envoy {
    int number;                   /* of the service */
    const char *stats, *used;     /* addresses; used: of those which were ever touched */
    bool seen;                    /* all were seen once: from now on what is not there is zero, */
    unsigned known;               /* if it is one of these counts */
    int except_count;
    struct part except[];         /* owners: a word, or "*" and how it ends */
};

/* What an answer says. */
struct sums {
    double values[STATS];
    bool known[STATS]; /* there was such a line */
    int excepted;      /* lines of those owners */
};

/* The functions that are called for each line are inline: where what they look for is constant, as
 * it mostly is, they become a few instructions, and a line costs a third less. */
static inline bool part_is(struct part one, struct part other)
{
    return one.length == other.length && memcmp(one.bytes, other.bytes, one.length) == 0;
}

static inline struct part part_after(struct part part, size_t length)
{
    return (struct part){part.bytes + length, part.length - length};
}

/* Is it this word, or does it end in what follows the word's "*"? */
static bool part_is_like(struct part part, struct part word)
{
    if (*word.bytes != '*')
        return part_is(part, word);
    word = part_after(word, 1);
    return part.length >= word.length &&
           part_is(part_after(part, part.length - word.length), word);
}

static inline bool part_begins(struct part part, struct part with)
{
    return part.length >= with.length && memcmp(part.bytes, with.bytes, with.length) == 0;
}

/* Takes what comes before `end` off the beginning of `rest`, and `end`; false: it has none. Not
 * memmem, which prepares a table for each of these short lines. */
static inline bool part_cut(struct part *rest, struct part end, struct part *before)
{
    const char *from = rest->bytes, *stop = from + rest->length, *found;

    while ((found = memchr(from, *end.bytes, (size_t)(stop - from)))) {
        from = found + 1;
        if ((size_t)(stop - found) < end.length ||
            memcmp(from, end.bytes + 1, end.length - 1) != 0)
            continue;
        *before = (struct part){rest->bytes, (size_t)(found - rest->bytes)};
        *rest = part_after(*rest, before->length + end.length);
        return true;
    }
    return false;
}

static inline double part_number(struct part part)
{
    double number = 0;

    for (size_t i = 0; i < part.length && i < DIGITS_MAX && part.bytes[i] >= '0' &&
                       part.bytes[i] <= '9'; i++)
        number = number * 10 + (part.bytes[i] - '0');
    return number;
}

static bool is_excepted(const struct envoy *envoy, struct part owner)
{
    for (int i = 0; i < envoy->except_count; i++)
        if (part_is_like(owner, envoy->except[i]))
            return true;
    return false;
}

static void line_add(const struct envoy *envoy, struct part line, struct sums *sums)
{
    struct part owner, name;

    if (!part_begins(line, prefix))
        return;
    line = part_after(line, prefix.length);
    if (!part_cut(&line, middle, &owner) || !part_cut(&line, colon, &name) ||
        line.length == 0 || *line.bytes < '0' || *line.bytes > '9')
        return;
    if (is_excepted(envoy, owner)) {
        sums->excepted++;
        return;
    }
    for (int i = 0; i < STATS; i++)
        if (part_is(name, names[i])) {
            sums->values[i] += part_number(line);
            sums->known[i] = true;
            return;
        }
}

static void text_add(const struct envoy *envoy, struct part text, struct sums *sums)
{
    struct part line;

    while (part_cut(&text, newline, &line))
        line_add(envoy, line, sums);
    line_add(envoy, text, sums);
}

/* Are they all there, or known to be zero where they are not? */
static bool is_whole(struct envoy *envoy, const struct sums *sums)
{
    if (envoy->seen)
        return sums->excepted > 0;
    if (!sums->known[REQUESTS_ACTIVE] || !sums->known[REQUESTS] || !sums->known[HTTP1])
        return false;
    envoy->seen = sums->excepted > 0;
    envoy->known = COUNTS_REQUESTS | COUNTS_CONNECTIONS | COUNTS_STREAMS |
                   (sums->known[HTTP1_ACTIVE] ? COUNTS_HTTP1 : 0) |
                   (sums->known[OPEN] ? COUNTS_OPEN : 0) | (sums->known[TOLD] ? COUNTS_TOLD : 0);
    return true;
}

static double above_zero(double number)
{
    return number > 0 ? number : 0;
}

/* WebSockets never end: they are no requests. Nor are theirs HTTP/1.1 connections that must be
 * told; but with allow_connect (off unless configured) some may be on HTTP/2, Envoy does not say
 * how many, and as many idle HTTP/1.1 connections then look told, and may be cut early. */
static struct counts counts_of(const struct envoy *envoy, const struct sums *sums)
{
    const double *values = sums->values;

    return (struct counts){
        .known = envoy->known | (sums->known[HTTP1_ACTIVE] ? COUNTS_HTTP1 : 0) |
                 (sums->known[OPEN] ? COUNTS_OPEN : 0) | (sums->known[TOLD] ? COUNTS_TOLD : 0),
        .active = above_zero(values[REQUESTS_ACTIVE] - values[UPGRADES_ACTIVE]),
        .requests = values[REQUESTS],
        .connections = values[HTTP1] + values[HTTP2] + values[HTTP3],
        .http1 = above_zero(values[HTTP1_ACTIVE] - values[UPGRADES_ACTIVE]),
        .open = values[OPEN],
        .told = values[TOLD],
        .streams = values[UPGRADES_ACTIVE],
    };
}

static int k_look(lua_State *L, int status, lua_KContext context)
{
    struct engine *engine = engine_of(L);
    const struct event *event = engine->running->wait.event;
    struct envoy *envoy = lua_touserdata(L, lua_upvalueindex(1));
    struct sums sums = {0};
    struct counts counts;

    (void)status, (void)context;
    if (request_failure(event))
        return request_push_failure(L, request_failure(event));
    if (event->answered.status != 200) {
        request_push_failure(L, "status");
        lua_pushinteger(L, event->answered.status);
        return 3;
    }
    text_add(envoy, (struct part){event->answered.body, event->answered.body_length}, &sums);
    if (!is_whole(envoy, &sums))
        return request_push_failure(L, "unknown");
    counts = counts_of(envoy, &sums);
    counts_note(engine, &engine->services[envoy->number], &counts);
    lua_pushboolean(L, true);
    return 1;
}

static int l_look(lua_State *L)
{
    const struct envoy *envoy = lua_touserdata(L, lua_upvalueindex(1));
    struct request request = {.kind = REQUEST_HTTP, .method = "GET"};

    request.address = envoy->seen ? envoy->used : envoy->stats;
    return request_wait(L, &request, 1, k_look);
}

/* A text has at most as many words as half its bytes. */
static struct envoy *push_envoy(lua_State *L, const char *except)
{
    size_t most = strlen(except) / 2 + 1;
    struct envoy *envoy = lua_newuserdatauv(L, sizeof(*envoy) + most * sizeof(*envoy->except), 0);

    *envoy = (struct envoy){0};
    for (size_t length; *except; except += length) {
        length = strcspn(except, " ");
        if (length > 0)
            envoy->except[envoy->except_count++] = (struct part){except, length};
        length += except[length] == ' ';
    }
    return envoy;
}

/* core.envoy_look(number, stats, used, except) -> look(seconds) -> true, what it counts is noted
 * for the service; nil, why, status. stats: the address of its statistics, used: of those that were
 * ever touched. except: owners that do not count, words with spaces between them; "*.x" is all that
 * end in ".x"; the admin's must be among them. */
static int l_envoy_look(lua_State *L)
{
    int number = (int)(service_check(L, 1) - engine_of(L)->services);
    struct envoy *envoy = push_envoy(L, luaL_checkstring(L, 4));

    envoy->number = number;
    envoy->stats = luaL_checkstring(L, 2);
    envoy->used = luaL_checkstring(L, 3);
    lua_insert(L, 1); // the first upvalue; the others keep its texts alive
    lua_pushcclosure(L, l_look, lua_gettop(L));
    return 1;
}

void module_envoy_open(lua_State *L)
{
    static const luaL_Reg functions[] = {{"envoy_look", l_envoy_look}, {NULL, NULL}};

    luaL_setfuncs(L, functions, 0);
}
