/* HTTP exchanges, each one easy handle of libcurl.
 *
 * Happy path: http_start() configures the handle and adds it to the multi handle; on_header() and
 * on_body() collect the answer; request_multi.c finds the exchange finished: http_finish().
 * Failure modes: nobody listens, resets, garbage, silence, dripping (one timeout for the whole
 * exchange), an endless answer (BODY_MAX, HEADERS_MAX): see error_of(). A cancel removes it. */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "live/requests_internal.h"

enum { METHOD_LENGTH_MAX = 16, HEADERS_MAX = 64 * 1024, BODY_SIZE_FIRST = 4096 };

/* The two forms of an address, taken apart. */
struct http_address {
    char socket[sizeof((struct sockaddr_un *)0)->sun_path]; /* "": TCP */
    char *url; /* owned */
};

static int error_of(CURL *easy, CURLcode code, bool too_long)
{
    long os_error = 0;

    curl_easy_getinfo(easy, CURLINFO_OS_ERRNO, &os_error);
    if (too_long)
        return -EMSGSIZE;
    switch ((int)code) {
    case CURLE_OK:
        return 0;
    case CURLE_COULDNT_CONNECT:
        return os_error > 0 ? -(int)os_error : -ECONNREFUSED;
    case CURLE_OPERATION_TIMEDOUT:
        return -ETIMEDOUT;
    case CURLE_RECV_ERROR: /* without an errno: a broken chunk */
        return os_error > 0 ? -ECONNRESET : -EPROTO;
    case CURLE_SEND_ERROR:
    case CURLE_GOT_NOTHING:
    case CURLE_PARTIAL_FILE:
        return -ECONNRESET;
    case CURLE_UNSUPPORTED_PROTOCOL: /* an answer without a status line ("HTTP/0.9") */
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_BAD_CONTENT_ENCODING:
        return -EPROTO;
    case CURLE_COULDNT_RESOLVE_HOST:
        return -EHOSTUNREACH;
    case CURLE_OUT_OF_MEMORY:
        return -ENOMEM;
    default:
        return -EIO;
    }
}

/* The exchange has ended or is given up; its body stays. */
static void exchange_end(struct slot *slot)
{
    struct http_exchange *http = &slot->http;

    if (http->easy) {
        curl_multi_remove_handle(slot->requests->multi, http->easy);
        multi_easy_give_back(slot->requests, http->easy);
    }
    http->easy = NULL;
    curl_slist_free_all(http->headers);
    http->headers = NULL;
}

void http_close(struct slot *slot)
{
    exchange_end(slot);
    free(slot->http.body);
    slot->http.body = NULL;
}

void http_finish(struct slot *slot, CURLcode code)
{
    long status = 0;
    int error = error_of(slot->http.easy, code, slot->http.too_long);

    curl_easy_getinfo(slot->http.easy, CURLINFO_RESPONSE_CODE, &status);
    exchange_end(slot);
    slot_answer(slot, error, (int)status);
}

