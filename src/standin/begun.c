#include "standin/begun.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { PATH_LENGTH_MAX = 512 };

int64_t monotonic_now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int begun_read(const char *directory, int64_t *begun_ms)
{
    char path[PATH_LENGTH_MAX], text[32];
    ssize_t length;
    int64_t value;
    int fd;

    snprintf(path, sizeof path, "%s/" BEGUN_FILE, directory);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    length = read(fd, text, sizeof text - 1);
    close(fd);
    if (length < 0)
        return -errno;
    text[length] = '\0';
    value = strtoll(text, NULL, 10);
    if (value <= 0)
        return -EINVAL;
    *begun_ms = value;
    return 0;
}

/* Written aside and linked, so that nobody reads half of it; the first one wins. */
int begun_claim(const char *directory, int64_t *begun_ms)
{
    char path[PATH_LENGTH_MAX], aside[PATH_LENGTH_MAX + 16];
    FILE *file;
    int error;

    snprintf(path, sizeof path, "%s/" BEGUN_FILE, directory);
    snprintf(aside, sizeof aside, "%s.%d", path, (int)getpid());
    file = fopen(aside, "we");
    if (!file)
        return -errno;
    fprintf(file, "%lld\n", (long long)monotonic_now_ms());
    if (fclose(file) == 0 && (link(aside, path) == 0 || errno == EEXIST))
        error = 0;
    else
        error = -errno;
    unlink(aside);
    return error < 0 ? error : begun_read(directory, begun_ms);
}
