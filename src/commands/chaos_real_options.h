/* The options and files of lastcall chaos --real. */
#ifndef LASTCALL_CHAOS_REAL_OPTIONS_H
#define LASTCALL_CHAOS_REAL_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "commands/chaos_options.h"
#include "real/folder.h"

struct real_options {
    struct chaos chaos; /* --policy, --services, and the files of scenarios */
    int random;         /* so many worlds from seeds; 0: those of scenarios */
    uint64_t from;      /* the first seed */
    int jobs;
    bool json, verbose, keep, subreaper;
    char program[FOLDER_PATH_MAX]; /* the path of this program */
};

struct real_scenarios {
    int file_count;
    struct scenarios *files[CHAOS_FILES_MAX]; /* which own them */
    int count;
    struct scenario **list;
};

void real_complain(const char *what, const char *why);
void real_complain_text(const char *text);

/* What cannot be used is said. Errors: -EINVAL, those of readlink. */
int real_parse_options(struct real_options *options, int count, char **arguments);

/* Of a scenario; NULL: of random worlds. As chaos_read_sources. */
int real_read_sources(const struct real_options *options, const struct scenario *scenario,
                      struct chaos_sources *sources);
enum strictness real_strictness(const struct real_options *options);

/* Reads all files; `text` has room for SOURCE_MAX + 1 bytes. What is wrong in them is said. Errors:
 * those of reading, -EINVAL, -ENOMEM. The caller closes them, also after an error. */
int real_read_scenarios(const struct real_options *options, struct real_scenarios *scenarios,
                        char *text);
void real_scenarios_close(struct real_scenarios *scenarios);

#endif
