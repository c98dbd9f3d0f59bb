/* lastcall stand-in: a service that behaves as described, for chaos on real processes. */
#ifndef LASTCALL_STAND_IN_H
#define LASTCALL_STAND_IN_H

/* `arguments` are those after the command's name, NULL at the end. Returns the exit status. */
int stand_in_main(char **arguments);

#endif
