/* Each expectation: a function of facts and steps alone, that says in words what was expected and
 * what happened instead, and returns whether it held. */
#include "chaos/expectations.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* What one judgement looks at. */
struct look {
    const struct expectation *expectation;
    const struct outcome *outcome;
    const struct facts *facts;
    char *expected;
    char *instead;
};

__attribute__((format(printf, 2, 3)))
static bool fails(struct look *look, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(look->instead, SCENARIO_ERROR_MAX, format, arguments);
    va_end(arguments);
    return false;
}

__attribute__((format(printf, 2, 3)))
static void expects(struct look *look, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(look->expected, SCENARIO_ERROR_MAX, format, arguments);
    va_end(arguments);
}

static double seconds(int64_t ms)
{
    return (double)ms / 1000.0;
}

static const struct service_facts *service_of(const struct facts *facts, const char *name)
{
    for (int i = 0; i < facts->service_count; i++)
        if (strcmp(facts->services[i].name, name) == 0)
            return &facts->services[i];
    return NULL;
}

/* Times */

/* Is a time within (`least` false: at most, true: at least) the expected number? */
static bool time_judge(struct look *look, int64_t took_ms, bool least)
{
    int64_t number_ms = look->expectation->number, tolerance_ms = look->outcome->tolerance_ms;

    return least ? took_ms >= number_ms - tolerance_ms : took_ms <= number_ms + tolerance_ms;
}

static bool finished_judge(struct look *look, bool least)
{
    const struct facts *facts = look->facts;
    int64_t took_ms = facts->done_ms - facts->begun_ms;

    expects(look, "everything is over %s %g s", least ? "not before" : "within",
            seconds(look->expectation->number));
    if (facts->begun_ms == NOT_MS)
        return fails(look, "the shutdown never began");
    if (facts->deadline_passed)
        return fails(look, "it was not over at the deadline");
    return time_judge(look, took_ms, least) || fails(look, "it took %.3f s", seconds(took_ms));
}

static bool stopped_judge(struct look *look, bool least)
{
    const char *name = look->expectation->services[0];
    const struct service_facts *service = service_of(look->facts, name);
    int64_t after_ms;

    expects(look, "%s is asked to exit %s %g s", name, least ? "not before" : "within",
            seconds(look->expectation->number));
    if (!service || service->stop_ms == NOT_MS || look->facts->begun_ms == NOT_MS)
        return fails(look, "it was never asked to");
    after_ms = service->stop_ms - look->facts->begun_ms;
    return time_judge(look, after_ms, least) ||
           fails(look, "it was asked to after %.3f s", seconds(after_ms));
}

/* Order */

static void order_expect(struct look *look)
{
    char list[SCENARIO_ERROR_MAX / 2] = "";
    size_t used = 0;

    for (int i = 0; i < look->expectation->service_count && used < sizeof list; i++)
        used += (size_t)snprintf(list + used, sizeof list - used, "%s%s", i > 0 ? ", then " : "",
                                 look->expectation->services[i]);
    expects(look, "stopped one after another: %s", list);
}

static bool order_judge(struct look *look)
{
    const struct service_facts *before = NULL;

    order_expect(look);
    for (int i = 0; i < look->expectation->service_count; i++) {
        const char *name = look->expectation->services[i];
        const struct service_facts *service = service_of(look->facts, name);

        if (!service || service->stop_ms == NOT_MS)
            return fails(look, "%s was never asked to exit", name);
        if (before && before->gone_ms == NOT_MS)
            return fails(look, "%s was never gone", before->name);
        if (before && service->stop_ms + look->outcome->tolerance_ms < before->gone_ms)
            return fails(look, "%s was asked to exit %.3f s before %s was gone", name,
                         seconds(before->gone_ms - service->stop_ms), before->name);
        before = service;
    }
    return true;
}

/* Steps of the timeline */

static int steps_kept(const struct steps *steps)
{
    return steps->count < STEPS_MAX ? steps->count : STEPS_MAX;
}

static bool step_matches(const struct step *step, const struct expectation *expectation)
{
    return strcmp(step->what, expectation->what) == 0 &&
           (expectation->service_count == 0 ||
            strcmp(step->service, expectation->services[0]) == 0) &&
           strstr(step->why, expectation->text);
}

/* The last resort kills without a step of the timeline. */
static const struct service_facts *killed_find(const struct look *look)
{
    const struct expectation *expectation = look->expectation;

    if (strcmp(expectation->what, "KILL") != 0 || *expectation->text)
        return NULL;
    for (int i = 0; i < look->facts->service_count; i++) {
        const struct service_facts *service = &look->facts->services[i];

        if (service->kill_ms != NOT_MS &&
            (expectation->service_count == 0 ||
             strcmp(service->name, expectation->services[0]) == 0))
            return service;
    }
    return NULL;
}

static const struct step *step_find(const struct look *look)
{
    const struct steps *steps = look->outcome->steps;

    for (int i = 0; i < steps_kept(steps); i++)
        if (step_matches(&steps->list[i], look->expectation))
            return &steps->list[i];
    return NULL;
}

static void steps_expect(struct look *look, const char *how)
{
    const struct expectation *expectation = look->expectation;
    bool text = *expectation->text != '\0';

    expects(look, "%s: '%s'%s%s%s%s%s", how, expectation->what,
            expectation->service_count > 0 ? " of " : "",
            expectation->service_count > 0 ? expectation->services[0] : "",
            text ? ", with '" : "", expectation->text, text ? "'" : "");
}

