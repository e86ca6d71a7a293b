/* HTTP over TLS, one request at a time: a GET with a range for an image, a small GET or POST for an identity. Never waits. */
#ifndef ROOST_HOST_HTTPS_H
#define ROOST_HOST_HTTPS_H

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct https_handlers {
  void *ctx;
  void (*on_body)(void *ctx, const uint8_t *bytes, size_t size);
  /* After the whole body, or when it cannot be had. Not after https_stop. */
  void (*on_end)(void *ctx);
};

struct https {
  SSL_CTX *tls;
  struct https_handlers handlers;
  enum { HTTPS_IDLE, HTTPS_TCP, HTTPS_TLS, HTTPS_REQUEST, HTTPS_HEAD, HTTPS_BODY } state;
  int fd;
  SSL *ssl;
  uint64_t since_ms;
  char host[128], request[3072];
  bool is_ask;     /* any status and a body to the end of the connection, not a range */
  unsigned status; /* of the answer to https_ask, 0: there was none */
  char head[2048];
  size_t sent, head_bytes;
  uint64_t left; /* of the body */
  uint32_t from_bytes;
};

void https_create(struct https *https, SSL_CTX *tls, const struct https_handlers *handlers);
/* `place`: ":PORT/path" at `host`, the hub that the node knows. -1 when it cannot begin. */
int https_get(struct https *https, const char *host, const char *name, const char *place, uint32_t from_bytes, uint64_t now_ms);
/* A whole answer, of which `status` tells in on_end: GET without a body, else POST of JSON. -1 when it cannot begin. */
int https_ask(struct https *https, const char *host, const char *port, const char *name, const char *path, const char *body, uint64_t now_ms);
void https_stop(struct https *https);
void https_step(struct https *https, uint64_t now_ms);
short https_poll_events(const struct https *https);

#endif
