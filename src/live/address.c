/* See address.h. */
#include "live/address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdint.h>
#include <string.h>
#include <sys/un.h>

static int unix_parse(const char *path, struct address *address)
{
    struct sockaddr_un unix_address = {.sun_family = AF_UNIX};

    if (path[0] != '/' || strlen(path) >= sizeof unix_address.sun_path)
        return -EINVAL;
    strcpy(unix_address.sun_path, path);
    memset(address, 0, sizeof *address);
    memcpy(&address->bytes, &unix_address, sizeof unix_address);
    address->size = sizeof unix_address;
    return 1;
}

static int port_parse(const char *text, uint16_t *port)
{
    unsigned number = 0;

    if (!*text)
        return -EINVAL;
    for (; *text; text++) {
        if (*text < '0' || *text > '9')
            return -EINVAL;
        number = number * 10 + (unsigned)(*text - '0');
        if (number > UINT16_MAX)
            return -EINVAL;
    }
    if (number == 0)
        return -EINVAL;
    *port = (uint16_t)number;
    return 0;
}

static int ip_parse(const char *host, uint16_t port, struct address *address)
{
    struct sockaddr_in *ipv4 = (struct sockaddr_in *)&address->bytes;
    struct sockaddr_in6 *ipv6 = (struct sockaddr_in6 *)&address->bytes;

    memset(address, 0, sizeof *address);
    if (inet_pton(AF_INET, host, &ipv4->sin_addr) == 1) {
        ipv4->sin_family = AF_INET;
        ipv4->sin_port = htons(port);
        address->size = sizeof *ipv4;
        return 0;
    }
    if (inet_pton(AF_INET6, host, &ipv6->sin6_addr) == 1) {
        ipv6->sin6_family = AF_INET6;
        ipv6->sin6_port = htons(port);
        address->size = sizeof *ipv6;
        return 0;
    }
    return -EINVAL;
}

static int tcp_parse(const char *text, struct address *addresses)
{
    const char *colon = strrchr(text, ':');
    char host[INET6_ADDRSTRLEN + 2]; /* with brackets */
    size_t length;
    uint16_t port;

    if (!colon || port_parse(colon + 1, &port))
        return -EINVAL;
    length = (size_t)(colon - text);
    if (length >= 2 && text[0] == '[' && text[length - 1] == ']') {
        text++;
        length -= 2;
    }
    if (length == 0 || length >= sizeof host)
        return -EINVAL;
    memcpy(host, text, length);
    host[length] = '\0';
    if (strcmp(host, "localhost") == 0) {
        ip_parse("127.0.0.1", port, &addresses[0]);
        ip_parse("::1", port, &addresses[1]);
        return 2;
    }
    return ip_parse(host, port, &addresses[0]) ? -EINVAL : 1;
}

int address_parse(const char *text, struct address addresses[ADDRESSES_MAX])
{
    if (strncmp(text, "unix:", 5) == 0)
        return unix_parse(text + 5, &addresses[0]);
    if (strncmp(text, "tcp:", 4) == 0)
        return tcp_parse(text + 4, addresses);
    return -EINVAL;
}
