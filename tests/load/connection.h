/* One TCP connection and the request under way on it: moves bytes, judges nothing. */
#ifndef LOAD_CONNECTION_H
#define LOAD_CONNECTION_H

#include "endpoints.h"
#include "http.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum outcome {
    OUTCOME_MORE,     /* not over */
    OUTCOME_ANSWERED, /* the whole answer is there */
    OUTCOME_CUT,      /* the connection ended first; `error` says how */
    OUTCOME_GARBAGE   /* what came is not HTTP */
};

struct connection {
    int socket;                 /* -1: none */
    struct endpoint *endpoint;  /* also after the close, for the report; not owned */
    bool established;
    uint64_t requests;          /* begun on this connection */
    const struct request_text *text;
    size_t sent_bytes;          /* of the request under way */
    size_t received_bytes;      /* of its answer */
    bool ended;                 /* the peer's end or a reset was seen */
    int error;                  /* the reset's errno; 0 for an orderly end */
    struct http_response response;
};

/* Begins to connect, edge-triggered in `epoll` with `pointer` as its data. 0 or an errno;
 * close it in either case. */
int connection_open(struct connection *connection, struct endpoint *endpoint, int epoll,
                    void *pointer);

/* How the connecting went: 0 or an errno. */
int connection_establish(struct connection *connection);

/* Sends what it can; MORE unless the connection is found cut. */
enum outcome connection_begin(struct connection *connection, const struct request_text *text);
enum outcome connection_send(struct connection *connection);

/* Reads all there is. hung_up: epoll has said that the peer's end is there as well. */
enum outcome connection_receive(struct connection *connection, bool hung_up);

/* While no request is under way: has the peer closed, or sent what nobody asked for? */
bool connection_stale(const struct connection *connection);

void connection_close(struct connection *connection);

#endif
