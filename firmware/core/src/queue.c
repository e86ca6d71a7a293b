/*
 * Sector:  magic 4 | sequence 4 | first id 4 | head id 4 | zero 12 | CRC-32 of the 28 before
 * Record:  kind 1 | zero 1 | size 2 | id 4 | CRC-32 of the body 4 | CRC-32 of the 12 before | body, padded with 0xff to whole units
 * A record of kind ACK has no body; its id is the head: the first message that is not acknowledged.
 */
#include "roost/queue.h"

#include <string.h>

#include "roost/crypto.h"

enum { SECTOR_HEADER_BYTES = 32, RECORD_HEADER_BYTES = 16, KIND_MESSAGE = 0x4d, KIND_ACK = 0x41 };
#define MAGIC 0x31515352u /* "RSQ1" */

struct sector_header {
  uint32_t magic, sequence, first_id, head_id, zero[3], crc;
};
struct record_header {
  uint8_t kind, zero;
  uint16_t size;
  uint32_t id, body_crc, crc;
};
_Static_assert(sizeof(struct sector_header) == SECTOR_HEADER_BYTES, "written as it is: both chips and the PC are little-endian");
_Static_assert(sizeof(struct record_header) == RECORD_HEADER_BYTES, "written as it is");

static uint32_t round_up(uint32_t size) {
  return (size + ROOST_FLASH_UNIT_BYTES - 1) / ROOST_FLASH_UNIT_BYTES * ROOST_FLASH_UNIT_BYTES;
}

static int read_at(const struct roost_queue *queue, uint32_t sector, uint32_t at, void *out, uint32_t size) {
  return queue->flash->read(queue->flash->ctx, sector * queue->flash->sector_bytes + at, out, size);
}

static int write_at(const struct roost_queue *queue, uint32_t at, const void *bytes, uint32_t size) {
  return queue->flash->write(queue->flash->ctx, queue->write_sector * queue->flash->sector_bytes + at, bytes, size);
}

/* True when the sector belongs to the ring. */
static bool read_sector(const struct roost_queue *queue, uint32_t sector, struct sector_header *header) {
  if (read_at(queue, sector, 0, header, sizeof *header)) return false;
  return header->magic == MAGIC && header->crc == roost_crc32(0, header, offsetof(struct sector_header, crc));
}

/* True when there is a whole record header at the place; a message may still have a damaged body. */
static bool read_record(const struct roost_queue *queue, uint32_t sector, uint32_t at, struct record_header *header) {
  uint32_t end = queue->flash->sector_bytes;
  if (at + RECORD_HEADER_BYTES > end || read_at(queue, sector, at, header, sizeof *header)) return false;
  if (header->kind != KIND_MESSAGE && header->kind != KIND_ACK) return false;
  if (header->crc != roost_crc32(0, header, offsetof(struct record_header, crc))) return false;
  return header->size <= end - at - RECORD_HEADER_BYTES;
}

static uint32_t next_sector(const struct roost_queue *queue, uint32_t sector) { return (sector + 1) % queue->sector_count; }

/* Finds the next whole record header from `*at` on. A damaged one costs its own record, not those behind it. */
static bool find_record(const struct roost_queue *queue, uint32_t sector, uint32_t *at, struct record_header *record) {
  for (; *at < queue->flash->sector_bytes; *at += ROOST_FLASH_UNIT_BYTES) {
    if (read_record(queue, sector, *at, record)) return true;
  }
  return false;
}

static uint32_t end_of(uint32_t at, const struct record_header *record) {
  return at + RECORD_HEADER_BYTES + round_up(record->size);
}

/* The next sector of the ring after `sector` that can be read, at the latest the one that is written; with its first id. */
static uint32_t next_in_ring(const struct roost_queue *queue, uint32_t sector, uint32_t *first_id) {
  struct sector_header header;
  do {
    sector = next_sector(queue, sector);
    *first_id = queue->next_id;
    if (!read_sector(queue, sector, &header)) continue;
    *first_id = header.first_id;
    break;
  } while (sector != queue->write_sector);
  return sector;
}

