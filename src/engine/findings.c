/* Findings: read from Lua tables, printed, and made of Lua's own messages by lua/explain.lua, which
 * is only loaded when something is wrong. */
#include "engine/findings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clean.h"
#include "base/embedded.h"
#include "engine/state.h"

enum {
    LINE_SIZE = 1024,
    HEADLINE_MAX = 400,
    WORDS_MAX = 160,  /* bytes of advice, and of what Lua says */
    SHOWN_MAX = 90,   /* bytes of a line, */
    SHOWN_BEFORE = 40 /* of which so many are before the mark */
};

bool finding_line(const char *text, int number, struct line *line)
{
    if (strncmp(text, "\xef\xbb\xbf", 3) == 0)
        text += 3;
    for (int i = 1; i < number; i++) {
        text += strcspn(text, "\r\n");
        if (!*text)
            return false;
        text += text[0] == '\r' && text[1] == '\n' ? 2 : 1;
    }
    *line = (struct line){text, strcspn(text, "\r\n")};
    return true;
}

/* Where a long line begins to be shown: not inside a character. */
static size_t shown_from(const struct line *line, int column)
{
    size_t from = 0;

    if (line->length <= SHOWN_MAX || column <= SHOWN_BEFORE)
        return 0;
    from = (size_t)(column - SHOWN_BEFORE);
    while (from > 0 && (line->start[from] & 0xc0) == 0x80)
        from--;
    return from;
}

struct printer {
    void (*print)(void *context, const char *line);
    void *context;
};

static void print_mark(const struct printer *printer, const struct line *line, size_t from,
                       const struct finding *finding)
{
    char clean[LINE_SIZE], mark[2 * SHOWN_MAX + 1];
    size_t at = (size_t)finding->column - 1, length = (size_t)finding->length;
    size_t blanks = clean_text(clean, sizeof clean, line->start + from, at - from);

    if (at + length > line->length)
        length = line->length - at;
    length = clean_text(clean, sizeof clean, line->start + at, length);
    if (length == 0)
        length = 1;
    if (blanks + length > SHOWN_MAX)
        length = blanks < SHOWN_MAX ? SHOWN_MAX - blanks : 1;
    memset(mark, '^', length);
    mark[length] = '\0';
    snprintf(clean, sizeof clean, "       | %s%*s%s", from > 0 ? "..." : "", (int)blanks, "", mark);
    printer->print(printer->context, clean);
}

static void print_line(const struct printer *printer, const struct finding *finding, int number)
{
    int column = number == finding->line ? finding->column : 0;
    char clean[LINE_SIZE / 2], shown[LINE_SIZE];
    struct line line;
    size_t from, length;

    if (number <= 0 || !finding->text || !finding_line(finding->text, number, &line))
        return;
    if (column > 0 && (size_t)column > line.length + 1)
        column = 0;
    from = shown_from(&line, column);
    length = line.length - from;
    clean_text(clean, sizeof clean, line.start + from, length > SHOWN_MAX ? SHOWN_MAX : length);
    snprintf(shown, sizeof shown, "%6d | %s%s%s", number, from > 0 ? "..." : "", clean,
             length > SHOWN_MAX ? "..." : "");
    printer->print(printer->context, shown);
    if (column > 0)
        print_mark(printer, &line, from, finding);
}

static void print_text(const struct printer *printer, const char *format, const char *text,
                       size_t longest)
{
    char clean[LINE_SIZE / 2], line[LINE_SIZE];

    if (!text)
        return;
    clean_text(clean, longest < sizeof clean ? longest : sizeof clean, text, strlen(text));
    snprintf(line, sizeof line, format, clean);
    printer->print(printer->context, line);
}

void finding_print(const struct finding *finding,
                   void (*print)(void *context, const char *line), void *context)
{
    struct printer printer = {print, context};
    char headline[LINE_SIZE], place[32] = "";
    bool other_first = finding->other_line < finding->line;

    if (finding->line > 0)
        snprintf(place, sizeof place, ":%d", finding->line);
    snprintf(headline, sizeof headline, "%.200s%s: %s%.700s", finding->file, place,
             finding->remark ? "remark: " : "", finding->message);
    print_text(&printer, "%s", headline, HEADLINE_MAX);
    if (other_first)
        print_line(&printer, finding, finding->other_line);
    print_line(&printer, finding, finding->line);
    if (!other_first && finding->other_line != finding->line)
        print_line(&printer, finding, finding->other_line);
    print_text(&printer, "       %s", finding->advice, WORDS_MAX);
    print_text(&printer, "       (Lua says: %s)", finding->lua, WORDS_MAX);
}

static void print_warning(void *context, const char *line)
{
    timeline_print(context, CHANNEL_WARNING, "%s", line);
}

void finding_report(struct engine *engine, const struct finding *finding)
{
    reload_on_finding(engine, finding);
    if (engine->config->on_finding)
        engine->config->on_finding(engine->config->finding_context, finding);
    else
        finding_print(finding, print_warning, engine);
}

