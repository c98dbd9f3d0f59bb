/* Whatever stands in a report, reading it ends well: with facts, or with a line and why. What it
 * does not say is not judged. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/embedded.h"
#include "base/random.h"
#include "trial/events.h"
#include "trial/invariants.h"
#include "trial/trial.h"

enum { FUZZES = 4000, TEXT_MAX = 256 * 1024 };

static struct events events; /* too large for a stack */
static char whole[TEXT_MAX]; /* the report of a world with a kill and a warning */
static char text[TEXT_MAX];

#define REPORT \
    "{\"time\":0.0,\"fact\":\"report\",\"format\":1,\"services\":[{\"name\":\"db\"," \
    "\"drains\":false},{\"name\":\"web\",\"drains\":true}]}\n" \
    "{\"time\":0.1,\"fact\":\"start\",\"service\":\"db\",\"pid\":2}\n" \
    "{\"time\":0.2,\"fact\":\"start\",\"service\":\"web\",\"pid\":3}\n"
#define SHUTDOWN \
    REPORT "{\"time\":0.0,\"fact\":\"deadline\",\"uptime\":5.0,\"deadline\":29.0,\"kept\":0.5," \
    "\"free\":20.0}\n"
#define SIGNAL(time, service, more) \
    "{\"time\":" time ",\"fact\":\"signal\",\"service\":\"" service \
    "\",\"signal\":\"TERM\",\"free\":20.0,\"share\":9.0" more "}\n"
#define GONE(time, service) \
    "{\"time\":" time ",\"fact\":\"exit\",\"service\":\"" service "\",\"code\":0}\n" \
    "{\"time\":" time ",\"fact\":\"gone\",\"service\":\"" service "\"}\n"
#define POLICY "{\"time\":9.0,\"fact\":\"policy\",\"end\":\"returned\",\"left\":\"\"}\n"
#define END "{\"time\":9.0,\"fact\":\"end\",\"verdict\":\"clean\",\"deadline_passed\":false}\n"

static int read_bytes(const char *bytes, size_t length)
{
    FILE *file = fmemopen((void *)bytes, length > 0 ? length : 1, "r");
    int error;

    assert_non_null(file);
    if (length == 0)
        fgetc(file);
    error = events_read(file, &events);
    fclose(file);
    return error;
}

static int read_text(const char *from)
{
    return read_bytes(from, strlen(from));
}

static enum invariant_state judge(const char *name)
{
    char why[WHY_MAX];

    for (int i = 0; i < INVARIANTS; i++)
        if (strcmp(invariants[i].name, name) == 0)
            return invariant_look(i, &events.facts, why);
    fail_msg("there is no invariant %s", name);
    return INVARIANT_BROKEN;
}

static void judge_all(void)
{
    for (int i = 0; i < INVARIANTS; i++)
        judge(invariants[i].name);
}

static int setup(void **state)
{
    struct trial_config config = {
        .services = {"services.lua", embedded_text("policies/services.lua")},
        .policy = {"shutdown.lua", embedded_text("policies/shutdown.lua")},
    };
    struct trial_texts texts;
    struct trial *trial;
    struct facts facts;
    struct draw world;

    (void)state;
    assert_int_equal(trial_create(&config, &trial), 0);
    world = draw_from_seed(9, trial_names(trial));
    assert_int_equal(trial_show(trial, &world, &facts, &texts), 0);
    snprintf(whole, sizeof whole, "%s", texts.report);
    trial_destroy(trial);
    return 0;
}

/* Mistakes */

struct mistake {
    const char *text;
    int line;
    const char *why;
};

