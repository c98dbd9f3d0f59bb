/* A stand-in for a service: does what its arguments say, one word after the other.
 *
 *     service listen /run/a.sock say up wait sleep 20 exit 3
 *
 * TERM is blocked from the beginning and comes only where a `wait` takes it, so that no test
 * depends on when it is sent. What runs out of words exits with 0. */
#define _GNU_SOURCE 1

#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { LINE_SIZE = 1 << 20 };

static void sleep_ms(long duration_ms)
{
    struct timespec left = {duration_ms / 1000, duration_ms % 1000 * 1000000};

    while (nanosleep(&left, &left) < 0)
        continue;
}

static void write_line(int fd, const char *text)
{
    static char line[LINE_SIZE];
    int length = snprintf(line, sizeof line, "%s\n", text);

    if (write(fd, line, (size_t)length) < 0)
        _exit(99);
}

static void write_numbered(long count)
{
    char text[64];

    for (long i = 1; i <= count; i++) {
        snprintf(text, sizeof text, "line %ld of %ld", i, count);
        write_line(STDOUT_FILENO, text);
    }
}

static void write_long(long length)
{
    char *text = calloc(1, (size_t)length + 1);

    memset(text, 'x', (size_t)length);
    write_line(STDOUT_FILENO, text);
    free(text);
}

static void wait_for_term(void)
{
    sigset_t set;
    int number;

    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigwait(&set, &number);
}

static void listen_at(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    strncpy(address.sun_path, path, sizeof address.sun_path - 1);
    if (bind(fd, (struct sockaddr *)&address, sizeof address) < 0 || listen(fd, 16) < 0) {
        perror(path);
        _exit(98);
    }
}

static void make_orphans(long count)
{
    for (long i = 0; i < count; i++) {
        if (fork() == 0) {
            if (fork() == 0)
                sleep_ms(5);
            _exit(0);
        }
        wait(NULL);
    }
}

/* Forks a child that goes on with `words`, up to "end"; the parent goes on after it. */
static char **fork_at(char **words, bool session, bool orphan)
{
    int depth = 1;
    pid_t child = fork();

    if (child == 0) {
        if (session)
            setsid();
        if (!orphan || fork() == 0)
            return words;
        _exit(0);
    }
    if (orphan)
        waitpid(child, NULL, 0);
    for (; *words && depth > 0; words++) {
        if (!strcmp(*words, "fork") || !strcmp(*words, "session") || !strcmp(*words, "daemon"))
            depth++;
        depth -= !strcmp(*words, "end");
    }
    return words;
}

static void show_rest(char **words)
{
    for (; *words; words++)
        write_line(STDOUT_FILENO, *words);
    write_line(STDOUT_FILENO, "all arguments shown");
    wait_for_term();
    exit(0);
}

/* The actions without an argument; false: it is none of them. */
static bool act_alone(const char *word)
{
    if (!strcmp(word, "wait"))
        wait_for_term();
    else if (!strcmp(word, "forever"))
        for (;;)
            pause();
    else if (!strcmp(word, "spam"))
        for (;;)
            write_line(STDOUT_FILENO, "the quick brown fox jumps over the lazy dog");
    else if (!strcmp(word, "stop"))
        raise(SIGSTOP);
    else if (!strcmp(word, "end"))
        exit(0);
    else
        return false;
    return true;
}

static void act(const char *word, const char *value)
{
    long number = strtol(value, NULL, 10);

    if (!strcmp(word, "say"))
        write_line(STDOUT_FILENO, value);
    else if (!strcmp(word, "warn"))
        write_line(STDERR_FILENO, value);
    else if (!strcmp(word, "partial"))
        exit(write(STDOUT_FILENO, value, strlen(value)) < 0);
    else if (!strcmp(word, "show"))
        write_line(STDOUT_FILENO, getenv(value) ? getenv(value) : "not set");
    else if (!strcmp(word, "lines"))
        write_numbered(number);
    else if (!strcmp(word, "long"))
        write_long(number);
    else if (!strcmp(word, "sleep"))
        sleep_ms(number);
    else if (!strcmp(word, "listen"))
        listen_at(value);
    else if (!strcmp(word, "touch"))
        close(open(value, O_WRONLY | O_CREAT, 0600));
    else if (!strcmp(word, "until"))
        while (access(value, F_OK) < 0)
            sleep_ms(2);
    else if (!strcmp(word, "orphans"))
        make_orphans(number);
    else if (!strcmp(word, "exit"))
        exit((int)number);
    else if (!strcmp(word, "die"))
        kill(getpid(), (int)number);
    else
        _exit(97);
}

int main(int argc, char **words)
{
    sigset_t set;

    (void)argc;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigprocmask(SIG_BLOCK, &set, NULL);
    for (words++; *words;) {
        const char *word = *words++;

        if (!strcmp(word, "fork") || !strcmp(word, "session") || !strcmp(word, "daemon"))
            words = fork_at(words, *word != 'f', *word == 'd');
        else if (!strcmp(word, "arguments"))
            show_rest(words);
        else if (!act_alone(word))
            act(word, *words ? *words++ : "");
    }
    return 0;
}
