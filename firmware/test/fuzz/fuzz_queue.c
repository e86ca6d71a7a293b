/* A queue that finds any bytes on its flash: it opens, reads what it believes, takes a message, and has it afterwards. */
#include <string.h>

#include "roost/queue.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

enum { SECTOR = 256, SECTORS = 4 };
static uint8_t flash_bytes[SECTOR * SECTORS];

static int flash_read(void *ctx, uint32_t at, void *out, uint32_t size) {
  (void)ctx;
  if (at + size > sizeof flash_bytes) __builtin_trap();
  memcpy(out, flash_bytes + at, size);
  return ROOST_OK;
}
static int flash_write(void *ctx, uint32_t at, const void *bytes, uint32_t size) {
  (void)ctx;
  if (at + size > sizeof flash_bytes) __builtin_trap();
  for (uint32_t i = 0; i < size; i++) flash_bytes[at + i] &= ((const uint8_t *)bytes)[i];
  return ROOST_OK;
}
static int flash_erase(void *ctx, uint32_t at) {
  (void)ctx;
  memset(flash_bytes + at, 0xff, SECTOR);
  return ROOST_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  struct roost_flash flash = {.size_bytes = sizeof flash_bytes, .sector_bytes = SECTOR, .read = flash_read, .write = flash_write, .erase = flash_erase};
  struct roost_queue queue;
  memset(flash_bytes, 0xff, sizeof flash_bytes);
  if (size > 0) memcpy(flash_bytes, bytes, size < sizeof flash_bytes ? size : sizeof flash_bytes);
  if (roost_queue_open(&queue, &flash)) __builtin_trap();
  uint8_t out[SECTOR];
  uint32_t out_bytes = 0, id = 0, newest_bytes = 0;
  struct roost_cursor cursor = roost_queue_first(&queue);
  for (unsigned i = 0; i < 64 && roost_queue_read(&queue, &cursor, out, sizeof out, &out_bytes, &id) == ROOST_OK; i++) continue;
  if (roost_queue_push(&queue, "fuzz", 4)) __builtin_trap();
  if (roost_queue_newest(&queue, out, sizeof out, &newest_bytes) || newest_bytes != 4 || memcmp(out, "fuzz", 4) != 0) __builtin_trap();
  return 0;
}
