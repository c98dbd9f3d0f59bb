/* The report's lines of the last resort, as live/last_resort_report.c writes them: the engine does
 * not see what happens then. Nothing is written where the witness does not print. */
#ifndef LASTCALL_TRIAL_RESORT_REPORT_H
#define LASTCALL_TRIAL_RESORT_REPORT_H

#include "trial/witness.h"

void resort_report_begin(struct witness *witness, bool kill);
void resort_report_signal(struct witness *witness, const struct service_facts *service,
                          int signal);

/* `fact`: "exit" or "gone". */
void resort_report_service(struct witness *witness, const char *fact,
                           const struct service_facts *service);
void resort_report_done(struct witness *witness);

/* The world has killed at the deadline: the last line of all. */
void resort_report_deadline(struct witness *witness);

#endif
