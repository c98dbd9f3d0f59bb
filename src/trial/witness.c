#include "trial/witness.h"

#include <signal.h>
#include <string.h>

#include "base/digest.h"
#include "trial/report.h"

static struct witness *witness_of(struct world *world)
{
    return (struct witness *)world;
}

static int64_t now_ms(struct world *world)
{
    struct world *inner = witness_of(world)->inner;

    return inner->ops->now_ms(inner);
}

static void note(struct witness *witness, int what, int64_t one, int64_t other)
{
    uint64_t digest = digest_number(witness->facts->digest, (uint64_t)now_ms(&witness->world));

    digest = digest_number(digest, (uint64_t)(int64_t)what);
    digest = digest_number(digest, (uint64_t)one);
    witness->facts->digest = digest_number(digest, (uint64_t)other);
}

static struct service_facts *service_of(struct witness *witness, int number)
{
    bool known = number >= 0 && number < witness->facts->service_count;

    return known ? &witness->facts->services[number] : NULL;
}

bool witness_on_moment(void *context, const struct moment *moment)
{
    struct witness *witness = context;
    struct facts *facts = witness->facts;

    facts->digest = digest_text(facts->digest, moment->what);
    facts->digest = digest_text(facts->digest, moment->why ? moment->why : "");
    note(witness, moment->warning, moment->took_ms, moment->in_flight);
    if (witness->steps)
        steps_add(witness->steps, now_ms(&witness->world), moment);
    facts_on_moment(facts, moment, now_ms(&witness->world));
    return witness->print;
}

/* What the engine does not see any more, the last resort reports. */
static bool reports(const struct witness *witness)
{
    return witness->print && witness->facts->ended_ms != NOT_MS;
}

/* Events */

/* Nothing can be known of a request that was answered when a wait had ended. */
static void answered(struct witness *witness, uint32_t request)
{
    struct facts *facts = witness->facts;

    for (int i = 0; i < REQUESTS_MAX; i++) {
        int64_t took_ms;

        if (witness->asked[i] != request)
            continue;
        witness->asked[i] = 0;
        took_ms = now_ms(&witness->world) - witness->asked_at_ms[i];
        facts->asked_ms += facts->begun_ms != NOT_MS ? took_ms : 0;
        if (took_ms > facts->slowest_ms)
            facts->slowest_ms = took_ms;
        return;
    }
}

/* A command of the policy has exited, or is not waited for any longer. */
static void command_ended(struct witness *witness, int process)
{
    int64_t *ran_at_ms = &witness->ran_at_ms[process];

    witness->facts->asked_ms += now_ms(&witness->world) - *ran_at_ms;
    *ran_at_ms = now_ms(&witness->world);
}

static void exited(struct witness *witness, const struct event *event)
{
    struct service_facts *service = service_of(witness, event->exited.process);
    struct sim_clients clients;

    if (!service) {
        command_ended(witness, event->exited.process);
        return;
    }
    clients = sim_clients(witness->inner, event->exited.process);
    service->exited_ms = now_ms(&witness->world);
    if (reports(witness))
        trial_report_service(witness, "exit", service);
    service->requests_cut = clients.requests_cut;
    if (facts_looked_in_time(witness->facts, service, clients.looked_ms))
        service->requests_unseen = clients.requests_unseen;
    service->idle_cut = clients.idle_cut;
    service->upgrades_cut = clients.upgrades_cut;
    service->work_cut = clients.work_cut;
}

static void gone(struct witness *witness, int process)
{
    struct service_facts *service = service_of(witness, process);

    if (!service)
        return;
    facts_on_gone(witness->facts, process, now_ms(&witness->world));
    if (reports(witness))
        trial_report_service(witness, "gone", service);
}

static bool next_event(struct world *world, struct event *event)
{
    struct witness *witness = witness_of(world);

    if (!witness->inner->ops->next_event(witness->inner, event))
        return false;
    switch (event->kind) {
    case EVENT_ALARM:
        break;
    case EVENT_SIGNAL:
        note(witness, event->kind, event->signal, 0);
        break;
    case EVENT_EXITED:
        note(witness, event->kind, event->exited.process, event->exited.code);
        exited(witness, event);
        break;
    case EVENT_GONE:
        note(witness, event->kind, event->gone.process, 0);
        gone(witness, event->gone.process);
        break;
    case EVENT_ANSWERED:
        note(witness, event->kind, event->answered.error, event->answered.status);
        answered(witness, event->answered.request);
        break;
    }
    return true;
}

/* Commands */

static void alarm_set(struct world *world, int64_t at_ms)
{
    struct world *inner = witness_of(world)->inner;

    inner->ops->alarm_set(inner, at_ms);
}

static void deadline_set(struct world *world, int64_t at_ms)
{
    struct witness *witness = witness_of(world);
    struct facts *facts = witness->facts;
    struct engine_time time = engine_time_left(witness->engine, -1);

    facts->begun_ms = facts->begun_ms == NOT_MS ? now_ms(world) : facts->begun_ms;
    facts->free_ms = facts->free_ms == NOT_MS ? time.free_ms : facts->free_ms;
    facts->deadline_ms = at_ms;
    facts->kept_ms = time.kept_ms;
    witness->inner->ops->deadline_set(witness->inner, at_ms);
}

