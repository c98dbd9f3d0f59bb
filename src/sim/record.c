#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/record.h"

enum { TEXT_CAPACITY_FIRST = 1024, DIGITS_MAX = 24 };

static int text_reserve(struct text *text, size_t more)
{
    size_t capacity = text->capacity ? text->capacity : TEXT_CAPACITY_FIRST;
    char *bytes;

    while (capacity < text->length + more + 1)
        capacity *= 2;
    if (capacity == text->capacity)
        return 0;
    bytes = realloc(text->bytes, capacity);
    if (!bytes)
        return -ENOMEM;
    text->bytes = bytes;
    text->capacity = capacity;
    return 0;
}

/* Writes it where there is room; returns how long it is. */
static int text_try(struct text *text, const char *format, va_list arguments)
{
    size_t room = text->capacity - text->length;
    va_list copy;
    int length;

    va_copy(copy, arguments);
    length = vsnprintf(room > 0 ? text->bytes + text->length : NULL, room, format, copy);
    va_end(copy);
    return length;
}

void text_add(struct text *text, const char *format, ...)
{
    va_list arguments;
    int length;

    if (!text->bytes && text_reserve(text, 0) < 0)
        return;
    va_start(arguments, format);
    length = text_try(text, format, arguments);
    if (length >= 0 && text->length + (size_t)length >= text->capacity &&
        text_reserve(text, (size_t)length) == 0)
        text_try(text, format, arguments);
    va_end(arguments);
    if (text->bytes)
        text->length += strlen(text->bytes + text->length);
}

static void text_put_bytes(struct text *text, const char *bytes, size_t length)
{
    if (text_reserve(text, length) < 0)
        return;
    memcpy(text->bytes + text->length, bytes, length);
    text->length += length;
    text->bytes[text->length] = '\0';
}

void text_put(struct text *text, const char *bytes)
{
    text_put_bytes(text, bytes, strlen(bytes));
}

/* Writes the digits before `end`; returns where they begin. */
static char *digits_write(char *end, int64_t number)
{
    uint64_t rest = number < 0 ? -(uint64_t)number : (uint64_t)number;

    do
        *--end = (char)('0' + rest % 10);
    while ((rest /= 10) > 0);
    if (number < 0)
        *--end = '-';
    return end;
}

void text_put_line(struct text *text, const char *name, int64_t number)
{
    char digits[DIGITS_MAX], *end = digits + sizeof(digits) - 1;
    char *first = digits_write(end, number);

    *end = '\n';
    text_put_bytes(text, name, strlen(name));
    text_put_bytes(text, first, (size_t)(end + 1 - first));
}

const char *text_read(const struct text *text)
{
    return text->bytes ? text->bytes : "";
}

void text_clear(struct text *text)
{
    text->length = 0;
    if (text->bytes)
        *text->bytes = '\0';
}

void text_close(struct text *text)
{
    free(text->bytes);
    *text = (struct text){0};
}

/* The link that points to the file, or to the end of the list. */
static struct file **file_link(struct file **link, const char *path)
{
    while (*link && strcmp((*link)->path, path) != 0)
        link = &(*link)->next;
    return link;
}

static void file_destroy(struct file *file)
{
    free(file->path);
    free(file->text);
    free(file);
}

static int file_create(const char *path, const char *text, struct file **file)
{
    struct file *made = calloc(1, sizeof(*made));

    if (!made)
        return -ENOMEM;
    made->path = strdup(path);
    made->text = strdup(text);
    if (!made->path || !made->text)
        goto fail;
    *file = made;
    return 0;

fail:
    file_destroy(made);
    return -ENOMEM;
}

int store_read(const struct file *files, const char *path, char *buffer, size_t size)
{
    while (files && strcmp(files->path, path) != 0)
        files = files->next;
    if (!files)
        return -ENOENT;

    size_t length = strlen(files->text);
    if (length > size)
        return -EFBIG;
    memcpy(buffer, files->text, length);
    return (int)length;
}

int store_write(struct file **files, const char *path, const char *text)
{
    struct file **link = file_link(files, path);
    struct file *old = *link;
    struct file *file;
    int result;

    if (!text && !old)
        return -ENOENT;
    if (text) {
        result = file_create(path, text, &file);
        if (result < 0)
            return result;
        file->next = old ? old->next : NULL;
        *link = file;
    } else {
        *link = old->next;
    }
    if (old)
        file_destroy(old);
    return 0;
}

void store_close(struct file **files)
{
    while (*files) {
        struct file *file = *files;

        *files = file->next;
        file_destroy(file);
    }
}
