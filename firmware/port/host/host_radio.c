/* See host_radio.h. */
#include "host_radio.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static bool read_hex(const char *text, uint8_t *out, size_t size_bytes) {
  for (size_t i = 0; i < size_bytes; i++) {
    if (sscanf(text + 2 * i, "%2hhx", &out[i]) != 1) return false;
  }
  return true;
}

static bool read_uid(const char *uid, uint8_t address[6]) { return strncmp(uid, "rn-", 3) == 0 && strlen(uid) >= 15 && read_hex(uid + 3, address, 6); }

static int send_frame(void *ctx, const uint8_t destination[6], const uint8_t *bytes, size_t size_bytes) {
  (void)destination; /* the frame's header says it */
  return send(((struct host_radio *)ctx)->fd, bytes, size_bytes, 0) == (ssize_t)size_bytes ? ROOST_OK : ROOST_ERR_NET;
}

bool host_radio_open(struct host_radio *radio, const char *uid, const char *air_port, const char *key, const char *peers) {
  struct sockaddr_in air = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  uint8_t bytes[16];
  radio->fd = -1;
  if (!air_port) return true;
  if (!key || strlen(key) != 32 || !read_hex(key, bytes, sizeof bytes) || !read_uid(uid, radio->address)) return false;
  roost_aes128_set_key(&radio->aes, bytes);
  radio->cipher = roost_aes128_cipher(&radio->aes);
  for (const char *at = peers; at && *at; at = strchr(at, ',') ? strchr(at, ',') + 1 : NULL) {
    if (radio->count == ROOST_PEERS_MAX || !read_uid(at, radio->addresses[radio->count])) return false;
    radio->others[radio->count] = (struct roost_bytes){radio->addresses[radio->count], 6};
    radio->count++;
  }
  air.sin_port = htons((uint16_t)strtoul(air_port, NULL, 10));
  radio->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  return radio->fd >= 0 && connect(radio->fd, (const struct sockaddr *)&air, sizeof air) == 0;
}

struct roost_peers *host_radio_boot(struct host_radio *radio, const struct roost_nvs *nvs, const struct roost_random *random) {
  const struct roost_radio port = {.ctx = radio, .send = send_frame};
  if (radio->fd < 0) return NULL;
  roost_peers_create(&radio->peers, radio->address, &radio->cipher, nvs, &port, random);
  (void)roost_peers_set(&radio->peers, radio->others, radio->count);
  (void)send(radio->fd, radio->address, sizeof radio->address, 0);
  return &radio->peers;
}

size_t host_radio_take(struct host_radio *radio, uint8_t *bytes, size_t room_bytes) {
  ssize_t got = radio->fd < 0 ? -1 : recv(radio->fd, bytes, room_bytes, 0);
  return got > 0 ? (size_t)got : 0;
}
