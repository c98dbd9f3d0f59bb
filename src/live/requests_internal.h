/* Parts of the requests: only requests.c and request_*.c include this. */
#ifndef LASTCALL_REQUESTS_INTERNAL_H
#define LASTCALL_REQUESTS_INTERNAL_H

#include <curl/curl.h>
#include <ev.h>

#include "live/address.h"
#include "live/requests.h"
#include "world.h"

enum { EASY_HANDLES_KEPT = 4 };

/* The part of a request that is an HTTP exchange. Everything is owned. */
struct http_exchange {
    CURL *easy; /* NULL: not under way */
    struct curl_slist *headers;
    char *body;             /* of the answer, with a zero behind it; NULL: none yet */
    size_t body_length;
    size_t body_size;       /* allocated */
    size_t header_length;   /* bytes of headers so far */
    bool too_long;          /* the headers or the body passed their limit */
};

/* The part of a request that is an attempt to connect. */
struct connect_attempt {
    struct address addresses[ADDRESSES_MAX];
    int address_count;
    int address_at;   /* which one is tried */
    int fd;           /* owned; -1: none */
    int error;        /* the result that on_result delivers: 0 or -errno */
    ev_tstamp again_seconds; /* after a try that failed; 0: it was the only one */
    int64_t again_until_ms;  /* no other try begins after that, by monotonic_ms */
    ev_io writable;
    ev_timer retry;   /* the backlog was full */
    ev_timer again;   /* begins the next try */
    ev_timer timeout; /* of this try */
    ev_timer result;  /* delivers from the event loop what is known already */
};

/* The part of a request that is a look at sockets. */
struct socket_look {
    int error;       /* the result that on_result delivers; the answer is in http.body */
    ev_timer result;
};

enum request_state {
    REQUEST_FREE,
    REQUEST_RUNNING,
    REQUEST_ANSWERED /* delivered; the body waits for its release */
};

struct slot {
    struct requests *requests;
    enum request_state state;
    enum request_kind kind;
    uint32_t number; /* chosen by the engine */
    struct http_exchange http;
    struct connect_attempt connect;
    struct socket_look look;
};

struct requests {
    struct ev_loop *loop;
    on_answered callback;
    void *context;
    CURLM *multi; /* NULL until the first HTTP request */
    ev_timer multi_timer;
    CURL *easy_handles[EASY_HANDLES_KEPT]; /* not in use, kept for their next one */
    int easy_handle_count;
    struct slot slots[REQUESTS_MAX];
};

/* The end of a request: delivers the event. */
void slot_answer(struct slot *slot, int error, int status);

/* 0 or -errno, as requests_start. `slot` is zeroed but for requests, kind and number. */
int http_start(struct slot *slot, const struct request *what);

/* libcurl is done with this exchange. */
void http_finish(struct slot *slot, CURLcode code);

/* Frees everything that the exchange holds, at any moment. */
void http_close(struct slot *slot);

/* Begins libcurl, once: 0 or -ENOMEM. */
int multi_open(struct requests *requests);

/* Ends libcurl, if it was begun, when no exchange is under way any more. */
void multi_close(struct requests *requests);

/* A reset easy handle, or NULL. To be given back when no multi handle has it any more. */
CURL *multi_easy_take(struct requests *requests);
void multi_easy_give_back(struct requests *requests, CURL *easy);

/* As http_start and http_close. */
int connect_start(struct slot *slot, const struct request *what);
void connect_close(struct slot *slot);
int look_start(struct slot *slot, const struct request *what);
void look_close(struct slot *slot);

#endif
