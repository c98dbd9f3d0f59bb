/* lastcall check: is a policy right, before it is needed? */
#ifndef LASTCALL_CHECK_H
#define LASTCALL_CHECK_H

enum { EXIT_SOUND = 0, EXIT_BROKEN = 1 };

/* `arguments` are those after "check". Returns the exit status. */
int check_main(int count, char **arguments);

#endif
