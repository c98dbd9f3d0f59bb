/* Memory of a Lua machine in one block, so that it can be copied and put back.
 *
 * Freed blocks are kept by size and used again for the same size; they are never joined. */
#ifndef LASTCALL_ARENA_H
#define LASTCALL_ARENA_H

#include <stdbool.h>
#include <stddef.h>

enum { ARENA_CLASSES = 112 };

struct arena {
    char *bytes; /* NULL: there is none */
    size_t size;
    size_t used; /* from its beginning: blocks in use, and free ones */
    bool touched; /* a block was taken or given back since somebody cleared this */
    void *free[ARENA_CLASSES];
};

/* Errors: -ENOMEM. */
int arena_create(struct arena *arena, size_t size);
void arena_destroy(struct arena *arena);

bool arena_has(const struct arena *arena, const void *block);

/* As realloc, but that the size of the block is given. NULL: there is no room. */
void *arena_resize(struct arena *arena, void *block, size_t old_size, size_t new_size);
void arena_free(struct arena *arena, void *block, size_t size);

#endif
