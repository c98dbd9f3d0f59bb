/* One run: what its parts share. */
#ifndef LOAD_LOAD_H
#define LOAD_LOAD_H

#include "endpoints.h"
#include "options.h"
#include "statistics.h"
#include "timers.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define container_of(pointer, type, member) \
    ((type *)(void *)((char *)(pointer) - offsetof(type, member)))

/* What epoll gives back; embedded in its owner. */
struct watch {
    void (*ready)(struct watch *watch, uint32_t events);
};

struct load {
    struct options options;
    struct endpoints endpoints;
    struct statistics statistics;
    struct timers timers;
    int epoll;
    bool stopping;          /* nothing new is begun */
    size_t in_flight;       /* requests under way, those still connecting included */
    size_t connections;     /* established and not closed by us */
    struct client *clients; /* the keep-alive ones, options.connections of them; owned */
    struct client *spare;   /* one-shot ones that are done, linked; owned */
};

/* Nothing new is begun; the run ends when what is in flight has ended. */
void load_stop(struct load *load);

#endif
