/* What the command line of the load client asks for. */
#ifndef LOAD_OPTIONS_H
#define LOAD_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    CONNECTIONS_MAX = 100000,
    HEADERS_BYTES_MAX = 2048
};

struct options {
    char *endpoints;      /* as given, separated by commas; cut up by whoever reads it */
    const char *method;
    const char *path;
    char headers[HEADERS_BYTES_MAX];
    size_t connections;   /* keep-alive ones */
    double rate;          /* requests a second of each connection; 0: full speed */
    double one_shot_rate; /* new connections a second with a single request each */
    bool blind;
    double blind_s;       /* idle for less than that: reused without a look */
    bool ignore_close;    /* "Connection: close" is not obeyed: the server has to close */
    double timeout_s;     /* connecting and the whole answer together */
    double duration_s;    /* 0: until told to stop */
    double warm_up_s;     /* over which the first connects are spread */
    uint64_t seed;
};

/* Ends the program for wrong usage (2) and after --help (0). */
void options_parse(struct options *options, int count, char **arguments);

#endif
