/* stamp_exec COMMAND...: stamps "exec" and becomes COMMAND. */
#include <unistd.h>

#include "stamp.h"

int main(int argc, char **argv)
{
    if (argc < 2)
        return 2;
    stamp_send(stamp_open(), "exec", stamp_now_ns());
    execvp(argv[1], argv + 1);
    perror(argv[1]);
    return 127;
}
