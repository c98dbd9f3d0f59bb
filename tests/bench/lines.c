/* lines COUNT CHUNK: writes COUNT lines of 100 bytes to stdout, CHUNK bytes at a time.
 *
 * Chunks do not end with a line, as those of stdio do not. Each line holds one '~', by which the
 * sink counts. It stamps "up", "start" before the first write, and sleeps until SIGTERM. */
#include <unistd.h>

#include "stamp.h"

enum { LINE_BYTES = 100, CHUNK_BYTES_MAX = 1 << 20 };

static char text[CHUNK_BYTES_MAX + LINE_BYTES];

static void write_lines(int64_t total_bytes, int64_t chunk_bytes)
{
    for (int64_t written = 0; written < total_bytes;) {
        int64_t left = total_bytes - written;
        ssize_t n = write(1, text + written % LINE_BYTES, left < chunk_bytes ? left : chunk_bytes);
        if (n < 0) {
            perror("write");
            exit(1);
        }
        written += n;
    }
}

int main(int argc, char **argv)
{
    int64_t up_ns = stamp_now_ns();
    term_block();
    int stamps = stamp_open();
    stamp_send(stamps, "up", up_ns);

    int64_t count = argc == 3 ? atoll(argv[1]) : 0;
    int64_t chunk_bytes = argc == 3 ? atoll(argv[2]) : 0;
    if (count < 1 || chunk_bytes < 1 || chunk_bytes > CHUNK_BYTES_MAX) {
        fprintf(stderr, "usage: lines COUNT CHUNK\n");
        return 2;
    }
    for (size_t i = 0; i < sizeof(text); i++)
        text[i] = "abcdefghijklmnopqrstuvwxy "[i % LINE_BYTES % 26];
    for (size_t i = 0; i + LINE_BYTES <= sizeof(text); i += LINE_BYTES) {
        text[i + LINE_BYTES - 2] = '~';
        text[i + LINE_BYTES - 1] = '\n';
    }
    stamp_send(stamps, "start", stamp_now_ns());
    write_lines(count * LINE_BYTES, chunk_bytes);
    term_wait(stamps);
    return 0;
}
