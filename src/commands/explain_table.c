/* Timelines side by side, in columns that fit a terminal. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/clean.h"
#include "commands/explain_state.h"

enum {
    WIDTH = 100,        /* of a page that is no terminal */
    WIDTH_LEAST = 60,
    WIDTH_MOST = 160,
    WIDTH_OF_TIME = 8,
    WIDTH_OF_LINE = 5,  /* its number */
    SOURCE_LEAST = 16,  /* narrower: only its number is shown */
    TEXT_MAX = 1024
};

struct table {
    int what;   /* columns of what happens */
    int source; /* of the line of the policy; 0: only its number */
    bool pair;
    bool marked;
    const struct check *check, *other_check;
};

void explain_print(const char *line)
{
    char clean[COMMAND_MAX];
    size_t length = strlen(line);

    while (length > 0 && line[length - 1] == ' ')
        length--;
    clean_text(clean, sizeof clean, line, length);
    puts(clean);
}

void explain_source_line(const struct check *check, int line, char *text, size_t size)
{
    const char *start = check->policy.source.text;
    size_t length;

    for (int i = 1; i < line && *start; i++) {
        start += strcspn(start, "\r\n");
        start += *start == '\r' && start[1] == '\n' ? 2 : *start != '\0';
    }
    start += strspn(start, " \t");
    length = line > 0 ? strcspn(start, "\r\n") : 0;
    clean_text(text, size, start, length);
}

/* Adds the text in so many columns: filled up with blanks, or cut. A character is a column. */
static void cell_add(char *line, size_t size, const char *text, int width)
{
    char clean[TEXT_MAX];
    int columns = (int)clean_text(clean, sizeof clean, text, strlen(text));
    size_t used = strlen(line), bytes = 0;
    int kept = columns <= width ? columns : width - 3;

    for (int i = 0; i < kept && clean[bytes]; i++)
        do
            bytes++;
        while (((unsigned char)clean[bytes] & 0xc0) == 0x80);
    snprintf(line + used, size - used, "%.*s%s%*s", (int)bytes, clean, columns > width ? "..." : "",
             columns < width ? width - columns : 0, "");
}

static int page_width(void)
{
    struct winsize size;

    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0 || size.ws_col == 0)
        return WIDTH;
    return size.ws_col < WIDTH_LEAST ? WIDTH_LEAST
           : size.ws_col > WIDTH_MOST ? WIDTH_MOST : size.ws_col;
}

static struct table table_layout(bool pair, bool marked)
{
    struct table table = {.pair = pair, .marked = marked};
    int numbers = marked ? 2 * WIDTH_OF_LINE : WIDTH_OF_LINE;
    int rest = page_width() - (pair ? 2 : 1) * (WIDTH_OF_TIME + 1) - 2 * marked - 1 - numbers - 1;

    table.source = rest / 3;
    if (table.source < SOURCE_LEAST)
        table.source = 0;
    table.what = rest - table.source;
    return table;
}

/* "pid 12, " differs for no reason that people care about. */
static const char *why_shown(const struct step *step)
{
    const char *comma = strncmp(step->why, "pid ", 4) == 0 ? strstr(step->why, ", ") : NULL;

    return comma ? comma + 2 : step->why;
}

/* Behind the words with which both begin. */
static const char *why_differs(const char *why, const char *other)
{
    size_t word = 0;

    for (size_t i = 0; why[i] && why[i] == other[i]; i++)
        if (why[i] == ' ')
            word = i + 1;
    return other + word;
}

static void step_words(const struct step *step, const struct step *other, char *text, size_t size)
{
    size_t used = (size_t)snprintf(text, size, "%s%s%s", step->service, *step->service ? " " : "",
                                   step->what);

    if (*step->why && used < size)
        used += (size_t)snprintf(text + used, size - used, ": %s", why_shown(step));
    if (other && strcmp(why_shown(step), why_shown(other)) != 0 && used < size)
        used += (size_t)snprintf(text + used, size - used, " | %s",
                                 why_differs(why_shown(step), why_shown(other)));
    if (step->in_flight > 0 && used < size)
        snprintf(text + used, size - used, ", %lld in flight", (long long)step->in_flight);
}

