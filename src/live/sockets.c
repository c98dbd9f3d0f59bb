/* Connections of a process group, through /proc and NETLINK_SOCK_DIAG (sock_diag(7)). Listing
 * needs no capability; the sockets of a process of another user need CAP_SYS_PTRACE (-EACCES).
 *
 * Happy path: the sockets that the group has open (/proc/PID/fd) -> on which ports it listens ->
 * which connections to these ports there are, and whether data came last or was sent last.
 *
 * What can go wrong: nobody of the group is left, it listens nowhere or on too many ports, the
 * kernel or a sandbox does not let us ask (all said by an error), a process exits while it is
 * looked at (left out).
 *
 * "Busy" is a guess: a response that pauses looks finished, an HTTP/2 client that has confirmed
 * something looks as if it asked, and what happens within one tick of the kernel's clock (1 to
 * 4 ms) has no order. An admin on TCP is a port as any other. "Stuck" is one, too: an upload that
 * stalls while nobody else is answered looks the same. */
#include "live/sockets.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <linux/tcp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

/* Of a connection whose client has closed (CLOSE_WAIT) nobody waits for an answer. */
enum { PORTS_MAX = 256, ANSWER_US = 200000, REPLY_SIZE = 32 * 1024,
       STATE_ESTABLISHED = 1, STATE_LISTEN = 10,
       INFO_SIZE = offsetof(struct tcp_info, tcpi_bytes_retrans) }; /* as much as we look at */

struct look {
    unsigned long *inodes; /* of the group's sockets, sorted; owned */
    size_t inode_count, inode_size;
    uint16_t ports[PORTS_MAX]; /* on which it listens */
    int port_count;
    uint32_t unread_ms; /* the longest that data has waited to be read; 0: none has */
    uint32_t sent_ms;   /* since something was sent to anybody; UINT32_MAX: nothing was */
    bool too_many_ports; /* there are some of which we know nothing */
    bool untold; /* of a connection the kernel does not say when data came (Linux before 4.19) */
    struct sockets_seen seen;
};

/* The group's sockets */

static int inode_compare(const void *one, const void *other)
{
    unsigned long a = *(const unsigned long *)one, b = *(const unsigned long *)other;

    return a < b ? -1 : a > b;
}

static bool inode_known(const struct look *look, unsigned long inode)
{
    return look->inode_count > 0 &&
           bsearch(&inode, look->inodes, look->inode_count, sizeof(inode), inode_compare) != NULL;
}

static int inode_add(struct look *look, unsigned long inode)
{
    if (look->inode_count == look->inode_size) {
        size_t size = look->inode_size ? 2 * look->inode_size : 256;
        unsigned long *inodes = realloc(look->inodes, size * sizeof(*inodes));

        if (!inodes)
            return -ENOMEM;
        look->inodes = inodes;
        look->inode_size = size;
    }
    look->inodes[look->inode_count++] = inode;
    return 0;
}

/* Is this process a member of the group? Its name, in parentheses, may have blanks in it. */
static bool is_member(const char *pid, pid_t group)
{
    char path[300], text[512];
    const char *after;
    int found = 0;
    FILE *file;

    snprintf(path, sizeof(path), "/proc/%s/stat", pid);
    file = fopen(path, "re");
    if (!file)
        return false;
    text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
    fclose(file);
    after = strrchr(text, ')');
    return after && sscanf(after + 1, " %*c %*d %d", &found) == 1 && found == group;
}

static int process_add(struct look *look, const char *pid)
{
    char path[300], target[64];
    struct dirent *entry;
    unsigned long inode;
    int result = 0;
    DIR *directory;

    snprintf(path, sizeof(path), "/proc/%s/fd", pid);
    directory = opendir(path);
    if (!directory)
        return errno == ENOENT ? 0 : -errno;
    while (result == 0 && (entry = readdir(directory))) {
        ssize_t length = readlinkat(dirfd(directory), entry->d_name, target, sizeof(target) - 1);

        if (length <= 0)
            continue;
        target[length] = '\0';
        if (sscanf(target, "socket:[%lu]", &inode) == 1)
            result = inode_add(look, inode);
    }
    closedir(directory);
    return result;
}

static int group_add(struct look *look, pid_t group)
{
    DIR *directory = opendir("/proc");
    struct dirent *entry;
    bool found = false;
    int result = 0;

    if (!directory)
        return -errno;
    while (result == 0 && (entry = readdir(directory)))
        if (isdigit((unsigned char)entry->d_name[0]) && is_member(entry->d_name, group)) {
            found = true;
            result = process_add(look, entry->d_name);
        }
    closedir(directory);
    if (look->inode_count > 0)
        qsort(look->inodes, look->inode_count, sizeof(*look->inodes), inode_compare);
    return result < 0 ? result : found ? 0 : -ESRCH;
}

/* What the kernel says of a socket */

static bool port_known(const struct look *look, uint16_t port)
{
    for (int i = 0; i < look->port_count; i++)
        if (look->ports[i] == port)
            return true;
    return false;
}

static void port_take(struct look *look, uint16_t port)
{
    if (port_known(look, port))
        return;
    if (look->port_count < PORTS_MAX)
        look->ports[look->port_count++] = port;
    else
        look->too_many_ports = true;
}

/* Times are in milliseconds before now; where nothing was sent, that of sending is the start. */
static bool is_busy(const struct inet_diag_msg *message, const struct tcp_info *info)
{
    return message->idiag_rqueue > 0 || info->tcpi_last_data_recv < info->tcpi_last_data_sent ||
           (info->tcpi_bytes_received > 0 && info->tcpi_bytes_sent == 0);
}