static int process_start(struct world *world, int process, const struct process_spec *spec,
                         int *pid)
{
    struct witness *witness = witness_of(world);
    struct service_facts *service = service_of(witness, process);
    int result = witness->inner->ops->process_start(witness->inner, process, spec, pid);

    if (result < 0)
        return result;
    witness->ran_at_ms[process] = now_ms(world);
    if (service) {
        service->running = true;
        service->started_ms = now_ms(world);
    }
    return result;
}

/* It got SIGKILL, and then we did not run: it is gone, we only do not know yet. */
static bool killed_unseen(struct witness *witness, const struct service_facts *service)
{
    return service->kill_ms != NOT_MS && service->kill_ms < now_ms(&witness->world) &&
           sim_late_ms(witness->inner) > 0;
}

static void stopped(struct witness *witness, int number)
{
    struct service_facts *service = &witness->facts->services[number];
    struct sim_clients clients = sim_clients(witness->inner, number);
    struct engine_time time = engine_time_left(witness->engine, number);

    service->free_ms = time.free_ms;
    service->share_ms = time.share_ms;
    service->looked_ms = service->stop_ms;
    service->in_flight = clients.requests_active;
    service->busy_ms = clients.busy_ms;
    service->visited = clients.arrived_ms >= 0;
    if (service->alive_before_it >= 0 &&
        killed_unseen(witness, &witness->facts->services[service->alive_before_it]))
        service->alive_before_it = -1;
}

static int signal_send(struct world *world, struct target target, int signal)
{
    struct witness *witness = witness_of(world);
    bool ours = target.kind == TARGET_PROCESS || target.kind == TARGET_GROUP;
    struct service_facts *service = ours ? service_of(witness, target.number) : NULL;

    note(witness, target.kind, target.number, signal);
    if (service && facts_on_signal(witness->facts, target.number, signal, now_ms(world)))
        stopped(witness, target.number);
    if (service && reports(witness))
        trial_report_signal(witness, service, signal);
    if (target.kind == TARGET_GROUP && signal == SIGKILL && !service)
        command_ended(witness, target.number);
    return witness->inner->ops->signal_send(witness->inner, target, signal);
}

static int request_start(struct world *world, uint32_t request, const struct request *what)
{
    struct witness *witness = witness_of(world);
    int result = witness->inner->ops->request_start(witness->inner, request, what);
    /* Trying again until somebody is there says nothing about how fast anybody answers; what the
     * last resort asks is not asked by the policy. */
    bool counts = result == 0 && what->retry_ms == 0 && witness->facts->ended_ms == NOT_MS;

    for (int i = 0; i < REQUESTS_MAX && counts; i++) {
        if (witness->asked[i])
            continue;
        witness->asked[i] = request;
        witness->asked_at_ms[i] = now_ms(world);
        break;
    }
    return result;
}

static void request_cancel(struct world *world, uint32_t request)
{
    struct witness *witness = witness_of(world);

    answered(witness, request);
    witness->inner->ops->request_cancel(witness->inner, request);
}

static int file_read(struct world *world, const char *path, char *buffer, size_t size)
{
    struct world *inner = witness_of(world)->inner;

    return inner->ops->file_read(inner, path, buffer, size);
}

static int file_write(struct world *world, const char *path, const char *text)
{
    struct world *inner = witness_of(world)->inner;

    return inner->ops->file_write(inner, path, text);
}

static void print(struct world *world, enum channel channel, const char *line)
{
    struct witness *witness = witness_of(world);

    if (witness->print)
        witness->inner->ops->print(witness->inner, channel, line);
}

static const struct world_ops ops = {
    .next_event = next_event,
    .now_ms = now_ms,
    .alarm_set = alarm_set,
    .deadline_set = deadline_set,
    .process_start = process_start,
    .signal_send = signal_send,
    .request_start = request_start,
    .request_cancel = request_cancel,
    .file_read = file_read,
    .file_write = file_write,
    .print = print,
};

/* Life */

static void facts_begin(struct facts *facts, const struct draw_names *names)
{
    facts_init(facts, names->count);
    facts->cuts_known = facts->end_known = true;
    for (int i = 0; i < names->count; i++) {
        facts->services[i].name = names->names[i];
        facts->services[i].drains = names->admins[i] != NULL;
    }
}

void witness_init(struct witness *witness, struct world *inner, struct engine *engine,
                  const struct draw_names *names, struct facts *facts, bool print_lines)
{
    *witness = (struct witness){
        .world.ops = &ops,
        .inner = inner,
        .engine = engine,
        .facts = facts,
        .print = print_lines,
    };
    facts_begin(facts, names);
}

void witness_on_end(struct witness *witness, const struct engine_result *result)
{
    struct facts *facts = witness->facts;

    facts->ended_ms = now_ms(&witness->world);
    facts->late_ms = sim_late_ms(witness->inner);
    facts->end = result->end;
    memccpy(facts->left, result->left, '\0', sizeof(facts->left) - 1);
    memccpy(facts->reason, result->reason, '\0', sizeof(facts->reason) - 1);
}