static const struct mistake mistakes[] = {
    {"", 0, "it is empty"},
    {"\n\n", 2, "it is empty"},
    {"hello\n", 1, "it is not JSON"},
    {"[1]\n", 1, "it is not a JSON object"},
    {"{\"time\":0.0,\"what\":\"started\"}\n", 1, "not a report of lastcall"},
    {"{\"a\":1}", 1, "not a report of lastcall"},
    {REPORT, 3, "there is no shutdown in it"},
    {SHUTDOWN REPORT, 7, "there is no shutdown in it"},
    {SHUTDOWN "rubbish\n" END, 5, "it is not JSON"},
    {SHUTDOWN "{\"time\":\"soon\",\"what\":\"x\"}\n", 5, "\"time\" must be a number"},
    {SHUTDOWN "{\"time\":1e99,\"what\":\"x\"}\n", 5, "\"time\" must be a number"},
    {SHUTDOWN "{\"time\":1.0,\"fact\":7}\n", 5, "\"fact\" must be a text"},
    {SHUTDOWN "{\"time\":1.0,\"fact\":\"policy\",\"end\":\"so\"}\n", 5, "\"end\" must be"},
    {SHUTDOWN "{\"time\":1.0,\"fact\":\"end\",\"deadline_passed\":0}\n", 5, "true or false"},
    {"{\"time\":0.0,\"fact\":\"report\",\"format\":2,\"services\":[]}\n", 1,
     "it is of format 2; this lastcall knows formats up to 1"},
    {"{\"time\":0.0,\"fact\":\"report\",\"format\":1}\n", 1, "a report begins with"},
    {"{\"time\":0.0,\"fact\":\"report\",\"format\":1,\"services\":[7]}\n", 1, "\"services\" must"},
    {"{\"time\":0.0,\"fact\":\"report\",\"format\":1,\"services\":[7,7,7,7,7,7,7,7,7,7,"
     "7,7,7,7,7,7,7]}\n", 1, "there are 17 services; at most 16 can be judged"},
};

static void a_mistake_is_said_with_its_line(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof mistakes / sizeof *mistakes; i++) {
        const struct mistake *mistake = &mistakes[i];

        assert_int_equal(read_text(mistake->text), -EINVAL);
        assert_int_equal(events.line, mistake->line);
        if (!strstr(events.why, mistake->why))
            fail_msg("%s, and not %s", events.why, mistake->why);
    }
}

static void a_line_that_never_ends_is_refused(void **state)
{
    (void)state;
    memset(text, 'x', sizeof text);

    assert_int_equal(read_bytes(text, sizeof text), -EINVAL);
    assert_non_null(strstr(events.why, "longer than"));
}

static void a_zero_byte_is_no_end(void **state)
{
    (void)state;

    assert_int_equal(read_bytes(SHUTDOWN "\0\n", sizeof SHUTDOWN + 1), -EINVAL);
    assert_int_equal(events.line, 5);
}

static void what_it_does_not_know_is_skipped(void **state)
{
    (void)state;

    assert_int_equal(read_text(SHUTDOWN "{\"time\":1.0,\"fact\":\"new\",\"end\":7}\n" END), 0);
    assert_true(events.facts.end_known);
}

/* Several runs */

static void the_last_run_is_read(void **state)
{
    (void)state;

    assert_int_equal(read_text(SHUTDOWN GONE("1.0", "web") END SHUTDOWN END), 0);
    assert_int_equal(events.runs, 2);
    assert_int_equal(events.facts.services[1].gone_ms, NOT_MS);
}

static void a_run_after_a_line_that_was_cut_is_found(void **state)
{
    (void)state;

    assert_int_equal(read_text(SHUTDOWN "{\"time\":3.1,\"fa" SHUTDOWN END), 0);
    assert_int_equal(events.runs, 2);
    assert_true(events.facts.end_known);
}

/* Judging */

static void a_report_that_was_cut_is_read_up_to_there(void **state)
{
    (void)state;

    assert_int_equal(read_text(SHUTDOWN SIGNAL("2.0", "web", "") "{\"time\":3.1,\"fa"), 0);
    assert_int_equal(events.facts.services[1].stop_ms, 7000);
    assert_int_equal(events.facts.done_ms, 7000);
    assert_false(events.facts.end_known);
}

static void without_its_end_nothing_holds(void **state)
{
    (void)state;
    assert_int_equal(read_text(SHUTDOWN SIGNAL("2.0", "web", "")), 0);

    for (int i = 0; i < INVARIANTS; i++)
        assert_int_equal(judge(invariants[i].name), INVARIANT_UNKNOWN);
}

static void without_its_end_what_is_broken_is_broken(void **state)
{
    (void)state;

    assert_int_equal(read_text(SHUTDOWN SIGNAL("2.0", "db", "")), 0);
    assert_int_equal(judge("order-kept"), INVARIANT_BROKEN);
}

