/* What is wrong, in words: messages of Lua about a policy that failed or does not compile, with the
 * line, a mark and advice. Compile errors one by one: tests/policies/broken. */
#include "base/clean.h"
#include "engine_fixture.h"

/* A failure: what it means, the mark, and Lua's own words in the reason */

static const struct example failures[] = {
    {"a call of nothing says so", "local report\nreport('x')",
     "shutdown.lua:2: 'report' has no value here (nil), so it cannot be called\n"
     "     2 | report('x')\n"
     "       | ^^^^^^\n"
     "       Only a function can be called with ( ): is the name right, and is it set before this"},
    {"Lua's own words are in the reason", "local report\nreport('x')",
     "\nshutdown.lua:2: attempt to call a nil value (local 'report') - 'report' has no value here"},
    {"a field of nothing says what to test", "local answer = nil\nlog(answer.status)",
     "test it first, if answer then ... end"},
    {"a text joined with nothing says what to write", "local ok, why = true\nlog('x' .. why)",
     "Write: (why or \"unknown\"), or tostring(why)"},
    {"a sum with nothing says what to write", "local n\nsleep(n + 1)", "Write: (n or 0)"},
    {"a sum with a text says that it is one", "local n = 'x'\nsleep(n + 1)",
     "only numbers can be calculated with, and one of these is a text"},
    {"a comparison with nothing says so", "local n\nif n > 1 then sleep(1) end",
     "one of the two that are compared has no value (nil)"},
    {"a loop through nothing says so", "local list\nfor _, x in ipairs(list) do log(x) end",
     "shutdown.lua:2: ipairs: the argument must be a table, like"},
    {"a loop without ipairs says what to write", "local t = {}\nfor x in t do log(x) end",
     "Write: for _, value in ipairs(list) do"},
    {"an argument of the wrong kind says which", "local t = {}\nlog(('x'):sub(t))",
     "'sub' was given a table where it takes a number"},
    {"an error of the policy speaks for itself", "\nerror('no idea what to do')",
     "shutdown.lua:2: no idea what to do\n     2 | error('no idea what to do')\n"},
    {"what is raised with a long line is cut", "local a, b = {}, '"
     "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
     "' log(a .. b)", "xxxx...\n"},
};

/* Files as editors save them */

static const struct example files[] = {
    {"a byte order mark is passed over", "\xef\xbb\xbflog('good')", "log       good\n"},
    {"Windows' lines are lines", "log('good')\r\n\r\nslep(1)\r\n",
     "shutdown.lua:3: unknown name 'slep' - did you mean 'sleep'?\n"
     "     3 | slep(1)\n"
     "       | ^^^^\n"},
    {"lines of carriage returns are lines", "log('good')\rslep(1)", "     2 | slep(1)\n"},
    {"control characters are not printed", "slep('\x1b[2J\x07')", "     1 | slep('?[2J?')\n"},
    {"a tab is a blank, so that the mark is in its place", "\tslep(1)",
     "     1 |  slep(1)\n       |  ^^^^\n"},
    {"a letter of several bytes is one column", "log('\xc3\xa4\xc3\xb6') slep(1)",
     "       |           ^^^^\n"},
    {"what is no UTF-8 becomes a question mark", "log('\xe4') slep(1)",
     "     1 | log('?') slep(1)\n"},
};

/* Options and values, found although no run comes by */

#define NEVER "if elapsed() < 0 then "
static const struct example options[] = {
    {"an option of a call", NEVER "stop('web', { timeot = 3 }) end",
     "shutdown.lua:1: unknown option of stop 'timeot' - did you mean 'timeout'?"},
    {"a value of an option", NEVER "stop('web', { timeout = '5s' }) end",
     "stop: timeout must be a number of seconds, like 5 (got the text \"5s\")"},
    {"options which are no table", NEVER "stop('web', 5) end",
     "stop: what follows must be a table"},
    {"an argument", NEVER "sleep('5') end", "sleep: the time must be a number of seconds, like 5"},
    {"an option of a function in a table", NEVER "http.get('http://a/', { tiemout = 1 }) end",
     "unknown option of http.get 'tiemout' - did you mean 'timeout'?"},
    {"a call that is handed over", NEVER "parallel(stop('web')) end",
     "parallel: argument 1 calls stop at once instead of handing it over"},
    {"a text that is added", NEVER "log('a' + 1) end", "texts are joined with .."},
    {"all of them", NEVER "stop('web', { a = 1 }) stop('wep') sleep({}) end",
     "unknown service 'wep'"},
};

/* What a policy computes, or calls by a name of its own, is left alone */

static const struct example good[] = {
    {"a value that is computed", "local t = '1'\nstop('web', { timeout = tonumber(t) }) log('ok')",
     "log       ok\n"},
    {"a value below zero", "stop('web', { timeout = -1 }) log('ok')", "log       ok\n"},
    {"an option that is nil", "stop('web', { timeout = nil }) log('ok')", "log       ok\n"},
    {"a function of its own", "local function sleep(x) return x end log(sleep('5'))",
     "log       5\n"},
    {"a parameter of its own", "local function f(sleep) return sleep('5') end "
     "log(f(function(x) return x end))", "log       5\n"},
    {"a variable of a loop",
     "for _, pid in ipairs({ function(x) return x end }) do log(pid(5)) end",
     "log       5\n"},
    {"a field of its own", "local t = { sleep = function(x) return x end } log(t.sleep('5'))",
     "log       5\n"},
    {"a table in a table", "log(json('{\"a\":1}').a, ({ timeot = { stop = 1 } }).timeot.stop)",
     "log       1 1\n"},
    {"a number in quotes that is added", "log('5' + 1)", "log       6\n"},
    {"the length of a text", "log(#'abc' + 1)", "log       4\n"},
    {"functions that are handed over", "parallel(function() stop('web', { timeout = 3 }) end,"
     " function() log('ok') end)", "log       ok\n"},
    {"options after a function with options", "with_timeout(5, function() stop('web', { kill ="
     " true }) end) log('ok')", "log       ok\n"},
};

static void text_is_cut_between_characters(void **state)
{
    (void)state;
    char out[4];

    size_t columns = clean_text(out, sizeof out, "a\xc3\xa4\xc3\xb6", 5);

    assert_string_equal(out, "a\xc3\xa4");
    assert_int_equal(columns, 2);
}

static void text_that_would_reorder_a_line_is_cleaned(void **state)
{
    (void)state;
    char out[16];

    clean_text(out, sizeof out, "a\xe2\x80\xae" "b\x9b" "c\xed\xa0\x80", 10);

    assert_string_equal(out, "a?b?c???");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_is_cut_between_characters),
        cmocka_unit_test(text_that_would_reorder_a_line_is_cleaned),
    };

    return run_examples("failures", failures) + run_examples("files", files) +
           run_examples("options", options) + run_examples("good", good) +
           cmocka_run_group_tests_name("clean text", tests, NULL, NULL);
}
