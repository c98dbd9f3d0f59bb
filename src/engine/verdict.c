/* What a shutdown was, in a word and in an exit status: one rule for every world. */
#include <string.h>

#include "base/exit_codes.h"
#include "engine/engine.h"

/* Why there was a shutdown at all may be bad enough. */
static const char *in_order(const struct engine_result *result)
{
    if (strcmp(result->cause, "exit") == 0)
        return "in order, after a service had exited";
    if (strcmp(result->cause, "start") == 0)
        return "in order, after a start that failed";
    return "clean";
}

struct engine_verdict engine_verdict(const struct engine_result *result, bool forced)
{
    struct engine_verdict verdict = {in_order(result), 0};

    if (result->end == ENGINE_POLICY_FAILED)
        verdict = (struct engine_verdict){"policy failed", EXIT_POLICY_FAILED};
    else if (forced || result->killed)
        verdict = (struct engine_verdict){"forced", EXIT_FORCED};
    if (result->exit_code_given)
        verdict.exit_code = result->exit_code;
    return verdict;
}
