/* Happy path: started -> listens when it is ready -> answers -> a signal -> exits; its children
 * outlive it as described.
 *
 * Between two real events the simulated world is let on to the time that it is. Whatever it says
 * is shown: an answer at a socket, an exit as ours. A freeze is real (SIGSTOP to ourselves);
 * somebody else must send the SIGCONT.
 *
 * What can go wrong: it cannot listen or write (returns -errno, before anything else); it is
 * killed (the record says what was cut); nobody ends it (LIFE_MAX_MS). */
#include "standin/standin.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "standin/begun.h"
#include "standin/state.h"

enum {
    LIFE_MAX_MS = 10 * 60 * 1000, /* a stand-in that everybody forgot ends by itself */
    FDS_MAX = EXCHANGES_MAX + 3
};

static const char *const no_environment[] = {NULL};

int64_t standin_now_ms(const struct standin *standin)
{
    return monotonic_now_ms() - standin->begun_ms;
}

/* Its record */

static void record_look(struct standin *standin)
{
    struct sim_clients clients = sim_clients(standin->world, 0);
    struct sim_result result = sim_result(standin->world);
    struct record *record = standin->record;

    record->requests = result.requests;
    record->requests_active = clients.requests_active;
    record->requests_cut = clients.requests_cut;
    record->requests_unseen = clients.requests_unseen;
    record->requests_refused = result.requests_refused;
    record->busy_ms = clients.busy_ms;
    record->visited = clients.arrived_ms >= 0;
}

static void record_asked(struct standin *standin, int64_t now_ms)
{
    struct record *record = standin->record;

    if (record->asked_ms >= 0)
        return;
    record_look(standin);
    record->asked_busy_ms = record->busy_ms;
    record->asked_visited = record->visited;
    record->asked_ms = now_ms;
}

/* The simulated world inside */

static void on_event(struct standin *standin, const struct event *event)
{
    switch (event->kind) {
    case EVENT_ANSWERED:
        exchange_on_answered(standin, event);
        break;
    case EVENT_EXITED:
        standin->exited = true;
        standin->code = event->exited.code;
        break;
    case EVENT_ALARM:
    case EVENT_SIGNAL:
    case EVENT_GONE:
        break;
    }
}

void standin_pump(struct standin *standin)
{
    struct world *world = standin->world;
    struct event event;

    world->ops->alarm_set(world, standin_now_ms(standin));
    while (!standin->exited && world->ops->next_event(world, &event)) {
        if (event.kind == EVENT_ALARM)
            return;
        on_event(standin, &event);
    }
}

static void pass_signal(struct standin *standin, int signal)
{
    struct target target = {TARGET_PROCESS, 0};

    standin_pump(standin);
    if (standin->exited)
        return;
    if (signal == SIGTERM || signal == SIGINT || signal == SIGQUIT)
        record_asked(standin, standin_now_ms(standin));
    standin->world->ops->signal_send(standin->world, target, signal);
    standin_pump(standin);
}

/* What is due by itself */

static void freeze(struct standin *standin)
{
    standin->freeze_at_ms = NEVER_MS;
    pass_signal(standin, SIGSTOP);
    if (standin->exited)
        return;
    record_look(standin);
    standin->record->frozen_ms = standin_now_ms(standin);
    raise(SIGSTOP);
    standin->record->frozen_ms = -1;
    pass_signal(standin, SIGCONT);
}

static int get_ready(struct standin *standin)
{
    char path[STANDIN_PATH_MAX];

    standin->ready_at_ms = NEVER_MS;
    if (standin->config->drains) {
        standin->admin_fd = listen_at(standin->admin + strlen("unix:"));
        if (standin->admin_fd < 0)
            return standin->admin_fd;
    }
    snprintf(path, sizeof path, "%s/%s.sock", standin->config->directory, standin->config->name);
    standin->socket_fd = listen_at(path);
    return standin->socket_fd < 0 ? standin->socket_fd : 0;
}

static void refuse(struct standin *standin)
{
    standin->refuse_at_ms = NEVER_MS;
    if (standin->admin_fd >= 0)
        close(standin->admin_fd);
    standin->admin_fd = -1;
}

static int standin_do_what_is_due(struct standin *standin)
{
    int64_t now_ms = standin_now_ms(standin);
    int error = 0;

    if (now_ms >= LIFE_MAX_MS)
        return -ETIMEDOUT;
    if (now_ms >= standin->ready_at_ms)
        error = get_ready(standin);
    if (now_ms >= standin->refuse_at_ms && standin->ready_at_ms == NEVER_MS)
        refuse(standin);
    if (now_ms >= standin->freeze_at_ms)
        freeze(standin);
    standin_pump(standin);
    if (now_ms >= standin->look_at_ms && !standin->exited) {
        record_look(standin);
        standin->look_at_ms = standin->config->drains ? now_ms + RECORD_EVERY_MS : NEVER_MS;
    }
    return error;
}

static int64_t earlier(int64_t one_ms, int64_t other_ms)
{
    return one_ms < other_ms ? one_ms : other_ms;
}

static int wait_ms(const struct standin *standin)
{
    int64_t at_ms = earlier(LIFE_MAX_MS, sim_next_ms(standin->world)), left_ms;

    at_ms = earlier(at_ms, earlier(standin->ready_at_ms, standin->freeze_at_ms));
    if (standin->ready_at_ms == NEVER_MS)
        at_ms = earlier(at_ms, standin->refuse_at_ms);
    left_ms = earlier(at_ms, standin->look_at_ms) - standin_now_ms(standin);
    return left_ms > 0 ? (int)left_ms : 0;
}

