/* What is to be thought of it, in a word and in a line. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/embedded.h"
#include "commands/check_state.h"
#include "commands/print.h"

static bool is_risky(const struct check *check)
{
    return survey_broken_count(&check->survey) > 0 || check->survey.worst.resorted;
}

enum check_verdict check_verdict(const struct check *check)
{
    if (check->errors > 0 || (check->strict && (check->remarks > 0 || is_risky(check))))
        return CHECK_BROKEN;
    return is_risky(check) ? CHECK_RISKY : CHECK_SOUND;
}

static const char *plural(int count)
{
    return count == 1 ? "" : "s";
}

const char *check_count_text(uint64_t count, char text[32])
{
    if (count < 1000)
        snprintf(text, 32, "%" PRIu64, count);
    else if (count < 1000000)
        snprintf(text, 32, "%" PRIu64 ",%03" PRIu64, count / 1000, count % 1000);
    else
        snprintf(text, 32, "%" PRIu64 ",%03" PRIu64 ",%03" PRIu64, count / 1000000,
                 count / 1000 % 1000, count % 1000);
    return text;
}

static void describe_errors(const struct check *check, char *text, size_t size)
{
    const char *services = check->services.source.name;

    if (check->errors == 0 && check->remarks > 0)
        snprintf(text, size, "%d remark%s, with --strict", check->remarks,
                 plural(check->remarks));
    else if (check->errors == 0)
        snprintf(text, size, "risky, with --strict");
    else if (check->services_errors == check->errors && check->policy_path)
        snprintf(text, size, "%d error%s in %s", check->errors, plural(check->errors), services);
    else if (check->services_errors > 0 && check->policy_path)
        snprintf(text, size, "%d error%s, of them %d in %s", check->errors,
                 plural(check->errors), check->services_errors, services);
    else
        snprintf(text, size, "%d error%s", check->errors, plural(check->errors));
}

static void describe_trials(const struct check *check, char *text, size_t size)
{
    char tried[32];
    int broken = survey_broken_count(&check->survey);

    check_count_text(check->survey.canonical + check->survey.seeds, tried);
    if (!check->policy_path)
        snprintf(text, size, "it can be used");
    else if (broken > 0)
        snprintf(text, size, "%d of %d invariants broken in some of %s simulated shutdowns", broken,
                 INVARIANTS, tried);
    else if (is_risky(check))
        snprintf(text, size, "the worst of %s simulated shutdowns reaches the deadline", tried);
    else
        snprintf(text, size, "all %d invariants hold in %s simulated shutdowns", INVARIANTS,
                 tried);
}

/* Clean, since the names are whatever was typed. */
void check_verdict_print(const struct check *check)
{
    static const char *const words[] = {"sound", "BROKEN", "RISKY"};
    const char *file = check->policy_path ? check->policy.source.name
                                          : check->services.source.name;
    enum check_verdict verdict = check_verdict(check);
    char line[512], text[256], remarks[32] = "";

    if (verdict != CHECK_BROKEN && check->remarks > 0)
        snprintf(remarks, sizeof remarks, "; %d remark%s", check->remarks,
                 plural(check->remarks));
    if (verdict == CHECK_BROKEN)
        describe_errors(check, text, sizeof text);
    else
        describe_trials(check, text, sizeof text);
    snprintf(line, sizeof line, "%s: %s: %s%s", file, words[verdict], text, remarks);
    print_clean(line);
}

static void describe_risk(const struct check *check, char *text, size_t size)
{
    const struct survey *survey = &check->survey;
    int broken = survey_broken_count(survey), most = 0;
    char tried[32], worlds[32], others[64] = "";

    for (int i = 1; i < INVARIANTS; i++)
        if (survey->broken[i].worlds > survey->broken[most].worlds)
            most = i;
    check_count_text(survey->canonical + survey->seeds, tried);
    if (broken > 1)
        snprintf(others, sizeof others, " (and %d other%s in some)", broken - 1,
                 plural(broken - 1));
    if (broken > 0)
        snprintf(text, size, "%s broken in %s of %s simulated shutdowns%s", invariants[most].name,
                 check_count_text(survey->broken[most].worlds, worlds), tried, others);
    else
        snprintf(text, size, "the worst of %s simulated shutdowns reaches the deadline (%s)",
                 tried, survey->worst.world);
}

/* A finding in its place, else what the worlds showed. */
void check_brief_print(const struct check *check)
{
    const struct finding *finding = NULL;
    char line[COMMAND_MAX + 1024], text[512], command[COMMAND_MAX];

    for (int i = 0; i < check->count && !finding; i++)
        if (!check->kept[i].finding.remark)
            finding = &check->kept[i].finding;
    if (!finding && !is_risky(check))
        return;
    if (finding && strcmp(finding->file, check->policy.source.name) != 0)
        snprintf(text, sizeof text, "%s:%d: %s", finding->file, finding->line, finding->message);
    else if (finding)
        snprintf(text, sizeof text, "line %d: %s", finding->line, finding->message);
    else
        describe_risk(check, text, sizeof text);
    check_command(check, "check", command, sizeof command);
    snprintf(line, sizeof line, "policy %s is %s: %s; %s says more", check->policy.source.name,
             finding ? "broken" : "risky", text, command);
    print_clean(line);
}

/* A container's own services are found without an option. */
void check_command(const struct check *check, const char *subcommand, char *text, size_t size)
{
    size_t used = (size_t)snprintf(text, size, "lastcall %s %s", subcommand, check->policy_path);

    if (check->services_path && strcmp(check->services_path, STANDARD_SERVICES) != 0 &&
        !(check->brief && check->services.built_in) && used < size)
        used += (size_t)snprintf(text + used, size - used, " --services %s",
                                 check->services_path);
    if (check->grace_ms > 0 && used < size)
        snprintf(text + used, size - used, " --grace %g", (double)check->grace_ms / 1000);
}

void check_replay(const struct check *check, const struct survey_world *world, char *text,
                  size_t size)
{
    size_t used;

    check_command(check, "explain", text, size);
    used = strlen(text);
    if (world->world.seed > 0)
        snprintf(text + used, size - used, " --seed %" PRIu64, world->world.seed);
    else
        snprintf(text + used, size - used, " --world \"%s\"", world->name);
}

void check_never_ran(const struct survey *survey, char *text, size_t size)
{
    size_t used = 0;

    *text = '\0';
    for (int line = 1; line < LINES_MAX; line++) {
        int last = line;

        if (!survey->never[line])
            continue;
        while (last + 1 < LINES_MAX && survey->never[last + 1])
            last++;
        if (used < size && last > line)
            used += (size_t)snprintf(text + used, size - used, "%s%d-%d", used ? ", " : "", line,
                                     last);
        else if (used < size)
            used += (size_t)snprintf(text + used, size - used, "%s%d", used ? ", " : "", line);
        line = last;
    }
}

const char *const *check_not_checked(const struct check *check)
{
    static const char *const without_worlds[] = {
        "what it does in a shutdown", "values that it computes", NULL,
    };
    static const char *const nothing[] = {NULL};

    return check->policy_path && !check->trial ? without_worlds : nothing;
}
