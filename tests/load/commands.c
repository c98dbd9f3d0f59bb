#include "commands.h"

#include "output.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

/* What follows the word and a blank; NULL if the line is another command. */
static const char *argument_of(const char *line, const char *word)
{
    size_t length = strlen(word);

    return strncmp(line, word, length) == 0 && line[length] == ' ' ? line + length + 1 : NULL;
}

static void obey(struct load *load, const char *line)
{
    const char *argument = NULL;
    const char *why = NULL;

    if (line[0] == '\0') {
        return;
    }
    if (strcmp(line, "stop") == 0) {
        load_stop(load);
    } else if ((argument = argument_of(line, "mark")) != NULL) {
        output_mark(argument);
    } else if ((argument = argument_of(line, "add")) != NULL) {
        if (!endpoints_add(&load->endpoints, argument, &why)) {
            output_error(line, why);
        }
        output_endpoints(load);
    } else if ((argument = argument_of(line, "remove")) != NULL) {
        if (!endpoints_remove(&load->endpoints, argument)) {
            output_error(line, "not in the set");
        }
        output_endpoints(load);
    } else {
        output_error(line, "commands are add, remove, mark and stop");
    }
}

static void take_byte(struct commands *commands, char byte)
{
    if (byte != '\n') {
        if (commands->length == sizeof commands->line - 1) {
            commands->overlong = true;
        } else {
            commands->line[commands->length++] = byte;
        }
        return;
    }

    if (commands->length > 0 && commands->line[commands->length - 1] == '\r') {
        commands->length--;
    }
    commands->line[commands->length] = '\0';
    commands->length = 0;
    if (commands->overlong) {
        commands->overlong = false;
        output_error("", "a command is too long");
    } else {
        obey(commands->load, commands->line);
    }
}

/* False at the end of stdin. */
static bool read_some(struct commands *commands)
{
    char buffer[COMMAND_BYTES_MAX];

    ssize_t length = read(STDIN_FILENO, buffer, sizeof buffer);
    if (length < 0 && (errno == EINTR || errno == EAGAIN)) {
        return true;
    }
    for (ssize_t i = 0; i < length; i++) {
        take_byte(commands, buffer[i]);
    }
    return length > 0;
}

static void stdin_ready(struct watch *watch, uint32_t events)
{
    struct commands *commands = container_of(watch, struct commands, watch);

    (void)events;
    if (!read_some(commands)) {
        epoll_ctl(commands->load->epoll, EPOLL_CTL_DEL, STDIN_FILENO, NULL);
    }
}

void commands_init(struct commands *commands, struct load *load)
{
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = &commands->watch};

    *commands = (struct commands){.watch.ready = stdin_ready, .load = load};
    if (epoll_ctl(load->epoll, EPOLL_CTL_ADD, STDIN_FILENO, &event) < 0 && errno == EPERM) {
        while (read_some(commands)) {
        }
    }
}
