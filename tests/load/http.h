/* One HTTP/1.1 response, parsed as its bytes come in. The body is counted, not kept. */
#ifndef LOAD_HTTP_H
#define LOAD_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    HTTP_LINE_MAX = 512,          /* bytes of a header line that are looked at */
    HTTP_HEAD_MAX = 256 * 1024    /* bytes of all lines of a response; more is garbage */
};

enum http_state {
    HTTP_STATUS_LINE,
    HTTP_HEADERS,
    HTTP_BODY,
    HTTP_BODY_UNTIL_CLOSE,
    HTTP_CHUNK_SIZE,
    HTTP_CHUNK_DATA,
    HTTP_CHUNK_END,
    HTTP_TRAILERS,
    HTTP_DONE,
    HTTP_GARBAGE
};

struct http_response {
    enum http_state state;
    int status;
    bool close;           /* the connection cannot be used again */
    bool chunked;
    bool length_known;
    uint64_t length;      /* Content-Length */
    uint64_t remaining;   /* bytes of the body or of the chunk */
    size_t head_bytes;
    size_t line_length;
    char line[HTTP_LINE_MAX];
};

void http_response_init(struct http_response *response);

/* HTTP_DONE and HTTP_GARBAGE are final; bytes after the end of the response are garbage. */
enum http_state http_response_feed(struct http_response *response, const char *data,
                                   size_t length);

/* The peer has closed: that may be the end of the body (HTTP_DONE), else nothing changes. */
enum http_state http_response_end(struct http_response *response);

#endif
