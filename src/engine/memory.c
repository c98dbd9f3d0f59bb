/* The memory of the Lua machine: its limit, and how all of it is put back for the next world.
 *
 * Two fifths of it are instructions, constants and lines of programs. Lua writes them while it
 * loads a program, and never again: so they have an arena of their own, which is put back only
 * where something in it was taken or given back. Only arrays are in there: objects are marked by
 * the garbage collector, and so they are data. */
#include <stdlib.h>
#include <string.h>

#include "engine/state.h"

/* Sizes are rounded up, by a third at most, and what is freed is kept by size. */
enum { ARENA_SIZE = 3 * MEMORY_MAX };

enum { KIND_ARRAY = 0 }; /* what Lua says of a new block that is no object */

int memory_create(struct engine *engine)
{
    if (!engine->config->snapshots)
        return 0;
    if (arena_create(&engine->data, ARENA_SIZE) < 0)
        return -1;
    return arena_create(&engine->code, ARENA_SIZE);
}

void memory_destroy(struct engine *engine)
{
    arena_destroy(&engine->data);
    arena_destroy(&engine->code);
}

static struct arena *arena_of(struct engine *engine, const void *block, size_t kind)
{
    bool code = block ? arena_has(&engine->code, block) : engine->loading && kind == KIND_ARRAY;

    return code ? &engine->code : &engine->data;
}

static void block_free(struct engine *engine, void *block, size_t size)
{
    if (engine->data.bytes)
        arena_free(arena_of(engine, block, 0), block, size);
    else
        free(block);
}

/* A few instructions can copy megabytes: what is asked for counts against the same budget. */
static void memory_charge(struct engine *engine, size_t size)
{
    engine->instructions += (int)((size < MEMORY_MAX ? size : MEMORY_MAX) / INSTRUCTION_BYTES);
    if (engine->instructions > INSTRUCTIONS_MAX / 2 || engine->memory_used > MEMORY_MAX / 2)
        engine->greedy = true;
}

/* Lua's contract: when `block` is NULL, `old_size` is a kind of object, not a size. */
void *memory_allocate(void *context, void *block, size_t old_size, size_t new_size)
{
    struct engine *engine = context;
    size_t kind = old_size;
    void *result;

    if (!block)
        old_size = 0;
    if (new_size == 0) {
        engine->memory_used -= old_size;
        block_free(engine, block, old_size);
        return NULL;
    }
    if (new_size > old_size)
        memory_charge(engine, new_size);
    if (engine->memory_used - old_size + new_size > MEMORY_MAX)
        return NULL;
    result = engine->data.bytes
                 ? arena_resize(arena_of(engine, block, kind), block, old_size, new_size)
                 : realloc(block, new_size);
    if (result)
        engine->memory_used += new_size - old_size;
    return result;
}

/* What of the arenas was used: that of `code`, then that of `data`. */
struct engine_snapshot {
    struct engine engine;
    char bytes[];
};

struct engine_snapshot *engine_snapshot(struct engine *engine)
{
    struct engine_snapshot *snapshot;

    lua_gc(engine->lua, LUA_GCCOLLECT); // else it is begun in every world anew
    snapshot = malloc(sizeof *snapshot + engine->code.used + engine->data.used);
    if (!snapshot)
        return NULL;
    engine->code.touched = false;
    snapshot->engine = *engine;
    memcpy(snapshot->bytes, engine->code.bytes, engine->code.used);
    memcpy(snapshot->bytes + engine->code.used, engine->data.bytes, engine->data.used);
    return snapshot;
}

/* Is it true that nobody writes programs? Looked at where time does not matter. */
static void code_check(const struct engine *engine, const struct engine_snapshot *snapshot)
{
#ifdef __SANITIZE_ADDRESS__
    if (!engine->code.touched &&
        memcmp(engine->code.bytes, snapshot->bytes, snapshot->engine.code.used) != 0)
        abort();
#else
    (void)engine, (void)snapshot;
#endif
}

void engine_restore(struct engine *engine, const struct engine_snapshot *snapshot,
                    struct world *world)
{
    const struct engine *was = &snapshot->engine;

    code_check(engine, snapshot);
    if (engine->code.touched)
        memcpy(engine->code.bytes, snapshot->bytes, was->code.used);
    memcpy(engine->data.bytes, snapshot->bytes + was->code.used, was->data.used);
    *engine = *was;
    engine->world = world;
}
