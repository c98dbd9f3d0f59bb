/* Addresses of sockets as users write them: "unix:/path" and "tcp:host:port". */
#ifndef LASTCALL_ADDRESS_H
#define LASTCALL_ADDRESS_H

#include <sys/socket.h>

enum { ADDRESSES_MAX = 2 };

struct address {
    struct sockaddr_storage bytes;
    socklen_t size;
};

/* Parses `text`; `host` is a number ("127.0.0.1", "::1", "[::1]") or "localhost", which gives two
 * addresses, to be tried in turn: other names would need a resolver, which blocks. Returns how
 * many there are, or -EINVAL. */
int address_parse(const char *text, struct address addresses[ADDRESSES_MAX]);

#endif
