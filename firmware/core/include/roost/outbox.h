/*
 * What leaves the node and must arrive: data and diagnostics. While the hub confirms promptly they stay in RAM; when it is away, slow,
 * or the supply falls, they go to the flash queue, and from there in order once the hub is back, with their times made right.
 */
#ifndef ROOST_OUTBOX_H
#define ROOST_OUTBOX_H

#include "roost/queue.h"
#include "roost/wire.h"

#define ROOST_OUTBOX_SLOTS 16u        /* messages in RAM that wait for the broker */
#define ROOST_OUTBOX_WINDOW 8u        /* stored messages on their way at once */
#define ROOST_MESSAGE_MAX_BYTES 1024u /* topic suffix and payload together */
#define ROOST_SUFFIX_MAX_BYTES 70u    /* "data/" and a sensor's id */
#define ROOST_BATCH_MAX 32u           /* samples of one message that this node makes */
#define ROOST_OUTBOX_SPILL_MS 5000u   /* unconfirmed for so long: to flash, so that a power cut does not take it */

/* The node's clock: wall = up + offset when clk is not 0. */
struct roost_time {
  uint64_t offset_ms;
  uint8_t clk;
};
/* Milliseconds since the epoch of a moment of this boot, or the moment itself while the clock was never set. */
uint64_t roost_time_stamp(const struct roost_time *time, uint64_t up_ms);

/* As it waits: the place on a time line that goes on over reboots, then suffix and payload. */
struct roost_message_header {
  uint64_t life_ms;
  uint32_t boot;
  uint8_t suffix_bytes;
  uint8_t zero[3];
};

struct roost_slot {
  uint32_t token;
  uint16_t size_bytes; /* with the header; 0: free */
  bool is_sent;
  bool is_acked;
  uint64_t since_ms;
  uint8_t bytes[sizeof(struct roost_message_header) + ROOST_MESSAGE_MAX_BYTES];
};

struct roost_outbox {
  struct roost_queue *queue;
  const struct roost_net *net;
  const char *prefix; /* of all topics, without a trailing slash */
  bool is_up;
  uint32_t boot;
  uint32_t last_token;
  uint64_t life_base_ms; /* life = base + up */
  uint32_t lost;         /* messages that could be kept nowhere, since boot */
  uint8_t slot_count;    /* slots in use, oldest first, from slot_first on */
  uint8_t slot_first;
  struct roost_slot slots[ROOST_OUTBOX_SLOTS];
  struct roost_cursor cursor; /* of the next stored message to send */
  struct {
    uint32_t token;
    uint32_t id;
    bool is_acked;
  } window[ROOST_OUTBOX_WINDOW];
  uint8_t window_count;
  struct roost_sample samples[ROOST_BATCH_MAX];
  uint8_t message[sizeof(struct roost_message_header) + ROOST_MESSAGE_MAX_BYTES];
  uint8_t payload[ROOST_MESSAGE_MAX_BYTES];
};

/* The queue must be open. Reads the newest stored message to go on with the time line. */
void roost_outbox_create(struct roost_outbox *outbox, struct roost_queue *queue, const struct roost_net *net, const char *prefix,
                         uint32_t boot);
/* Takes a message that was made at `made_up_ms` of this boot. ROOST_ERR_FLASH: it could be kept nowhere, and is counted as lost. */
int roost_outbox_put(struct roost_outbox *outbox, const char *suffix, const uint8_t *payload, size_t size_bytes,
                     uint64_t made_up_ms, uint64_t now_ms);
/* Sends a message that is worth nothing later (a beat, a reply); ROOST_ERR_NET when there is no link. */
int roost_outbox_send(struct roost_outbox *outbox, const char *suffix, const uint8_t *payload, size_t size_bytes);
void roost_outbox_on_link(struct roost_outbox *outbox, bool is_up, uint64_t now_ms);
/* The broker has the message. True when this was the last one that was stored. */
bool roost_outbox_on_ack(struct roost_outbox *outbox, uint32_t token);
/* Sends what is stored, moves to flash what waits too long. */
void roost_outbox_step(struct roost_outbox *outbox, const struct roost_time *time, uint64_t now_ms);
/* Everything to flash: before a restart, and when the supply falls. */
void roost_outbox_spill(struct roost_outbox *outbox);
/* Messages that are not confirmed. */
uint32_t roost_outbox_count(const struct roost_outbox *outbox);

#endif
