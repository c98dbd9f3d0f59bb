/* The last resort: the table of what runs, and the order in which it is stopped.
 *
 * Happy path of last_resort_run(): drain, then each service from the last started to the first:
 * TERM and CONT, it exits; then nobody is left.
 * Failure modes: a service ignores TERM (its share of the time left ends: KILL to the group), its
 * leader is gone but its group is not (TERM to the group), SIGKILL does nothing (a process in the
 * kernel: said, left behind), the deadline comes (on_deadline ends everything, wherever we are). */
#include <signal.h>
#include <string.h>

#include "live/address.h"
#include "live/last_resort_internal.h"

enum { GRACE_MS = 10000 };

struct service resort_services[PROCESSES_MAX];
struct resort_run resort_run;

static unsigned services_started;
static int64_t grace_ms = GRACE_MS;

static int64_t least_ms(int64_t one_ms, int64_t other_ms)
{
    return one_ms < other_ms ? one_ms : other_ms;
}

static void service_set_drain(struct service *service, const struct last_resort_entry *entry)
{
    struct address addresses[ADDRESSES_MAX];

    service->drains = false;
    if (!entry->drain_address || !entry->drain_request
        || strlen(entry->drain_request) >= sizeof service->drain_request
        || address_parse(entry->drain_address, addresses) < 1)
        return;
    memcpy(&service->drain_address, &addresses[0].bytes, sizeof service->drain_address);
    service->drain_address_size = addresses[0].size;
    strcpy(service->drain_request, entry->drain_request);
    service->drains = true;
}

void last_resort_add(int process, const struct last_resort_entry *entry)
{
    struct service *service;

    if (process < 0 || process >= PROCESSES_MAX || entry->pid <= 1)
        return;
    service = &resort_services[process];
    service->state = SERVICE_FREE;
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    service->name[0] = '\0';
    strncat(service->name, entry->name, sizeof service->name - 1);
    service->pid = entry->pid;
    service->order = ++services_started;
    service->stop_signal = entry->stop_signal > 0 ? entry->stop_signal : SIGTERM;
    service->due = false;
    service->draining = false;
    service_set_drain(service, entry);
    /* A handler may come between any two lines: the entry counts from here on. */
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    service->state = SERVICE_RUNNING;
}

void last_resort_on_exited(int process)
{
    if (process >= 0 && process < PROCESSES_MAX
        && resort_services[process].state == SERVICE_RUNNING)
        resort_services[process].state = SERVICE_GROUP_LEFT;
}

void last_resort_on_gone(int process)
{
    if (process >= 0 && process < PROCESSES_MAX)
        resort_services[process].state = SERVICE_FREE;
}

void last_resort_set_grace(int64_t new_grace_ms)
{
    grace_ms = new_grace_ms;
}

bool last_resort_needed(void)
{
    resort_reap();
    return resort_run.children_left || resort_alive() > 0;
}

static bool leader_exited(void *context)
{
    const struct service *service = context;

    return service->state != SERVICE_RUNNING;
}

static bool group_gone(void *context)
{
    const struct service *service = context;

    return service->state == SERVICE_FREE;
}

static void result_say(const struct service *service, const char *result, int64_t began_ms)
{
    struct line line;

    line_begin(&line);
    line_add(&line, service->name);
    line_add(&line, result);
    line_add_seconds(&line, resort_now_ms() - began_ms);
    line_write(&line);
}

/* As group_gone, for after SIGKILL: at most KILL_WAIT_MS, and not more than a share. */
static bool service_kill(struct service *service)
{
    kill(-service->pid, SIGKILL);
    resort_report_signal(service, SIGKILL);
    return resort_wait_killed(group_gone, service,
                              least_ms(resort_now_ms() + KILL_WAIT_MS,
                                       resort_share_end_ms(resort_run.time.end_ms)));
}

