/* An Envoy that closes idle connections: the file of an injected resource in its --config-yaml.
 *
 * Happy path: 1 is written to it -> what is idle SIM_IDLE_MS later is closed (Envoy's
 * drain_timeout, and until it has looked at the file). In a drain that tells everybody that is all
 * which was not told.
 *
 * Left out: clients that send in the very moment of the close, and connections that are closed
 * although nobody drains (no driver does that). */
#include <stdio.h>
#include <string.h>

#include "sim/state.h"

void idle_file_find(struct envoy *envoy, const char *yaml)
{
    static const char before[] = "filename: \"";
    const char *name = strstr(yaml, before);

    if (!name)
        return;
    name += strlen(before);
    snprintf(envoy->idle_file, sizeof(envoy->idle_file), "%.*s", (int)strcspn(name, "\""), name);
}

void idle_file_on_write(struct sim *sim, const char *path, const char *text)
{
    for (int i = 0; i < sim->processes_used; i++) {
        struct process *process = &sim->processes[i];

        if (!process_running(process) || strcmp(process->envoy.idle_file, path) != 0)
            continue;
        if (process->service >= 0)
            traffic_advance(&sim->services[process->service].traffic, sim->now_ms);
        process->envoy.idle_closed_ms = text && *text == '1' ? sim->now_ms + SIM_IDLE_MS : NEVER_MS;
    }
}

void idle_file_listeners(const struct process *process, struct text *body)
{
    text_add(body, "{\n \"configs\": [{\n  \"@type\": \"type.googleapis.com/envoy.extensions."
                   "filters.network.http_connection_manager.v3.HttpConnectionManager\"%s }]\n}\n",
             process->behaviour->delays_close ? "" : ",\n  \"delayed_close_timeout\": \"0s\"");
}
