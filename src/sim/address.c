/* Who listens at an address. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "sim/state.h"

/* "[::1]" has none. */
static bool has_port(const char *host, size_t length)
{
    while (length > 0 && host[length - 1] >= '0' && host[length - 1] <= '9')
        length--;
    return length > 0 && host[length - 1] == ':';
}

/* Puts prefix, middle and suffix together; -EINVAL: they are too long. */
static int where_put(char *where, size_t size, const char *prefix, const char *middle,
                     size_t length, const char *suffix)
{
    size_t before = strlen(prefix), after = strlen(suffix);

    if (before + length + after >= size)
        return -EINVAL;
    memcpy(where, prefix, before);
    memcpy(where + before, middle, length);
    memcpy(where + before + length, suffix, after + 1);
    return 0;
}

/* The part of "unix:/socket:/path" or "http://host:port/path" that says where, as "unix:/socket"
 * or "tcp:host:port", and the path within `address`. */
static int url_split(const char *address, char *where, size_t size, const char **path)
{
    const char *end, *host;
    size_t length;

    if (strncmp(address, "unix:/", 6) == 0) {
        end = strstr(address + 5, ":/");
        if (!end)
            return -EINVAL;
        *path = end + 1;
        return where_put(where, size, "", address, (size_t)(end - address), "");
    }
    if (strncmp(address, "http://", 7) != 0)
        return -EINVAL;
    host = address + strlen("http://");
    length = strcspn(host, "/");
    if (length == 0)
        return -EINVAL;
    *path = host[length] ? host + length : "/";
    return where_put(where, size, "tcp:", host, length, has_port(host, length) ? "" : ":80");
}

int address_split(const struct request *what, char *where, size_t size, const char **path)
{
    const char *address = what->address;

    if (what->kind == REQUEST_HTTP)
        return url_split(address, where, size, path);
    *path = "";
    if (what->kind == REQUEST_SOCKETS ? strncmp(address, "pid ", 4) != 0
                                      : strncmp(address, "unix:/", 6) != 0 &&
                                            strncmp(address, "tcp:", 4) != 0)
        return -EINVAL;
    return where_put(where, size, "", address, strlen(address), "");
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
    memccpy(learned->address, where, '\0', sizeof(learned->address)); // as long as any may be
    learned->process = sim->last_started;
    return learned->process;
}

/* The process "pid N"; -1: there is none. */
static int pid_find(const struct sim *sim, const char *where)
{
    long pid = strtol(where + strlen("pid "), NULL, 10);

    for (int i = 0; i < sim->processes_used; i++)
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
    for (int i = 0; i < sim->service_count; i++) {
        *at_admin = address_is(services[i].admin, where);
        if (*at_admin || address_is(services[i].address, where))
            return process_find_service(sim, i);
    }
    return learned_find(sim, where);
}
