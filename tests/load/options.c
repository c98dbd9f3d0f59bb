#include "options.h"

#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    EXIT_USAGE = 2,
    CONNECTS_PER_SECOND = 2000 /* of the default warm-up, which a server can take */
};

static const char USAGE[] =
    "Usage: load_client --endpoints HOST:PORT[,HOST:PORT...] [OPTION...]\n"
    "HTTP/1.1 load that never retries and calls every failure by its name.\n"
    "\n"
    "  --endpoints LIST    where new connections go, one of them at random; HOST is numeric\n"
    "                      (IPv6 as [::1]:80) or localhost\n"
    "  --connections N     keep-alive connections (default 10; 0 with --one-shot)\n"
    "  --rate R            requests a second of each connection, Poisson (default 1);\n"
    "                      0: the next one as soon as the answer is in\n"
    "  --one-shot R        besides: R new connections a second with one request each\n"
    "  --blind S           as Apache HttpClient: reuse a connection that was idle for less than\n"
    "                      S seconds without looking whether the server has closed it\n"
    "  --ignore-close      use a connection on which the server has said \"Connection: close\"\n"
    "                      until the server closes it\n"
    "  --method GET|POST   default GET; POST has an empty body\n"
    "  --path PATH         default /\n"
    "  --header LINE       one more header line (may be repeated; Host: replaces ours)\n"
    "  --timeout S         for connecting and the whole answer together (default 10)\n"
    "  --duration S        then stop (default: until told to)\n"
    "  --warm-up S         spread the first connects over S seconds (default: 1/rate, at most\n"
    "                      1, or longer so that there are at most 2,000 a second)\n"
    "  --seed N            of the random numbers (default 1)\n"
    "\n"
    "Commands on stdin: add HOST:PORT, remove HOST:PORT, mark TEXT, stop.\n"
    "Output: one JSON object a line. Exit status: 0 it ran to its end, 2 wrong usage.\n";

static _Noreturn void usage_error(const char *what, const char *value)
{
    fprintf(stderr, "load_client: %s%s%s (see --help)\n", what, value[0] != '\0' ? ": " : "",
            value);
    exit(EXIT_USAGE);
}

static double parse_number(const char *text, double maximum, const char *what)
{
    char *end = NULL;
    double number = strtod(text, &end);

    if (end == text || *end != '\0' || !isfinite(number) || number < 0 || number > maximum) {
        usage_error(what, text);
    }
    return number;
}

static uint64_t parse_whole(const char *text, uint64_t maximum, const char *what)
{
    char *end = NULL;

    errno = 0;
    unsigned long long number = strtoull(text, &end, 10);
    if (end == text || *end != '\0' || text[0] == '-' || errno != 0 || number > maximum) {
        usage_error(what, text);
    }
    return number;
}

static void add_header(struct options *options, const char *line)
{
    size_t used = strlen(options->headers);
    size_t room = sizeof options->headers - used;

    if (strchr(line, ':') == NULL || strpbrk(line, "\r\n") != NULL) {
        usage_error("--header is not \"Name: value\"", line);
    }
    if ((size_t)snprintf(options->headers + used, room, "%s\r\n", line) >= room) {
        usage_error("the headers are too long", "");
    }
}

static void set_method(struct options *options, const char *method)
{
    if (strcmp(method, "GET") != 0 && strcmp(method, "POST") != 0) {
        usage_error("--method is neither GET nor POST", method);
    }
    options->method = method;
}

static void set_path(struct options *options, const char *path)
{
    if (path[0] != '/' || strpbrk(path, " \r\n") != NULL) {
        usage_error("--path does not start with / or has a blank", path);
    }
    options->path = path;
}

static void set_option(struct options *options, int option, char *value)
{
    switch (option) {
    case 'e':
        options->endpoints = value;
        break;
    case 'c':
        options->connections = parse_whole(value, CONNECTIONS_MAX, "--connections");
        break;
    case 'r':
        options->rate = parse_number(value, 1e6, "--rate");
        break;
    case 'o':
        options->one_shot_rate = parse_number(value, 1e6, "--one-shot");
        break;
    case 'b':
        options->blind = true;
        options->blind_s = parse_number(value, 1e6, "--blind");
        break;
    case 'i':
        options->ignore_close = true;
        break;
    case 'm':
        set_method(options, value);
        break;
    case 'p':
        set_path(options, value);
        break;
    case 'H':
        add_header(options, value);
        break;
    case 't':
        options->timeout_s = parse_number(value, 1e6, "--timeout");
        break;
    case 'd':
        options->duration_s = parse_number(value, 1e9, "--duration");
        break;
    case 'w':
        options->warm_up_s = parse_number(value, 1e6, "--warm-up");
        break;
    case 's':
        options->seed = parse_whole(value, UINT64_MAX, "--seed");
        break;
    case 'h':
        fputs(USAGE, stdout);
        exit(EXIT_SUCCESS);
    default:
        exit(EXIT_USAGE); /* getopt has said what is wrong */
    }
}

static double default_warm_up_s(const struct options *options)
{
    double usual_s = options->rate > 1 ? 1 / options->rate : 1;
    double least_s = (double)options->connections / CONNECTS_PER_SECOND;

    return least_s > usual_s || options->rate == 0 ? least_s : usual_s;
}

void options_parse(struct options *options, int count, char **arguments)
{
    static const struct option known[] = {
        {"endpoints", required_argument, NULL, 'e'},
        {"connections", required_argument, NULL, 'c'},
        {"rate", required_argument, NULL, 'r'},
        {"one-shot", required_argument, NULL, 'o'},
        {"blind", required_argument, NULL, 'b'},
        {"ignore-close", no_argument, NULL, 'i'},
        {"method", required_argument, NULL, 'm'},
        {"path", required_argument, NULL, 'p'},
        {"header", required_argument, NULL, 'H'},
        {"timeout", required_argument, NULL, 't'},
        {"duration", required_argument, NULL, 'd'},
        {"warm-up", required_argument, NULL, 'w'},
        {"seed", required_argument, NULL, 's'},
        {"help", no_argument, NULL, 'h'},
        {0},
    };
    int option = 0;

    *options = (struct options){
        .method = "GET",
        .path = "/",
        .connections = SIZE_MAX,
        .rate = 1,
        .timeout_s = 10,
        .warm_up_s = -1,
        .seed = 1,
    };
    while ((option = getopt_long(count, arguments, "", known, NULL)) != -1) {
        set_option(options, option, optarg);
    }
    if (optind < count) {
        usage_error("unexpected argument", arguments[optind]);
    }
    if (options->endpoints == NULL) {
        usage_error("--endpoints is missing", "");
    }
    if (options->timeout_s <= 0) {
        usage_error("--timeout must be more than 0", "");
    }
    if (options->connections == SIZE_MAX) {
        options->connections = options->one_shot_rate > 0 ? 0 : 10;
    }
    if (options->warm_up_s < 0) {
        options->warm_up_s = default_warm_up_s(options);
    }
}