/* The text of the file that messages call so: while it is read, or a failure of it explained. */
static const char *text_of(const struct engine *engine, const char *file)
{
    const struct source *subject = engine->subject;

    return subject && strcmp(subject->name, file) == 0 ? subject->text : NULL;
}

/* The fields of the table at index 1; it keeps the texts alive. */
static const char *text_field(lua_State *L, const char *name)
{
    const char *text = lua_getfield(L, 1, name) == LUA_TSTRING ? lua_tostring(L, -1) : NULL;

    lua_pop(L, 1);
    return text;
}

static int number_field(lua_State *L, const char *name)
{
    int number = (lua_getfield(L, 1, name), (int)lua_tointeger(L, -1));

    lua_pop(L, 1);
    return number;
}

/* core.report{file =, message =, advice =, lua =, line =, column =, length =, other_line =,
 * remark =}: see struct finding */
static int l_report(lua_State *L)
{
    struct engine *engine = engine_of(L);
    struct finding finding = {
        .file = text_field(L, "file"),
        .message = text_field(L, "message"),
        .advice = text_field(L, "advice"),
        .lua = text_field(L, "lua"),
        .line = number_field(L, "line"),
        .column = number_field(L, "column"),
        .length = number_field(L, "length"),
        .other_line = number_field(L, "other_line"),
        .remark = (lua_getfield(L, 1, "remark"), lua_toboolean(L, -1)),
    };
    finding.text = text_of(engine, finding.file);
    finding_report(engine, &finding);
    return 0;
}

void module_findings_open(lua_State *L)
{
    lua_pushcfunction(L, l_report);
    lua_setfield(L, -2, "report");
    lua_pushboolean(L, engine_of(L)->config->on_finding != NULL);
    lua_setfield(L, -2, "checking");
}

struct question {
    const char *function; /* of lua/explain.lua */
    const struct source *source;
    const char *message;
};

static void load_explanations(lua_State *L, int core)
{
    static const char *const names[] = {"lua/explain.lua", "lua/mistakes_text.lua",
                                        "lua/mistakes.lua", "lua/failures.lua"};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct source library = {names[i], embedded_text(names[i])};

        if (machine_load(L, &library, "=") != LUA_OK)
            lua_error(L);
        lua_pushvalue(L, core);
        lua_getfield(L, core, "api");
        lua_call(L, 2, 0);
    }
}

/* Protected: (question) -> what the function returns */
static int l_explain(lua_State *L)
{
    const struct question *question = lua_touserdata(L, 1);

    lua_getfield(L, LUA_REGISTRYINDEX, "core"); // question core
    if (lua_getfield(L, 2, "explain") == LUA_TNIL)
        load_explanations(L, 2);
    lua_getfield(L, 2, "explain");
    lua_getfield(L, -1, question->function);
    lua_pushstring(L, question->source->name);
    lua_pushstring(L, question->source->text);
    lua_pushstring(L, question->message);
    lua_call(L, 3, 1);
    return 1;
}

/* Leaves a result; false: a message why there is none, such as no memory. */
static bool explain(struct engine *engine, struct question question)
{
    const struct source *before = engine->subject;
    bool explained;

    engine->subject = question.source;
    machine_begin_burst(engine, engine->lua);
    lua_pushcfunction(engine->lua, l_explain);
    lua_pushlightuserdata(engine->lua, &question);
    explained = lua_pcall(engine->lua, 1, 1, 0) == LUA_OK;
    engine->subject = before;
    return explained;
}

void finding_explain(struct engine *engine, const struct source *source, const char *message)
{
    struct finding finding = {.file = source->name, .text = source->text, .message = message};
    size_t length = strlen(source->name);
    bool placed = strncmp(message, source->name, length) == 0 && message[length] == ':';

    if (!explain(engine, (struct question){"file", source, message})) {
        if (placed)
            finding.message = message + length + 1 + strspn(message + length + 1, " ");
        finding_report(engine, &finding);
    }
    lua_settop(engine->lua, 0);
}

/* The policy in use, if its name begins the message. */
static const struct source *source_of(const struct engine *engine, const char *message)
{
    const struct source *source = engine->policy_source;
    size_t length = source ? strlen(source->name) : 0;
    bool named = source && strncmp(message, source->name, length) == 0 && message[length] == ':';

    return named ? source : NULL;
}

void finding_explain_failure(struct engine *engine, const char *message, char *words, size_t size)
{
    const struct source *source = source_of(engine, message);
    lua_State *L = engine->lua;

    words[0] = '\0';
    if (source && explain(engine, (struct question){"failure", source, message}) &&
        lua_type(L, -1) == LUA_TSTRING)
        snprintf(words, size, " - %s", lua_tostring(L, -1));
    lua_settop(L, 0);
}
