/* Texts that grow, and files in memory. */
#ifndef LASTCALL_SIM_RECORD_H
#define LASTCALL_SIM_RECORD_H

#include <stddef.h>
#include <stdint.h>

struct text {
    char *bytes; /* NULL: empty; ends with a 0 byte */
    size_t length;
    size_t capacity;
};

/* Without memory the text is cut. */
void text_add(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
void text_put(struct text *text, const char *bytes);
void text_put_line(struct text *text, const char *name, int64_t number); /* as "%s%lld\n" */
const char *text_read(const struct text *text);
void text_clear(struct text *text); /* keeps its memory */
void text_close(struct text *text);

struct file {
    struct file *next;
    char *path;
    char *text;
};

int store_read(const struct file *files, const char *path, char *buffer, size_t size);
int store_write(struct file **files, const char *path, const char *text);
void store_close(struct file **files);

#endif