/* What there was instead: the same step of others, or other steps of the same service. */
static bool fails_with_steps(struct look *look)
{
    const struct expectation *expectation = look->expectation;
    const struct steps *steps = look->outcome->steps;
    int used = snprintf(look->instead, SCENARIO_ERROR_MAX, "there were");
    int begin = used;

    for (int i = 0; i < steps_kept(steps) && used < SCENARIO_ERROR_MAX; i++) {
        const struct step *step = &steps->list[i];
        bool whose = expectation->service_count == 0 ||
                     strcmp(step->service, expectation->services[0]) == 0;
        bool same = strcmp(step->what, expectation->what) == 0;

        if (!whose || (*expectation->text && !same))
            continue;
        used += snprintf(look->instead + used, (size_t)(SCENARIO_ERROR_MAX - used), "%s %s%s%s",
                         used > begin ? "," : "", step->what, same ? " " : "",
                         same ? step->why : "");
    }
    return used > begin ? false : fails(look, "there was nothing of that kind at all");
}

static bool happened_judge(struct look *look)
{
    steps_expect(look, "there is a step");
    return step_find(look) || killed_find(look) || fails_with_steps(look);
}

static bool never_judge(struct look *look)
{
    const struct step *step = step_find(look);
    const struct service_facts *killed = killed_find(look);

    steps_expect(look, "there is no step");
    if (step)
        return fails(look, "after %.3f s: %s %s %s",
                     seconds(step->at_ms - look->facts->begun_ms), step->service, step->what,
                     step->why);
    return !killed || fails(look, "after %.3f s: %s was killed",
                            seconds(killed->kill_ms - look->facts->begun_ms), killed->name);
}

/* Numbers */

static bool code_judge(struct look *look)
{
    expects(look, "lastcall exits with %lld", (long long)look->expectation->number);
    return look->outcome->exit_code == look->expectation->number ||
           fails(look, "it exited with %d", look->outcome->exit_code);
}

static bool count_judge(struct look *look, const char *words, int64_t count)
{
    expects(look, "at most %lld %s", (long long)look->expectation->number, words);
    return count <= look->expectation->number || fails(look, "there were %lld", (long long)count);
}

int invariant_of(const char *name)
{
    for (int i = 0; i < INVARIANTS; i++)
        if (strcmp(invariants[i].name, name) == 0)
            return i;
    return -1;
}

bool invariant_holds(const struct outcome *outcome, int invariant, char why[WHY_MAX])
{
    if (invariants[invariant].holds)
        return invariants[invariant].holds(outcome->facts, why);
    if (!outcome->repeats)
        snprintf(why, WHY_MAX, "two runs of it differ");
    return outcome->repeats;
}

static bool breaks_judge(struct look *look)
{
    int invariant = invariant_of(look->expectation->what);
    char why[WHY_MAX];

    expects(look, "it breaks %s: %s", look->expectation->what, invariants[invariant].meaning);
    return !invariant_holds(look->outcome, invariant, why) || fails(look, "it holds");
}

static bool look_judge(struct look *look)
{
    const struct facts *facts = look->facts;

    switch (look->expectation->kind) {
    case EXPECT_FINISHED_WITHIN:
        return finished_judge(look, false);
    case EXPECT_FINISHED_NOT_BEFORE:
        return finished_judge(look, true);
    case EXPECT_STOPPED_WITHIN:
        return stopped_judge(look, false);
    case EXPECT_STOPPED_NOT_BEFORE:
        return stopped_judge(look, true);
    case EXPECT_STOP_ORDER:
        return order_judge(look);
    case EXPECT_HAPPENED:
        return happened_judge(look);
    case EXPECT_NEVER:
        return never_judge(look);
    case EXPECT_EXIT_CODE:
        return code_judge(look);
    case EXPECT_CUT_AT_MOST:
        return count_judge(look, "requests are cut", facts->requests_cut);
    case EXPECT_REFUSED_AT_MOST:
        return count_judge(look, "requests are refused", facts->requests_refused);
    case EXPECT_FAILED_AT_MOST:
        return count_judge(look, "requests fail", facts->requests_failed);
    case EXPECT_BLIND_AT_MOST:
        return count_judge(look, "requests are sent on a connection that is gone",
                           facts->requests_blind);
    case EXPECT_WORK_CUT_AT_MOST:
        return count_judge(look, "pieces of work are cut", facts->work_cut);
    case EXPECT_BREAKS:
        return breaks_judge(look);
    }
    return false;
}

bool expectation_judge(const struct expectation *expectation, const struct outcome *outcome,
                       struct judgement *judgement)
{
    struct look look = {
        .expectation = expectation,
        .outcome = outcome,
        .facts = outcome->facts,
        .expected = judgement->expected,
        .instead = judgement->instead,
    };

    return look_judge(&look);
}

bool expectation_of_clients(const struct expectation *expectation)
{
    return expectation->kind == EXPECT_CUT_AT_MOST ||
           expectation->kind == EXPECT_REFUSED_AT_MOST ||
           expectation->kind == EXPECT_FAILED_AT_MOST ||
           expectation->kind == EXPECT_BLIND_AT_MOST ||
           expectation->kind == EXPECT_WORK_CUT_AT_MOST;
}
