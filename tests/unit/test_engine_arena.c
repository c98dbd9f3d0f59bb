/* The block of memory that a Lua machine lives in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "engine/arena.h"

enum { SIZE = 64 * 1024 };

static struct arena arena;

static int setup(void **state)
{
    (void)state;
    return arena_create(&arena, SIZE);
}

static int teardown(void **state)
{
    (void)state;
    arena_destroy(&arena);
    return 0;
}

static void what_is_freed_is_used_again(void **state)
{
    void *block = arena_resize(&arena, NULL, 0, 100);
    size_t used = arena.used;

    (void)state;
    arena_free(&arena, block, 100);

    assert_ptr_equal(arena_resize(&arena, NULL, 0, 97), block);
    assert_int_equal(arena.used, used);
}

static void a_block_that_grows_keeps_what_is_in_it(void **state)
{
    char *block = arena_resize(&arena, NULL, 0, 16);

    (void)state;
    memcpy(block, "fifteen letters", 16);
    for (size_t size = 16; size < SIZE / 8; size += 333)
        block = arena_resize(&arena, block, size, size + 333);

    assert_string_equal(block, "fifteen letters");
}

static void blocks_do_not_overlap(void **state)
{
    char *blocks[100];

    (void)state;
    for (int i = 0; i < 100; i++) {
        blocks[i] = arena_resize(&arena, NULL, 0, (size_t)i + 1);
        memset(blocks[i], i, (size_t)i + 1);
    }
    for (int i = 0; i < 100; i++)
        for (int j = 0; j <= i; j++)
            assert_int_equal(blocks[i][j], i);
}

static void a_full_arena_says_so_and_keeps_the_block(void **state)
{
    char *block = arena_resize(&arena, NULL, 0, SIZE / 2);

    (void)state;
    block[0] = 'x';

    assert_null(arena_resize(&arena, block, SIZE / 2, SIZE));
    assert_int_equal(block[0], 'x');
}

static void a_copy_that_is_put_back_is_what_it_was(void **state)
{
    static char copy[SIZE];
    char *block = arena_resize(&arena, NULL, 0, 32);
    struct arena before = arena;

    (void)state;
    strcpy(block, "before");
    memcpy(copy, arena.bytes, arena.used);
    strcpy(block, "after");
    arena_free(&arena, block, 32);

    memcpy(arena.bytes, copy, before.used);
    arena = before;

    assert_string_equal(block, "before");
    assert_ptr_not_equal(arena_resize(&arena, NULL, 0, 32), block);
}

static void an_arena_knows_its_blocks(void **state)
{
    char *block = arena_resize(&arena, NULL, 0, 32);
    char elsewhere;

    (void)state;

    assert_true(arena_has(&arena, block));
    assert_true(arena_has(&arena, arena.bytes + SIZE - 1));
    assert_false(arena_has(&arena, arena.bytes + SIZE));
    assert_false(arena_has(&arena, &elsewhere));
}

static void taking_and_giving_back_touches_an_arena(void **state)
{
    char *block = arena_resize(&arena, NULL, 0, 32);
    bool taken = arena.touched;

    (void)state;
    arena.touched = false;
    strcpy(block, "written");
    bool written = arena.touched;
    arena_free(&arena, block, 32);

    assert_true(taken);
    assert_false(written);
    assert_true(arena.touched);
}

#define ARENA(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ARENA(what_is_freed_is_used_again),
        ARENA(a_block_that_grows_keeps_what_is_in_it),
        ARENA(blocks_do_not_overlap),
        ARENA(a_full_arena_says_so_and_keeps_the_block),
        ARENA(a_copy_that_is_put_back_is_what_it_was),
        ARENA(an_arena_knows_its_blocks),
        ARENA(taking_and_giving_back_touches_an_arena),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
