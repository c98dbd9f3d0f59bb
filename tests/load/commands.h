/* The commands on stdin. */
#ifndef LOAD_COMMANDS_H
#define LOAD_COMMANDS_H

#include "load.h"

enum { COMMAND_BYTES_MAX = 4096 };

struct commands {
    struct watch watch;
    struct load *load;
    size_t length;                /* of the line so far */
    bool overlong;                /* skip to its end */
    char line[COMMAND_BYTES_MAX];
};

/* Begins to watch stdin; a plain file is read at once. The end of stdin does not stop a run. */
void commands_init(struct commands *commands, struct load *load);

#endif
