#include "live/own_line.h"

#include <stdio.h>
#include <time.h>

size_t own_line_format(char line[OWN_LINE_MAX], const char *name, const char *text)
{
    time_t now = time(NULL);
    struct tm local = {0};
    char when[32];
    localtime_r(&now, &local);
    strftime(when, sizeof(when), "%Y-%m-%d %H:%M:%S", &local);

    int written = snprintf(line, OWN_LINE_MAX, "[%s] %s %s", name, when, text);
    size_t length = written < OWN_LINE_MAX ? (size_t)written : OWN_LINE_MAX - 1;
    for (size_t i = 0; i < length; i++) {
        if ((unsigned char)line[i] < ' ' || line[i] == 0x7f)
            line[i] = ' ';
    }
    return length;
}
