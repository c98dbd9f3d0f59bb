/* Happy path: folder -> services.lua of stand-ins -> container -> the world plays -> the report is
 * read and what only stand-ins know is added -> judged, compared -> folder removed.
 *
 * What can go wrong: something cannot be made (found nothing, wrong says why); it does not end in
 * its grace; it leaves something. The folder and all processes are gone in each case. */
#include "real/real.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include "real/clients.h"
#include "real/worlds.h"

enum { GRACE_TEXT = 32, SIGNALLED = 128 };

static void fail(struct real_run *run, const char *what, const char *why)
{
    run->found |= FOUND_NOTHING;
    snprintf(run->wrong, sizeof run->wrong, "%.60s: %.240s", what, why);
}

/* Before */

static int files_write(const struct real_plan *plan, const struct draw *world,
                       struct real_run *run, char services[SERVICES_TEXT_MAX])
{
    int error = folder_services(run->folder, plan->program, plan->ready_s, world, plan->names,
                                services);

    if (error == 0)
        error = folder_write(run->folder, "services.lua", services);
    return error < 0 ? error : folder_write(run->folder, "shutdown.lua", plan->policy);
}

static pid_t start(const struct real_plan *plan, const struct draw *world,
                   const struct real_run *run)
{
    char services[FOLDER_PATH_MAX], policy[FOLDER_PATH_MAX], events[FOLDER_PATH_MAX];
    char log[FOLDER_PATH_MAX], grace[GRACE_TEXT];
    const char *arguments[] = {plan->program, "run", "--services", services, "--policy", policy,
                               "--report", events, "--grace", grace, NULL};

    folder_path(run->folder, "services.lua", services);
    folder_path(run->folder, "shutdown.lua", policy);
    folder_path(run->folder, "events", events);
    folder_path(run->folder, "log", log);
    snprintf(grace, sizeof grace, "%.3f", (double)world->values[DRAW_WORLD][DRAW_GRACE] / 1000);
    return container_start(plan->isolation, arguments, plan->environment, log);
}

/* After */

/* Steps count from the beginning of a shutdown on; facts, and all of the simulated world, from the
 * start on. */
static void steps_since_start(struct events *events)
{
    bool begun = false;

    for (int i = 0; i < events->steps.count && i < STEPS_MAX; i++) {
        struct step *step = &events->steps.list[i];

        begun |= strcmp(step->what, "shutdown") == 0;
        if (begun && events->facts.begun_ms != NOT_MS)
            step->at_ms += events->facts.begun_ms;
    }
}

static int report_read(struct real_run *run)
{
    char path[FOLDER_PATH_MAX];
    FILE *file;
    int error;

    folder_path(run->folder, "events", path);
    file = fopen(path, "re");
    if (!file)
        return -errno;
    error = events_read(file, &run->events);
    fclose(file);
    return error;
}

static void judge(struct real_run *run)
{
    struct facts *facts = &run->events.facts;
    char why[WHY_MAX];

    if (run->processes_left > 0 && !run->played.cut_short && !run->played.missed)
        facts->processes_left = run->processes_left;
    facts->cut_short = run->played.cut_short;
    facts->deadline_passed |= run->played.missed;
    for (int i = 0; i < INVARIANTS; i++) {
        if (!invariants[i].holds || invariants[i].holds(facts, why))
            continue;
        run->found |= FOUND_BROKEN;
        snprintf(run->wrong, sizeof run->wrong, "%s: %.250s", invariants[i].name, why);
    }
}

/* One that was ended from outside has no time to clean up. */
static void look_for_leftovers(struct real_run *run)
{
    bool ended = run->played.cut_short || run->played.missed || run->played.interrupted;

    run->processes_left = container_clear();
    folder_leftovers(run->folder, run->files_left, sizeof run->files_left);
    if (!ended && (run->processes_left > 0 || *run->files_left))
        run->found |= FOUND_LEFT;
    if (ended)
        run->files_left[0] = '\0';
}

static void compare_with_simulated(const struct real_plan *plan, const struct draw *world,
                                   const char *services, struct real_run *run)
{
    struct trial_config config = {
        .services = {"services.lua", services},
        .policy = {"shutdown.lua", plan->policy},
        .environment = plan->environment,
    };
    struct course real = {&run->events.facts, &run->events.steps};
    struct trial_texts texts;
    struct draw observed;
    struct trial *trial;

    if (trial_create(&config, &trial) < 0) {
        fail(run, "simulation", "the files cannot be used");
        return;
    }
    clients_add(run->folder, world, trial_names(trial), &run->events.facts);
    judge(run);
    observed = world_observed(world, &run->events.facts, &run->events.steps);
    compare(trial, &observed, world_late_ms(world, &observed), &real, &run->comparison);
    if (run->comparison.likeness != LIKE)
        run->found |= run->comparison.likeness == UNLIKE ? FOUND_UNLIKE : FOUND_RACE;
    if (trial_show(trial, &observed, &run->simulated, &texts) == 0)
        run->simulated_steps = *texts.steps;
    for (int i = 0; i < run->simulated.service_count; i++)
        run->simulated.services[i].name = plan->names->names[i];
    trial_destroy(trial);
}

static void look(const struct real_plan *plan, const struct draw *world, const char *services,
                 struct real_run *run)
{
    int status = run->played.status;
    int error;

    run->exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : SIGNALLED + WTERMSIG(status);
    look_for_leftovers(run);
    if (run->played.missed ||
        (!run->played.cut_short && run->played.ended_ms > draw_signal_ms(world) +
                                                   world->values[DRAW_WORLD][DRAW_GRACE]))
        run->found |= FOUND_MISSED;
    error = report_read(run);
    if (error < 0) {
        fail(run, "its report", *run->events.why ? run->events.why : strerror(-error));
        return;
    }
    steps_since_start(&run->events);
    compare_with_simulated(plan, world, services, run);
}

void real_run(const struct real_plan *plan, const struct draw *world, struct real_run *run)
{
    char services[SERVICES_TEXT_MAX];
    int error;
    pid_t pid;

    memset(run, 0, sizeof *run);
    error = folder_make(run->folder);
    if (error < 0) {
        fail(run, "a folder", strerror(-error));
        return;
    }
    error = files_write(plan, world, run, services);
    pid = error < 0 ? error : start(plan, world, run);
    if (pid < 0) {
        fail(run, "it cannot start", strerror(-pid));
    } else {
        play(world, plan->names, run->folder, pid, &run->played);
        look(plan, world, services, run);
    }
    if (!plan->keep)
        folder_remove(run->folder);
}