/* Whether everything from `at` to the end of the sector that is written is erased: nothing was torn there. */
static bool is_blank(const struct roost_queue *queue, uint32_t at) {
  uint32_t words[16];
  for (; at < queue->flash->sector_bytes; at += ROOST_FLASH_UNIT_BYTES) {
    if (read_at(queue, queue->write_sector, at, words, ROOST_FLASH_UNIT_BYTES)) return false;
    for (unsigned i = 0; i < ROOST_FLASH_UNIT_BYTES / 4; i++) {
      if (words[i] != UINT32_MAX) return false;
    }
  }
  return true;
}

/* Puts the head into the last sector that begins at or before its id; when there is none, the oldest message is the head. */
static void place_head(struct roost_queue *queue) {
  uint32_t first_id, sector = next_in_ring(queue, queue->write_sector, &first_id);
  if (first_id > queue->head.id) queue->head.id = first_id;
  queue->head.sector = sector;
  while (sector != queue->write_sector) {
    sector = next_in_ring(queue, sector, &first_id);
    if (first_id > queue->head.id) return;
    queue->head.sector = sector;
  }
}

/* What the sector that is written says: the end of its records, the highest id, the head. */
static void scan_newest(struct roost_queue *queue) {
  uint32_t at = SECTOR_HEADER_BYTES, end = at;
  struct record_header record;
  for (; find_record(queue, queue->write_sector, &at, &record); end = at) {
    if (record.kind == KIND_MESSAGE) queue->next_id = record.id + 1;
    else queue->head.id = record.id;
    at = end_of(at, &record);
  }
  /* A torn end cannot be written again: the next message opens a new sector. */
  queue->write_at = is_blank(queue, end) ? end : queue->flash->sector_bytes;
}

int roost_queue_open(struct roost_queue *queue, const struct roost_flash *flash) {
  *queue = (struct roost_queue){.flash = flash, .sector_count = flash->size_bytes / flash->sector_bytes, .next_id = 1};
  queue->head.id = 1;
  queue->write_sector = queue->sector_count - 1;
  queue->write_at = flash->sector_bytes;
  uint8_t probe[ROOST_FLASH_UNIT_BYTES];
  int err = read_at(queue, 0, 0, probe, sizeof probe);
  if (err) return err;
  bool is_found = false;
  for (uint32_t sector = 0; sector < queue->sector_count; sector++) {
    struct sector_header header;
    if (!read_sector(queue, sector, &header) || (is_found && header.sequence < queue->sequence)) continue;
    is_found = true;
    queue->sequence = header.sequence;
    queue->write_sector = sector;
    queue->next_id = header.first_id;
    queue->head.id = header.head_id;
  }
  if (is_found) scan_newest(queue);
  queue->stored_ack = queue->head.id;
  queue->head.at = SECTOR_HEADER_BYTES;
  queue->head.sector = queue->write_sector;
  if (is_found) place_head(queue);
  return ROOST_OK;
}

uint32_t roost_queue_count(const struct roost_queue *queue) { return queue->next_id - queue->head.id; }

uint32_t roost_queue_message_max_bytes(const struct roost_queue *queue) {
  uint32_t most = queue->flash->sector_bytes - SECTOR_HEADER_BYTES - RECORD_HEADER_BYTES;
  return most < UINT16_MAX ? most : UINT16_MAX;
}

/* The sector is about to be erased: what it still holds is dropped, the head moves on to the next one. */
static void drop_sector(struct roost_queue *queue, uint32_t sector) {
  if (queue->head.sector != sector || queue->write_sector == sector) return;
  uint32_t first_id, next = next_in_ring(queue, sector, &first_id);
  if (first_id > queue->head.id) {
    queue->dropped += first_id - queue->head.id;
    queue->head.id = first_id;
  }
  queue->head.sector = next;
}

