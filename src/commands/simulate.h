/* lastcall simulate: a policy in thousands of simulated shutdowns. */
#ifndef LASTCALL_SIMULATE_H
#define LASTCALL_SIMULATE_H

/* `arguments` are those after the command's name. Returns the exit status: 0 all invariants hold,
 * 1 one is broken or something cannot be used. */
int simulate_main(int count, char **arguments);

#endif
