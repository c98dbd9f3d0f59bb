/* What makes mistakes harmless: budgets, the sandbox, determinism, memory. */
#include "engine_fixture.h"

static const struct example budgets[] = {
    {"an endless loop is an error with its line", "\nwhile true do end",
     "shutdown.lua:2: 10000000 instructions without a wait: is this an endless loop?"},
    {"pcall cannot go on after the budget", "while true do pcall(function() while true do end"
     " end) end", "instructions without a wait"},
    {"pcall cannot swallow the budget", "pcall(function() while true do end end) log('never')",
     "instructions without a wait"},
    {"a loop in a branch ends the branch", "parallel(function() while true do end end,"
     " function() sleep(1) log('other') end)", "log       other"},
    {"a loop in a comparison is found", "table.sort({ 2, 1 }, function() while true do end end)",
     "instructions without a wait"},
    {"a wait gives a new budget", "for i = 1, 20 do for j = 1, 1e6 do local _ = j end sleep(0.1)"
     " end log('done')", "log       done"},
    {"a table without end is too much memory", "local t = {} while true do t[#t + 1] = { #t } end",
     "more memory than a policy may use (8 MB)"},
    {"a text without end is too much memory", "local s = 'x' while true do s = s .. s end",
     "more memory than a policy may use (8 MB)"},
    {"memory can be had again after an error", "pcall(function() local t = {} while true do"
     " t[#t + 1] = { #t } end end) local t = {} for i = 1, 1000 do t[i] = {} end log('done')",
     "log       done"},
    {"too much memory in a branch is an error of the policy",
     "parallel(function() local s = 'x' while true do s = s .. s end end)", "memory"},
    {"too much memory again and again uses up the budget",
     "while true do pcall(function() local s = 'x' while true do s = s .. s end end) end",
     "instructions without a wait"},
};

/* Hints: at load where the name is written out */

static const struct example names[] = {
    {"os says what to use", "os.exit(1)",
     "shutdown.lua:1: 'os' does not exist here: use env, run, elapsed or remaining\n"},
    {"io says what to use", "io.write('x')",
     "'io' does not exist here: use write_file, log or run"},
    {"require says what to do", "require('x')", "'require' does not exist here: a policy is one"},
    {"load says what to do", "load('x')", "'load' does not exist here: a policy is one file"},
    {"coroutine says what to use", "coroutine.wrap(f)", "use parallel, race or with_timeout"},
    {"setmetatable says why not", "setmetatable({}, {})", "there are no metatables"},
    {"xpcall says what to use", "xpcall(f, g)", "'xpcall' does not exist here: use pcall"},
    {"next says what to use", "next({})", "'next' does not exist here: use pairs"},
    {"_G says what to use", "_G.x = 1", "'_G' does not exist here: globals are frozen: use local"},
    {"an unknown name is found with its line", "\n\nslep(1)",
     "shutdown.lua:3: unknown name 'slep' - did you mean 'sleep'?\n"},
    {"an unknown name is found where no run comes by", "if elapsed() < 0 then\n  stopp('web')\nend",
     "shutdown.lua:2: unknown name 'stopp' - did you mean 'stop'?"},
    {"an unknown name is found in a function in a function",
     "local function f()\n  return function()\n    return wiat_idle\n  end\nend f()",
     "shutdown.lua:3: unknown name 'wiat_idle' - did you mean 'wait_idle'?"},
    {"a name that resembles nothing has no suggestion", "frobnicate()",
     "shutdown.lua:1: unknown name 'frobnicate'\n"},
    {"every unknown name is told", "aaaaa()\nbbbbb()", "shutdown.lua:2: unknown name 'bbbbb'"},
    {"a global that is set is told to be local", "x = 1",
     "shutdown.lua:1: 'x' would be global and globals are frozen: write local x = ..."},
    {"a function that is global is told to be local", "function helper() end",
     "'helper' would be global and globals are frozen: write local helper = ..."},
    {"a primitive cannot be replaced", "stop = nil", "'stop' would be global"},
    {"a line that was wrong is shown", "local a\nstop('wbe') -- x", "     2 | stop('wbe') -- x\n"},
    {"a syntax error has its line", "\nif x the", "shutdown.lua:2: "},
    {"a syntax error is shown", "local = 5", "     1 | local = 5\n"},
    {"bytecode is refused", "\x1bLua", "attempt to load a binary chunk"},
    {"a service that services.lua does not have is found", "\nstop('wbe')",
     "shutdown.lua:2: stop: unknown service 'wbe' - did you mean 'web'?\n"},
    {"a service that resembles nothing shows all", "stop('frobnicate')",
     "stop: unknown service 'frobnicate'; services.lua has: web, db\n"},
    {"a service that cannot drain is found", "\ndrain('db')",
     "shutdown.lua:2: drain: services.lua does not say how 'db' drains: add drain = envoy"},
    {"a service is found without parentheses, too", "stop 'wbe'", "unknown service 'wbe'"},
    {"a service in a comment is not looked for", "-- stop('old')\nlog('ok')", "log       ok\n"},
    {"a service in a long comment is not looked for", "--[[\nstop('old')\n]] log('ok')",
     "log       ok\n"},
    {"a service in a text is not looked for", "log('x', \"then signal 'all' of them\")",
     "log       x then signal 'all' of them\n"},
    {"a service after a comment is looked for", "--[[ x ]] stop( -- y\n  'wbe')",
     "shutdown.lua:2: stop: unknown service 'wbe'"},
    {"a service is looked for after a text with quotes in it",
     "log('it\\'s', \"\\\"\") stop('wbe')", "unknown service 'wbe'"},
    {"a name that is put together is not looked for", "log(pcall(stop, 'x')) stop('w' .. 'eb')",
     "TERM"},
    {"a service in a long text is not looked for", "log([[ stop('old') ]])",
     "log        stop('old') \n"},
    {"a function of the policy may have the name of a primitive",
     "local function pid(name) return name end log(pid('nobody'))", "log       nobody\n"},
    {"a method may have the name of a primitive",
     "local t = { stop = function() return 'x' end } log(t.stop('nobody'))", "log       x\n"},
};

