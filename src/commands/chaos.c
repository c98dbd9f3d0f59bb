/* lastcall chaos.
 *
 * Happy path: options -> each file: its scenarios -> each of them: a trial of its policy in its
 * world -> judged -> a line; in the end the counts.
 *
 * What can go wrong: a scenario file has a mistake (said, the others go on); a policy or
 * services.lua cannot be used (that scenario is BROKEN); an expectation does not hold. */
#include "commands/chaos.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands/chaos_options.h"
#include "commands/chaos_show.h"
#include "commands/inputs.h"
#include "trial/trial.h"

/* All that is too large for the stack. */
struct chaos_run {
    struct chaos options;
    struct chaos_sources sources;
    struct chaos_result result;
    struct chaos_counts counts;
    json_t *list;
    char text[SOURCE_MAX + 1];
};

static void complain_text(const char *text)
{
    fputs(text, stderr);
}

/* One scenario */

static enum chaos_end judge(const struct chaos *chaos, struct chaos_result *result, bool repeats)
{
    struct outcome outcome = {
        .facts = &result->facts,
        .steps = result->steps,
        .exit_code = result->facts.exit_code,
        .clients_known = true,
        .repeats = repeats,
    };
    enum chaos_end end = CHAOS_OK;

    result->judgement_count = scenario_judge(result->scenario, &outcome, chaos_strictness(chaos),
                                             result->judgements);
    for (int i = 0; i < result->judgement_count; i++)
        if (result->judgements[i].verdict == VERDICT_FAILED)
            end = CHAOS_FAILED;
    return end;
}

static enum chaos_end try(const struct chaos *chaos, struct trial *trial,
                          struct scenario *scenario, struct chaos_result *result)
{
    const struct draw_names *names = trial_names(trial);
    const char *stranger = chaos->services_path ? scenario_stranger(scenario, names) : NULL;
    struct trial_texts texts;
    bool repeats;

    if (stranger) {
        snprintf(result->why, sizeof result->why, "%s has no service '%.64s': --as %.64s=YOURS",
                 chaos->services_path, stranger, stranger);
        return CHAOS_SKIPPED;
    }
    if (scenario_bind(scenario, names, chaos_strictness(chaos), result->why) < 0)
        return CHAOS_UNUSABLE;
    draw_describe(&scenario->draw, names, result->world, sizeof result->world);
    repeats = trial_repeats(trial, &scenario->draw);
    if (trial_show(trial, &scenario->draw, &result->facts, &texts) < 0) {
        snprintf(result->why, sizeof result->why, "%s", strerror(ENOMEM));
        return CHAOS_UNUSABLE;
    }
    result->steps = texts.steps;
    return judge(chaos, result, repeats);
}

static void show(struct chaos_run *run)
{
    const struct chaos_result *result = &run->result;

    run->counts.ends[result->end]++;
    for (int i = 0; i < result->judgement_count; i++)
        run->counts.not_known += result->judgements[i].verdict == VERDICT_NOT_KNOWN;
    if (run->options.json)
        chaos_json_add(run->list, result);
    else
        chaos_show(&run->options, result);
}

static void run_scenario(struct chaos_run *run, struct scenario *scenario)
{
    struct trial_config config = {
        .environment = scenario->environment,
        .complain = complain_text,
    };
    struct trial *trial = NULL;

    run->result = (struct chaos_result){.scenario = scenario, .end = CHAOS_UNUSABLE};
    chaos_rename_services(&run->options, scenario);
    if (chaos_read_sources(&run->options, scenario, &run->sources) == 0) {
        config.services = run->sources.services;
        config.policy = run->sources.policy;
        if (trial_create(&config, &trial) == 0)
            run->result.end = try(&run->options, trial, scenario, &run->result);
    }
    show(run);
    if (trial)
        trial_destroy(trial);
}

/* All of them */

/* A file with a mistake counts as one scenario that cannot be used. */
static void run_file(struct chaos_run *run, const struct chaos_file *file)
{
    struct scenarios *scenarios = NULL;
    struct source source = {0};
    int error = input_read_source(file->path, run->text, &source);

    if (error == 0)
        error = scenarios_read(file->path, source.text, &scenarios);
    if (error < 0) {
        bool said = scenarios && *scenarios->error;

        chaos_show_mistake(file->path, source.text, said ? scenarios->error : strerror(-error));
        run->counts.ends[CHAOS_UNUSABLE]++;
    }
    for (int i = 0; error == 0 && i < scenarios->count; i++)
        if (chaos_is_chosen(scenarios, i, file->line))
            run_scenario(run, &scenarios->list[i]);
    scenarios_destroy(scenarios);
}

int chaos_main(int count, char **arguments)
{
    struct chaos_run *run = calloc(1, sizeof *run);
    int code = 1;

    if (!run || chaos_parse_options(&run->options, count, arguments) < 0)
        goto end;
    run->list = json_array();
    for (int i = 0; i < run->options.file_count; i++)
        run_file(run, &run->options.files[i]);
    if (run->options.json)
        chaos_json_print(run->list, &run->counts);
    else
        chaos_show_counts(&run->options, &run->counts);
    json_decref(run->list);
    code = run->counts.ends[CHAOS_FAILED] > 0 || run->counts.ends[CHAOS_UNUSABLE] > 0;
end:
    free(run);
    return code;
}
