/* Who listens at an address. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/state.h"

/* "[::1]" has none. */
static bool has_port(const char *host, int length)
{
    while (length > 0 && host[length - 1] >= '0' && host[length - 1] <= '9')
        length--;
    return length > 0 && host[length - 1] == ':';
}

/* The part of "unix:/socket:/path" or "http://host:port/path" that says where, as "unix:/socket"
 * or "tcp:host:port", and the path within `address`. */
static int url_split(const char *address, char *where, size_t size, const char **path)
{
    int length;

    if (strncmp(address, "unix:/", 6) == 0) {
        const char *end = strstr(address + 5, ":/");

        if (!end)
            return -EINVAL;
        *path = end + 1;
        length = snprintf(where, size, "%.*s", (int)(end - address), address);
    } else if (strncmp(address, "http://", 7) == 0) {
        const char *host = address + 7;
        int host_length = (int)strcspn(host, "/");

        if (host_length == 0)
            return -EINVAL;
        *path = host[host_length] ? host + host_length : "/";
        length = snprintf(where, size, "tcp:%.*s%s", host_length, host,
                          has_port(host, host_length) ? "" : ":80");
    } else {
        return -EINVAL;
    }
    return length < (int)size ? 0 : -EINVAL;
}

static int pid_split(const char *address, char *where, size_t size)
{
    int length = snprintf(where, size, "%s", address);

    return strncmp(address, "pid ", 4) == 0 && length < (int)size ? 0 : -EINVAL;
}

int address_split(const struct request *what, char *where, size_t size, const char **path)
{
    int length;

    if (what->kind == REQUEST_HTTP)
        return url_split(what->address, where, size, path);
    *path = "";
    if (what->kind == REQUEST_SOCKETS)
        return pid_split(what->address, where, size);
    if (strncmp(what->address, "unix:/", 6) != 0 && strncmp(what->address, "tcp:", 4) != 0)
        return -EINVAL;
    length = snprintf(where, size, "%s", what->address);
    return length < (int)size ? 0 : -EINVAL;
}

bool address_is(const char *one, const char *other)
{
    return one && strcmp(one, other) == 0;
}

/* On another machine. */
static bool is_elsewhere(const char *where)
{
    return strncmp(where, "tcp:", 4) == 0 && strncmp(where, "tcp:127.", 8) != 0 &&
           strncmp(where, "tcp:localhost:", 14) != 0 && strncmp(where, "tcp:[::1]:", 10) != 0;
}

const struct sim_endpoint *address_endpoint(const struct sim *sim, const char *where)
{
    const struct sim_endpoint *endpoints = sim->config->endpoints;

    for (int i = 0; i < SIM_ENDPOINTS_MAX && endpoints[i].address; i++)
        if (address_is(endpoints[i].address, where))
            return &endpoints[i];
    return sim->config->outside.address && is_elsewhere(where) ? &sim->config->outside : NULL;
}

/* Whose address nobody was given: from the first request on, of the service started last. */
static int learned_find(struct sim *sim, const char *where)
{
    struct learned *learned;

    for (int i = 0; i < sim->learned_count; i++)
        if (address_is(sim->learned[i].address, where))
            return sim->learned[i].process;
    if (sim->last_started < 0 || sim->learned_count == LEARNED_MAX)
        return -1;
    learned = &sim->learned[sim->learned_count++];
    snprintf(learned->address, sizeof(learned->address), "%s", where);
    learned->process = sim->last_started;
    return learned->process;
}

/* The process "pid N"; -1: there is none. */
static int pid_find(const struct sim *sim, const char *where)
{
    long pid = strtol(where + strlen("pid "), NULL, 10);

    for (int i = 0; i < PROCESSES_MAX; i++)
        if (sim->processes[i].state == PROCESS_RUNNING && sim->processes[i].pid == pid)
            return i;
    return -1;
}

int address_process(struct sim *sim, const char *where, bool *at_admin)
{
    const struct sim_service *services = sim->config->services;

    *at_admin = false;
    if (strncmp(where, "pid ", 4) == 0)
        return pid_find(sim, where);
    for (int i = 0; i < SIM_SERVICES_MAX && services[i].name; i++) {
        *at_admin = address_is(services[i].admin, where);
        if (*at_admin || address_is(services[i].address, where))
            return process_find(sim, services[i].name);
    }
    return learned_find(sim, where);
}
