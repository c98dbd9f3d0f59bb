#include "http.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

static const char PROTOCOL[] = "HTTP/1.";

void http_response_init(struct http_response *response)
{
    /* The line buffer is the greater part of the structure and need not be cleared. */
    memset(response, 0, offsetof(struct http_response, line));
}

/* Adds to the line up to its end. Returns the bytes used; `*complete` when the line has ended. */
static size_t take_line(struct http_response *response, const char *data, size_t length,
                        bool *complete)
{
    const char *end = memchr(data, '\n', length);
    size_t used = end != NULL ? (size_t)(end - data) + 1 : length;
    size_t text = end != NULL ? used - 1 : used;
    size_t room = HTTP_LINE_MAX - 1 - response->line_length;

    if (text > room) {
        text = room;
    }
    memcpy(response->line + response->line_length, data, text);
    response->line_length += text;
    response->head_bytes += used;
    *complete = end != NULL;
    if (*complete) {
        if (response->line_length > 0 && response->line[response->line_length - 1] == '\r') {
            response->line_length--;
        }
        response->line[response->line_length] = '\0';
    }
    return used;
}

/* Digits only; false for an empty or too long number. `*end` is the first other character. */
static bool parse_number(const char *text, unsigned base, uint64_t *number, const char **end)
{
    const char *position = text;

    *number = 0;
    for (; isxdigit((unsigned char)*position); position++) {
        int letter = tolower((unsigned char)*position);
        unsigned digit = (unsigned)(letter <= '9' ? letter - '0' : letter - 'a' + 10);
        if (digit >= base || *number > (UINT64_MAX - digit) / base) {
            return false;
        }
        *number = *number * base + digit;
    }
    *end = position;
    return position != text;
}

static enum http_state status_line(struct http_response *response)
{
    const char *line = response->line;

    /* "HTTP/1.1 200 OK", where the reason may be missing together with its space. */
    if (response->line_length < 12 || strncmp(line, PROTOCOL, strlen(PROTOCOL)) != 0 ||
        (line[7] != '0' && line[7] != '1') || line[8] != ' ' ||
        !isdigit((unsigned char)line[9]) || !isdigit((unsigned char)line[10]) ||
        !isdigit((unsigned char)line[11]) || (line[12] != ' ' && line[12] != '\0')) {
        return HTTP_GARBAGE;
    }

    response->status = (line[9] - '0') * 100 + (line[10] - '0') * 10 + (line[11] - '0');
    response->close = line[7] == '0';
    return response->status >= 100 ? HTTP_HEADERS : HTTP_GARBAGE;
}

static bool has_token(const char *list, const char *token)
{
    size_t length = strlen(token);

    while (*list != '\0') {
        list += strspn(list, ", \t");
        size_t word = strcspn(list, ", \t");
        if (word == length && strncasecmp(list, token, length) == 0) {
            return true;
        }
        list += word;
    }
    return false;
}

static enum http_state content_length(struct http_response *response, const char *value)
{
    uint64_t length = 0;
    const char *end = NULL;

    if (!parse_number(value, 10, &length, &end) || end[strspn(end, " \t")] != '\0' ||
        (response->length_known && length != response->length)) {
        return HTTP_GARBAGE;
    }
    response->length_known = true;
    response->length = length;
    return HTTP_HEADERS;
}

static enum http_state header_line(struct http_response *response)
{
    char *colon = strchr(response->line, ':');

    if (colon == NULL || colon == response->line) {
        return HTTP_GARBAGE;
    }
    *colon = '\0';
    const char *name = response->line;
    const char *value = colon + 1 + strspn(colon + 1, " \t");
    if (strcasecmp(name, "Content-Length") == 0) {
        return content_length(response, value);
    }
    if (strcasecmp(name, "Transfer-Encoding") == 0) {
        response->chunked = has_token(value, "chunked");
    } else if (strcasecmp(name, "Connection") == 0) {
        if (has_token(value, "close")) {
            response->close = true;
        } else if (has_token(value, "keep-alive")) {
            response->close = false;
        }
    }
    return HTTP_HEADERS;
}

