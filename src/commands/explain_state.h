/* What the files of lastcall explain share. */
#ifndef LASTCALL_EXPLAIN_STATE_H
#define LASTCALL_EXPLAIN_STATE_H

#include "commands/check_state.h"
#include "trial/story.h"

/* What is shown: worlds of one policy, or the same worlds of two. */
enum { TOLD_MAX = 2 };

struct told {
    const struct check *check; /* the policy of it */
    const char *world;         /* name: "usual traffic", "seed 12" */
    char words[8192];          /* of the world; "": nothing is wrong */
    struct story story;
};

/* explain_table.c: two stories side by side under their names (`other` NULL: one alone), each step
 * with the line of the policy that caused it. `marked`: of two policies, so what only one of them
 * does is marked. */
void explain_table_print(const struct told *one, const char *name, const struct told *other,
                         const char *other_name, bool marked);

/* A line, clean. */
void explain_print(const char *line);

/* The text of a line of the policy without its indent; "" for none. */
void explain_source_line(const struct check *check, int line, char *text, size_t size);

/* explain_json.c: all of them, in the order of `told`. */
void explain_json_print(const struct told *told, int count);

#endif
