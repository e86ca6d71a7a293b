/* The sealed radio frame that ESP-NOW and LoRa share, its bodies, and the replay window (FORMAT.md, "Radio frames"). */
#ifndef ROOST_FRAME_H
#define ROOST_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "roost/crypto.h"

#define ROOST_FRAME_HEADER_BYTES 22u
#define ROOST_FRAME_TAG_BYTES ROOST_CCM_TAG_BYTES
#define ROOST_PEER_FRAME_MAX_BYTES 250u
#define ROOST_LORA_FRAME_MAX_BYTES 222u
#define ROOST_COUNTER_MAX ((1ull << 56) - 1)

enum roost_frame_type {
  ROOST_PEER_PING = 0x01,
  ROOST_PEER_PONG = 0x02,
  ROOST_PEER_TIME_SYNC = 0x03,
  ROOST_PEER_TIME_RESP = 0x04,
  ROOST_LORA_ALERT = 0x11,
  ROOST_LORA_BACKUP = 0x12,
  ROOST_LORA_ACK = 0x13,
};

enum roost_frame_reason {
  ROOST_FRAME_OK,
  ROOST_FRAME_SHORT,
  ROOST_FRAME_TOO_LONG,
  ROOST_FRAME_VERSION,
  ROOST_FRAME_COUNTER,
  ROOST_FRAME_SEAL,
  ROOST_FRAME_TYPE,
  ROOST_FRAME_BODY,
  ROOST_FRAME_PAYLOAD,
};
const char *roost_frame_reason_text(enum roost_frame_reason reason);

struct roost_frame {
  uint64_t counter;
  uint8_t type;
  uint8_t source[6];
  uint8_t destination[6];
  const uint8_t *body;
  uint8_t body_bytes;
};

/* Seals `frame` into `out`. ROOST_ERR_ROOM when it is longer than `max_bytes`, ROOST_ERR_VALUE when the counter is used up. */
int roost_frame_seal(const struct roost_frame *frame, const struct roost_cipher *cipher, uint8_t *out, size_t max_bytes,
                     size_t *size_bytes);
/* Opens `bytes` in place; the body points into them. Whether the counter is fresh, roost_replay_take says. */
enum roost_frame_reason roost_frame_open(uint8_t *bytes, size_t size_bytes, const struct roost_cipher *cipher,
                                         size_t max_bytes, struct roost_frame *frame);

/* The body of a peer frame: only what its type has. */
struct roost_peer_body {
  uint64_t answers;  /* PONG: the ping's counter */
  uint64_t up_ms;    /* PING, PONG */
  uint64_t asked_ms; /* TIME_SYNC, TIME_RESP */
  uint64_t wall_ms;  /* TIME_RESP */
  uint8_t clk;       /* TIME_RESP: 1 or 2 */
};
#define ROOST_PEER_BODY_MAX_BYTES 17u
/* Writes the body of `type`; gives its size, 0 for a type that is none. */
uint8_t roost_peer_body_write(uint8_t type, const struct roost_peer_body *body, uint8_t out[ROOST_PEER_BODY_MAX_BYTES]);
enum roost_frame_reason roost_peer_body_read(const struct roost_frame *frame, struct roost_peer_body *body);

/* The body of a LoRa frame. */
struct roost_lora_body {
  uint64_t answers; /* ACK */
  const char *sensor;
  uint8_t sensor_bytes; /* BACKUP */
  const uint8_t *payload;
  uint8_t payload_bytes; /* ALERT: a diag, BACKUP: a data message */
};
#define ROOST_LORA_BODY_MAX_BYTES (ROOST_LORA_FRAME_MAX_BYTES - ROOST_FRAME_HEADER_BYTES - ROOST_FRAME_TAG_BYTES)
/* Writes the body of `type`. ROOST_ERR_ROOM when it does not fit a frame, ROOST_ERR_VALUE for a type that is none. */
int roost_lora_body_write(uint8_t type, const struct roost_lora_body *body, uint8_t out[ROOST_LORA_BODY_MAX_BYTES],
                          uint8_t *size_bytes);
enum roost_frame_reason roost_lora_body_read(const struct roost_frame *frame, struct roost_lora_body *body);

/* What was taken from one source: bit n of `taken` is counter highest − n. All zero: nothing yet. */
struct roost_replay {
  uint64_t highest;
  uint64_t taken;
};
/* True when `counter` was not taken before and is not too old to tell; it is taken then. Only after the seal is good. */
bool roost_replay_take(struct roost_replay *replay, uint64_t counter);

#endif
