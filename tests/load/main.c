/* load_client: HTTP/1.1 load that is honest about failures. See README.md. */
#include "client.h"
#include "commands.h"
#include "output.h"
#include "random.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

enum {
    EXIT_USAGE = 2,
    EVENTS_MAX = 4096,     /* taken from epoll at once */
    DESCRIPTORS_SPARE = 64 /* besides the keep-alive connections */
};

/* The timers and the signals of a run, which no client owns. */
struct run {
    struct load load;
    struct commands commands;
    struct watch signals;
    int signal_descriptor;
    struct timer progress;
    struct timer duration;
    struct timer arrival;     /* of the next one-shot request */
    uint64_t arrival_random;
    uint64_t seeds;           /* the random numbers with which all the others begin */
};

static _Noreturn void die(const char *what)
{
    fprintf(stderr, "load_client: %s: %s\n", what, strerror(errno));
    exit(EXIT_FAILURE);
}

static _Noreturn void usage_die(const char *what, const char *why)
{
    fprintf(stderr, "load_client: %s: %s\n", what, why);
    exit(EXIT_USAGE);
}

static void progress_due(struct timer *timer)
{
    struct run *run = container_of(timer, struct run, progress);

    output_progress(&run->load);
    timers_set(&run->load.timers, timer, timer->due_us + 1000000);
}

static void duration_over(struct timer *timer)
{
    struct run *run = container_of(timer, struct run, duration);

    load_stop(&run->load);
}

static struct client *take_spare(struct run *run)
{
    struct client *client = run->load.spare;

    if (client != NULL) {
        run->load.spare = client->next;
        return client;
    }
    client = malloc(sizeof *client);
    if (client == NULL) {
        die("one-shot");
    }
    client_init(client, &run->load, random_next(&run->seeds));
    client->one_shot = true;
    return client;
}

static void one_shot_arrives(struct timer *timer)
{
    struct run *run = container_of(timer, struct run, arrival);
    struct load *load = &run->load;

    if (load->stopping) {
        return;
    }
    int64_t due_us = timer->due_us;
    timers_set(&load->timers, timer,
               due_us + random_gap_us(&run->arrival_random, load->options.one_shot_rate));
    struct client *client = take_spare(run);
    client->scheduled_us = due_us;
    client_start(client);
}

static void signal_came(struct watch *watch, uint32_t events)
{
    struct run *run = container_of(watch, struct run, signals);
    struct signalfd_siginfo information;
    sigset_t all;

    (void)events;
    if (read(run->signal_descriptor, &information, sizeof information) > 0) {
        load_stop(&run->load);
    }
    sigfillset(&all); /* a second one ends us at once */
    sigprocmask(SIG_UNBLOCK, &all, NULL);
}

static void watch_signals(struct run *run)
{
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = &run->signals};
    sigset_t stopping;

    run->signals.ready = signal_came;
    sigemptyset(&stopping);
    sigaddset(&stopping, SIGINT);
    sigaddset(&stopping, SIGTERM);
    sigprocmask(SIG_BLOCK, &stopping, NULL);
    run->signal_descriptor = signalfd(-1, &stopping, SFD_NONBLOCK | SFD_CLOEXEC);
    if (run->signal_descriptor < 0 ||
        epoll_ctl(run->load.epoll, EPOLL_CTL_ADD, run->signal_descriptor, &event) < 0) {
        die("signals");
    }
}

void load_stop(struct load *load)
{
    load->stopping = true;
    for (size_t i = 0; i < load->options.connections; i++) {
        client_stop(&load->clients[i]);
    }
}

static void raise_descriptor_limit(const struct options *options)
{
    rlim_t wanted = options->connections + DESCRIPTORS_SPARE;
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) < 0) {
        die("descriptors");
    }
    limit.rlim_cur = limit.rlim_max;
    if (limit.rlim_max < wanted) {
        limit.rlim_cur = limit.rlim_max = wanted; /* only root may */
    }
    if (setrlimit(RLIMIT_NOFILE, &limit) < 0) {
        usage_die("--connections", "the hard limit of open files is lower");
    }
}

static void add_endpoints(struct load *load)
{
    const char *why = NULL;

    load->endpoints.format = (struct request_format){
        .method = load->options.method,
        .path = load->options.path,
        .headers = load->options.headers,
    };
    for (char *name = strtok(load->options.endpoints, ","); name != NULL;
         name = strtok(NULL, ",")) {
        if (!endpoints_add(&load->endpoints, name, &why)) {
            usage_die(name, why);
        }
    }
    if (load->endpoints.active_count == 0) {
        usage_die("--endpoints", "empty");
    }
}

static void create_clients(struct run *run)
{
    struct load *load = &run->load;
    const struct options *options = &load->options;
    double warm_up_us = options->warm_up_s * 1e6;

    load->clients = calloc(options->connections + 1, sizeof *load->clients);
    if (load->clients == NULL) {
        die("connections");
    }
    for (size_t i = 0; i < options->connections; i++) {
        struct client *client = &load->clients[i];
        client_init(client, load, random_next(&run->seeds));
        client_schedule(client,
                        (int64_t)(warm_up_us * (double)i / (double)options->connections));
    }
}

static void set_timers(struct run *run)
{
    struct load *load = &run->load;
    const struct options *options = &load->options;

    run->progress.fire = progress_due;
    run->duration.fire = duration_over;
    run->arrival.fire = one_shot_arrives;
    run->arrival_random = random_next(&run->seeds);
    timers_set(&load->timers, &run->progress, 1000000);
    if (options->duration_s > 0) {
        timers_set(&load->timers, &run->duration, (int64_t)(options->duration_s * 1e6));
    }
    if (options->one_shot_rate > 0) {
        timers_set(&load->timers, &run->arrival,
                   random_gap_us(&run->arrival_random, options->one_shot_rate));
    }
}

/* Events before timers: a close that was there before a request was due is always seen first. */
static void loop(struct load *load)
{
    static struct epoll_event events[EVENTS_MAX];

    while (!load->stopping || load->in_flight > 0) {
        int count = epoll_wait(load->epoll, events, EVENTS_MAX, timers_wait_ms(&load->timers));
        int64_t woken_us = now_us();
        if (count < 0 && errno != EINTR) {
            die("epoll_wait");
        }
        for (int i = 0; i < count; i++) {
            struct watch *watch = events[i].data.ptr;
            watch->ready(watch, events[i].events);
        }
        timers_fire(&load->timers, woken_us);
    }
}

static void close_load(struct load *load)
{
    while (load->spare != NULL) {
        struct client *client = load->spare;
        load->spare = client->next;
        free(client);
    }
    free(load->clients);
    endpoints_close(&load->endpoints);
    timers_close(&load->timers);
    close(load->epoll);
}

int main(int count, char **arguments)
{
    static struct run run;
    struct load *load = &run.load;

    now_us(); /* time zero */
    options_parse(&load->options, count, arguments);
    raise_descriptor_limit(&load->options);
    add_endpoints(load);
    load->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (load->epoll < 0) {
        die("epoll");
    }
    watch_signals(&run);
    run.seeds = load->options.seed;
    create_clients(&run);
    set_timers(&run);
    output_endpoints(load);
    commands_init(&run.commands, load);

    loop(load);

    output_summary(load);
    close(run.signal_descriptor);
    close_load(load);
    return EXIT_SUCCESS;
}
