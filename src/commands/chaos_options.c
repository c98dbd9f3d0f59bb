#include "commands/chaos_options.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/embedded.h"
#include "commands/inputs.h"

#define SCENARIO_ENDING ".lua"

void chaos_complain(const char *what, const char *why)
{
    fprintf(stderr, "lastcall chaos: %s: %s\n", what, why);
}

/* Files */

static int file_add(struct chaos *chaos, const char *folder, const char *name)
{
    const char *slash = *folder && folder[strlen(folder) - 1] != '/' ? "/" : "";
    char *path;

    if (chaos->file_count == CHAOS_FILES_MAX) {
        chaos_complain(folder, "too many files");
        return -EINVAL;
    }
    path = chaos->files[chaos->file_count].path;
    if (snprintf(path, CHAOS_PATH_MAX, "%s%s%s", folder, slash, name) >= CHAOS_PATH_MAX) {
        chaos_complain(name, "the path is too long");
        return -EINVAL;
    }
    chaos->file_count++;
    return 0;
}

static int is_scenario(const struct dirent *entry)
{
    size_t length = strlen(entry->d_name), ending = strlen(SCENARIO_ENDING);

    return length > ending && *entry->d_name != '.' &&
           strcmp(entry->d_name + length - ending, SCENARIO_ENDING) == 0;
}

static int folder_add(struct chaos *chaos, const char *folder)
{
    struct dirent **entries;
    int count = scandir(folder, &entries, is_scenario, alphasort), error = 0;

    if (count < 0) {
        error = -errno;
        chaos_complain(folder, strerror(errno));
        return error;
    }
    if (count == 0) {
        chaos_complain(folder, "there is no *.lua file in it");
        error = -EINVAL;
    }
    for (int i = 0; i < count; i++) {
        if (error == 0)
            error = file_add(chaos, folder, entries[i]->d_name);
        free(entries[i]);
    }
    free(entries);
    return error;
}

/* Takes ":LINE" off the end of a path. */
static int line_take(char *path)
{
    char *colon = strrchr(path, ':'), *end;
    long line = colon ? strtol(colon + 1, &end, 10) : 0;

    if (line < 1 || line > INT_MAX || *end != '\0')
        return 0;
    *colon = '\0';
    return (int)line;
}

static int path_add(struct chaos *chaos, char *path)
{
    struct chaos_file *file = &chaos->files[chaos->file_count];
    struct stat status;
    int error;

    if (stat(path, &status) < 0 && errno == ENOENT) {
        int line = line_take(path);

        error = line > 0 ? file_add(chaos, "", path) : -ENOENT;
        if (error == 0)
            file->line = line;
        if (error != -ENOENT)
            return error;
    }
    if (stat(path, &status) < 0) {
        chaos_complain(path, strerror(errno));
        return -EINVAL;
    }
    return S_ISDIR(status.st_mode) ? folder_add(chaos, path) : file_add(chaos, "", path);
}

/* Options */

static int alias_add(struct chaos *chaos, const char *text)
{
    struct chaos_alias *alias = &chaos->aliases[chaos->alias_count];
    int length = (int)strcspn(text, "=");

    if (chaos->alias_count == SIM_SERVICES_MAX || length == 0 || length >= STEP_NAME_MAX ||
        text[length] != '=' || strlen(text + length + 1) >= STEP_NAME_MAX) {
        chaos_complain(text, "--as needs NAME=YOURS, like --as router=envoy");
        return -EINVAL;
    }
    snprintf(alias->name, sizeof alias->name, "%.*s", length, text);
    snprintf(alias->yours, sizeof alias->yours, "%s", text + length + 1);
    chaos->alias_count++;
    return 0;
}

void chaos_rename_services(const struct chaos *chaos, struct scenario *scenario)
{
    for (int i = 0; i < scenario->described_count; i++)
        for (int k = 0; k < chaos->alias_count; k++)
            if (strcmp(scenario->described[i].name, chaos->aliases[k].name) == 0) {
                snprintf(scenario->described[i].name, STEP_NAME_MAX, "%s",
                         chaos->aliases[k].yours);
                break;
            }
}

int chaos_parse_options(struct chaos *chaos, int count, char **arguments)
{
    for (int i = 0; i < count; i++) {
        char *argument = arguments[i];
        bool more = i + 1 < count;

        if (strcmp(argument, "--verbose") == 0) {
            chaos->verbose = true;
        } else if (strcmp(argument, "--json") == 0) {
            chaos->json = true;
        } else if (strcmp(argument, "--policy") == 0 && more) {
            chaos->policy_path = arguments[++i];
        } else if (strcmp(argument, "--services") == 0 && more) {
            chaos->services_path = arguments[++i];
        } else if (strcmp(argument, "--as") == 0 && more) {
            if (alias_add(chaos, arguments[++i]) < 0)
                return -EINVAL;
        } else if (argument[0] == '-') {
            chaos_complain(argument, "not an option of chaos, or its value is missing "
                                     "(see lastcall --help)");
            return -EINVAL;
        } else if (path_add(chaos, argument) < 0) {
            return -EINVAL;
        }
    }
    if (chaos->alias_count > 0 && !chaos->services_path) {
        chaos_complain("--as", "it says who of your services is meant: --services is missing");
        return -EINVAL;
    }
    if (chaos->file_count > 0)
        return 0;
    chaos_complain("which scenarios?", "lastcall chaos FILE|FOLDER...");
    return -EINVAL;
}

enum strictness chaos_strictness(const struct chaos *chaos)
{
    return chaos->policy_path || chaos->services_path ? JUDGE_OUTCOME : JUDGE_ALL;
}

/* What a scenario runs */

static int source_read(const char *path, const char *built_in, char *text, struct source *source)
{
    int error = 0;

    if (!path || !*path)
        *source = (struct source){built_in, embedded_text(built_in)};
    else
        error = input_read_source(path, text, source);
    if (error < 0)
        chaos_complain(path, error == -EFBIG ? "longer than 64 KB" : strerror(-error));
    return error;
}

int chaos_read_sources(const struct chaos *chaos, const struct scenario *scenario,
                       struct chaos_sources *sources)
{
    const char *services = chaos->services_path ? chaos->services_path : scenario->services;
    const char *policy = chaos->policy_path     ? chaos->policy_path
                         : chaos->services_path ? ""
                                                : scenario->policy;
    int error = source_read(services, BUILT_IN_SERVICES, sources->services_text,
                            &sources->services);

    if (error < 0)
        return error;
    return source_read(policy, *services ? "policies/examples/in_reverse.lua"
                                         : "policies/shutdown.lua",
                       sources->policy_text, &sources->policy);
}

bool chaos_is_chosen(const struct scenarios *scenarios, int place, int line)
{
    int last = 0;

    for (int i = 0; i < scenarios->count; i++)
        if (scenarios->list[i].line <= line && scenarios->list[i].line > last)
            last = scenarios->list[i].line;
    return line == 0 || scenarios->list[place].line == last;
}
