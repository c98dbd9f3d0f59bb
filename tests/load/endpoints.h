/* The endpoints behind the service, as Kubernetes has them: a set that changes while we run.
 *
 * An endpoint that was removed stays in the table, for the connections that are still open to it
 * and for the summary; it is only not chosen any more.
 */
#ifndef LOAD_ENDPOINTS_H
#define LOAD_ENDPOINTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

enum {
    ENDPOINTS_MAX = 256,      /* known during one run */
    ENDPOINT_NAME_MAX = 80,
    REQUEST_BYTES_MAX = 4096
};

struct request_text {
    char bytes[REQUEST_BYTES_MAX];
    size_t length;
};

struct endpoint {
    char name[ENDPOINT_NAME_MAX]; /* as it was given, "HOST:PORT" */
    struct sockaddr_storage address;
    socklen_t address_length;
    bool active; /* new connections may go there */
    uint64_t requests;
    uint64_t failed;
    struct request_text keep_alive;
    struct request_text one_shot; /* the same with "Connection: close" */
};

/* What all requests have in common; the strings are not owned. */
struct request_format {
    const char *method;
    const char *path;
    const char *headers; /* more of them, each with its CRLF; a Host here replaces ours */
};

struct endpoints {
    struct request_format format;
    struct endpoint *table[ENDPOINTS_MAX]; /* owned */
    size_t count;
    size_t active_count;
};

void endpoints_close(struct endpoints *endpoints);

/* False with a reason in `*why` if it is not HOST:PORT or the table is full. */
bool endpoints_add(struct endpoints *endpoints, const char *name, const char **why);

/* False if it is not in the set. */
bool endpoints_remove(struct endpoints *endpoints, const char *name);

/* One of the set, by a random number; NULL if the set is empty. */
struct endpoint *endpoints_choose(struct endpoints *endpoints, uint64_t random);

#endif
