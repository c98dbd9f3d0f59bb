/* lastcall explain.
 *
 * Happy path: options -> files, as check reads them -> the policy in the worlds that are wanted ->
 * their timelines side by side, each step with the line of the policy that caused it -> totals.
 *
 * What can go wrong: a file cannot be used (what check says about it, and exit status 1). */
#include "commands/explain.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands/explain_state.h"
#include "commands/options.h"
#include "commands/print.h"

struct explain {
    struct check *checks[TOLD_MAX]; /* of one policy, or the old and the new */
    int policies;
    bool compare;
    bool json;
    uint64_t seed;      /* 0: none is wanted */
    const char *world;  /* name of the only one that is wanted; NULL */
    char seed_name[32]; /* "seed 12" */
    struct told told[2 * TOLD_MAX];
    int count;
};

static void complain(const char *what, const char *why)
{
    fprintf(stderr, "lastcall explain: %s%s (see lastcall --help)\n", what, why);
}

static int take_values(struct explain *explain, const char *grace, const char *seed)
{
    char *end;

    if (explain->policies != (explain->compare ? 2 : 1)) {
        complain(explain->compare ? "--compare needs two policies: the old and the new"
                                  : "which policy? lastcall explain FILE", "");
        return -EINVAL;
    }
    errno = 0;
    explain->seed = seed ? strtoull(seed, &end, 10) : 0;
    if (seed && (errno || *end || explain->seed == 0 || *seed == '-')) {
        complain("--seed must be a number from 1 on, not ", seed);
        return -EINVAL;
    }
    for (int i = 0; i < explain->policies && grace; i++)
        if ((explain->checks[i]->grace_ms = input_parse_grace_ms(grace)) < 0) {
            complain("--grace must be a number of seconds, at least 1, not ", grace);
            return -EINVAL;
        }
    return 0;
}

static int take_flag(struct explain *explain, const char *argument)
{
    if (strcmp(argument, "--json") == 0)
        return explain->json = true;
    if (strcmp(argument, "--compare") == 0)
        return explain->compare = true;
    return false;
}

static int parse_options(struct explain *explain, int count, char **arguments)
{
    const char *grace = NULL, *seed = NULL, *services = NULL;

    for (int i = 0; i < count; i++) {
        struct {
            const char *name;
            const char **value;
        } options[] = {{"--services", &services}, {"--grace", &grace}, {"--seed", &seed},
                       {"--world", &explain->world}};
        const char *argument = arguments[i];
        int taken = take_flag(explain, argument);

        for (size_t option = 0; option < sizeof options / sizeof *options && !taken; option++)
            taken = option_value(arguments, count, &i, options[option].name,
                                 options[option].value);
        if (taken > 0)
            continue;
        if (taken < 0 || argument[0] == '-' || explain->policies == TOLD_MAX) {
            complain(argument, taken < 0 ? " needs a value"
                               : argument[0] == '-' ? ": there is no such option"
                                                    : ": one policy, or two with --compare");
            return -EINVAL;
        }
        explain->checks[explain->policies++]->policy_path = argument;
    }
    for (int i = 0; i < explain->policies; i++)
        explain->checks[i]->services_path = services;
    return take_values(explain, grace, seed);
}

/* The world of this name, or a seed's. */
static int world_find(const struct explain *explain, struct trial *trial, const char *name,
                      struct canonical *found)
{
    struct canonical list[CANONICAL_MAX];
    int count;

    if (explain->seed > 0) {
        *found = (struct canonical){.world = draw_from_seed(explain->seed, trial_names(trial))};
        snprintf(found->name, sizeof found->name, "%s", name);
        return 0;
    }
    if (canonical_find(trial_names(trial), name, found))
        return 0;
    complain(name, ": there is no world of this name; there are:");
    count = canonical_list(trial_names(trial), list);
    for (int i = 0; i < count; i++)
        fprintf(stderr, "  %s\n", list[i].name);
    return -EINVAL;
}

static int tell(struct explain *explain, const struct check *check, const char *name)
{
    struct told *told = &explain->told[explain->count];
    struct canonical world;
    int error = world_find(explain, check->trial, name, &world);

    if (error < 0)
        return error;
    told->check = check;
    told->world = name;
    draw_describe(&world.world, trial_names(check->trial), told->words, sizeof told->words);
    explain->count++;
    return story_tell(check->trial, &world.world, &told->story);
}

/* Each policy in the one world that is wanted, or in the usual and the worst. */
static int tell_all(struct explain *explain)
{
    const char *single = explain->seed > 0 ? explain->seed_name : explain->world;

    snprintf(explain->seed_name, sizeof explain->seed_name, "seed %" PRIu64, explain->seed);
    for (int i = 0; i < explain->policies; i++) {
        int error = tell(explain, explain->checks[i], single ? single : CANONICAL_USUAL);

        if (error == 0 && !single)
            error = tell(explain, explain->checks[i], CANONICAL_WORST);
        if (error < 0)
            return error;
    }
    return 0;
}

