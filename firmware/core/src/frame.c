/* Sealing and opening radio frames, and their bodies. All numbers are big-endian. */
#include "roost/frame.h"

#include <string.h>

#include "roost/wire.h"

enum { VERSION = 1, SOURCE_AT = 2, DESTINATION_AT = 8, COUNTER_AT = 14 };

const char *roost_frame_reason_text(enum roost_frame_reason reason) {
  static const char *const TEXTS[] = {"ok", "short", "too-long", "version", "counter", "seal", "type", "body", "payload"};
  return TEXTS[reason];
}

static void put64(uint8_t *at, uint64_t value) {
  for (unsigned i = 8; i > 0; i--, value >>= 8) at[i - 1] = (uint8_t)value;
}

static uint64_t get64(const uint8_t *at) {
  uint64_t value = 0;
  for (unsigned i = 0; i < 8; i++) value = value << 8 | at[i];
  return value;
}

/* Source and the low 56 bits of the counter: the only 13 bytes that never come twice under one key. */
static void make_nonce(const uint8_t *header, uint8_t nonce[ROOST_CCM_NONCE_BYTES]) {
  memcpy(nonce, header + SOURCE_AT, 6);
  memcpy(nonce + 6, header + COUNTER_AT + 1, 7);
}

int roost_frame_seal(const struct roost_frame *frame, const struct roost_cipher *cipher, uint8_t *out, size_t max_bytes,
                     size_t *size_bytes) {
  size_t size = ROOST_FRAME_HEADER_BYTES + (size_t)frame->body_bytes + ROOST_FRAME_TAG_BYTES;
  if (size > max_bytes) return ROOST_ERR_ROOM;
  if (frame->counter > ROOST_COUNTER_MAX) return ROOST_ERR_VALUE;
  out[0] = VERSION;
  out[1] = frame->type;
  memcpy(out + SOURCE_AT, frame->source, 6);
  memcpy(out + DESTINATION_AT, frame->destination, 6);
  put64(out + COUNTER_AT, frame->counter);
  uint8_t *body = out + ROOST_FRAME_HEADER_BYTES;
  if (frame->body_bytes > 0) memcpy(body, frame->body, frame->body_bytes);
  uint8_t nonce[ROOST_CCM_NONCE_BYTES];
  make_nonce(out, nonce);
  roost_ccm_seal(cipher, nonce, out, ROOST_FRAME_HEADER_BYTES, body, frame->body_bytes, body + frame->body_bytes);
  *size_bytes = size;
  return ROOST_OK;
}

enum roost_frame_reason roost_frame_open(uint8_t *bytes, size_t size_bytes, const struct roost_cipher *cipher,
                                         size_t max_bytes, struct roost_frame *frame) {
  if (size_bytes > max_bytes) return ROOST_FRAME_TOO_LONG;
  if (size_bytes < ROOST_FRAME_HEADER_BYTES + ROOST_FRAME_TAG_BYTES) return ROOST_FRAME_SHORT;
  if (bytes[0] != VERSION) return ROOST_FRAME_VERSION;
  uint64_t counter = get64(bytes + COUNTER_AT);
  if (counter > ROOST_COUNTER_MAX) return ROOST_FRAME_COUNTER;
  uint8_t *body = bytes + ROOST_FRAME_HEADER_BYTES;
  size_t body_bytes = size_bytes - ROOST_FRAME_HEADER_BYTES - ROOST_FRAME_TAG_BYTES;
  uint8_t nonce[ROOST_CCM_NONCE_BYTES];
  make_nonce(bytes, nonce);
  if (roost_ccm_open(cipher, nonce, bytes, ROOST_FRAME_HEADER_BYTES, body, body_bytes, body + body_bytes))
    return ROOST_FRAME_SEAL;
  *frame = (struct roost_frame){.counter = counter, .type = bytes[1], .body = body, .body_bytes = (uint8_t)body_bytes};
  memcpy(frame->source, bytes + SOURCE_AT, 6);
  memcpy(frame->destination, bytes + DESTINATION_AT, 6);
  return ROOST_FRAME_OK;
}

uint8_t roost_peer_body_write(uint8_t type, const struct roost_peer_body *body, uint8_t out[ROOST_PEER_BODY_MAX_BYTES]) {
  switch (type) {
    case ROOST_PEER_PING:
      put64(out, body->up_ms);
      return 8;
    case ROOST_PEER_PONG:
      put64(out, body->answers);
      put64(out + 8, body->up_ms);
      return 16;
    case ROOST_PEER_TIME_SYNC:
      put64(out, body->asked_ms);
      return 8;
    case ROOST_PEER_TIME_RESP:
      put64(out, body->asked_ms);
      put64(out + 8, body->wall_ms);
      out[16] = body->clk;
      return 17;
    default:
      return 0;
  }
}

