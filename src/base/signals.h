/* Signal names, without the C library's table: it says "Terminated", people say TERM. */
#ifndef LASTCALL_SIGNALS_H
#define LASTCALL_SIGNALS_H

/* "TERM" for SIGTERM. A number without a name gives "signal". Never NULL; async-signal-safe. */
const char *signal_name(int number);

/* SIGTERM for "TERM", "SIGTERM" or "term". -EINVAL: no such signal. */
int signal_number(const char *name);

#endif
