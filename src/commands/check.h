/* lastcall check: is a policy right, before it is needed? */
#ifndef LASTCALL_CHECK_H
#define LASTCALL_CHECK_H

/* `arguments` are those after "check". Returns the exit status: 0 sound, 1 broken, 2 risky. */
int check_main(int count, char **arguments);

#endif
