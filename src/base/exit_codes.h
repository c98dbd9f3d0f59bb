/* What lastcall ends with, documented in README. */
#ifndef LASTCALL_EXIT_CODES_H
#define LASTCALL_EXIT_CODES_H

enum {
    EXIT_FORCED = 75,        /* a service had to be killed */
    EXIT_DEADLINE = 76,      /* the deadline came first */
    EXIT_POLICY_FAILED = 77  /* the last resort stopped everything, because the policy could not */
};

#endif
