#include "base/signals.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

static const struct {
    int number;
    const char *name;
} signals[] = { // what is asked for most comes first
    {SIGTERM, "TERM"}, {SIGCONT, "CONT"}, {SIGKILL, "KILL"}, {SIGHUP, "HUP"},
    {SIGINT, "INT"},   {SIGQUIT, "QUIT"}, {SIGUSR1, "USR1"}, {SIGUSR2, "USR2"},
    {SIGSEGV, "SEGV"}, {SIGABRT, "ABRT"}, {SIGPIPE, "PIPE"}, {SIGALRM, "ALRM"},
    {SIGCHLD, "CHLD"}, {SIGSTOP, "STOP"}, {SIGTSTP, "TSTP"}, {SIGWINCH, "WINCH"},
    {SIGBUS, "BUS"},   {SIGFPE, "FPE"},   {SIGILL, "ILL"},   {SIGTRAP, "TRAP"},
};

enum { SIGNALS = sizeof signals / sizeof *signals };

const char *signal_name(int number)
{
    for (size_t i = 0; i < SIGNALS; i++)
        if (signals[i].number == number)
            return signals[i].name;
    return "signal";
}

int signal_number(const char *name)
{
    if (strncasecmp(name, "SIG", 3) == 0)
        name += 3;
    for (size_t i = 0; i < SIGNALS; i++)
        if (strcasecmp(signals[i].name, name) == 0)
            return signals[i].number;
    return -EINVAL;
}
