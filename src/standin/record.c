#include "standin/record.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

void record_path(char *path, int size, const char *directory, const char *name)
{
    snprintf(path, (size_t)size, "%s/%s.record", directory, name);
}

int record_create(const char *path, struct record **result)
{
    int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    struct record *record;
    int error = 0;

    if (fd < 0)
        return -errno;
    if (ftruncate(fd, sizeof *record) < 0)
        error = -errno;
    record = mmap(NULL, sizeof *record, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (error == 0 && record == MAP_FAILED)
        error = -errno;
    close(fd);
    if (error < 0)
        return error;
    *record = (struct record){
        .frozen_ms = -1,
        .asked_ms = -1,
        .asked_busy_ms = -1,
        .exited_ms = -1,
        .busy_ms = -1,
    };
    *result = record;
    return 0;
}

int record_read(const char *path, struct record *record)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t length;

    if (fd < 0)
        return -errno;
    length = read(fd, record, sizeof *record);
    close(fd);
    return length == sizeof *record ? 0 : -EIO;
}
