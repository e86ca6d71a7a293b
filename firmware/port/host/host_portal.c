/* See host_portal.h. */
#include "host_portal.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum { REQUEST_MAX_BYTES = 4096 };

bool host_portal_open(struct host_portal *portal, const char *port, const char *uid, void (*say)(const char *event, const char *detail)) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t size = sizeof address;
  char detail[32];
  portal->fd = -1;
  portal->uid = uid;
  if (!port) return true;
  address.sin_port = htons((uint16_t)strtoul(port, NULL, 10));
  portal->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  bool is_open = portal->fd >= 0 && bind(portal->fd, (const struct sockaddr *)&address, size) == 0 && listen(portal->fd, 4) == 0 &&
                 getsockname(portal->fd, (struct sockaddr *)&address, &size) == 0;
  if (!is_open) return false;
  snprintf(detail, sizeof detail, "\"port\":%u", ntohs(address.sin_port));
  say("portal", detail);
  return true;
}

/* The body of a whole request, NULL when it is none; `is_post` and its size. */
static const char *read_request(int fd, char request[REQUEST_MAX_BYTES + 1], bool *is_post, size_t *body_bytes) {
  size_t used = 0, wanted = 0;
  const char *body = NULL;
  while (used < REQUEST_MAX_BYTES && (!body || used < (size_t)(body - request) + wanted)) {
    ssize_t got = recv(fd, request + used, REQUEST_MAX_BYTES - used, 0);
    if (got <= 0) return NULL;
    used += (size_t)got;
    request[used] = 0;
    char *end = strstr(request, "\r\n\r\n");
    if (body || !end) continue;
    body = end + 4;
    const char *length = strcasestr(request, "\r\ncontent-length:");
    wanted = length && length < end ? strtoul(length + 17, NULL, 10) : 0;
  }
  *is_post = strncmp(request, "POST ", 5) == 0;
  *body_bytes = body ? used - (size_t)(body - request) : 0;
  return body;
}

static void take_form(struct host_portal *portal, struct host_enrol *enrol, const char *body, size_t body_bytes) {
  struct roost_portal_form form;
  portal->wrong = roost_portal_read(body, body_bytes, &form);
  if (portal->wrong) return;
  snprintf(enrol->host, sizeof enrol->host, "%s", form.host);
  snprintf(enrol->port, sizeof enrol->port, "%s", form.port);
  memcpy(enrol->fingerprint, form.ca_sha256, sizeof enrol->fingerprint);
  (void)host_enrol_submit(enrol, form.code);
}

static void answer(struct host_portal *portal, struct host_enrol *enrol, int fd) {
  static char request[REQUEST_MAX_BYTES + 1], page[ROOST_PORTAL_PAGE_MAX_BYTES];
  const struct timeval patience = {.tv_sec = 1};
  bool is_post = false;
  size_t body_bytes = 0;
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  const char *body = read_request(fd, request, &is_post, &body_bytes);
  if (!body) return;
  if (is_post) take_form(portal, enrol, body, body_bytes);
  bool is_wrong = is_post && portal->wrong != ROOST_PORTAL_FINE;
  enum roost_onboard_state state = enrol->onboard.state;
  const struct roost_portal_view view = {.uid = portal->uid, .ssids = {"Hill Farm"}, .ssid_count = 1, .wrong = is_wrong ? portal->wrong : ROOST_PORTAL_FINE, .typed = is_wrong ? body : NULL, .typed_bytes = body_bytes,
                                         .trouble = (uint8_t)enrol->onboard.trouble,
                                         .is_trying = state == ROOST_ONBOARD_JOINING || state == ROOST_ONBOARD_ENROLLING};
  size_t size = roost_portal_page(&view, page);
  dprintf(fd, "HTTP/1.1 200 OK\r\ncontent-type: text/html; charset=utf-8\r\ncache-control: no-store\r\ncontent-length: %zu\r\nconnection: close\r\n\r\n", size);
  (void)!write(fd, page, size);
}

void host_portal_step(struct host_portal *portal, struct host_enrol *enrol) {
  if (portal->fd < 0) return;
  for (int fd; (fd = accept(portal->fd, NULL, NULL)) >= 0; close(fd)) {
    if (enrol->onboard.is_portal_open) answer(portal, enrol, fd);
  }
}
