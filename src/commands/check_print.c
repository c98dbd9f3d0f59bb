/* What lastcall check found, for people. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "commands/check_state.h"
#include "commands/print.h"

static void print_line(void *context, const char *line)
{
    (void)context;
    puts(line);
}

/* Names are whatever was typed, and reasons may be the policy's own words. */
static void print_services(const struct check *check)
{
    char line[512];

    snprintf(line, sizeof line, "services: %s%s", check->services.source.name,
             check->services_errors > 0 ? ", which is broken: names of services are not checked"
             : check->services.built_in ? " (built in)" : "");
    print_clean(line);
}

static void print_words(const char *words)
{
    while (*words) {
        size_t length = strcspn(words, "\n");

        printf("          %.*s\n", (int)length, words);
        words += length + (words[length] == '\n');
    }
}

static void print_broken(const struct check *check, int invariant)
{
    const struct survey_broken *broken = &check->survey.broken[invariant];
    uint64_t worlds = check->survey.canonical + check->survey.seeds;
    char line[COMMAND_MAX], count[32], tried[32];
    struct trial_smallest smallest;

    trial_smallest(check->trial, &broken->first.world, invariant, &smallest);
    snprintf(line, sizeof line, "RISKY   %-22s in %s of %s simulated shutdowns, first: %s",
             invariants[invariant].name, check_count_text(broken->worlds, count),
             check_count_text(worlds, tried), broken->first.name);
    print_clean(line);
    printf("        must hold: %s\n", invariants[invariant].meaning);
    snprintf(line, sizeof line, "        but: %s", smallest.why);
    print_clean(line);
    printf("        the smallest world in which it happens:%s\n",
           *smallest.words ? "" : " one in which nothing is wrong at all");
    print_words(smallest.words);
    check_replay(check, &broken->first, line, sizeof line);
    fputs("        ", stdout);
    print_clean(line);
}

static void print_never_ran(const struct survey *survey)
{
    char lines[512], tried[32];

    if (survey->never_ran == 0)
        return;
    check_never_ran(survey, lines, sizeof lines);
    printf("hint: line%s %s never ran in %s simulated shutdowns\n",
           survey->never_ran > 1 ? "s" : "", lines,
           check_count_text(survey->canonical + survey->seeds, tried));
}

static void print_worst(const struct survey *survey)
{
    const struct survey_worst *worst = &survey->worst;

    printf("worst case %.1f s of %.1f s (%s)%s\n", (double)worst->took_ms / 1000,
           (double)worst->budget_ms / 1000, worst->world,
           worst->resorted ? ": the policy does not finish; the last resort does" : "");
}

static void print_worlds(const struct check *check)
{
    const struct survey *survey = &check->survey;
    char seeds[32], wanted[32];

    if (survey->failed)
        return;
    for (int i = 0; i < INVARIANTS; i++)
        if (survey->broken[i].worlds > 0)
            print_broken(check, i);
    printf("simulated: %" PRIu64 " named worlds, %s seeds%s%s%s\n", survey->canonical,
           check_count_text(survey->seeds, seeds), check->cut_short ? " (of " : "",
           check->cut_short ? check_count_text(check->seeds, wanted) : "",
           check->cut_short ? ": it took too long)" : "");
    print_never_ran(survey);
    print_worst(survey);
}

void check_print_text(const struct check *check)
{
    for (int i = 0; i < check->count; i++)
        finding_print(&check->kept[i].finding, print_line, NULL);
    if (check->more > 0)
        printf("and %d more\n", check->more);
    if (check->policy_path) {
        const char *const *not_checked = check_not_checked(check);

        print_services(check);
        if (!check->read)
            puts("not checked: anything else");
        else if (*not_checked)
            printf("not checked: %s; %s\n", not_checked[0], not_checked[1]);
    }
    if (check->trial)
        print_worlds(check);
    check_verdict_print(check);
}
