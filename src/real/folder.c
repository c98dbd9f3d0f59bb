#include "real/folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int folder_make(char path[FOLDER_LENGTH_MAX])
{
    const char *parent = getenv("TMPDIR");
    int length = snprintf(path, FOLDER_LENGTH_MAX, "%s/lastcall-real-XXXXXX",
                          parent && *parent ? parent : "/tmp");

    if (length >= FOLDER_LENGTH_MAX)
        return -ENAMETOOLONG;
    return mkdtemp(path) ? 0 : -errno;
}

void folder_remove(const char *folder)
{
    DIR *list = opendir(folder);
    const struct dirent *entry;

    while (list && (entry = readdir(list)))
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            unlinkat(dirfd(list), entry->d_name, 0);
    if (list)
        closedir(list);
    rmdir(folder);
}

void folder_path(const char *folder, const char *name, char path[FOLDER_PATH_MAX])
{
    snprintf(path, FOLDER_PATH_MAX, "%s/%s", folder, name);
}

int folder_write(const char *folder, const char *name, const char *text)
{
    char path[FOLDER_PATH_MAX];
    FILE *file;

    folder_path(folder, name, path);
    file = fopen(path, "we");
    if (!file)
        return -errno;
    fputs(text, file);
    return fclose(file) == 0 ? 0 : -errno;
}

/* services.lua */

struct writer {
    char *text;
    size_t used;
    int ready_s;
};

static void add(struct writer *writer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void add(struct writer *writer, const char *format, ...)
{
    size_t left = SERVICES_TEXT_MAX - writer->used;
    va_list arguments;
    int length;

    va_start(arguments, format);
    length = vsnprintf(writer->text + writer->used, left, format, arguments);
    va_end(arguments);
    writer->used += (size_t)length < left ? (size_t)length : left - 1;
}

/* The platform and whoever thaws a process are outside of the container. */
static bool stand_in_does(enum draw_parameter parameter)
{
    return parameter != DRAW_THAW && parameter != DRAW_MISSING && parameter != DRAW_GRACE &&
           parameter != DRAW_SECOND && parameter != DRAW_THIRD && parameter != DRAW_CUT_SHORT;
}

static void parameters_add(struct writer *writer, const struct draw *world, int row)
{
    for (int i = 0; i < DRAW_PARAMETERS; i++) {
        const struct draw_row *parameter = &draw_table[i];

        if ((row == DRAW_WORLD) != (parameter->owner == OF_WORLD) ||
            !stand_in_does((enum draw_parameter)i) || world->values[row][i] == parameter->plain)
            continue;
        add(writer, ", \"%s=%lld\"", parameter->name, (long long)world->values[row][i]);
    }
}

static void service_add(struct writer *writer, const char *folder, const char *program,
                        const struct draw *world, const struct draw_names *names, int place)
{
    const char *name = names->names[place];
    bool drains = names->admins[place];
    int row = DRAW_SERVICE + place;

    add(writer, "service \"%s\" {\n  command = { \"%s%s\", \"stand-in\", \"%s\", \"%s\"", name,
        world->values[row][DRAW_MISSING] ? folder : "",
        world->values[row][DRAW_MISSING] ? "/missing" : program, name, folder);
    if (drains)
        add(writer, ", \"drains\"");
    parameters_add(writer, world, DRAW_WORLD);
    parameters_add(writer, world, row);
    add(writer, ", \"--\" },\n  ready = { socket = \"%s/%s.sock\", timeout = %d },\n", folder, name,
        writer->ready_s);
    if (drains)
        add(writer, "  drain = envoy { admin = \"unix:%s/%s-admin.sock\" },\n", folder, name);
    add(writer, "  sockets = { \"%s/%s.sock\", \"%s/%s-admin.sock\" },\n}\n\n", folder, name,
        folder, name);
}

int folder_services(const char *folder, const char *program, int ready_s, const struct draw *world,
                    const struct draw_names *names, char text[SERVICES_TEXT_MAX])
{
    struct writer writer = {.text = text, .ready_s = ready_s};

    *text = '\0';
    for (int i = 0; i < names->count; i++)
        service_add(&writer, folder, program, world, names, i);
    return writer.used + 1 < SERVICES_TEXT_MAX ? 0 : -EFBIG;
}

/* What is left */

static bool ends_with(const char *name, const char *end)
{
    size_t length = strlen(name), wanted = strlen(end);

    return length >= wanted && strcmp(name + length - wanted, end) == 0;
}

/* Ours, which are there to be read. */
static bool belongs(const char *name)
{
    static const char *const ours[] = {".", "..", "services.lua", "shutdown.lua", "begun",
                                       "events", "log", NULL};

    for (int i = 0; ours[i]; i++)
        if (strcmp(name, ours[i]) == 0)
            return true;
    return ends_with(name, ".record");
}

void folder_leftovers(const char *folder, char *text, int size)
{
    DIR *list = opendir(folder);
    const struct dirent *entry;
    int used = 0;

    *text = '\0';
    while (list && (entry = readdir(list)))
        if (!belongs(entry->d_name) && used < size)
            used += snprintf(text + used, (size_t)(size - used), "%s%s", used ? " " : "",
                             entry->d_name);
    if (list)
        closedir(list);
}