/* Erases the next sector that can be used and makes it the one that is written. */
static int open_sector(struct roost_queue *queue) {
  for (uint32_t tries = 0; tries < queue->sector_count; tries++) {
    uint32_t sector = next_sector(queue, queue->write_sector);
    bool was_empty = roost_queue_count(queue) == 0;
    drop_sector(queue, sector);
    queue->write_sector = sector;
    queue->write_at = queue->flash->sector_bytes;
    if (queue->flash->erase(queue->flash->ctx, sector * queue->flash->sector_bytes)) continue;
    struct sector_header header = {.magic = MAGIC, .sequence = queue->sequence + 1, .first_id = queue->next_id, .head_id = queue->head.id};
    header.crc = roost_crc32(0, &header, offsetof(struct sector_header, crc));
    struct sector_header written;
    if (write_at(queue, 0, &header, sizeof header) || !read_sector(queue, sector, &written)) continue;
    queue->sequence++;
    queue->write_at = SECTOR_HEADER_BYTES;
    queue->stored_ack = queue->head.id;
    if (was_empty) queue->head = (struct roost_cursor){.sector = sector, .at = SECTOR_HEADER_BYTES, .id = queue->head.id};
    return ROOST_OK;
  }
  return ROOST_ERR_FLASH;
}

/* Writes the body in whole units, the last one padded, then reads all of it back. */
static int write_body(const struct roost_queue *queue, uint32_t at, const uint8_t *body, uint32_t size, uint32_t body_crc) {
  uint32_t whole = size / ROOST_FLASH_UNIT_BYTES * ROOST_FLASH_UNIT_BYTES;
  if (whole > 0 && write_at(queue, at, body, whole)) return ROOST_ERR_FLASH;
  uint8_t unit[ROOST_FLASH_UNIT_BYTES];
  if (size > whole) {
    memset(unit, 0xff, sizeof unit);
    memcpy(unit, body + whole, size - whole);
    if (write_at(queue, at + whole, unit, sizeof unit)) return ROOST_ERR_FLASH;
  }
  uint32_t crc = 0;
  for (uint32_t done = 0; done < size; done += sizeof unit) {
    uint32_t part = size - done < sizeof unit ? size - done : (uint32_t)sizeof unit;
    if (read_at(queue, queue->write_sector, at + done, unit, sizeof unit)) return ROOST_ERR_FLASH;
    crc = roost_crc32(crc, unit, part);
  }
  return crc == body_crc ? ROOST_OK : ROOST_ERR_FLASH;
}

/* The header goes last: a record whose header is whole has a whole body. */
static int write_record(struct roost_queue *queue, uint8_t kind, uint32_t id, const void *body, uint32_t size) {
  struct record_header header = {.kind = kind, .size = (uint16_t)size, .id = id, .body_crc = roost_crc32(0, body, size)};
  header.crc = roost_crc32(0, &header, offsetof(struct record_header, crc));
  uint32_t at = queue->write_at;
  queue->write_at = queue->flash->sector_bytes; /* until it is known to be good */
  if (write_body(queue, at + RECORD_HEADER_BYTES, body, size, header.body_crc)) return ROOST_ERR_FLASH;
  struct record_header written;
  if (write_at(queue, at, &header, sizeof header) || !read_record(queue, queue->write_sector, at, &written)) return ROOST_ERR_FLASH;
  queue->write_at = end_of(at, &header);
  return ROOST_OK;
}

int roost_queue_push(struct roost_queue *queue, const void *message, uint32_t size_bytes) {
  if (size_bytes == 0 || size_bytes > roost_queue_message_max_bytes(queue)) return ROOST_ERR_VALUE;
  uint32_t record_bytes = RECORD_HEADER_BYTES + round_up(size_bytes);
  for (uint32_t tries = 0; tries <= queue->sector_count; tries++) {
    if (queue->flash->sector_bytes - queue->write_at < record_bytes) {
      int err = open_sector(queue);
      if (err) return err;
    }
    if (write_record(queue, KIND_MESSAGE, queue->next_id, message, size_bytes) == ROOST_OK) {
      queue->next_id++;
      return ROOST_OK;
    }
  }
  return ROOST_ERR_FLASH;
}

struct roost_cursor roost_queue_first(const struct roost_queue *queue) { return queue->head; }

