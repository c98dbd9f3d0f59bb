/* Why nobody can be blamed for those who were thrown out of a service. */
#ifndef LASTCALL_TRIAL_EXCUSES_H
#define LASTCALL_TRIAL_EXCUSES_H

#include "trial/facts.h"

enum {
    SLACK_MS = 300,          /* what is nearly so, is so */
    PATIENCE_MS = 14 * 1000, /* a policy may give up on a busy service after this (the usual 15 s,
                                less a moment for one in which nobody is inside), */
    PATIENCE_PARTS = 2,      /* or after this part of the time that it had */
    BLIND_MS = 5 * 1000      /* so long it must wait for a service that drains and cannot say
                                who is inside */
};

enum excuse {
    EXCUSE_NONE,
    EXCUSE_BY_ITSELF,   /* it exited by itself */
    EXCUSE_LAST_RESORT, /* the policy had ended: its failing is another invariant's business */
    EXCUSE_UNSEEN,      /* they came after the last look, a moment before */
    EXCUSE_HURRIED,     /* stopped after a second signal had come */
    EXCUSE_NO_TIME,     /* there was no time left to wait */
    EXCUSE_LIED,        /* its admin lied about who is inside */
    EXCUSE_UNREACHABLE, /* it can neither be drained nor asked, and that was said */
    EXCUSE_NOT_KNOWN,   /* it could not be known who is inside, and that was said; it waited */
    EXCUSE_PATIENCE,    /* drained, or tried to, and waited for as long as can be asked for */
    EXCUSE_SHARE,       /* killed after its fair share of the time */
    EXCUSES
};

extern const char *const excuse_names[EXCUSES];

/* For the requests in flight at the exit of this service. */
enum excuse excuse_requests(const struct facts *facts, const struct service_facts *service);

/* Has the admin lied about those inside by then? About a drain it may lie: that can be seen. */
bool excuse_lied(const struct service_facts *service, int64_t at_ms);

/* For the work that its KILL has cut. */
enum excuse excuse_work(const struct facts *facts, const struct service_facts *service);

#endif
