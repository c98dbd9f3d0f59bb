#include "commands/chaos_real_show.h"

#include <jansson.h>
#include <string.h>

#include "commands/print.h"

enum { DESCRIPTION_MAX = 8192 };

static const struct {
    unsigned found;
    const char *word;
} words[] = {
    {FOUND_NOTHING, "FAILED"}, {FOUND_BROKEN, "BROKEN"}, {FOUND_LEFT, "LEFT"},
    {FOUND_MISSED, "MISSED"},  {FOUND_UNLIKE, "DIFFERS"}, {FOUND_RACE, "race"},
};

static const char *word_of(unsigned found)
{
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (found & words[i].found)
            return words[i].word;
    return "ok";
}

void real_count(struct real_counts *counts, unsigned found)
{
    counts->runs++;
    counts->broken += (found & FOUND_BROKEN) != 0;
    counts->unlike += (found & FOUND_UNLIKE) != 0;
    counts->left += (found & FOUND_LEFT) != 0;
    counts->missed += (found & FOUND_MISSED) != 0;
    counts->races += (found & FOUND_RACE) != 0;
    counts->nothing += (found & FOUND_NOTHING) != 0;
}

static int64_t took_ms(const struct facts *facts)
{
    return facts->begun_ms == NOT_MS ? 0 : facts->done_ms - facts->begun_ms;
}

/* Text */

static void show_found(FILE *file, const struct real_run *run)
{
    if (run->found & (FOUND_NOTHING | FOUND_BROKEN))
        fprintf(file, "    %s\n", run->wrong);
    if (run->found & FOUND_MISSED)
        fprintf(file, "    it ended %.3f s after the first service had started: after its grace\n",
                (double)run->played.ended_ms / 1000);
    if (run->found & FOUND_LEFT)
        fprintf(file, "    it left %d processes; files: %s\n", run->processes_left,
                *run->files_left ? run->files_left : "none");
    if (run->found & (FOUND_UNLIKE | FOUND_RACE))
        fprintf(file, "    %s%s\n", run->found & FOUND_RACE ? "nearly at once: " : "",
                run->comparison.why);
}

void real_show(FILE *file, const char *name, const struct draw *world,
               const struct draw_names *names, const struct real_run *run, bool verbose)
{
    struct course real = {&run->events.facts, &run->events.steps};
    struct course simulated = {&run->simulated, &run->simulated_steps};
    static char text[DESCRIPTION_MAX];

    fprintf(file, "%-8s %-12s %7.3f s  (simulated %.3f s)  exit %d%s\n", word_of(run->found), name,
            (double)took_ms(real.facts) / 1000, (double)took_ms(simulated.facts) / 1000,
            run->exit_code, run->played.cut_short ? ", cut short" : "");
    if (!verbose && !(run->found & FOUND_FAULTS))
        return;
    show_found(file, run);
    draw_describe(world, names, text, sizeof text);
    print_indented(file, "    ", text);
    if (!(run->found & FOUND_NOTHING))
        comparison_print(file, &real, &simulated, &run->comparison);
}

void real_show_counts(FILE *file, const struct real_counts *counts, double seconds)
{
    fprintf(file, "%d worlds on real processes in %.1f s: %d broke an invariant, %d left something "
            "behind, %d missed\ntheir deadline, %d could not be judged; %d went another way than "
            "simulated, %d more in a race\n", counts->runs, seconds, counts->broken, counts->left,
            counts->missed, counts->nothing, counts->unlike, counts->races);
}

/* JSON */

static json_t *steps_json(const struct course *course)
{
    json_t *list = json_array();

    for (int i = 0; i < course->steps->count && i < STEPS_MAX; i++) {
        const struct step *step = &course->steps->list[i];

        json_array_append_new(list, json_pack("{s:f, s:s, s:s, s:s}", "time",
                                              (double)step->at_ms / 1000, "service", step->service,
                                              "what", step->what, "why", step->why));
    }
    return list;
}

void real_show_json(FILE *file, const char *name, const struct draw *world,
                    const struct draw_names *names, const struct real_run *run)
{
    struct course real = {&run->events.facts, &run->events.steps};
    struct course simulated = {&run->simulated, &run->simulated_steps};
    static char text[DESCRIPTION_MAX];
    json_t *found = json_array(), *object;

    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (run->found & words[i].found)
            json_array_append_new(found, json_string(words[i].word));
    draw_describe(world, names, text, sizeof text);
    object = json_pack("{s:s, s:o, s:s, s:s, s:s, s:i, s:i, s:s, s:f, s:f, s:o, s:o}", "name", name,
                       "found", found, "world", text, "wrong", run->wrong, "differs",
                       run->comparison.why, "exit_code", run->exit_code, "processes_left",
                       run->processes_left, "files_left", run->files_left, "took",
                       (double)took_ms(real.facts) / 1000, "simulated",
                       (double)took_ms(simulated.facts) / 1000, "steps", steps_json(&real),
                       "simulated_steps", steps_json(&simulated));
    json_dumpf(object, file, JSON_COMPACT);
    fputc('\n', file);
    json_decref(object);
}
