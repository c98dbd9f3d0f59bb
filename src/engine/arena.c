#include "engine/arena.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { UNIT = 16, SMALL_MAX = 1024, SMALL_CLASSES = SMALL_MAX / UNIT };

/* Multiples of 16 up to 1024; from there on two sizes for each doubling. */
static int class_of(size_t size, size_t *class_size)
{
    int class = SMALL_CLASSES;
    size_t whole = SMALL_MAX;

    if (size <= SMALL_MAX) {
        class = (int)((size + UNIT - 1) / UNIT);
        *class_size = (size_t)class * UNIT;
        return class - 1;
    }
    for (;;) {
        if (size <= whole + whole / 2) {
            *class_size = whole + whole / 2;
            return class;
        }
        whole *= 2;
        if (size <= whole) {
            *class_size = whole;
            return class + 1;
        }
        class += 2;
    }
}

int arena_create(struct arena *arena, size_t size)
{
    char *bytes = malloc(size);

    if (!bytes)
        return -ENOMEM;
    *arena = (struct arena){.bytes = bytes, .size = size};
    return 0;
}

void arena_destroy(struct arena *arena)
{
    free(arena->bytes);
    *arena = (struct arena){0};
}

bool arena_has(const struct arena *arena, const void *block)
{
    return (uintptr_t)block - (uintptr_t)arena->bytes < arena->size;
}

static void *arena_allocate(struct arena *arena, size_t size)
{
    size_t class_size;
    int class = class_of(size, &class_size);
    void *block = arena->free[class];

    arena->touched = true;
    if (block) {
        memcpy(&arena->free[class], block, sizeof block);
        return block;
    }
    if (arena->size - arena->used < class_size)
        return NULL;
    block = arena->bytes + arena->used;
    arena->used += class_size;
    return block;
}

void arena_free(struct arena *arena, void *block, size_t size)
{
    size_t class_size;
    int class;

    if (!block)
        return;
    arena->touched = true;
    class = class_of(size, &class_size);
    memcpy(block, &arena->free[class], sizeof block);
    arena->free[class] = block;
}

void *arena_resize(struct arena *arena, void *block, size_t old_size, size_t new_size)
{
    size_t old_class_size, new_class_size;
    void *result;

    if (block &&
        class_of(old_size, &old_class_size) == class_of(new_size, &new_class_size))
        return block;
    result = arena_allocate(arena, new_size);
    if (!result || !block)
        return result;
    memcpy(result, block, old_size < new_size ? old_size : new_size);
    arena_free(arena, block, old_size);
    return result;
}
