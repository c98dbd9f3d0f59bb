#include "real/clients.h"

#include <string.h>

#include "real/folder.h"
#include "standin/record.h"

/* As the simulated world counts it: pieces are finished one after the other until the exit. */
static int64_t work_cut(const int64_t *values, const struct record *record, int64_t killed_ms)
{
    int64_t work = values[DRAW_SLOW] > 0 && !values[DRAW_DEAF] ? values[DRAW_WORK] : 0;

    if (work > 0 && record->asked_ms >= 0)
        work -= work * (killed_ms - record->asked_ms) / values[DRAW_SLOW];
    return work > 0 ? work : 0;
}

/* Clocks differ: a service started at the same moment on both. */
static int64_t world_ahead_ms(const struct service_facts *service, const struct record *record)
{
    return record->started_ms - service->started_ms;
}

static void service_add(const struct facts *facts, const struct record *record,
                        const int64_t *values, struct service_facts *service)
{
    int64_t ahead_ms = world_ahead_ms(service, record);
    int64_t busy_ms = record->asked_ms >= 0 ? record->asked_busy_ms : record->busy_ms;

    if (record->asked_ms < 0 && record->requests_active > 0)
        service->busy_ms = service->stop_ms;
    else
        service->busy_ms = busy_ms < 0 ? busy_ms : busy_ms - ahead_ms;
    if (facts_looked_in_time(facts, service, service->looked_ms))
        service->requests_unseen = record->requests_unseen;
    service->looked_ms = service->stop_ms;
    service->visited |= record->asked_ms >= 0 ? record->asked_visited : record->visited;
    service->requests_cut = record->requests_cut;
    service->work_cut = 0;
    if (record->exited_ms >= 0)
        return;
    service->requests_cut += record->requests_active; /* it was killed */
    if (service->kill_ms != NOT_MS)
        service->work_cut = work_cut(values, record, service->kill_ms + ahead_ms);
}

void clients_add(const char *folder, const struct draw *world, const struct draw_names *names,
                 struct facts *facts)
{
    facts->cuts_known = true;
    for (int i = 0; i < facts->service_count && i < names->count; i++) {
        struct service_facts *service = &facts->services[i];
        struct record record;
        char path[FOLDER_PATH_MAX];

        record_path(path, sizeof path, folder, names->names[i]);
        if (record_read(path, &record) < 0) /* it was never started */
            continue;
        service_add(facts, &record, world->values[DRAW_SERVICE + i], service);
        facts->requests += record.requests;
        facts->requests_cut += service->requests_cut;
        facts->requests_refused += record.requests_refused;
        facts->work_cut += service->work_cut;
    }
}
