/*
 * Store-and-forward: an append-only ring of sectors on a flash port (format and reasons: firmware/DESIGN.md).
 * What roost_queue_push has taken is found again after a power cut at any moment, in order. What was acknowledged may come again
 * after a power cut, at most ROOST_QUEUE_ACK_EVERY messages of it (the hub stores a message once). When the ring is full its oldest
 * sector is dropped and its messages are counted.
 */
#ifndef ROOST_QUEUE_H
#define ROOST_QUEUE_H

#include "roost/port.h"

#define ROOST_QUEUE_ACK_EVERY 16u

struct roost_cursor {
  uint32_t sector;
  uint32_t at; /* offset in the sector */
  uint32_t id; /* of the next message */
};

struct roost_queue {
  const struct roost_flash *flash;
  uint32_t sector_count;
  uint32_t sequence;     /* of the sector that is written */
  uint32_t next_id;      /* that the next message gets; ids start with 1 */
  uint32_t stored_ack;   /* the head as flash knows it */
  uint32_t dropped;      /* messages that had to make room, since open */
  uint32_t damaged;      /* messages that were there and cannot be read, since open */
  struct roost_cursor head; /* the oldest message that is not acknowledged; head.id is exact, the place is at or before it */
  uint32_t write_sector;
  uint32_t write_at;
};

/* Finds what is on the flash; anything that is no queue counts as empty. ROOST_ERR_FLASH when the flash cannot be read. */
int roost_queue_open(struct roost_queue *queue, const struct roost_flash *flash);
/* Messages that are not acknowledged. */
uint32_t roost_queue_count(const struct roost_queue *queue);
/* The longest message. */
uint32_t roost_queue_message_max_bytes(const struct roost_queue *queue);
/* Stores a message. ROOST_ERR_VALUE: empty or too long; ROOST_ERR_FLASH: it could not be written anywhere. */
int roost_queue_push(struct roost_queue *queue, const void *message, uint32_t size_bytes);
/* A cursor at the oldest message that is not acknowledged. */
struct roost_cursor roost_queue_first(const struct roost_queue *queue);
/* Reads the message at the cursor and moves it on; `id` is what acknowledges it. ROOST_ERR_EMPTY at the end. */
int roost_queue_read(struct roost_queue *queue, struct roost_cursor *cursor, void *out, uint32_t room_bytes,
                     uint32_t *size_bytes, uint32_t *id);
/* All messages up to `id` have arrived. Goes to flash when enough of it has come together or nothing is left. */
int roost_queue_ack(struct roost_queue *queue, uint32_t id);

/* The newest message that was pushed; ROOST_ERR_EMPTY when there is none on the flash. */
int roost_queue_newest(struct roost_queue *queue, void *out, uint32_t room_bytes, uint32_t *size_bytes);

#endif
