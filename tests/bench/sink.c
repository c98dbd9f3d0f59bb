/* sink COUNT: reads stdin to its end; stamps "sunk" when COUNT bytes '~' have come, one of which
 * is in each line of the program `lines`, and "bytes" (a number instead of a time): how many bytes
 * had come by then. With COUNT 0 it only reads. */
#include <unistd.h>

#include "stamp.h"

enum { BUFFER_BYTES = 256 * 1024 };

static char buffer[BUFFER_BYTES];

/* No early exit and no branch, so that the compiler makes it far faster than any log path. */
static int64_t count_marks(const char *bytes, size_t length)
{
    int64_t marks = 0;
    for (size_t i = 0; i < length; i++)
        marks += bytes[i] == '~';
    return marks;
}

int main(int argc, char **argv)
{
    int64_t wanted = argc > 1 ? atoll(argv[1]) : 0;
    int64_t seen = 0;
    int64_t bytes = 0;
    ssize_t n;

    while ((n = read(0, buffer, sizeof(buffer))) > 0) {
        if (wanted == 0)
            continue;
        seen += count_marks(buffer, n);
        bytes += n;
        if (seen >= wanted) {
            int stamps = stamp_open();
            stamp_send(stamps, "sunk", stamp_now_ns());
            stamp_send(stamps, "bytes", bytes);
            wanted = 0;
        }
    }
    return 0;
}
