/*
 * The radio of a virtual node: datagrams to and from a process that plays the air (127.0.0.1:PORT). One of six bytes, an address, says who is
 * there; any other is a frame, whose header names for whom it is.
 */
#ifndef ROOST_HOST_RADIO_H
#define ROOST_HOST_RADIO_H

#include <stdbool.h>

#include "roost/peer.h"

struct host_radio {
  int fd; /* −1: the node has no radio */
  uint8_t address[6];
  struct roost_aes128 aes;
  struct roost_cipher cipher;
  struct roost_peers peers;
  struct roost_bytes others[ROOST_PEERS_MAX];
  uint8_t addresses[ROOST_PEERS_MAX][6];
  uint16_t count;
};

/* `uid` "rn-" and the address; `key` 32 hex digits; `peers` uids with commas between. False when an option cannot be read. */
bool host_radio_open(struct host_radio *radio, const char *uid, const char *air_port, const char *key, const char *peers);
/* Makes the neighbours anew, as a boot does; NULL without a radio. */
struct roost_peers *host_radio_boot(struct host_radio *radio, const struct roost_nvs *nvs, const struct roost_random *random);
/* A frame that came, 0 when there is none. */
size_t host_radio_take(struct host_radio *radio, uint8_t *bytes, size_t room_bytes);

#endif