static void times_take(struct look *look, const struct inet_diag_msg *message,
                       const struct tcp_info *info)
{
    if (message->idiag_rqueue > 0 && info->tcpi_last_data_recv > look->unread_ms)
        look->unread_ms = info->tcpi_last_data_recv;
    if (info->tcpi_bytes_sent > 0 && info->tcpi_last_data_sent < look->sent_ms)
        look->sent_ms = info->tcpi_last_data_sent;
}

/* What the kernel gives may be longer or shorter than what we know, and is not aligned. */
static bool info_read(const struct nlmsghdr *header, struct tcp_info *info)
{
    const struct inet_diag_msg *message = NLMSG_DATA(header);
    const struct rtattr *attribute = (const struct rtattr *)(message + 1);
    int left = (int)(header->nlmsg_len - NLMSG_LENGTH(sizeof(*message)));

    for (; RTA_OK(attribute, left); attribute = RTA_NEXT(attribute, left))
        if (attribute->rta_type == INET_DIAG_INFO && RTA_PAYLOAD(attribute) >= INFO_SIZE) {
            memcpy(info, RTA_DATA(attribute), INFO_SIZE);
            return true;
        }
    return false;
}

/* One that nobody has accepted yet has no inode; it counts. */
static void socket_take(struct look *look, const struct nlmsghdr *header)
{
    const struct inet_diag_msg *message = NLMSG_DATA(header);
    struct tcp_info info = {0};
    uint16_t port = ntohs(message->id.idiag_sport);

    if (message->idiag_state == STATE_LISTEN) {
        if (inode_known(look, message->idiag_inode))
            port_take(look, port);
        return;
    }
    if (!port_known(look, port) ||
        (message->idiag_inode && !inode_known(look, message->idiag_inode)))
        return;
    look->seen.open++;
    look->untold |= !info_read(header, &info);
    look->seen.busy += is_busy(message, &info);
    times_take(look, message, &info);
}

/* Netlink */

static int dump_ask(int fd, int family, uint32_t states)
{
    struct {
        struct nlmsghdr header;
        struct inet_diag_req_v2 what;
    } request = {
        .header = {.nlmsg_len = sizeof(request), .nlmsg_type = SOCK_DIAG_BY_FAMILY,
                   .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP},
        .what = {.sdiag_family = (uint8_t)family, .sdiag_protocol = IPPROTO_TCP,
                 .idiag_ext = 1 << (INET_DIAG_INFO - 1), .idiag_states = states},
    };

    return send(fd, &request, sizeof(request), 0) < 0 ? -errno : 0;
}

/* What the kernel says when a dump is over: 0, or why it gave up half-way. */
static int done_error(const struct nlmsghdr *header)
{
    int error = 0;

    if (header->nlmsg_len >= NLMSG_LENGTH(sizeof(error)))
        memcpy(&error, NLMSG_DATA(header), sizeof(error));
    return error < 0 ? error : 0;
}

/* 1: that was the last part; 0: there is more. */
static int dump_take(struct look *look, const char *reply, ssize_t length)
{
    const struct nlmsghdr *header = (const struct nlmsghdr *)(const void *)reply;

    for (; NLMSG_OK(header, length); header = NLMSG_NEXT(header, length)) {
        if (header->nlmsg_type == NLMSG_DONE) {
            int error = done_error(header);

            return error < 0 ? error : 1;
        }
        if (header->nlmsg_type == NLMSG_ERROR) {
            int error = ((const struct nlmsgerr *)NLMSG_DATA(header))->error;

            return error < 0 ? error : -EIO;
        }
        socket_take(look, header);
    }
    return 0;
}

static int dump(struct look *look, int fd, int family, uint32_t states)
{
    _Alignas(struct nlmsghdr) static char reply[REPLY_SIZE];
    int result = dump_ask(fd, family, states);

    while (result == 0) {
        ssize_t length = recv(fd, reply, sizeof(reply), 0);

        if (length < 0 && errno == EINTR)
            continue;
        result = length < 0 ? -errno : length == 0 ? -EIO : dump_take(look, reply, length);
    }
    return result < 0 ? result : 0;
}

static int sockets_take(struct look *look, int fd)
{
    static const int families[] = {AF_INET, AF_INET6};
    static const uint32_t states[] = {1 << STATE_LISTEN, 1 << STATE_ESTABLISHED};
    int result = 0;

    for (int step = 0; step < 2 && result == 0; step++) {
        for (int i = 0; i < 2 && result == 0; i++)
            result = dump(look, fd, families[i], states[step]);
        if (result == 0 && look->port_count == 0)
            result = -ENOENT;
        if (result == 0 && look->too_many_ports)
            result = -E2BIG;
    }
    return result == 0 && look->untold ? -EPROTONOSUPPORT : result;
}

int sockets_look(pid_t group, struct sockets_seen *seen)
{
    struct look look = {.sent_ms = UINT32_MAX};
    int fd, result = group_add(&look, group);

    if (result < 0)
        goto done;
    fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
    if (fd < 0) {
        result = -errno;
        goto done;
    }
    /* The kernel answers at once; should it not, PID 1 must not wait for it. */
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &(struct timeval){.tv_usec = ANSWER_US},
               sizeof(struct timeval));
    result = sockets_take(&look, fd);
    close(fd);
    look.seen.stuck_ms = (int)(look.unread_ms < look.sent_ms ? look.unread_ms : look.sent_ms);
    if (result == 0)
        *seen = look.seen;
done:
    free(look.inodes);
    return result;
}
