/* lastcall simulate.
 *
 * Happy path: options -> files -> a census of worlds -> each broken invariant with its smallest
 * world -> the verdict. With --seed, one world and its timeline. */
#include "commands/simulate.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "commands/print.h"
#include "commands/simulate_options.h"
#include "trial/census.h"

extern char **environ;

enum { DEFAULT_SEEDS = 10000, DESCRIPTION_MAX = 8192 };

static void complain_text(const char *text)
{
    fputs(text, stderr);
}

/* What was found */

static void find(struct trial *trial, uint64_t seed, int invariant,
                 struct trial_smallest *smallest)
{
    struct draw world = draw_from_seed(seed, trial_names(trial));

    trial_smallest(trial, &world, invariant, smallest);
}

static void print_replay(const struct simulate *simulate, uint64_t seed, char *text, size_t size)
{
    char services[512] = "", grace[64] = "";

    if (simulate->services_path)
        snprintf(services, sizeof services, " --services %s", simulate->services_path);
    if (simulate->grace_ms > 0)
        snprintf(grace, sizeof grace, " --grace %g", (double)simulate->grace_ms / 1000);
    snprintf(text, size, "lastcall simulate %s%s%s --seed %" PRIu64 " --verbose",
             simulate->policy_path, services, grace, seed);
}

static void print_broken(const struct simulate *simulate, struct trial *trial,
                         const struct census *census, int invariant)
{
    struct trial_smallest smallest;
    char replay[1024];

    find(trial, census->first[invariant], invariant, &smallest);
    print_replay(simulate, census->first[invariant], replay, sizeof replay);
    printf("BROKEN  %-22s in %" PRIu64 " of %" PRIu64 " worlds, first with seed %" PRIu64 "\n"
           "        %s\n        the smallest such world:%s\n",
           invariants[invariant].name, census->broken[invariant], census->worlds,
           census->first[invariant], smallest.why,
           *smallest.words ? "" : " one in which nothing is wrong at all");
    print_indented(stdout, "          ", smallest.words);
    printf("        %s\n        (--smallest: as in the smallest such world)\n", replay);
}

static int broken_count(const struct census *census)
{
    int broken = 0;

    for (int i = 0; i < INVARIANTS; i++)
        broken += census->broken[i] > 0;
    return broken;
}

static const char *sometimes_name(int place)
{
    return sometimes[place].name;
}

static const char *excuse_name(int place)
{
    return excuse_names[place];
}

static const char *clients_name(int place)
{
    return census_clients_names[place];
}

static const char *kind_name(int place)
{
    return draw_kind_names[place];
}

/* What there was and what happened, on a line: a kind that never occurs was not tried. */
static void print_counts(const char *what, const uint64_t *counts, int size,
                         const char *(*name)(int place))
{
    printf("  %s: ", what);
    for (int i = 0; i < size; i++)
        printf("%s%s %" PRIu64, i > 0 ? ", " : "", name(i), counts[i]);
    putchar('\n');
}

static json_t *counts_json(const uint64_t *counts, int size, const char *(*name)(int place))
{
    json_t *object = json_object();

    for (int i = 0; i < size; i++)
        json_object_set_new(object, name(i), json_integer((json_int_t)counts[i]));
    return object;
}

static void print_census(const struct simulate *simulate, struct trial *trial,
                         const struct census *census, double seconds)
{
    int broken = broken_count(census);

    for (int i = 0; i < INVARIANTS; i++)
        if (census->broken[i] == 0)
            printf("holds   %-22s %s\n", invariants[i].name, invariants[i].meaning);
    for (int i = 0; i < INVARIANTS; i++)
        if (census->broken[i] > 0)
            print_broken(simulate, trial, census, i);
    printf("\nof %" PRIu64 " worlds (the longest shutdown took %.1f s):\n", census->worlds,
           (double)census->longest_ms / 1000);
    print_counts("happened", census->happened, SOMETIMES, sometimes_name);
    print_counts("clients", census->clients, CLIENTS_COUNTS, clients_name);
    print_counts("thrown out", census->excused, EXCUSES, excuse_name);
    print_counts("drawn", census->kinds, DRAW_KINDS, kind_name);
    printf("%s: %d of %d invariants hold; digest %016" PRIx64 "\n", broken ? "BROKEN" : "sound",
           INVARIANTS - broken, INVARIANTS, census->digest);
    fprintf(stderr, "%.2f s, %.0f worlds a second\n", seconds,
            (double)census->worlds / seconds);
}

static json_t *smallest_json(const struct simulate *simulate, struct trial *trial,
                            const struct census *census, int invariant)
{
    struct trial_smallest smallest;
    char replay[1024];

    find(trial, census->first[invariant], invariant, &smallest);
    print_replay(simulate, census->first[invariant], replay, sizeof replay);
    return json_pack("{s:I, s:s, s:s, s:s}", "seed", (json_int_t)census->first[invariant], "why",
                     smallest.why, "world", smallest.words, "replay", replay);
}