/* Real events */

static void take_signal(struct standin *standin)
{
    struct signalfd_siginfo info;

    while (!standin->exited && read(standin->signals_fd, &info, sizeof info) == sizeof info)
        if (info.ssi_signo != SIGCONT)
            pass_signal(standin, (int)info.ssi_signo);
}

static void take_connection(int listening_fd)
{
    int fd = accept(listening_fd, NULL, NULL);

    if (fd >= 0)
        close(fd);
}

static void standin_wait(struct standin *standin)
{
    struct pollfd list[FDS_MAX] = {
        {.fd = standin->signals_fd, .events = POLLIN},
        {.fd = standin->socket_fd, .events = POLLIN},
        {.fd = standin->admin_fd, .events = POLLIN},
    };
    int count = exchanges_poll(standin, list, 3);

    if (poll(list, (nfds_t)count, wait_ms(standin)) <= 0)
        return;
    if (list[0].revents)
        take_signal(standin);
    if (list[1].revents)
        take_connection(standin->socket_fd);
    for (int i = 3; i < count; i++)
        if (list[i].revents)
            exchange_on_ready(standin, list[i].fd, list[i].revents);
    if (list[2].revents)
        exchange_accept(standin);
}

/* Life */

static int block_signals(void)
{
    sigset_t set;

    sigfillset(&set); /* all that could end us, so that the description says which do */
    sigdelset(&set, SIGSEGV);
    sigdelset(&set, SIGBUS);
    sigdelset(&set, SIGFPE);
    sigdelset(&set, SIGILL);
    sigdelset(&set, SIGABRT);
    sigprocmask(SIG_BLOCK, &set, NULL);
    return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* The world begins before the service does: what is due before that is lost, as it is there. */
static int world_begin(struct standin *standin)
{
    const struct standin_config *config = standin->config;
    struct process_spec spec = {
        .name = config->name, .arguments = config->arguments, .environment = no_environment,
        .log_prefix = "",
    };
    int pid, error;

    draw_config(&config->draw, &standin->names, &standin->sim_config);
    error = sim_create(&standin->sim_config, &standin->world);
    if (error < 0)
        return error;
    standin_pump(standin);
    return standin->world->ops->process_start(standin->world, 0, &spec, &pid);
}

/* Freezing and thawing are ours: the simulated world is told when they happen. */
static void times_choose(struct standin *standin, struct draw *draw)
{
    int64_t *values = draw->values[DRAW_SERVICE], now_ms = standin->record->started_ms;

    if (!values[DRAW_NEVER_READY])
        standin->ready_at_ms = now_ms + values[DRAW_READY];
    if (values[DRAW_ADMIN] == SIM_REFUSES)
        standin->refuse_at_ms = values[DRAW_ADMIN_FROM];
    if (values[DRAW_FROZEN] > now_ms)
        standin->freeze_at_ms = values[DRAW_FROZEN];
    values[DRAW_FROZEN] = 0;
}

static int standin_begin(struct standin *standin, struct standin_config *config)
{
    char path[STANDIN_PATH_MAX];
    int error;

    snprintf(standin->admin, sizeof standin->admin, "unix:%s/%s-admin.sock", config->directory,
             config->name);
    standin->names = (struct draw_names){
        .count = 1, .names = {config->name}, .admins = {config->drains ? standin->admin : NULL},
    };
    record_path(path, sizeof path, config->directory, config->name);
    error = begun_claim(config->directory, &standin->begun_ms);
    if (error == 0)
        error = record_create(path, &standin->record);
    if (error < 0)
        return error;
    standin->record->started_ms = standin_now_ms(standin);
    times_choose(standin, &config->draw);
    standin->signals_fd = block_signals();
    return standin->signals_fd < 0 ? -errno : world_begin(standin);
}

/* A child of ours which outlives us, in our group, and heeds nothing but SIGKILL. */
static void leave_children(const struct standin *standin)
{
    const int64_t *values = standin->config->draw.values[DRAW_SERVICE];
    int64_t for_ms = values[DRAW_CHILDREN_STAY] ? LIFE_MAX_MS : values[DRAW_CHILDREN];
    struct timespec left = {for_ms / 1000, for_ms % 1000 * 1000000};

    if (for_ms == 0 || fork() != 0)
        return;
    while (nanosleep(&left, &left) < 0)
        continue;
    _exit(0);
}

static void standin_end(struct standin *standin)
{
    exchanges_close(standin);
    for (int i = 0; i < 3; i++) {
        int fd = (int[]){standin->signals_fd, standin->socket_fd, standin->admin_fd}[i];

        if (fd >= 0)
            close(fd);
    }
    if (standin->exited) {
        record_look(standin);
        standin->record->exited_ms = standin_now_ms(standin);
        leave_children(standin);
    }
    if (standin->world)
        sim_destroy(standin->world);
    if (standin->record)
        munmap(standin->record, sizeof *standin->record);
}

int standin_run(const struct standin_config *config)
{
    struct standin_config own = *config;
    struct standin standin = {
        .config = &own,
        .ready_at_ms = NEVER_MS,
        .refuse_at_ms = NEVER_MS,
        .freeze_at_ms = NEVER_MS,
        .signals_fd = -1,
        .socket_fd = -1,
        .admin_fd = -1,
    };
    int error;

    exchanges_init(&standin);
    error = standin_begin(&standin, &own);
    while (error == 0 && !standin.exited) {
        error = standin_do_what_is_due(&standin);
        if (error == 0 && !standin.exited)
            standin_wait(&standin);
    }
    standin_end(&standin);
    return error < 0 ? error : standin.code;
}
