/* Preloaded into lastcall: writes down which children it has at the moment at which it ends. When
 * it is PID 1 the kernel kills them right afterwards, and nobody else could tell. */
#define _GNU_SOURCE 1

#include <fcntl.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

static const char *path;
static pid_t owner;

static void write_children(void)
{
    char bytes[4096];
    int from, to;
    ssize_t count;

    if (!path || getpid() != owner)
        return;
    from = open("/proc/thread-self/children", O_RDONLY | O_CLOEXEC);
    to = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    while ((count = read(from, bytes, sizeof bytes)) > 0)
        if (write(to, bytes, (size_t)count) < 0)
            break;
    path = NULL;
}

__attribute__((constructor)) static void on_load(void)
{
    path = getenv("LEFTOVERS");
    owner = getpid();
    unsetenv("LD_PRELOAD");
}

__attribute__((destructor)) static void on_exit_called(void)
{
    write_children();
}

/* The last resort ends the process in a signal handler. */
__attribute__((noreturn)) void _exit(int code)
{
    write_children();
    for (;;)
        syscall(SYS_exit_group, code);
}
