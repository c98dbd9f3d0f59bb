/* FNV-1a: one number for many bytes, to tell whether two runs were the same. */
#ifndef LASTCALL_DIGEST_H
#define LASTCALL_DIGEST_H

#include <stddef.h>
#include <stdint.h>

#define DIGEST_NONE UINT64_C(0xcbf29ce484222325)

/* Adds to a digest and returns it. */
uint64_t digest_bytes(uint64_t digest, const void *bytes, size_t length);
uint64_t digest_text(uint64_t digest, const char *text);
uint64_t digest_number(uint64_t digest, uint64_t number); /* its eight bytes, the lowest first */

#endif
