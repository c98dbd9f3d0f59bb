/* Without memory nothing may abort: allocations of the Lua machine fail one after the other, while
 * the default policy runs. Lua tries once more after a collection: so two fail in a row, or all
 * from one on. The linker gives us lua_newstate (see CMakeLists.txt). */
#include <lua.h>

#include "engine_fixture.h"

lua_State *__real_lua_newstate(lua_Alloc allocate, void *context);
lua_State *__wrap_lua_newstate(lua_Alloc allocate, void *context);

static struct {
    lua_Alloc allocate;
    void *context;
    int64_t count;  /* of allocations so far */
    int64_t first;  /* that fails; 0: none */
    int64_t last;
} memory;

/* As Lua demands, making a block smaller never fails. */
static void *allocate(void *unused, void *block, size_t old_size, size_t new_size)
{
    (void)unused;
    if (new_size > 0 && (!block || new_size > old_size)) {
        memory.count++;
        if (memory.count >= memory.first && memory.count <= memory.last)
            return NULL;
    }
    return memory.allocate(memory.context, block, old_size, new_size);
}

lua_State *__wrap_lua_newstate(lua_Alloc real_allocate, void *context)
{
    memory.allocate = real_allocate;
    memory.context = context;
    return __real_lua_newstate(allocate, NULL);
}

static void gateway(void)
{
    life_gateway()->traffic =
        (struct sim_traffic){.connections = 5, .requests_per_second = 2, .request_ms = 20};
    life.world.steps[0].at_ms = 3000;
}

/* Returns how many allocations there were. */
static int64_t run_failing(int64_t first, int64_t last)
{
    memory.count = 0;
    memory.first = first;
    memory.last = last;
    life_setup(NULL);
    gateway();
    life_run();
    if (life.error == 0 && life.result.end != ENGINE_RUNNING)
        assert_true(life.result.elapsed_ms <= life.result.budget_ms);
    else if (life.error == 0)
        fail_msg("allocation %lld: never ended\n%s", (long long)first, life.output);
    life_teardown(NULL);
    return memory.count;
}

static void no_allocation_that_fails_aborts(void **state)
{
    (void)state;
    int64_t count = run_failing(0, 0);

    for (int64_t i = 1; i <= count; i += STRIDE)
        run_failing(i, i + 1);
    assert_true(count > 1000);
}

static void no_allocation_from_which_on_all_fail_aborts(void **state)
{
    (void)state;
    int64_t count = run_failing(0, 0);

    for (int64_t i = 1; i <= count; i += STRIDE)
        run_failing(i, INT64_MAX);
}

static void what_fails_during_the_shutdown_leaves_it_to_the_last_resort(void **state)
{
    int64_t count = run_failing(0, 0);
    memory.count = 0;
    memory.first = count - 20;
    memory.last = INT64_MAX;
    life_setup(state);
    gateway();

    life_run();

    assert_int_equal(life.result.end, ENGINE_POLICY_FAILED);
    assert_string_equal(life.reason, "more memory than a policy may use (8 MB)");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(no_allocation_that_fails_aborts),
        TEST(no_allocation_from_which_on_all_fail_aborts),
        TEST(what_fails_during_the_shutdown_leaves_it_to_the_last_resort),
    };

    return cmocka_run_group_tests_name("memory", tests, NULL, NULL);
}