/* True when the body is whole; then it is in `out`. */
static bool read_body(const struct roost_queue *queue, const struct roost_cursor *cursor, const struct record_header *record, void *out) {
  if (read_at(queue, cursor->sector, cursor->at + RECORD_HEADER_BYTES, out, record->size)) return false;
  return roost_crc32(0, out, record->size) == record->body_crc;
}

int roost_queue_read(struct roost_queue *queue, struct roost_cursor *cursor, void *out, uint32_t room_bytes,
                     uint32_t *size_bytes, uint32_t *id) {
  if (cursor->id < queue->head.id) *cursor = queue->head; /* what it pointed at has been acknowledged or dropped */
  while (cursor->id < queue->next_id) {
    struct record_header record;
    uint32_t first_id;
    if (!find_record(queue, cursor->sector, &cursor->at, &record)) {
      if (cursor->sector == queue->write_sector) break;
      cursor->sector = next_in_ring(queue, cursor->sector, &first_id);
      cursor->at = SECTOR_HEADER_BYTES;
      continue;
    }
    bool is_wanted = record.kind == KIND_MESSAGE && record.id >= cursor->id;
    if (is_wanted && record.size > room_bytes) return ROOST_ERR_ROOM;
    bool is_whole = is_wanted && read_body(queue, cursor, &record, out);
    cursor->at = end_of(cursor->at, &record);
    if (!is_whole) continue; /* a damaged one is noticed by the gap before the next */
    queue->damaged += record.id - cursor->id;
    cursor->id = record.id + 1;
    *size_bytes = record.size;
    *id = record.id;
    return ROOST_OK;
  }
  if (cursor->id < queue->next_id) {
    queue->damaged += queue->next_id - cursor->id;
    cursor->id = queue->next_id;
  }
  return ROOST_ERR_EMPTY;
}

/* Moves the place of the head on to the sector that its id is in, so that a full ring drops what is really there. */
static void move_head(struct roost_queue *queue) {
  while (queue->head.sector != queue->write_sector) {
    uint32_t first_id, sector = next_in_ring(queue, queue->head.sector, &first_id);
    if (first_id > queue->head.id) return;
    queue->head.sector = sector;
  }
}

int roost_queue_ack(struct roost_queue *queue, uint32_t id) {
  if (id >= queue->next_id) return ROOST_ERR_VALUE;
  if (id < queue->head.id) return ROOST_OK;
  queue->head.id = id + 1;
  move_head(queue);
  bool is_due = queue->head.id - queue->stored_ack >= ROOST_QUEUE_ACK_EVERY || roost_queue_count(queue) == 0;
  if (!is_due) return ROOST_OK;
  if (queue->flash->sector_bytes - queue->write_at < RECORD_HEADER_BYTES) {
    int err = open_sector(queue); /* its header says the head */
    return err;
  }
  int err = write_record(queue, KIND_ACK, queue->head.id, "", 0);
  if (err) return err;
  queue->stored_ack = queue->head.id;
  return ROOST_OK;
}

int roost_queue_newest(struct roost_queue *queue, void *out, uint32_t room_bytes, uint32_t *size_bytes) {
  uint32_t sector = queue->write_sector;
  for (uint32_t i = 0; i < queue->sector_count; i++) {
    struct sector_header header;
    struct record_header record;
    uint32_t found_at = 0, at = SECTOR_HEADER_BYTES;
    if (read_sector(queue, sector, &header)) {
      for (; find_record(queue, sector, &at, &record); at = end_of(at, &record)) {
        if (record.kind == KIND_MESSAGE) found_at = at;
      }
    }
    if (found_at > 0 && read_record(queue, sector, found_at, &record) && record.size <= room_bytes) {
      struct roost_cursor cursor = {.sector = sector, .at = found_at};
      *size_bytes = record.size;
      return read_body(queue, &cursor, &record, out) ? ROOST_OK : ROOST_ERR_EMPTY;
    }
    sector = (sector + queue->sector_count - 1) % queue->sector_count;
  }
  return ROOST_ERR_EMPTY;
}
