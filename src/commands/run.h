/* lastcall run: the entrypoint of a container. */
#ifndef LASTCALL_RUN_H
#define LASTCALL_RUN_H

/* `arguments` follow the word "run". Returns the exit status. */
int run_main(int count, char **arguments);

#endif
