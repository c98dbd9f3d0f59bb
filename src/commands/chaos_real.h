/* lastcall chaos --real: worlds on real processes, in real time. */
#ifndef LASTCALL_CHAOS_REAL_H
#define LASTCALL_CHAOS_REAL_H

#include <stdbool.h>

/* Do these arguments ask for it? */
bool chaos_is_real(int count, char **arguments);

/* `arguments` are those after "chaos". Returns the exit status: 0 all was as it should be; 1. */
int chaos_real_main(int count, char **arguments);

#endif
