#include "live/files.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int file_check_regular(int fd)
{
    struct stat status;
    if (fstat(fd, &status) < 0)
        return -errno;
    if (S_ISDIR(status.st_mode))
        return -EISDIR;
    return S_ISREG(status.st_mode) ? 0 : -EINVAL;
}

/* Reads up to the end or the end of the buffer. Returns the number of bytes, or -errno. */
static ssize_t read_fully(int fd, char *buffer, size_t size)
{
    size_t length = 0;
    while (length < size) {
        ssize_t count = read(fd, buffer + length, size - length);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return -errno;
        if (count == 0)
            break;
        length += (size_t)count;
    }
    return (ssize_t)length;
}

static int file_read_checked(int fd, char *buffer, size_t size)
{
    int result = file_check_regular(fd);
    if (result < 0)
        return result;
    ssize_t length = read_fully(fd, buffer, size);
    if (length < 0)
        return (int)length;

    /* The size in fstat is 0 in /proc: only reading tells whether there is more. */
    char more;
    if ((size_t)length == size && read_fully(fd, &more, 1) == 1)
        return -EFBIG;
    return length > INT_MAX ? -EFBIG : (int)length;
}

int files_read(const char *path, char *buffer, size_t size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return -errno;
    int result = file_read_checked(fd, buffer, size);
    close(fd);
    return result;
}

static int write_fully(int fd, const char *text, size_t length)
{
    while (length > 0) {
        ssize_t written = write(fd, text, length);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return -errno;
        text += written;
        length -= (size_t)written;
    }
    return 0;
}

/* One that a former life of ours has left behind is replaced: as PID 1 we always have its name. */
static int temporary_create(const char *path)
{
    int flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW;
    int fd = open(path, flags, 0644);
    if (fd < 0 && errno == EEXIST && unlink(path) == 0)
        fd = open(path, flags, 0644);
    return fd < 0 ? -errno : fd;
}

int files_write(const char *path, const char *text)
{
    char temporary[PATH_MAX];
    int length = snprintf(temporary, sizeof(temporary), "%s.%d.tmp", path, getpid());
    if (length >= (int)sizeof(temporary))
        return -ENAMETOOLONG;
    int fd = temporary_create(temporary);
    if (fd < 0)
        return fd;

    int result = write_fully(fd, text, strlen(text));
    if (result == 0 && fchmod(fd, 0644) < 0)
        result = -errno;
    if (close(fd) < 0 && result == 0)
        result = -errno;
    if (result == 0 && rename(temporary, path) < 0)
        result = -errno;
    if (result < 0)
        unlink(temporary);
    return result;
}

int files_remove(const char *path)
{
    struct stat status;
    if (lstat(path, &status) < 0)
        return -errno;
    if (S_ISDIR(status.st_mode))
        return -EISDIR;
    if (!S_ISSOCK(status.st_mode) && !S_ISREG(status.st_mode) && !S_ISLNK(status.st_mode))
        return -EPERM;
    return unlink(path) < 0 ? -errno : 0;
}
