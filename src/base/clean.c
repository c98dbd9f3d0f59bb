#include "base/clean.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* The length of the character at `text`, 0: it is no UTF-8. */
static size_t character_length(const unsigned char *text, size_t length, uint32_t *code)
{
    size_t count = text[0] < 0x80 ? 1 : text[0] < 0xc2 ? 0 : text[0] < 0xe0 ? 2
                 : text[0] < 0xf0 ? 3 : text[0] < 0xf5 ? 4 : 0;

    if (count == 0 || count > length)
        return 0;
    *code = count == 1 ? text[0] : text[0] & (0x7fu >> count);
    for (size_t i = 1; i < count; i++) {
        if ((text[i] & 0xc0) != 0x80)
            return 0;
        *code = *code << 6 | (text[i] & 0x3f);
    }
    if ((count == 3 && *code < 0x800) || (count == 4 && (*code < 0x10000 || *code > 0x10ffff)))
        return 0;
    return *code >= 0xd800 && *code < 0xe000 ? 0 : count;
}

/* Controls, and the invisible characters that terminals act on. */
static bool is_harmful(uint32_t code)
{
    return code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0x61c ||
           (code >= 0x200b && code <= 0x200f) || (code >= 0x2028 && code <= 0x202e) ||
           (code >= 0x2060 && code <= 0x206f) || code == 0xfeff;
}

size_t clean_text(char *out, size_t size, const char *text, size_t length)
{
    size_t used = 0, columns = 0;

    for (size_t i = 0; i < length; columns++) {
        uint32_t code = 0;
        size_t count = character_length((const unsigned char *)text + i, length - i, &code);
        bool plain = count > 0 && !is_harmful(code);

        if (used + (plain ? count : 1) >= size)
            break;
        if (plain)
            memcpy(out + used, text + i, count);
        else
            out[used] = code == '\t' ? ' ' : '?';
        used += plain ? count : 1;
        i += count > 0 ? count : 1;
    }
    out[used] = '\0';
    return columns;
}