/* True: it did not have to be killed. */
static bool service_stop(struct service *service)
{
    int64_t began_ms = resort_now_ms();
    bool leader_was_running = service->state == SERVICE_RUNNING;
    bool leader_left;

    if (service->state == SERVICE_FREE) {
        result_say(service, " had exited before its turn, after ", resort_run.began_ms);
        return true;
    }
    if (leader_was_running) {
        kill(service->pid, service->stop_signal);
        kill(service->pid, SIGCONT);
        resort_report_signal(service, SIGTERM);
        resort_wait_gently(leader_exited, service, resort_share_end_ms(resort_run.time.stop_by_ms));
    }
    if (service->state == SERVICE_GROUP_LEFT) {
        kill(-service->pid, SIGTERM);
        kill(-service->pid, SIGCONT);
        resort_report_signal(service, SIGTERM);
        resort_wait_gently(group_gone, service, resort_share_end_ms(resort_run.time.stop_by_ms));
    }
    if (service->state == SERVICE_FREE) {
        result_say(service, leader_was_running ? " exited after " : " is gone after ", began_ms);
        return true;
    }
    leader_left = service->state == SERVICE_RUNNING;
    if (!service_kill(service))
        result_say(service, " is still there after SIGKILL, after ", began_ms);
    else if (leader_left)
        result_say(service, " killed after ", began_ms);
    else
        result_say(service, " exited, the rest of its group killed after ", began_ms);
    return false;
}

/* The last started of those that are still due; NULL: none. */
static struct service *service_last_started(void)
{
    struct service *last = NULL;

    for (int i = 0; i < PROCESSES_MAX; i++) {
        struct service *service = &resort_services[i];

        if (service->due && (!last || service->order > last->order))
            last = service;
    }
    return last;
}

static bool services_stop(void)
{
    struct service *service;
    bool gently = true;

    while ((service = service_last_started()) != NULL) {
        service->due = false;
        gently = service_stop(service) && gently;
    }
    return gently;
}

static void run_begin(int64_t now_ms)
{
    for (int i = 0; i < PROCESSES_MAX; i++) {
        resort_services[i].due = resort_services[i].state != SERVICE_FREE;
        resort_services[i].draining = false;
    }
    if (resort_deadline_ms() == NEVER_MS)
        last_resort_set_deadline(now_ms + grace_ms);
    resort_run.time = resort_time(now_ms, resort_deadline_ms());
    resort_run.began_ms = now_ms;
}

static void verdict_say(bool gently)
{
    struct line line;

    resort_reap();
    line_begin(&line);
    if (resort_run.children_left || resort_alive() > 0)
        line_add(&line, "not everything is gone after ");
    else if (gently)
        line_add(&line, "everything has stopped, nothing was killed, after ");
    else
        line_add(&line, "everything is gone, not all of it by itself, after ");
    line_add_seconds(&line, resort_now_ms() - resort_run.began_ms);
    line_write(&line);
    resort_report_done();
}

static void reason_say(const char *reason)
{
    struct line line;

    line_begin(&line);
    line_add(&line, reason);
    line_write(&line);
}

bool last_resort_run(const char *reason)
{
    int64_t began_ms = resort_now_ms();
    sigset_t mask_before;
    bool gently;

    if (resort_run.under_way)
        return false;
    resort_run.under_way = true;
    resort_timers_prepare();
    last_resort_watch_end(); /* no Lua from here on */
    resort_wait_begin(&mask_before);
    reason_say(reason);
    run_begin(began_ms);
    resort_reap();
    resort_report_begin(reason, false);
    resort_drain(resort_drain_by_ms(&resort_run.time, began_ms, resort_shutdown_began_ms()));
    gently = services_stop();
    gently = resort_stop_others() && gently;
    verdict_say(gently);
    resort_wait_end(&mask_before);
    resort_run.under_way = false;
    return gently;
}

void last_resort_kill(const char *reason)
{
    last_resort_watch_end();
    reason_say(reason);
    resort_report_begin(reason, true);
    resort_kill_everything(KILL_WAIT_MS);
    resort_report_done();
}
