/* Options of the command line. */
#ifndef LASTCALL_OPTIONS_H
#define LASTCALL_OPTIONS_H

/* Takes "--name VALUE" or "--name=VALUE" at *place, which then is that of the last word taken.
 * Returns 1 if it was that, 0 if not, -1 if the value misses. */
int option_value(char **arguments, int count, int *place, const char *name, const char **value);

#endif
