/* What the files of lastcall check share. */
#ifndef LASTCALL_CHECK_STATE_H
#define LASTCALL_CHECK_STATE_H

#include "commands/check.h"
#include "commands/inputs.h"
#include "trial/survey.h"

enum { FINDINGS_MAX = 200, COMMAND_MAX = 3 * INPUT_PATH_MAX };

/* A finding that is kept: its texts are ours. */
struct kept {
    struct finding finding;
    int order; /* of its arrival */
};

struct check {
    const char *policy_path;   /* NULL: only services.lua */
    const char *services_path; /* NULL: the one beside the policy, in /etc/lastcall, built in */
    uint64_t seeds;
    int64_t grace_ms;          /* of all worlds; 0: as each says */
    bool strict;
    bool json;
    bool brief;                /* for the log of lastcall run: nothing when sound, else one line */
    struct input policy;
    struct input services;
    struct kept kept[FINDINGS_MAX];
    int count;
    int more;            /* beyond FINDINGS_MAX */
    int errors, remarks;
    int services_errors; /* of the errors */
    bool read;           /* both files could be */
    struct trial *trial; /* NULL: the files cannot be used, or there is only services.lua */
    struct survey survey;
    bool cut_short;      /* the survey, since it took too long */
};

/* check.c */
void check_complain(const char *what, const char *why);

/* check_read.c: reads both files and finds what is wrong in them; what is wrong is kept. Errors:
 * -ENOMEM. */
int check_files(struct check *check);

/* Makes check->trial of files in which nothing is wrong. Errors: -ENOMEM. From now on a world that
 * hangs ends us (within 10 s). */
int check_open_trial(struct check *check);

/* Tries the policy in worlds. Errors: -ENOMEM. */
int check_worlds(struct check *check);

void check_free(struct check *check);

/* check_verdict.c */
enum check_verdict { CHECK_SOUND = 0, CHECK_BROKEN = 1, CHECK_RISKY = 2 }; /* the exit status */
enum check_verdict check_verdict(const struct check *check);

/* The last line. */
void check_verdict_print(const struct check *check);

/* The one line of --brief; nothing where it is sound. */
void check_brief_print(const struct check *check);

/* "lastcall explain FILE --services S --grace G", as it was called. */
void check_command(const struct check *check, const char *subcommand, char *text, size_t size);

/* The same for one world of the survey. */
void check_replay(const struct check *check, const struct survey_world *world, char *text,
                  size_t size);

/* "1,012" */
const char *check_count_text(uint64_t count, char text[32]);

/* "22-24, 30": the lines of the policy that never ran. */
void check_never_ran(const struct survey *survey, char *text, size_t size);

/* What check cannot know, in words, NULL at the end. */
const char *const *check_not_checked(const struct check *check);

/* check_print.c, check_json.c */
void check_print_text(const struct check *check);
void check_print_json(const struct check *check);

#endif