/* The sandbox at run time */

static const struct example sandbox[] = {
    {"pairs goes in the order of the keys",
     "local t = {} for _, k in ipairs({ 'c', 'a', 10, 2, 'b' }) do t[k] = true end"
     " local s = '' for k in pairs(t) do s = s .. k .. ' ' end log(s)", "log       2 10 a b c \n"},
    {"pairs leaves out what is removed meanwhile",
     "local t = { a = 1, b = 2 } for k in pairs(t) do t.b = nil log(k) end", "log       a\n"},
    {"pairs of nothing is a mistake of the policy", "\npairs(nil)",
     "shutdown.lua:2: pairs: the argument must be a table, like { name = \"value\" } (got"},
    {"pairs of a table of flags and functions ends",
     "local n = 0 for _ in pairs({ [true] = 1, [false] = 2, [log] = 3 }) do n = n + 1 end log(n)",
     "log       3\n"},
    {"tostring shows no address", "log(tostring({}), tostring(log), tostring(1.5))",
     "log       table function 1.5\n"},
    {"format shows no address", "log(('%s %s %d'):format({}, log, 5))",
     "log       table function 5\n"},
    {"format knows no addresses", "log(('%p'):format({}))",
     "shutdown.lua:1: string.format: %p shows"},
    {"format has the line of a mistake in the policy", "\nlog(('%d'):format('x'))",
     "shutdown.lua:2: bad argument #2 to 'string.format' (number expected, got string)"},
    {"a percent sign before a p is fine", "log(('5%%p'):format())", "log       5%p\n"},
    {"string.rep says what to use", "log(('x'):rep(3))",
     "shutdown.lua:1: string.rep does not exist here: use a loop and table.concat"},
    {"string.dump is not there", "string.dump(log)", "string.dump does not exist here"},
    {"table.move is not there", "table.move({}, 1, 2, 3)", "table.move does not exist here"},
    {"math.random is not there", "math.random()",
     "math.random does not exist here: two runs must be the same"},
    {"other functions of string are", "log(('aXb'):lower(), ('abc'):sub(2), #'abc')",
     "log       axb bc 3\n"},
    {"a slip in string is told", "string.fromat('x')",
     "unknown function string 'fromat' - did you mean 'format'?"},
    {"string cannot be changed", "string.x = 1", "shutdown.lua:1: 'x' cannot be set: use local"},
    {"http cannot be changed", "http.get = 1", "'get' cannot be set: use local"},
    {"options are not changed by a call",
     "local o = { timeout = -1 } stop('web', o) log(o.timeout)", "log       -1\n"},
};

static void a_policy_of_more_than_64_kb_is_refused(void **state)
{
    (void)state;
    static char text[SOURCE_MAX + 2];
    memset(text, ' ', SOURCE_MAX + 1);
    life.policy = text;

    life_run();

    expect_output("shutdown.lua: longer than 65536 bytes");
    assert_int_equal(life.result.end, ENGINE_POLICY_FAILED);
}

/* Rejected policies */

static void a_rejected_policy_is_replaced_by_the_fallback(void **state)
{
    (void)state;
    life.policy = "slep(1)";
    life.fallback = "log('instead')";

    life_run();

    expect_output_order("unknown name 'slep'", "shutdown.lua is not used",
                        "shutdown.lua is REJECTED", "using fallback.lua instead",
                        "serving", "log       instead");
}

static void a_rejected_policy_with_a_bad_fallback_leaves_the_built_in_order(void **state)
{
    (void)state;
    life.policy = "slep(1)";
    life.fallback = "if";

    life_run();

    expect_output_order("REJECTED", "fallback.lua:1:", "no policy: a shutdown will drain",
                        "there is no usable policy; left: db, web");
}

static void strict_refuses_to_start_with_a_rejected_policy(void **state)
{
    (void)state;
    life.policy = "slep(1)";
    life.fallback = "log('instead')";
    life.strict = true;

    life_run();

    assert_int_equal(life.error, -22);
    assert_string_equal(life.history, "");
}

static void strict_takes_a_good_policy(void **state)
{
    (void)state;
    life.strict = true;

    life_run();

    assert_int_equal(life.result.end, ENGINE_POLICY_RETURNED);
}

static void no_policy_at_all_is_a_failure_with_the_reason(void **state)
{
    (void)state;
    life.policy = NULL;

    life_run();

    assert_int_equal(life.result.end, ENGINE_POLICY_FAILED);
    assert_string_equal(life.reason, "there is no usable policy");
}

static void an_endless_loop_in_services_is_refused(void **state)
{
    (void)state;
    life.services = "while true do end";

    life_run();

    assert_int_equal(life.error, -22);
    expect_output("services.lua:1: 10000000 instructions without a wait");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_policy_of_more_than_64_kb_is_refused),
        TEST(a_rejected_policy_is_replaced_by_the_fallback),
        TEST(a_rejected_policy_with_a_bad_fallback_leaves_the_built_in_order),
        TEST(strict_refuses_to_start_with_a_rejected_policy),
        TEST(strict_takes_a_good_policy),
        TEST(no_policy_at_all_is_a_failure_with_the_reason),
        TEST(an_endless_loop_in_services_is_refused),
    };

    return run_examples("budgets", budgets) + run_examples("names", names) +
           run_examples("sandbox", sandbox) +
           cmocka_run_group_tests_name("rejected policies", tests, NULL, NULL);
}
