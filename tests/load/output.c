#include "output.h"

#include <inttypes.h>
#include <stdio.h>

/* JSON text must be valid UTF-8, a command on stdin need not be: beyond ASCII becomes '?'. */
static void print_text(const char *text)
{
    putchar('"');
    for (; *text != '\0'; text++) {
        unsigned char byte = (unsigned char)*text;
        if (byte == '"' || byte == '\\') {
            printf("\\%c", byte);
        } else if (byte < ' ' || byte > '~') {
            putchar('?');
        } else {
            putchar(byte);
        }
    }
    putchar('"');
}

static double seconds(int64_t time_us)
{
    return (double)time_us / 1e6;
}

static void begin(const char *event)
{
    printf("{\"event\":\"%s\",\"time\":%.3f", event, seconds(now_us()));
}

static void end(void)
{
    puts("}");
    fflush(stdout);
}

void output_failure(struct load *load, const struct client *client, enum failure_kind kind,
                    const char *detail)
{
    if (load->statistics.failures_printed == FAILURES_PRINTED_MAX) {
        return;
    }
    load->statistics.failures_printed++;

    begin("failure");
    printf(",\"kind\":\"%s\",\"endpoint\":", failure_kind_name(kind));
    if (client->connection.endpoint != NULL) {
        print_text(client->connection.endpoint->name);
    } else {
        printf("null");
    }
    printf(",\"one_shot\":%s,\"started\":%.3f,\"requests_on_connection\":%" PRIu64
           ",\"detail\":\"%s\"",
           client->one_shot ? "true" : "false", seconds(client->started_us),
           client->connection.requests, detail);
    end();
}

void output_progress(const struct load *load)
{
    begin("progress");
    printf(",\"requests\":%" PRIu64 ",\"failed\":%" PRIu64 ",\"connections\":%zu"
           ",\"in_flight\":%zu",
           load->statistics.requests, load->statistics.failed, load->connections,
           load->in_flight);
    end();
}

void output_mark(const char *text)
{
    begin("mark");
    printf(",\"text\":");
    print_text(text);
    end();
}

void output_error(const char *text, const char *why)
{
    begin("error");
    printf(",\"text\":");
    print_text(text);
    printf(",\"why\":");
    print_text(why);
    end();
}

void output_endpoints(const struct load *load)
{
    const char *separator = "";

    begin("endpoints");
    printf(",\"active\":[");
    for (size_t i = 0; i < load->endpoints.count; i++) {
        if (load->endpoints.table[i]->active) {
            printf("%s", separator);
            print_text(load->endpoints.table[i]->name);
            separator = ",";
        }
    }
    printf("]");
    end();
}

static void print_failures(const struct statistics *statistics)
{
    printf(",\"failures\":{");
    for (int kind = 0; kind < FAILURE_KINDS; kind++) {
        printf("%s\"%s\":%" PRIu64, kind > 0 ? "," : "",
               failure_kind_name((enum failure_kind)kind), statistics->failures[kind]);
    }
    printf("},\"failures_printed\":%" PRIu64, statistics->failures_printed);
    if (statistics->failed > 0) {
        printf(",\"first_failure\":%.3f,\"last_failure\":%.3f",
               seconds(statistics->first_failure_us), seconds(statistics->last_failure_us));
    } else {
        printf(",\"first_failure\":null,\"last_failure\":null");
    }
}

static void print_histogram(const char *name, const struct histogram *histogram)
{
    printf(",\"%s\":{\"p50\":%.3f,\"p99\":%.3f,\"max\":%.3f}", name,
           histogram_quantile_ms(histogram, 0.50), histogram_quantile_ms(histogram, 0.99),
           (double)histogram->max_us / 1000.0);
}

static void print_by_endpoint(const struct endpoints *endpoints)
{
    printf(",\"by_endpoint\":{");
    for (size_t i = 0; i < endpoints->count; i++) {
        const struct endpoint *endpoint = endpoints->table[i];
        printf("%s", i > 0 ? "," : "");
        print_text(endpoint->name);
        printf(":{\"requests\":%" PRIu64 ",\"failed\":%" PRIu64 "}", endpoint->requests,
               endpoint->failed);
    }
    printf("}");
}

void output_summary(const struct load *load)
{
    const struct statistics *statistics = &load->statistics;

    begin("summary");
    printf(",\"requests\":%" PRIu64 ",\"ok\":%" PRIu64 ",\"failed\":%" PRIu64,
           statistics->requests, statistics->requests - statistics->failed,
           statistics->failed);
    print_failures(statistics);
    printf(",\"connections_opened\":%" PRIu64 ",\"closed_by_server_while_idle\":%" PRIu64
           ",\"told_to_close\":%" PRIu64,
           statistics->connections_opened, statistics->closed_while_idle,
           statistics->told_to_close);
    print_histogram("latency_ms", &statistics->latency);
    print_histogram("start_delay_ms", &statistics->start_delay);
    print_by_endpoint(&load->endpoints);
    end();
}