static enum http_state headers_end(struct http_response *response)
{
    if (response->status < 200 && response->status != 101) {
        size_t head_bytes = response->head_bytes;
        http_response_init(response); /* an interim response: the real one follows */
        response->head_bytes = head_bytes;
        return HTTP_STATUS_LINE;
    }
    if (response->status == 101) {
        response->close = true; /* we never asked for another protocol */
        return HTTP_DONE;
    }
    if (response->status == 204 || response->status == 304) {
        return HTTP_DONE;
    }
    if (response->chunked) {
        return HTTP_CHUNK_SIZE;
    }
    if (!response->length_known) {
        response->close = true;
        return HTTP_BODY_UNTIL_CLOSE;
    }
    response->remaining = response->length;
    return response->remaining > 0 ? HTTP_BODY : HTTP_DONE;
}

static enum http_state chunk_size_line(struct http_response *response)
{
    const char *end = NULL;

    if (!parse_number(response->line, 16, &response->remaining, &end) ||
        (*end != '\0' && strchr("; \t", *end) == NULL)) {
        return HTTP_GARBAGE;
    }
    return response->remaining > 0 ? HTTP_CHUNK_DATA : HTTP_TRAILERS;
}

static enum http_state line_complete(struct http_response *response)
{
    bool empty = response->line_length == 0;

    switch (response->state) {
    case HTTP_STATUS_LINE:
        return status_line(response);
    case HTTP_HEADERS:
        return empty ? headers_end(response) : header_line(response);
    case HTTP_CHUNK_SIZE:
        return chunk_size_line(response);
    case HTTP_CHUNK_END:
        return empty ? HTTP_CHUNK_SIZE : HTTP_GARBAGE;
    case HTTP_TRAILERS:
        return empty ? HTTP_DONE : HTTP_TRAILERS;
    case HTTP_BODY:
    case HTTP_BODY_UNTIL_CLOSE:
    case HTTP_CHUNK_DATA:
    case HTTP_DONE:
    case HTTP_GARBAGE:
        break;
    }
    return HTTP_GARBAGE;
}

static size_t feed_line(struct http_response *response, const char *data, size_t length)
{
    bool complete = false;
    size_t used = take_line(response, data, length, &complete);

    if (complete) {
        response->state = line_complete(response);
        response->line_length = 0;
    } else if (response->state == HTTP_STATUS_LINE) {
        /* Told from its first bytes, so that babble without a line end is garbage as well. */
        size_t known = response->line_length < strlen(PROTOCOL) ? response->line_length
                                                                : strlen(PROTOCOL);
        if (memcmp(response->line, PROTOCOL, known) != 0) {
            response->state = HTTP_GARBAGE;
        }
    }
    if (response->head_bytes > HTTP_HEAD_MAX) {
        response->state = HTTP_GARBAGE;
    }
    return used;
}

static size_t feed_body(struct http_response *response, size_t length)
{
    size_t used = length < response->remaining ? length : (size_t)response->remaining;

    response->remaining -= used;
    if (response->remaining == 0) {
        if (response->state == HTTP_BODY) {
            response->state = HTTP_DONE;
        } else {
            response->state = HTTP_CHUNK_END;
            response->head_bytes = 0; /* a long body may have any number of chunks */
        }
    }
    return used;
}

enum http_state http_response_feed(struct http_response *response, const char *data,
                                   size_t length)
{
    while (length > 0) {
        size_t used = 0;

        switch (response->state) {
        case HTTP_STATUS_LINE:
        case HTTP_HEADERS:
        case HTTP_CHUNK_SIZE:
        case HTTP_CHUNK_END:
        case HTTP_TRAILERS:
            used = feed_line(response, data, length);
            break;
        case HTTP_BODY:
        case HTTP_CHUNK_DATA:
            used = feed_body(response, length);
            break;
        case HTTP_BODY_UNTIL_CLOSE:
            return response->state;
        case HTTP_DONE:
            response->state = HTTP_GARBAGE;
            return response->state;
        case HTTP_GARBAGE:
            return response->state;
        }
        data += used;
        length -= used;
    }
    return response->state;
}

enum http_state http_response_end(struct http_response *response)
{
    if (response->state == HTTP_BODY_UNTIL_CLOSE) {
        response->state = HTTP_DONE;
    }
    return response->state;
}
