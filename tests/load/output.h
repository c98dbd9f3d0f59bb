/* The JSON lines on stdout. */
#ifndef LOAD_OUTPUT_H
#define LOAD_OUTPUT_H

#include "client.h"

enum { FAILURES_PRINTED_MAX = 2000 };

/* Nothing beyond FAILURES_PRINTED_MAX; counting is the caller's. */
void output_failure(struct load *load, const struct client *client, enum failure_kind kind,
                    const char *detail);
void output_progress(const struct load *load);
void output_mark(const char *text);
void output_error(const char *text, const char *why);
void output_endpoints(const struct load *load);
void output_summary(const struct load *load);

#endif
