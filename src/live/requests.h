/* HTTP exchanges (libcurl multi on libev) and connection attempts of the live world. */
#ifndef LASTCALL_REQUESTS_H
#define LASTCALL_REQUESTS_H

#include <ev.h>

#include "world.h"

struct requests;

/* Called from the event loop when a request has ended; `event` is an EVENT_ANSWERED, and its body
 * belongs to `requests`: it is kept until requests_release(). */
typedef void (*on_answered)(void *context, const struct event *event);

/* libcurl is initialised at the first HTTP request, not here: it costs milliseconds. */
int requests_create(struct ev_loop *loop, on_answered callback, void *context,
                    struct requests **requests);
void requests_destroy(struct requests *requests);

/* As in world_ops. The answer never comes before this returns. */
int requests_start(struct requests *requests, uint32_t request, const struct request *what);
void requests_cancel(struct requests *requests, uint32_t request);

/* The body of this answered request is not needed any more. */
void requests_release(struct requests *requests, uint32_t request);

#endif
