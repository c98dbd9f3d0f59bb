/* Small files that a policy reads and writes. */
#ifndef LASTCALL_FILES_H
#define LASTCALL_FILES_H

#include <stddef.h>

/* Reads a whole regular file, also one of /proc. Never blocks on a pipe or a device.
 * Returns its length, or -errno: -EFBIG (longer than size), -EISDIR, -EINVAL (not a file). */
int files_read(const char *path, char *buffer, size_t size);

/* Replaces a file by one with mode 0644: its readers see the old or the new text, nothing else. */
int files_write(const char *path, const char *text);

/* Removes a file, a socket or a symbolic link. -EISDIR, -EPERM: it is something else. */
int files_remove(const char *path);

#endif
