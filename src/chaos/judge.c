/* Judges what came of a shutdown: every expectation, then the invariants. */
#include <stdio.h>

#include "chaos/expectations.h"

static bool is_expected_to_break(const struct scenario *scenario, int invariant)
{
    for (int i = 0; i < scenario->expectation_count; i++)
        if (scenario->expectations[i].kind == EXPECT_BREAKS &&
            invariant_of(scenario->expectations[i].what) == invariant)
            return true;
    return false;
}

/* What a scenario breaks with a policy of its own, another policy must not break; what it breaks
 * with the built-in one comes from its world, and is nobody's fault. */
static bool is_judged(const struct scenario *scenario, int invariant, enum strictness strictness)
{
    return !is_expected_to_break(scenario, invariant) ||
           (strictness == JUDGE_OUTCOME && *scenario->policy);
}

static void invariant_judge(const struct outcome *outcome, int invariant,
                            struct judgement *judgement)
{
    char why[WHY_MAX] = "";
    bool held = invariant_holds(outcome, invariant, why);

    *judgement = (struct judgement){.verdict = held ? VERDICT_HELD : VERDICT_FAILED};
    snprintf(judgement->expected, sizeof judgement->expected, "%s: %s",
             invariants[invariant].name, invariants[invariant].meaning);
    if (!held)
        snprintf(judgement->instead, sizeof judgement->instead, "%s", why);
}

int scenario_judge(const struct scenario *scenario, const struct outcome *outcome,
                   enum strictness strictness, struct judgement judgements[JUDGEMENTS_MAX])
{
    int count = 0;

    for (int i = 0; i < scenario->expectation_count; i++) {
        const struct expectation *expectation = &scenario->expectations[i];
        struct judgement *judgement = &judgements[count];
        bool of_clients = expectation_of_clients(expectation);

        if (strictness == JUDGE_OUTCOME && !of_clients)
            continue;
        *judgement = (struct judgement){.line = expectation->line};
        judgement->verdict = expectation_judge(expectation, outcome, judgement) ? VERDICT_HELD
                                                                                : VERDICT_FAILED;
        if (of_clients && !outcome->clients_known) {
            judgement->verdict = VERDICT_NOT_KNOWN;
            *judgement->instead = '\0';
        }
        count++;
    }
    for (int i = 0; i < INVARIANTS; i++)
        if (is_judged(scenario, i, strictness))
            invariant_judge(outcome, i, &judgements[count++]);
    return count;
}
