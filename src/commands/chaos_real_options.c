#include "commands/chaos_real_options.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commands/chaos_real.h"
#include "commands/chaos_show.h"
#include "commands/inputs.h"
#include "real/pool.h"

enum { JOBS_PER_CORE = 4, RUNS_MAX = 100000 };

void real_complain(const char *what, const char *why)
{
    fprintf(stderr, "lastcall chaos --real: %s: %s\n", what, why);
}

void real_complain_text(const char *text)
{
    fputs(text, stderr);
}

bool chaos_is_real(int count, char **arguments)
{
    for (int i = 0; i < count; i++)
        if (strcmp(arguments[i], "--real") == 0)
            return true;
    return false;
}

/* Options */

static int number_parse(const char *text, uint64_t most, uint64_t *number)
{
    char *end;
    unsigned long long value = strtoull(text, &end, 10);

    if (end == text || *end != '\0' || *text == '-' || value < 1 || value > most) {
        real_complain(text, "a whole number is wanted, at least 1, and not that large");
        return -EINVAL;
    }
    *number = value;
    return 0;
}

/* Ours alone: takes the option at *place; 0, or 1: it is none of ours. */
static int option_take(struct real_options *options, int count, char **arguments, int *place)
{
    const char *name = arguments[*place];
    bool more = *place + 1 < count;
    uint64_t number = 0;

    if (strcmp(name, "--real") == 0)
        return 0;
    if (strcmp(name, "--keep") == 0 || strcmp(name, "--subreaper") == 0) {
        *(strcmp(name, "--keep") == 0 ? &options->keep : &options->subreaper) = true;
        return 0;
    }
    if (!more || (strcmp(name, "--random") != 0 && strcmp(name, "--from") != 0 &&
                  strcmp(name, "--jobs") != 0))
        return 1;
    if (number_parse(arguments[++*place], name[2] == 'f' ? UINT64_MAX
                                          : name[2] == 'j' ? POOL_JOBS_MAX : RUNS_MAX,
                     &number) < 0)
        return -EINVAL;
    if (name[2] == 'f')
        options->from = number;
    else if (name[2] == 'j')
        options->jobs = (int)number;
    else
        options->random = (int)number;
    return 0;
}

/* The others are those of lastcall chaos; random worlds need no file. */
static int others_parse(struct real_options *options, int count, char **arguments)
{
    struct chaos *chaos = &options->chaos;

    if (options->random == 0)
        return chaos_parse_options(chaos, count, arguments);
    for (int i = 0; i < count; i++) {
        bool more = i + 1 < count;

        if (strcmp(arguments[i], "--verbose") == 0) {
            chaos->verbose = true;
        } else if (strcmp(arguments[i], "--json") == 0) {
            chaos->json = true;
        } else if (strcmp(arguments[i], "--policy") == 0 && more) {
            chaos->policy_path = arguments[++i];
        } else if (strcmp(arguments[i], "--services") == 0 && more) {
            chaos->services_path = arguments[++i];
        } else {
            real_complain(arguments[i], "not an option of chaos --real --random, or its value is "
                                        "missing");
            return -EINVAL;
        }
    }
    return 0;
}

static int program_find(struct real_options *options)
{
    ssize_t length = readlink("/proc/self/exe", options->program, sizeof options->program - 1);

    if (length > 0 && length < (ssize_t)sizeof options->program - 1)
        return 0;
    real_complain("/proc/self/exe", "the path of this program cannot be known");
    return -ENOENT;
}

int real_parse_options(struct real_options *options, int count, char **arguments)
{
    char **others = calloc((size_t)count + 1, sizeof *others);
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    int left = 0, error = others ? 0 : -ENOMEM;

    options->from = 1;
    options->jobs = cores > 0 && cores < POOL_JOBS_MAX / JOBS_PER_CORE
                        ? (int)cores * JOBS_PER_CORE : JOBS_PER_CORE;
    for (int i = 0; i < count && error == 0; i++) {
        int place = i, result = option_take(options, count, arguments, &i);

        if (result > 0)
            others[left++] = arguments[place];
        else
            error = result;
    }
    if (error == 0)
        error = others_parse(options, left, others);
    free(others);
    options->json = options->chaos.json;
    options->verbose = options->chaos.verbose;
    return error < 0 ? error : program_find(options);
}

/* Files */

int real_read_sources(const struct real_options *options, const struct scenario *scenario,
                      struct chaos_sources *sources)
{
    static const struct scenario none;

    return chaos_read_sources(&options->chaos, scenario ? scenario : &none, sources);
}

enum strictness real_strictness(const struct real_options *options)
{
    return chaos_strictness(&options->chaos);
}

static int scenarios_add(struct real_scenarios *all, struct scenarios *file, int line)
{
    struct scenario **list = realloc(all->list, (size_t)(all->count + file->count + 1) *
                                                    sizeof *list);

    if (!list)
        return -ENOMEM;
    all->list = list;
    for (int i = 0; i < file->count; i++)
        if (chaos_is_chosen(file, i, line))
            all->list[all->count++] = &file->list[i];
    return 0;
}

static int file_read(const struct chaos_file *file, struct real_scenarios *all, char *text)
{
    struct scenarios **scenarios = &all->files[all->file_count++];
    struct source source = {0};
    int error = input_read_source(file->path, text, &source);

    if (error == 0)
        error = scenarios_read(file->path, source.text, scenarios);
    if (error == 0)
        return scenarios_add(all, *scenarios, file->line);
    chaos_show_mistake(file->path, source.text, *scenarios && *(*scenarios)->error
                                                    ? (*scenarios)->error : strerror(-error));
    return error;
}

int real_read_scenarios(const struct real_options *options, struct real_scenarios *scenarios,
                        char *text)
{
    int error = 0;

    for (int i = 0; i < options->chaos.file_count && error == 0; i++)
        error = file_read(&options->chaos.files[i], scenarios, text);
    return error;
}

void real_scenarios_close(struct real_scenarios *scenarios)
{
    for (int i = 0; i < scenarios->file_count; i++)
        scenarios_destroy(scenarios->files[i]);
    free(scenarios->list);
}
