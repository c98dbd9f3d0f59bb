/* lastcall explain: the timeline that a policy would give. */
#ifndef LASTCALL_EXPLAIN_H
#define LASTCALL_EXPLAIN_H

/* `arguments` are those after "explain". Returns the exit status: 0; 1 something cannot be used. */
int explain_main(int count, char **arguments);

#endif
