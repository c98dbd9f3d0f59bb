#include "trial/report.h"

#include <stdio.h>
#include <string.h>

#include "base/exit_codes.h"
#include "base/json_line.h"
#include "base/signals.h"

static void line_begin(struct witness *witness, struct json_line *line, const char *fact)
{
    int64_t now_ms = witness->inner->ops->now_ms(witness->inner);

    json_line_begin(line);
    json_line_seconds(line, "time", now_ms - witness->facts->begun_ms);
    json_line_text(line, "fact", fact);
}

static void line_write(struct witness *witness, struct json_line *line)
{
    json_line_end(line);
    if (witness->print)
        witness->inner->ops->print(witness->inner, CHANNEL_REPORT, line->bytes);
}

static int alive(const struct facts *facts, char names[REASON_MAX])
{
    int count = 0;

    names[0] = '\0';
    for (int i = 0; i < facts->service_count; i++) {
        size_t used = strlen(names);

        if (facts->services[i].running)
            snprintf(names + used, REASON_MAX - used, "%s%s", count++ > 0 ? ", " : "",
                     facts->services[i].name);
    }
    return count;
}

void trial_report_begin(struct witness *witness, bool kill)
{
    struct json_line line;
    char names[REASON_MAX];

    alive(witness->facts, names);
    line_begin(witness, &line, "resort");
    json_line_flag(&line, "kill", kill);
    json_line_text(&line, "alive", names);
    json_line_seconds(&line, "deadline",
                      witness->facts->deadline_ms - witness->facts->begun_ms);
    json_line_text(&line, "reason", witness->facts->reason);
    line_write(witness, &line);
}

void trial_report_signal(struct witness *witness, const struct service_facts *service,
                          int signal)
{
    struct json_line line;

    line_begin(witness, &line, "signal");
    json_line_text(&line, "service", service->name);
    json_line_text(&line, "signal", signal_name(signal));
    json_line_text(&line, "by", "last resort");
    line_write(witness, &line);
}

void trial_report_service(struct witness *witness, const char *fact,
                           const struct service_facts *service)
{
    struct json_line line;

    line_begin(witness, &line, fact);
    json_line_text(&line, "service", service->name);
    line_write(witness, &line);
}

void trial_report_done(struct witness *witness)
{
    struct json_line line;
    char names[REASON_MAX];
    int left = alive(witness->facts, names);

    line_begin(witness, &line, "resorted");
    json_line_number(&line, "processes_left", left);
    json_line_text(&line, "left", names);
    line_write(witness, &line);
}

void trial_report_deadline(struct witness *witness)
{
    struct json_line line;

    line_begin(witness, &line, "end");
    json_line_text(&line, "verdict", "deadline");
    json_line_number(&line, "code", EXIT_DEADLINE);
    json_line_flag(&line, "deadline_passed", true);
    line_write(witness, &line);
}
