/* lastcall chaos: scenario files, each a world and what must hold in it. */
#ifndef LASTCALL_CHAOS_H
#define LASTCALL_CHAOS_H

/* `arguments` are those after the command's name. Returns the exit status: 0 all held; 1 else. */
int chaos_main(int count, char **arguments);

#endif