static void print_census_json(const struct simulate *simulate, struct trial *trial,
                              const struct census *census)
{
    json_t *list = json_array(), *object;
    char digest[32];

    for (int i = 0; i < INVARIANTS; i++) {
        json_t *entry = json_pack("{s:s, s:s, s:I}", "name", invariants[i].name, "meaning",
                                  invariants[i].meaning, "broken",
                                  (json_int_t)census->broken[i]);

        if (census->broken[i] > 0)
            json_object_set_new(entry, "first", smallest_json(simulate, trial, census, i));
        json_array_append_new(list, entry);
    }
    snprintf(digest, sizeof digest, "%016" PRIx64, census->digest);
    object = json_pack("{s:I, s:s, s:o, s:o, s:o, s:o, s:o}", "worlds", (json_int_t)census->worlds,
                       "digest", digest, "invariants", list,
                       "happened", counts_json(census->happened, SOMETIMES, sometimes_name),
                       "clients", counts_json(census->clients, CLIENTS_COUNTS, clients_name),
                       "thrown_out", counts_json(census->excused, EXCUSES, excuse_name),
                       "drawn", counts_json(census->kinds, DRAW_KINDS, kind_name));
    json_dumpf(object, stdout, JSON_INDENT(1));
    putchar('\n');
    json_decref(object);
}

/* One world */

static int print_world(struct trial *trial, const struct draw *world)
{
    static char words[DESCRIPTION_MAX];
    struct trial_texts texts;
    struct facts facts;
    int broken = 0;

    if (trial_show(trial, world, &facts, &texts) < 0)
        return 1;
    draw_describe(world, trial_names(trial), words, sizeof words);
    printf("the world:\n%s\nwhat lastcall says:\n%s\nwhat happens:\n%s\n",
           *words ? words : "nothing is wrong\n", texts.output, texts.history);
    printf("what comes of it:\n%lld requests, %lld cut, %lld refused, %lld failed; %lld pieces of "
           "work cut\n", (long long)facts.requests, (long long)facts.requests_cut,
           (long long)facts.requests_refused, (long long)facts.requests_failed,
           (long long)facts.work_cut);
    for (int i = 0; i < INVARIANTS; i++) {
        char why[WHY_MAX];

        if (!invariants[i].holds || invariants[i].holds(&facts, why))
            continue;
        broken++;
        printf("BROKEN  %-22s %s\n", invariants[i].name, why);
    }
    return broken > 0;
}

static int simulate_seed(struct simulate *simulate, struct trial *trial)
{
    struct draw world = draw_from_seed(simulate->seed, trial_names(trial));
    struct census census = {0};
    struct facts facts;

    if (trial_run(trial, &world, &facts) < 0)
        return 1;
    census_add(&census, &world, &facts);
    for (int i = 0; i < INVARIANTS && simulate->smallest; i++)
        if (census.broken[i] > 0) {
            world = trial_shrink(trial, &world, i);
            break;
        }
    if (simulate->verbose)
        return print_world(trial, &world);
    if (simulate->json)
        print_census_json(simulate, trial, &census);
    else
        print_census(simulate, trial, &census, 1);
    return broken_count(&census) > 0;
}

/* All of them */

static uint64_t worlds_wanted;

static void on_progress(const struct census *so_far)
{
    fprintf(stderr, "\r%" PRIu64 " of %" PRIu64 " worlds, %d invariants broken ",
            so_far->worlds, worlds_wanted, broken_count(so_far));
    if (so_far->worlds == worlds_wanted)
        fputs("\r\033[K", stderr);
}

static double now_seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static int simulate_all(struct simulate *simulate, struct trial *trial)
{
    struct census_plan plan = {
        .from = simulate->from,
        .worlds = simulate->seeds,
        .workers = simulate->workers,
        .on_progress = isatty(STDERR_FILENO) && !simulate->json ? on_progress : NULL,
    };
    double begun = now_seconds();
    struct census census;
    int error;

    worlds_wanted = plan.worlds;
    error = census_take(trial, &plan, &census);
    if (error < 0) {
        simulate_complain("simulate", strerror(-error));
        return 1;
    }
    if (simulate->json)
        print_census_json(simulate, trial, &census);
    else
        print_census(simulate, trial, &census, now_seconds() - begun);
    return broken_count(&census) > 0;
}

int simulate_main(int count, char **arguments)
{
    struct simulate *simulate = calloc(1, sizeof *simulate);
    struct trial *trial;
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    int code = 1;

    if (!simulate)
        return 1;
    simulate->seeds = DEFAULT_SEEDS;
    simulate->from = 1;
    simulate->workers = cores > 0 && cores < 64 ? (int)cores : 1;
    if (simulate_parse_options(simulate, count, arguments) < 0 ||
        simulate_read_sources(simulate) < 0)
        goto end;
    simulate->config.environment = (const char *const *)environ;
    simulate->config.grace_ms = simulate->grace_ms;
    simulate->config.complain = complain_text;
    if (trial_create(&simulate->config, &trial) < 0)
        goto end;
    code = simulate->seed > 0 ? simulate_seed(simulate, trial) : simulate_all(simulate, trial);
    trial_destroy(trial);
end:
    free(simulate);
    return code;
}
