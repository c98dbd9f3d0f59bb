/* lastcall verify: what a real shutdown has shown. */
#ifndef LASTCALL_VERIFY_H
#define LASTCALL_VERIFY_H

/* `lastcall verify`: the words after it. Returns the exit status: 0 all that can be judged holds,
 * 1 something is broken, 2 nothing can be judged. */
int verify_main(int count, char **arguments);

#endif
