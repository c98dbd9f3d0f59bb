#include "endpoints.h"

#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void endpoints_close(struct endpoints *endpoints)
{
    for (size_t i = 0; i < endpoints->count; i++) {
        free(endpoints->table[i]);
    }
    endpoints->count = 0;
    endpoints->active_count = 0;
}

/* Splits "HOST:PORT" and "[HOST]:PORT"; names are not looked up, which could block a run. */
static bool parse_address(struct endpoint *endpoint)
{
    char host[ENDPOINT_NAME_MAX];
    struct addrinfo hints = {
        .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV,
        .ai_socktype = SOCK_STREAM,
    };
    struct addrinfo *found = NULL;

    memcpy(host, endpoint->name, sizeof host);
    char *colon = strrchr(host, ':');
    if (colon == NULL || colon == host || colon[1] == '\0') {
        return false;
    }
    *colon = '\0';
    char *start = host;
    if (host[0] == '[' && colon[-1] == ']') {
        colon[-1] = '\0';
        start = host + 1;
    }
    const char *numeric = strcmp(start, "localhost") == 0 ? "127.0.0.1" : start;
    if (getaddrinfo(numeric, colon + 1, &hints, &found) != 0) {
        return false;
    }
    memcpy(&endpoint->address, found->ai_addr, found->ai_addrlen);
    endpoint->address_length = found->ai_addrlen;
    freeaddrinfo(found);
    return true;
}

static bool has_host(const char *headers)
{
    return strncasecmp(headers, "Host:", 5) == 0 || strcasestr(headers, "\r\nHost:") != NULL;
}

static bool format_request(struct request_text *text, const struct request_format *format,
                           const char *host, const char *connection)
{
    const char *body = strcmp(format->method, "POST") == 0 ? "Content-Length: 0\r\n" : "";
    char host_line[ENDPOINT_NAME_MAX + 16] = "";

    if (!has_host(format->headers)) {
        snprintf(host_line, sizeof host_line, "Host: %s\r\n", host);
    }
    int length = snprintf(text->bytes, sizeof text->bytes,
                          "%s %s HTTP/1.1\r\n%sUser-Agent: load_client\r\n%s%s%s\r\n",
                          format->method, format->path, host_line, format->headers, body,
                          connection);
    text->length = (size_t)length;
    return text->length < sizeof text->bytes;
}

static struct endpoint *find(struct endpoints *endpoints, const char *name)
{
    for (size_t i = 0; i < endpoints->count; i++) {
        if (strcmp(endpoints->table[i]->name, name) == 0) {
            return endpoints->table[i];
        }
    }
    return NULL;
}

static struct endpoint *create(const struct request_format *format, const char *name,
                               const char **why)
{
    struct endpoint *endpoint = calloc(1, sizeof *endpoint);
    if (endpoint == NULL) {
        *why = "out of memory";
        return NULL;
    }

    *why = "not HOST:PORT with a numeric host or localhost";
    if (strlen(name) >= sizeof endpoint->name) {
        goto fail;
    }
    strcpy(endpoint->name, name);
    if (!parse_address(endpoint)) {
        goto fail;
    }
    *why = "the request is too long";
    if (!format_request(&endpoint->keep_alive, format, name, "") ||
        !format_request(&endpoint->one_shot, format, name, "Connection: close\r\n")) {
        goto fail;
    }
    return endpoint;

fail:
    free(endpoint);
    return NULL;
}

bool endpoints_add(struct endpoints *endpoints, const char *name, const char **why)
{
    struct endpoint *endpoint = find(endpoints, name);

    if (endpoint == NULL) {
        if (endpoints->count == ENDPOINTS_MAX) {
            *why = "too many endpoints";
            return false;
        }
        endpoint = create(&endpoints->format, name, why);
        if (endpoint == NULL) {
            return false;
        }
        endpoints->table[endpoints->count++] = endpoint;
    }
    if (!endpoint->active) {
        endpoint->active = true;
        endpoints->active_count++;
    }
    return true;
}

bool endpoints_remove(struct endpoints *endpoints, const char *name)
{
    struct endpoint *endpoint = find(endpoints, name);

    if (endpoint == NULL || !endpoint->active) {
        return false;
    }
    endpoint->active = false;
    endpoints->active_count--;
    return true;
}

struct endpoint *endpoints_choose(struct endpoints *endpoints, uint64_t random)
{
    if (endpoints->active_count == 0) {
        return NULL;
    }

    size_t skip = (size_t)(random % endpoints->active_count);
    for (size_t i = 0; i < endpoints->count; i++) {
        if (endpoints->table[i]->active && skip-- == 0) {
            return endpoints->table[i];
        }
    }
    return NULL;
}
