/* What the last resort adds to the report file, with async-signal-safe calls: see
 * last_resort_internal.h. The members are in src/engine/README.md. */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "base/json_line.h"
#include "base/signals.h"
#include "live/last_resort_internal.h"

enum { NAMES_SIZE = 512 };

static volatile int report_fd = -1;

void last_resort_set_report(int fd)
{
    report_fd = fd;
}

static void fact_begin(struct json_line *line, const char *fact)
{
    int64_t began_ms = resort_shutdown_began_ms();

    json_line_begin(line);
    json_line_seconds(line, "time", began_ms == NEVER_MS ? 0 : resort_now_ms() - began_ms);
    json_line_text(line, "fact", fact);
}

/* Dropped where nobody reads, because it must not block. */
static void fact_write(struct json_line *line)
{
    struct pollfd stream = {.fd = report_fd, .events = POLLOUT};

    json_line_end(line);
    line->bytes[line->length++] = '\n';
    if (poll(&stream, 1, 0) != 1 || !(stream.revents & POLLOUT))
        return;
    while (write(stream.fd, line->bytes, line->length) < 0 && errno == EINTR)
        continue;
}

/* "db, web": those that are not free. */
static void names_alive(char names[NAMES_SIZE])
{
    names[0] = '\0';
    for (int i = 0; i < PROCESSES_MAX; i++) {
        const struct service *service = &resort_services[i];
        size_t used = strlen(names);

        if (service->state == SERVICE_FREE || used + sizeof service->name + 3 > NAMES_SIZE)
            continue;
        if (used > 0)
            strcat(names, ", ");
        strcat(names, service->name);
    }
}

void resort_report_begin(const char *reason, bool killing)
{
    struct json_line line;
    char names[NAMES_SIZE];

    if (report_fd < 0)
        return;
    names_alive(names);
    fact_begin(&line, "resort");
    json_line_flag(&line, "kill", killing);
    json_line_text(&line, "alive", names);
    if (resort_deadline_ms() != NEVER_MS)
        json_line_seconds(&line, "deadline", resort_deadline_ms() - resort_shutdown_began_ms());
    json_line_text(&line, "reason", reason);
    fact_write(&line);
}

void resort_report_signal(const struct service *service, int signal)
{
    struct json_line line;

    if (report_fd < 0)
        return;
    fact_begin(&line, "signal");
    json_line_text(&line, "service", service->name);
    json_line_text(&line, "signal", signal_name(signal));
    json_line_text(&line, "by", "last resort");
    json_line_number(&line, "pid", service->pid);
    fact_write(&line);
}

void resort_report_kill_all(void)
{
    for (int i = 0; i < PROCESSES_MAX; i++)
        if (resort_services[i].state != SERVICE_FREE)
            resort_report_signal(&resort_services[i], SIGKILL);
}

void resort_report_service(const char *fact, const struct service *service)
{
    struct json_line line;

    if (report_fd < 0)
        return;
    fact_begin(&line, fact);
    json_line_text(&line, "service", service->name);
    fact_write(&line);
}

void resort_report_done(void)
{
    int alive = resort_alive();
    struct json_line line;
    char names[NAMES_SIZE];

    if (report_fd < 0)
        return;
    names_alive(names);
    fact_begin(&line, "resorted");
    json_line_number(&line, "processes_left", alive > 0 ? alive : resort_run.children_left);
    json_line_text(&line, "left", names);
    fact_write(&line);
}

void resort_report_end(const char *verdict, int exit_code, bool deadline_passed)
{
    struct json_line line;

    if (report_fd < 0)
        return;
    fact_begin(&line, "end");
    json_line_text(&line, "verdict", verdict);
    json_line_number(&line, "code", exit_code);
    json_line_flag(&line, "deadline_passed", deadline_passed);
    fact_write(&line);
}
