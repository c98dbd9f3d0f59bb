/* payload [SOCKET DELAY_MS]: a service that does nothing.
 *
 * It stamps "up" as its first act, listens at SOCKET after DELAY_MS if they are given, sleeps
 * until SIGTERM, stamps "gone" as its last act and exits with 0. */
#include <unistd.h>

#include "stamp.h"

static void listen_at(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
    if (bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 || listen(fd, 16) < 0) {
        perror(path);
        exit(1);
    }
}

int main(int argc, char **argv)
{
    int64_t up_ns = stamp_now_ns();
    term_block();
    int stamps = stamp_open();
    stamp_send(stamps, "up", up_ns);

    if (argc == 3) {
        int64_t ready_ns = up_ns + atoll(argv[2]) * 1000000;
        struct timespec at = {ready_ns / 1000000000, ready_ns % 1000000000};
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL);
        listen_at(argv[1]);
    }
    term_wait(stamps);
    return 0;
}