/* Text */

static void print_world(const struct told *told)
{
    printf("%s:\n", told->world);
    print_indented(stdout, "  ", *told->words ? told->words : "nothing is wrong, and nobody calls");
    putchar('\n');
}

static void print_broken(const struct told *told)
{
    char why[WHY_MAX], line[WHY_MAX + 64];

    for (int i = 0; i < INVARIANTS; i++) {
        if (!invariants[i].holds || invariants[i].holds(&told->story.facts, why))
            continue;
        snprintf(line, sizeof line, "RISKY   %-22s %s", invariants[i].name, why);
        explain_print(line);
    }
}

static const char *finisher(const struct told *told)
{
    return told->story.resorted ? " (the last resort finishes)" : "";
}

static double seconds(int64_t ms)
{
    return (double)ms / 1000;
}

static void print_head(const struct check *check, const char *what)
{
    char line[INPUT_PATH_MAX];

    snprintf(line, sizeof line, "%s%s, services: %s%s", what, check->policy.source.name,
             check->services.source.name, check->services.built_in ? " (built in)" : "");
    explain_print(line);
}

static void print_single(const struct told *told)
{
    print_head(told->check, "");
    print_world(told);
    explain_table_print(told, "time", NULL, NULL, false);
    printf("\n%.1f s of %.1f s%s\n", seconds(told->story.took_ms),
           seconds(told->story.budget_ms), finisher(told));
    print_broken(told);
}

static void print_pair(const struct told *usual, const struct told *worst)
{
    print_head(usual->check, "");
    print_world(usual);
    print_world(worst);
    explain_table_print(usual, "usual", worst, "worst", false);
    printf("\nusual %.1f s%s, worst case %.1f s of %.1f s%s\n", seconds(usual->story.took_ms),
           finisher(usual), seconds(worst->story.took_ms), seconds(worst->story.budget_ms),
           finisher(worst));
    print_broken(usual);
    print_broken(worst);
}

static void print_comparison(const struct told *old, const struct told *new)
{
    print_world(old);
    explain_table_print(old, "old", new, "new", true);
    printf("\n%s: old %.1f s%s, new %.1f s of %.1f s%s\n", old->world,
           seconds(old->story.took_ms), finisher(old), seconds(new->story.took_ms),
           seconds(new->story.budget_ms), finisher(new));
    print_broken(new);
}

static void print_text(const struct explain *explain)
{
    int worlds = explain->count / explain->policies;

    if (explain->json) {
        explain_json_print(explain->told, explain->count);
    } else if (explain->compare) {
        print_head(explain->checks[0], "old: ");
        print_head(explain->checks[1], "new: ");
        puts("- only the old does it, + only the new, ~ both at other times");
        for (int i = 0; i < worlds; i++) {
            putchar('\n');
            print_comparison(&explain->told[i], &explain->told[worlds + i]);
        }
    } else if (worlds == 2) {
        print_pair(&explain->told[0], &explain->told[1]);
    } else {
        print_single(&explain->told[0]);
    }
}

/* 0; 1: the policy is broken, and that was said; -errno. */
static int open_policy(struct explain *explain, struct check *check)
{
    int error = check_files(check);

    if (error == 0 && check->errors == 0)
        return check_open_trial(check);
    if (error == 0 && explain->json)
        check_print_json(check);
    else if (error == 0)
        check_print_text(check);
    return error < 0 ? error : 1;
}

static int explain_run(struct explain *explain)
{
    int error = 0;

    for (int i = 0; i < explain->policies && error == 0; i++)
        error = open_policy(explain, explain->checks[i]);
    if (error == 0)
        error = tell_all(explain);
    if (error == 0)
        print_text(explain);
    else if (error < 0 && error != -EINVAL)
        complain("", strerror(-error));
    return error == 0 ? 0 : 1;
}

int explain_main(int count, char **arguments)
{
    struct explain *explain = calloc(1, sizeof *explain);
    bool made = explain != NULL;
    int code = 1;

    for (int i = 0; i < TOLD_MAX && made; i++)
        made = (explain->checks[i] = calloc(1, sizeof *explain->checks[i])) != NULL;
    if (made && parse_options(explain, count, arguments) == 0)
        code = explain_run(explain);
    for (int i = 0; i < TOLD_MAX && explain; i++) {
        if (explain->checks[i])
            check_free(explain->checks[i]);
        free(explain->checks[i]);
    }
    free(explain);
    return code;
}
