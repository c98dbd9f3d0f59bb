/* The report's lines of the last resort, as live/last_resort_report.c writes them: the engine does
 * not see what happens then. Nothing is written where the witness does not print. */
#ifndef LASTCALL_TRIAL_REPORT_H
#define LASTCALL_TRIAL_REPORT_H

#include "trial/witness.h"

void trial_report_begin(struct witness *witness, bool kill);
void trial_report_signal(struct witness *witness, const struct service_facts *service,
                          int signal);

/* `fact`: "exit" or "gone". */
void trial_report_service(struct witness *witness, const char *fact,
                           const struct service_facts *service);
void trial_report_done(struct witness *witness);

/* The world has killed at the deadline: the last line of all. */
void trial_report_deadline(struct witness *witness);

#endif