static void the_order_holds_where_it_was_kept(void **state)
{
    (void)state;

    assert_int_equal(read_text(SHUTDOWN SIGNAL("2.0", "web", "") GONE("3.0", "web")
                               SIGNAL("3.0", "db", "") GONE("9.0", "db") POLICY END), 0);
    assert_int_equal(judge("order-kept"), INVARIANT_HOLDS);
    assert_int_equal(judge("no-request-cut"), INVARIANT_UNKNOWN);
}

static void a_wait_that_nobody_looked_at_is_unknown(void **state)
{
    (void)state;

    assert_int_equal(read_text(SHUTDOWN SIGNAL("8.0", "web", "") GONE("8.0", "web")
                               SIGNAL("8.0", "db", "") GONE("9.0", "db") POLICY END), 0);
    assert_int_equal(judge("no-needless-wait"), INVARIANT_UNKNOWN);
}

static void a_wait_after_the_last_look_is_unknown(void **state)
{
    (void)state;

    assert_int_equal(read_text(SHUTDOWN SIGNAL("8.0", "web", ",\"looked\":-0.2,\"busy\":-0.2")
                               GONE("8.0", "web") SIGNAL("8.0", "db", "") GONE("9.0", "db")
                               POLICY END), 0);
    assert_int_equal(judge("no-needless-wait"), INVARIANT_UNKNOWN);
}

static void a_wait_for_what_was_seen_idle_is_broken(void **state)
{
    (void)state;

    assert_int_equal(read_text(SHUTDOWN SIGNAL("8.0", "web", ",\"looked\":7.9,\"visited\":false")
                               GONE("8.0", "web") SIGNAL("8.0", "db", "") GONE("9.0", "db")
                               POLICY END), 0);
    assert_int_equal(judge("no-needless-wait"), INVARIANT_BROKEN);
}

static void what_was_killed_at_the_deadline_was_not_in_time(void **state)
{
    (void)state;

    assert_int_equal(read_text(SHUTDOWN "{\"time\":29.0,\"fact\":\"end\",\"verdict\":"
                                        "\"deadline\",\"deadline_passed\":true}\n"), 0);
    assert_int_equal(judge("finished-in-time"), INVARIANT_BROKEN);
}

#define EXIT(time, service) \
    "{\"time\":" time ",\"fact\":\"exit\",\"service\":\"" service "\",\"code\":0}\n"
#define LEFT(time, service) \
    "{\"time\":" time ",\"fact\":\"gone\",\"service\":\"" service "\"}\n"

/* The policy hears of the exit first, and only then that nobody is left. */
static void who_leaves_nobody_behind_is_gone_with_its_exit(void **state)
{
    (void)state;

    assert_int_equal(read_text(SHUTDOWN EXIT("2.0", "web") SIGNAL("2.0", "db", "")
                               LEFT("2.001", "web") GONE("3.0", "db") POLICY END), 0);
    assert_int_equal(judge("order-kept"), INVARIANT_HOLDS);
}

static void who_leaves_somebody_behind_is_there_until_they_are_gone(void **state)
{
    (void)state;

    assert_int_equal(read_text(SHUTDOWN EXIT("2.0", "web") SIGNAL("2.0", "db", "")
                               LEFT("2.1", "web") GONE("3.0", "db") POLICY END), 0);
    assert_int_equal(judge("order-kept"), INVARIANT_BROKEN);
}

static void who_exits_after_the_stop_was_alive_before_it(void **state)
{
    (void)state;

    assert_int_equal(read_text(SHUTDOWN SIGNAL("1.999", "db", "") GONE("2.0", "web")
                               GONE("3.0", "db") POLICY END), 0);
    assert_int_equal(judge("order-kept"), INVARIANT_BROKEN);
}

/* Of a policy that hangs in C only the last resort can tell, whose clock may be its own. */
static void a_last_resort_without_a_policy_before_is_a_failure(void **state)
{
    (void)state;

    assert_int_equal(read_text(REPORT "{\"time\":0.0,\"fact\":\"resort\",\"kill\":false,"
                               "\"alive\":\"db\",\"deadline\":9.0,\"reason\":\"it hangs\"}\n"
                               SIGNAL("0.5", "db", "") GONE("1.0", "db") END), 0);
    assert_int_equal(events.facts.services[1].gone_ms, 200);
    assert_int_equal(events.facts.services[0].stop_ms, 700);
    assert_int_equal(judge("policy-returns"), INVARIANT_BROKEN);
    assert_int_equal(judge("order-kept"), INVARIANT_HOLDS);
}

/* Fuzzing */

