/* The folder of one real run: what lastcall reads and writes there. */
#ifndef LASTCALL_REAL_FOLDER_H
#define LASTCALL_REAL_FOLDER_H

#include <stdbool.h>

#include "sim/draw.h"

enum {
    FOLDER_LENGTH_MAX = 64,  /* of its path: sockets are in it */
    FOLDER_PATH_MAX = 160,   /* of the path of a file in it */
    SERVICES_TEXT_MAX = 32 * 1024
};

/* Makes a new one in $TMPDIR (else /tmp; its path must be short). Errors: those of mkdtemp;
 * -ENAMETOOLONG. */
int folder_make(char path[FOLDER_LENGTH_MAX]);

/* Removes it and all the files in it. */
void folder_remove(const char *folder);

void folder_path(const char *folder, const char *name, char path[FOLDER_PATH_MAX]);

/* Writes a file. Errors: those of open and write. */
int folder_write(const char *folder, const char *name, const char *text);

/* services.lua: each service of `names` is a stand-in which behaves as the world says, and must be
 * ready within `ready_s`. `program` is the path of this program. -EFBIG: it is too long. */
int folder_services(const char *folder, const char *program, int ready_s, const struct draw *world,
                    const struct draw_names *names, char text[SERVICES_TEXT_MAX]);

/* Names of the files that should not be there any more when lastcall has ended, with blanks between
 * them; "" none. Cut at `size`. */
void folder_leftovers(const char *folder, char *text, int size);

#endif
