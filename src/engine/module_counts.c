/* What drivers have counted: how busy a service is. */
#include <stddef.h>
#include <string.h>

#include "engine/state.h"

static const double COUNT_MAX = 1e15; /* so long a number is still a whole one */

/* The fields of a driver's table, which it need not all have. */
static const struct {
    const char *name;
    unsigned known; /* 0: it must be there */
    size_t place;
} fields[] = {
    {"active", 0, offsetof(struct counts, active)},
    {"requests", COUNTS_REQUESTS, offsetof(struct counts, requests)},
    {"connections", COUNTS_CONNECTIONS, offsetof(struct counts, connections)},
    {"http1", COUNTS_HTTP1, offsetof(struct counts, http1)},
    {"open", COUNTS_OPEN, offsetof(struct counts, open)},
    {"told", COUNTS_TOLD, offsetof(struct counts, told)},
    {"streams", COUNTS_STREAMS, offsetof(struct counts, streams)},
};

enum { FIELDS = sizeof(fields) / sizeof(*fields) };

/* Reads one from the table at `index`. False: what is there makes no sense. Raw: a frozen table,
 * such as `math`, raises where a name is missing. */
static bool read_field(lua_State *L, int index, int field, struct counts *counts)
{
    double *number = (double *)((char *)counts + fields[field].place);
    int type;

    lua_pushstring(L, fields[field].name);
    type = lua_rawget(L, index);
    *number = lua_tonumber(L, -1);
    lua_pop(L, 1);
    if (type == LUA_TNIL)
        return fields[field].known != 0;
    counts->known |= fields[field].known;
    return type == LUA_TNUMBER && *number >= 0 && *number <= COUNT_MAX;
}

static bool counts_read(lua_State *L, int index, struct counts *counts)
{
    struct counts read = {0};
    bool good = lua_istable(L, index);

    for (int i = 0; good && i < FIELDS; i++)
        good = read_field(L, lua_absindex(L, index), i, &read);
    if (good)
        *counts = read;
    return good;
}

void counts_push(lua_State *L, const struct counts *counts)
{
    *(struct counts *)lua_newuserdatauv(L, sizeof(*counts), 0) = *counts;
}

/* Busy is what has a request or an open connection, or has had one since the last look. */
void counts_note(struct engine *engine, struct service *service, const struct counts *counts)
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
        counts_note(engine_of(L), service, &counts);
    lua_pushboolean(L, good);
    return 1;
}

/* As Lua shows it: 5, not 5.0. */
static void push_whole(lua_State *L, double number)
{
    if (number == (double)(lua_Integer)number)
        lua_pushinteger(L, (lua_Integer)number);
    else
        lua_pushnumber(L, number);
}

/* core.count(number, "active") -> what was noted last of that name; nil: it is not counted */
static int l_count(lua_State *L)
{
    const struct service *service = service_check(L, 1);
    const char *name = luaL_checkstring(L, 2);

    for (int i = 0; i < FIELDS; i++)
        if (strcmp(name, fields[i].name) == 0 && counts_know(&service->counts, fields[i].known)) {
            push_whole(L, *(const double *)((const char *)&service->counts + fields[i].place));
            return 1;
        }
    return 0;
}

void module_counts_open(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"note_counts", l_note_counts}, {"count", l_count}, {NULL, NULL},
    };
    luaL_setfuncs(L, functions, 0);
}