static void a_report_can_end_anywhere(void **state)
{
    size_t length = strlen(whole), end = (size_t)(strstr(whole, "\"fact\":\"end\"") - whole);

    (void)state;
    for (size_t cut = 0; cut < length; cut++) {
        int error = read_bytes(whole, cut);

        assert_true(error == 0 || error == -EINVAL);
        if (error == 0 && cut < end)
            assert_false(events.facts.end_known);
        judge_all();
    }
}

static void replace(size_t at, size_t length, const char *with)
{
    size_t rest = strlen(text + at + length) + 1, added = strlen(with);

    if (at + added + rest > sizeof text)
        return;
    memmove(text + at + added, text + at + length, rest);
    memcpy(text + at, with, added);
}

/* Changes a byte, a value, or a line. */
static void mutate(struct random *random)
{
    static const char *const values[] = {
        "-1", "1e400", "1e308", "-1e300", "9223372036854775807", "-9223372036854775808", "0",
        "99999999999999999999", "null", "true", "[]", "{}", "\"\"", "\"db\"", "\"KILL\"",
        "\"\\u0000\"", "\"\xff\"", "[[[[[[]]]]]]", "\"web, db\"", "\", , ,,\"",
    };
    size_t length = strlen(text), at, count;

    if (length == 0)
        return;
    at = (size_t)random_between(random, 0, (int64_t)length - 1);
    switch (random_between(random, 0, 3)) {
    case 0:
        text[at] = (char)random_between(random, 1, 255);
        break;
    case 1:
        at += strcspn(text + at, ":");
        count = text[at] ? strcspn(text + at + 1, ",}\n") : 0;
        if (text[at])
            replace(at + 1, count, values[random_between(random, 0, 19)]);
        break;
    case 2:
        at += strcspn(text + at, "\n");
        if (text[at])
            replace(at + 1, strcspn(text + at + 1, "\n"), "");
        break;
    case 3:
        at += strcspn(text + at, "{");
        if (text[at]) {
            char line[1024];

            snprintf(line, sizeof line, "%.*s\n", (int)strcspn(text + at, "\n"), text + at);
            replace((size_t)random_between(random, 0, (int64_t)length - 1), 0, line);
        }
        break;
    }
}

static void a_report_can_be_anything(void **state)
{
    int well = 0;

    (void)state;
    for (uint64_t seed = 1; seed <= FUZZES; seed++) {
        struct random random = random_fork(seed, "report", 0);
        int64_t changes = random_between_decades(&random, 1, 30);

        strcpy(text, whole);
        for (int64_t i = 0; i < changes; i++)
            mutate(&random);
        well += read_text(text) == 0;
        judge_all();
    }
    assert_in_range(well, FUZZES / 20, FUZZES * 9 / 10); /* both ways are tried often enough */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_mistake_is_said_with_its_line),
        cmocka_unit_test(a_line_that_never_ends_is_refused),
        cmocka_unit_test(a_zero_byte_is_no_end),
        cmocka_unit_test(what_it_does_not_know_is_skipped),
        cmocka_unit_test(the_last_run_is_read),
        cmocka_unit_test(a_run_after_a_line_that_was_cut_is_found),
        cmocka_unit_test(a_report_that_was_cut_is_read_up_to_there),
        cmocka_unit_test(without_its_end_nothing_holds),
        cmocka_unit_test(without_its_end_what_is_broken_is_broken),
        cmocka_unit_test(the_order_holds_where_it_was_kept),
        cmocka_unit_test(a_wait_that_nobody_looked_at_is_unknown),
        cmocka_unit_test(a_wait_after_the_last_look_is_unknown),
        cmocka_unit_test(a_wait_for_what_was_seen_idle_is_broken),
        cmocka_unit_test(what_was_killed_at_the_deadline_was_not_in_time),
        cmocka_unit_test(who_leaves_nobody_behind_is_gone_with_its_exit),
        cmocka_unit_test(who_leaves_somebody_behind_is_there_until_they_are_gone),
        cmocka_unit_test(who_exits_after_the_stop_was_alive_before_it),
        cmocka_unit_test(a_last_resort_without_a_policy_before_is_a_failure),
        cmocka_unit_test(a_report_can_end_anywhere),
        cmocka_unit_test(a_report_can_be_anything),
    };

    return cmocka_run_group_tests(tests, setup, NULL);
}
