/* What only the stand-ins know of a shutdown: requests, work, and who was busy until when. */
#ifndef LASTCALL_REAL_CLIENTS_H
#define LASTCALL_REAL_CLIENTS_H

#include "sim/draw.h"
#include "trial/facts.h"

/* Adds it to the facts, from the records in the folder. Not known: requests_failed, and
 * requests_refused after the end of a service. */
void clients_add(const char *folder, const struct draw *world, const struct draw_names *names,
                 struct facts *facts);

#endif