static void time_add(char *line, size_t size, const struct step *step)
{
    char text[32] = "";

    if (step)
        snprintf(text, sizeof text, "%*.3f ", WIDTH_OF_TIME, (double)step->at_ms / 1000);
    cell_add(line, size, text, WIDTH_OF_TIME + 1);
}

static void number_add(char *line, size_t size, const struct step *step)
{
    char text[32] = "";

    if (step && step->line > 0)
        snprintf(text, sizeof text, "%*d", WIDTH_OF_LINE, step->line);
    cell_add(line, size, text, WIDTH_OF_LINE);
}

/* What only one of them does; what both do at another time (0.1 s); nothing. */
static const char *row_mark(const struct story_row *row)
{
    if (!row->one || !row->other)
        return row->one ? "- " : "+ ";
    return llabs(row->one->at_ms - row->other->at_ms) >= 100 ? "~ " : "  ";
}

static void row_print(const struct table *table, const struct story_row *row, int *shown)
{
    const struct step *step = row->one ? row->one : row->other;
    const struct check *check = row->other && table->marked ? table->other_check : table->check;
    const struct step *lined = row->other && table->marked ? row->other : step;
    char line[COMMAND_MAX] = "", text[TEXT_MAX];

    time_add(line, sizeof line, row->one);
    if (table->pair)
        time_add(line, sizeof line, row->other);
    if (table->marked)
        cell_add(line, sizeof line, row_mark(row), 2);
    step_words(step, row->one ? row->other : NULL, text, sizeof text);
    if (lined->line == 0) { // there is room where nothing of the policy is shown
        cell_add(line, sizeof line, text, table->what + table->source);
        explain_print(line);
        return;
    }
    cell_add(line, sizeof line, text, table->what);
    cell_add(line, sizeof line, "", 1);
    number_add(line, sizeof line, table->marked ? row->one : step);
    if (table->marked)
        number_add(line, sizeof line, row->other);
    explain_source_line(check, lined->line, text, sizeof text);
    cell_add(line, sizeof line, "", 1);
    if (table->source > 0 && lined->line != *shown) // the text of a line is there once
        cell_add(line, sizeof line, text, table->source);
    *shown = lined->line;
    explain_print(line);
}

static void head_print(const struct table *table, const char *name, const char *other_name)
{
    char line[COMMAND_MAX] = "", text[TEXT_MAX];

    snprintf(text, sizeof text, "%*s ", WIDTH_OF_TIME, name);
    cell_add(line, sizeof line, text, WIDTH_OF_TIME + 1);
    if (table->pair) {
        snprintf(text, sizeof text, "%*s ", WIDTH_OF_TIME, other_name);
        cell_add(line, sizeof line, text, WIDTH_OF_TIME + 1);
    }
    cell_add(line, sizeof line, "", 2 * table->marked);
    cell_add(line, sizeof line, "", table->what + 1);
    snprintf(text, sizeof text, "%*s", WIDTH_OF_LINE, table->marked ? name : "line");
    cell_add(line, sizeof line, text, WIDTH_OF_LINE);
    if (table->marked) {
        snprintf(text, sizeof text, "%*s", WIDTH_OF_LINE, other_name);
        cell_add(line, sizeof line, text, WIDTH_OF_LINE);
    }
    explain_print(line);
}

void explain_table_print(const struct told *one, const char *name, const struct told *other,
                         const char *other_name, bool marked)
{
    static const struct story nothing;
    static struct story_row rows[STORY_ROWS_MAX];
    struct table table = table_layout(other != NULL, marked);
    int count = story_align(&one->story, other ? &other->story : &nothing, !marked, rows);
    int shown = 0;

    table.check = one->check;
    table.other_check = other ? other->check : NULL;
    head_print(&table, name, other_name);
    for (int i = 0; i < count; i++)
        row_print(&table, &rows[i], &shown);
}
