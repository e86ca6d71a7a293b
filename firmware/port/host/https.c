/* See https.h. */
#include "https.h"

#include <errno.h>
#include <netdb.h>
#include <openssl/err.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

enum { TIMEOUT_MS = 15000, PIECES_A_STEP = 16 };

void https_create(struct https *https, SSL_CTX *tls, const struct https_handlers *handlers) {
  memset(https, 0, sizeof *https);
  https->tls = tls;
  https->handlers = *handlers;
  https->fd = -1;
}

void https_stop(struct https *https) {
  if (https->ssl) SSL_free(https->ssl);
  if (https->fd >= 0) close(https->fd);
  https->ssl = NULL;
  https->fd = -1;
  https->state = HTTPS_IDLE;
}

static void end(struct https *https) {
  ERR_clear_error();
  https_stop(https);
  https->handlers.on_end(https->handlers.ctx);
}

static int dial(struct https *https, const char *host, const char *port, uint64_t now_ms) {
  struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found = NULL;
  if (getaddrinfo(host, port, &hints, &found) != 0) return -1;
  https->fd = socket(found->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  int result = https->fd < 0 ? -1 : connect(https->fd, found->ai_addr, found->ai_addrlen);
  bool is_started = https->fd >= 0 && (result == 0 || errno == EINPROGRESS);
  freeaddrinfo(found);
  if (!is_started) {
    https_stop(https);
    return -1;
  }
  https->state = HTTPS_TCP;
  https->since_ms = now_ms;
  https->sent = https->head_bytes = 0;
  https->status = 0;
  return 0;
}

int https_get(struct https *https, const char *host, const char *name, const char *place, uint32_t from_bytes, uint64_t now_ms) {
  const char *path = strchr(place, '/');
  char port[8];
  https_stop(https);
  if (place[0] != ':' || !path || path - place < 2 || (size_t)(path - place) > sizeof port) return -1;
  snprintf(port, sizeof port, "%.*s", (int)(path - place - 1), place + 1);
  snprintf(https->host, sizeof https->host, "%s", name);
  snprintf(https->request, sizeof https->request, "GET %s HTTP/1.1\r\nHost: %s\r\nRange: bytes=%u-\r\nConnection: close\r\n\r\n", path, name, from_bytes);
  https->from_bytes = from_bytes;
  https->is_ask = false;
  return dial(https, host, port, now_ms);
}

int https_ask(struct https *https, const char *host, const char *port, const char *name, const char *path, const char *body, uint64_t now_ms) {
  https_stop(https);
  snprintf(https->host, sizeof https->host, "%s", name);
  /* HTTP/1.0: the answer comes in one piece, to the end of the connection. */
  int size = snprintf(https->request, sizeof https->request, "%s %s HTTP/1.0\r\nHost: %s\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s",
                      body ? "POST" : "GET", path, name, body ? strlen(body) : 0, body ? body : "");
  if (size < 0 || (size_t)size >= sizeof https->request) return -1;
  https->is_ask = true;
  return dial(https, host, port, now_ms);
}

static bool is_again(struct https *https, int result) {
  int reason = SSL_get_error(https->ssl, result);
  return reason == SSL_ERROR_WANT_READ || reason == SSL_ERROR_WANT_WRITE;
}

static bool start_tls(struct https *https) {
  int err = 0;
  socklen_t size = sizeof err;
  if (getsockopt(https->fd, SOL_SOCKET, SO_ERROR, &err, &size) != 0 || err != 0) return false;
  https->ssl = SSL_new(https->tls);
  if (!https->ssl || SSL_set_fd(https->ssl, https->fd) != 1) return false;
  SSL_set_tlsext_host_name(https->ssl, https->host);
  SSL_set1_host(https->ssl, https->host);
  SSL_set_connect_state(https->ssl);
  https->state = HTTPS_TLS;
  return true;
}

/* The value of a header, NULL without it. */
static const char *header(const struct https *https, const char *name) {
  size_t size = strlen(name);
  for (const char *line = strstr(https->head, "\r\n"); line; line = strstr(line + 2, "\r\n")) {
    if (strncasecmp(line + 2, name, size) == 0 && line[2 + size] == ':') return line + 3 + size;
  }
  return NULL;
}

/* The head is there: of an image only the very range that was asked for is taken. */
static bool take_head(struct https *https) {
  unsigned long long from = 0, last = 0, whole = 0;
  if (https->is_ask) {
    https->left = UINT64_MAX;
    https->state = HTTPS_BODY;
    return sscanf(https->head, "HTTP/1.%*1[01] %3u", &https->status) == 1;
  }
  const char *range = header(https, "content-range");
  if (strncmp(https->head, "HTTP/1.1 206", 12) != 0 || !range) return false;
  if (sscanf(range, " bytes %llu-%llu/%llu", &from, &last, &whole) != 3 || from != https->from_bytes || last < from) return false;
  https->left = last + 1 - from;
  https->state = HTTPS_BODY;
  return true;
}

static void give(struct https *https, const uint8_t *bytes, size_t size) {
  if (size > https->left) size = (size_t)https->left;
  https->left -= size;
  if (size > 0) https->handlers.on_body(https->handlers.ctx, bytes, size);
}

/* False at the end, good or not. */
static bool take(struct https *https, const uint8_t *bytes, size_t size) {
  size_t at = 0;
  while (https->state == HTTPS_HEAD && at < size) {
    if (https->head_bytes == sizeof https->head - 1) return false;
    https->head[https->head_bytes++] = (char)bytes[at++];
    https->head[https->head_bytes] = 0;
    if (https->head_bytes >= 4 && strcmp(https->head + https->head_bytes - 4, "\r\n\r\n") == 0 && !take_head(https)) return false;
  }
  if (https->state == HTTPS_BODY) give(https, bytes + at, size - at);
  return https->state == HTTPS_HEAD || (https->state == HTTPS_BODY && https->left > 0);
}

static bool advance(struct https *https, uint64_t now_ms) {
  if (https->state == HTTPS_TCP) {
    struct pollfd poller = {.fd = https->fd, .events = POLLOUT};
    if (poll(&poller, 1, 0) == 0) return true;
    if (!start_tls(https)) return false;
  }
  if (https->state == HTTPS_TLS) {
    int result = SSL_do_handshake(https->ssl);
    if (result != 1) return is_again(https, result);
    https->state = HTTPS_REQUEST;
  }
  if (https->state == HTTPS_REQUEST) {
    int done = SSL_write(https->ssl, https->request + https->sent, (int)(strlen(https->request) - https->sent));
    if (done <= 0) return is_again(https, done);
    https->sent += (size_t)done;
    if (https->sent == strlen(https->request)) https->state = HTTPS_HEAD;
  }
  uint8_t bytes[4096];
  for (unsigned i = 0; i < PIECES_A_STEP && https->state >= HTTPS_HEAD; i++) {
    int got = SSL_read(https->ssl, bytes, sizeof bytes);
    if (got <= 0) return is_again(https, got);
    https->since_ms = now_ms;
    if (!take(https, bytes, (size_t)got)) return https->state == HTTPS_IDLE; /* stopped by who took it */
  }
  return true;
}

void https_step(struct https *https, uint64_t now_ms) {
  if (https->state == HTTPS_IDLE) return;
  if (now_ms - https->since_ms > TIMEOUT_MS || !advance(https, now_ms)) end(https);
}

short https_poll_events(const struct https *https) {
  bool wants_out = https->state == HTTPS_TCP || https->state == HTTPS_REQUEST || (https->ssl && SSL_want_write(https->ssl));
  return (short)(POLLIN | (wants_out ? POLLOUT : 0));
}