static curl_socket_t on_socket_opened(void *context, curlsocktype purpose,
                                      struct curl_sockaddr *address)
{
    (void)context;
    (void)purpose;
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

static bool body_reserve(struct http_exchange *http, size_t size)
{
    size_t new_size = http->body_size ? http->body_size : BODY_SIZE_FIRST;
    char *grown;

    if (size <= http->body_size)
        return true;
    while (new_size < size)
        new_size *= 2;
    grown = realloc(http->body, new_size);
    if (!grown)
        return false;
    http->body = grown;
    http->body_size = new_size;
    return true;
}

static size_t on_body(char *bytes, size_t size, size_t count, void *context)
{
    struct http_exchange *http = &((struct slot *)context)->http;
    size_t length = size * count;

    http->too_long = http->body_length + length > BODY_MAX;
    if (http->too_long || !body_reserve(http, http->body_length + length + 1))
        return CURL_WRITEFUNC_ERROR;
    memcpy(http->body + http->body_length, bytes, length);
    http->body_length += length;
    http->body[http->body_length] = '\0';
    return length;
}

static size_t on_header(char *bytes, size_t size, size_t count, void *context)
{
    struct http_exchange *http = &((struct slot *)context)->http;
    size_t length = size * count;

    (void)bytes;
    http->header_length += length;
    http->too_long = http->header_length > HEADERS_MAX;
    return http->too_long ? CURL_WRITEFUNC_ERROR : length;
}

static bool method_is_valid(const char *method)
{
    size_t length = method ? strlen(method) : 0;

    return length > 0 && length <= METHOD_LENGTH_MAX
           && strspn(method, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == length;
}

static bool url_is_valid(const char *url)
{
    CURLU *parts = curl_url();
    bool valid = parts && curl_url_set(parts, CURLUPART_URL, url, 0) == CURLUE_OK;

    curl_url_cleanup(parts);
    return valid;
}

/* "unix:/socket:/path?query" is http://localhost/path?query on that socket. */
static int unix_address_parse(const char *text, struct http_address *address)
{
    const char *path = strstr(text, ":/");
    size_t socket_length;

    if (text[0] != '/' || !path)
        return -EINVAL;
    socket_length = (size_t)(path - text);
    if (socket_length >= sizeof address->socket)
        return -EINVAL;
    address->url = malloc(sizeof "http://localhost" + strlen(path + 1));
    if (!address->url)
        return -ENOMEM;
    strcpy(address->url, "http://localhost");
    strcat(address->url, path + 1);
    memcpy(address->socket, text, socket_length);
    address->socket[socket_length] = '\0';
    return 0;
}

static int http_address_parse(const char *text, struct http_address *address)
{
    int error = 0;

    *address = (struct http_address){0};
    if (strncmp(text, "unix:", 5) == 0) {
        error = unix_address_parse(text + 5, address);
    } else if (strncmp(text, "http://", 7) == 0) {
        address->url = strdup(text);
        if (!address->url)
            return -ENOMEM;
    } else {
        return -EINVAL;
    }
    if (!error && !url_is_valid(address->url)) {
        free(address->url);
        return -EINVAL;
    }
    return error;
}

static int header_add(struct http_exchange *http, const char *header)
{
    struct curl_slist *grown = curl_slist_append(http->headers, header);

    if (!grown)
        return -ENOMEM;
    http->headers = grown;
    return 0;
}

static int headers_set(struct http_exchange *http, const struct request *what)
{
    bool has_type = false;
    int error = header_add(http, "Expect:"); /* nobody waits for a "100 Continue" */

    for (int i = 0; !error && what->headers && what->headers[i]; i++) {
        if (!strchr(what->headers[i], ':') || strpbrk(what->headers[i], "\r\n"))
            return -EINVAL;
        has_type = has_type || strncasecmp(what->headers[i], "Content-Type:", 13) == 0;
        error = header_add(http, what->headers[i]);
    }
    /* libcurl would call every body a form. */
    return error || has_type ? error : header_add(http, "Content-Type:");
}

static void method_set(CURL *easy, const struct request *what)
{
    bool sends = what->body || strcmp(what->method, "POST") == 0
                 || strcmp(what->method, "PUT") == 0;

    if (sends) {
        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE,
                         (curl_off_t)(what->body ? what->body_length : 0));
        curl_easy_setopt(easy, CURLOPT_COPYPOSTFIELDS, what->body ? what->body : "");
    } else if (strcmp(what->method, "HEAD") == 0) {
        curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
    }
    curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, what->method);
}

static long timeout_for_curl(int64_t timeout_ms)
{
    if (timeout_ms < 1)
        return 1; /* 0 would mean: none */
    return timeout_ms < INT_MAX ? (long)timeout_ms : INT_MAX;
}

static void options_set(struct slot *slot, const struct request *what,
                        const struct http_address *address)
{
    CURL *easy = slot->http.easy;

    curl_easy_setopt(easy, CURLOPT_PRIVATE, slot);
    curl_easy_setopt(easy, CURLOPT_URL, address->url);
    if (address->socket[0])
        curl_easy_setopt(easy, CURLOPT_UNIX_SOCKET_PATH, address->socket);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, slot->http.headers);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, timeout_for_curl(what->timeout_ms));
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, slot);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, slot);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, on_socket_opened);
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http");
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(easy, CURLOPT_USERAGENT, "lastcall");
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L); /* do not wait for a resolver's thread */
    method_set(easy, what);
}

int http_start(struct slot *slot, const struct request *what)
{
    struct requests *requests = slot->requests;
    struct http_address address;
    int error;

    if (!method_is_valid(what->method))
        return -EINVAL;
    error = multi_open(requests);
    if (error)
        return error;
    error = http_address_parse(what->address, &address);
    if (error)
        return error;
    error = headers_set(&slot->http, what);
    if (error)
        goto fail;
    error = -ENOMEM;
    slot->http.easy = multi_easy_take(requests);
    if (!slot->http.easy)
        goto fail;
    options_set(slot, what, &address);
    if (curl_multi_add_handle(requests->multi, slot->http.easy) != CURLM_OK)
        goto fail;
    free(address.url);
    return 0;

fail:
    free(address.url);
    return error; /* the caller closes the slot */
}
