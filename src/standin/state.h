/* What the files of the stand-in share. No other folder includes this. */
#ifndef LASTCALL_STANDIN_STATE_H
#define LASTCALL_STANDIN_STATE_H

#include <poll.h>

#include "standin/record.h"
#include "standin/standin.h"
#include "world.h"

enum { EXCHANGES_MAX = 32, REQUEST_LENGTH_MAX = 4096 };

/* A connection to its admin, with one request: it is closed after the answer. */
struct exchange {
    int fd;           /* -1: none */
    uint32_t request; /* of the simulated world; 0: not read yet */
    char *answer;     /* NULL: not there yet */
    size_t length;
    size_t sent;
};

struct standin {
    const struct standin_config *config;
    struct draw_names names;
    struct sim_config sim_config;
    struct world *world;
    struct record *record;
    int64_t begun_ms;     /* CLOCK_MONOTONIC: time 0 of the world that it is part of */
    char admin[STANDIN_PATH_MAX + sizeof "unix:"];
    int64_t ready_at_ms;  /* NEVER_MS: never, or it is */
    int64_t refuse_at_ms; /* from then on nobody listens at its admin; NEVER_MS */
    int64_t freeze_at_ms;
    int64_t look_at_ms;   /* when the record is to be brought up to date */
    int signals_fd;
    int socket_fd;        /* -1: it does not listen */
    int admin_fd;
    struct exchange exchanges[EXCHANGES_MAX];
    uint32_t last_request;
    bool idle_closed;     /* the simulated Envoy was told to close idle connections */
    bool exited;
    int code;
};

/* standin.c */

int64_t standin_now_ms(const struct standin *standin);

/* Lets everything happen that is due by now. */
void standin_pump(struct standin *standin);

/* exchange.c: what it shows at its sockets */

/* Begins to listen at unix socket `path`. Returns a descriptor or -errno. */
int listen_at(const char *path);

void exchanges_init(struct standin *standin);
void exchanges_close(struct standin *standin);

/* Adds what is to be watched; returns how many they are now. */
int exchanges_poll(const struct standin *standin, struct pollfd *list, int count);

/* Somebody connects to the admin. */
void exchange_accept(struct standin *standin);

/* Something happened at this descriptor: one of an exchange, or it is not ours. */
void exchange_on_ready(struct standin *standin, int fd, short events);

/* The simulated world has answered. */
void exchange_on_answered(struct standin *standin, const struct event *event);

#endif
