/* A client: one connection at a time and one request at a time on it. Never retries. */
#ifndef LOAD_CLIENT_H
#define LOAD_CLIENT_H

#include "connection.h"
#include "load.h"

enum client_state {
    CLIENT_RESTING,    /* no request under way; the connection may be open or not */
    CLIENT_CONNECTING,
    CLIENT_AWAITING    /* sending the request or receiving the answer */
};

struct client {
    struct watch watch;
    struct timer timer;      /* resting: the next start; else the timeout */
    struct load *load;
    struct client *next;     /* in load->spare */
    enum client_state state;
    bool one_shot;
    bool unseen_event;       /* something may be there to read that will give no other event */
    uint64_t random;         /* a sequence of its own, so that one seed gives one schedule */
    int64_t scheduled_us;    /* when the last request was to start */
    int64_t started_us;      /* when it did */
    int64_t idle_since_us;
    struct connection connection;
};

void client_init(struct client *client, struct load *load, uint64_t seed);

/* The first request of a keep-alive client. */
void client_schedule(struct client *client, int64_t scheduled_us);

/* Begins a request now. */
void client_start(struct client *client);

/* The run ends: closes an idle connection and lets a request under way be. */
void client_stop(struct client *client);

#endif
