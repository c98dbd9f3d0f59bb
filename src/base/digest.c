#include "base/digest.h"

#include <string.h>

#define PRIME UINT64_C(0x100000001b3)
#define POWER_2 (PRIME * PRIME)
#define POWER_4 (POWER_2 * POWER_2)

uint64_t digest_bytes(uint64_t digest, const void *bytes, size_t length)
{
    const unsigned char *byte = bytes;

    for (size_t i = 0; i < length; i++)
        digest = (digest ^ byte[i]) * PRIME;
    return digest;
}

uint64_t digest_text(uint64_t digest, const char *text)
{
    return digest_bytes(digest, text, strlen(text));
}

uint64_t digest_number(uint64_t digest, uint64_t number)
{
    static const uint64_t powers[] = {
        1, PRIME, POWER_2, POWER_2 * PRIME, POWER_4, POWER_4 * PRIME, POWER_4 * POWER_2,
        POWER_4 * POWER_2 * PRIME, POWER_4 * POWER_4,
    };
    int bytes_left = sizeof number;

    for (; number > 0; number >>= 8, bytes_left--)
        digest = (digest ^ (number & 0xff)) * PRIME;
    return digest * powers[bytes_left]; // a byte of 0 only multiplies, and most numbers are small
}