enum roost_frame_reason roost_peer_body_read(const struct roost_frame *frame, struct roost_peer_body *body) {
  static const uint8_t SIZES[] = {[ROOST_PEER_PING] = 8, [ROOST_PEER_PONG] = 16, [ROOST_PEER_TIME_SYNC] = 8, [ROOST_PEER_TIME_RESP] = 17};
  if (frame->type < ROOST_PEER_PING || frame->type > ROOST_PEER_TIME_RESP) return ROOST_FRAME_TYPE;
  if (frame->body_bytes != SIZES[frame->type]) return ROOST_FRAME_BODY;
  *body = (struct roost_peer_body){0};
  const uint8_t *at = frame->body;
  if (frame->type == ROOST_PEER_PING) body->up_ms = get64(at);
  if (frame->type == ROOST_PEER_PONG) {
    body->answers = get64(at);
    body->up_ms = get64(at + 8);
  }
  if (frame->type == ROOST_PEER_TIME_SYNC || frame->type == ROOST_PEER_TIME_RESP) body->asked_ms = get64(at);
  if (frame->type == ROOST_PEER_TIME_RESP) {
    body->wall_ms = get64(at + 8);
    body->clk = at[16];
    if (body->clk < ROOST_CLK_PEER || body->clk > ROOST_CLK_HUB) return ROOST_FRAME_BODY;
  }
  bool is_time = body->up_ms <= ROOST_TIME_MAX_MS && body->asked_ms <= ROOST_TIME_MAX_MS && body->wall_ms <= ROOST_TIME_MAX_MS;
  return is_time ? ROOST_FRAME_OK : ROOST_FRAME_BODY;
}

int roost_lora_body_write(uint8_t type, const struct roost_lora_body *body, uint8_t out[ROOST_LORA_BODY_MAX_BYTES],
                          uint8_t *size_bytes) {
  size_t head = 0;
  if (type == ROOST_LORA_ACK) {
    put64(out, body->answers);
    *size_bytes = 8;
    return ROOST_OK;
  }
  if (type != ROOST_LORA_ALERT && type != ROOST_LORA_BACKUP) return ROOST_ERR_VALUE;
  if (type == ROOST_LORA_BACKUP) head = 1 + (size_t)body->sensor_bytes;
  if (head + body->payload_bytes > ROOST_LORA_BODY_MAX_BYTES) return ROOST_ERR_ROOM;
  if (head > 0) {
    out[0] = body->sensor_bytes;
    memcpy(out + 1, body->sensor, body->sensor_bytes);
  }
  memcpy(out + head, body->payload, body->payload_bytes);
  *size_bytes = (uint8_t)(head + body->payload_bytes);
  return ROOST_OK;
}

/* Whether a message for the hub is whole; how it is wrong, only the counters of the hub care. */
static bool is_data(const uint8_t *payload, size_t size_bytes) {
  struct roost_sample samples[ROOST_LORA_BODY_MAX_BYTES / 5]; /* a sample is at least five bytes */
  struct roost_data data = {.s = {.items = samples, .room = sizeof samples / sizeof *samples}};
  struct roost_flaw flaw;
  return roost_shape_decode(&roost_shape_data, payload, size_bytes, &data, &flaw) == ROOST_OK;
}

static bool is_diag(const uint8_t *payload, size_t size_bytes) {
  struct roost_diag diag;
  struct roost_flaw flaw;
  return roost_shape_decode(&roost_shape_diag, payload, size_bytes, &diag, &flaw) == ROOST_OK;
}

enum roost_frame_reason roost_lora_body_read(const struct roost_frame *frame, struct roost_lora_body *body) {
  *body = (struct roost_lora_body){.payload = frame->body, .payload_bytes = frame->body_bytes};
  switch (frame->type) {
    case ROOST_LORA_ALERT:
      return is_diag(body->payload, body->payload_bytes) ? ROOST_FRAME_OK : ROOST_FRAME_PAYLOAD;
    case ROOST_LORA_BACKUP: {
      uint8_t sensor_bytes = frame->body_bytes > 0 ? frame->body[0] : 0;
      if (frame->body_bytes < 1 + sensor_bytes) return ROOST_FRAME_BODY;
      body->sensor = (const char *)frame->body + 1;
      body->sensor_bytes = sensor_bytes;
      if (!roost_is_sensor_id((struct roost_text){.at = body->sensor, .size = sensor_bytes})) return ROOST_FRAME_BODY;
      body->payload += 1 + sensor_bytes;
      body->payload_bytes = (uint8_t)(frame->body_bytes - 1 - sensor_bytes);
      return is_data(body->payload, body->payload_bytes) ? ROOST_FRAME_OK : ROOST_FRAME_PAYLOAD;
    }
    case ROOST_LORA_ACK:
      if (frame->body_bytes != 8) return ROOST_FRAME_BODY;
      body->answers = get64(frame->body);
      return ROOST_FRAME_OK;
    default:
      return ROOST_FRAME_TYPE;
  }
}

bool roost_replay_take(struct roost_replay *replay, uint64_t counter) {
  if (replay->taken == 0 || counter > replay->highest) {
    uint64_t ahead = counter - replay->highest;
    bool is_first = replay->taken == 0;
    replay->taken = is_first || ahead >= 64 ? 1 : replay->taken << ahead | 1;
    replay->highest = counter;
    return true;
  }
  uint64_t behind = replay->highest - counter;
  if (behind >= 64 || replay->taken >> behind & 1) return false;
  replay->taken |= 1ull << behind;
  return true;
}
