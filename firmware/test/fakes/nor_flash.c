/* See nor_flash.h. */
#include "nor_flash.h"

#include <limits.h>
#include <string.h>

#include "test.h"

static int flash_read(void *ctx, uint32_t at, void *out, uint32_t size) {
  struct nor_flash *flash = ctx;
  CHECK(at + size <= flash->port.size_bytes);
  if (flash->is_off) return ROOST_ERR_FLASH;
  memcpy(out, flash->bytes + at, size);
  return ROOST_OK;
}

/* True when this operation is the one that is cut. */
static bool is_cut(struct nor_flash *flash) {
  flash->operations++;
  if (flash->operations == flash->cut_at) flash->is_off = true;
  return flash->is_off;
}

static int flash_write(void *ctx, uint32_t at, const void *bytes, uint32_t size) {
  struct nor_flash *flash = ctx;
  const uint8_t *from = bytes;
  CHECK(at % ROOST_FLASH_UNIT_BYTES == 0 && size % ROOST_FLASH_UNIT_BYTES == 0 && at + size <= flash->port.size_bytes);
  if (flash->is_off) return ROOST_ERR_FLASH;
  bool is_torn = is_cut(flash);
  /* Torn: whole bytes up to a point, then one unit with some of its bits, then nothing. */
  uint32_t whole = is_torn ? test_random(&flash->seed) % (size + 1) : size;
  for (uint32_t i = 0; i < size; i++) {
    uint8_t *byte = flash->bytes + at + i;
    if (i < whole) *byte &= from[i];
    else if (i < whole + 8) *byte &= (uint8_t)(from[i] | test_random(&flash->seed));
  }
  for (uint32_t unit = at / ROOST_FLASH_UNIT_BYTES; unit < (at + size) / ROOST_FLASH_UNIT_BYTES; unit++) {
    CHECK(!flash->is_written[unit]);
    flash->is_written[unit] = true;
  }
  return is_torn ? ROOST_ERR_FLASH : ROOST_OK;
}

static int flash_erase(void *ctx, uint32_t at) {
  struct nor_flash *flash = ctx;
  uint32_t sector_bytes = flash->port.sector_bytes;
  CHECK(at % sector_bytes == 0 && at < flash->port.size_bytes);
  if (flash->is_off || at / sector_bytes == flash->fail_sector) return ROOST_ERR_FLASH;
  bool is_torn = is_cut(flash);
  flash->erase_counts[at / sector_bytes]++;
  uint32_t from = 0, until = sector_bytes;
  if (is_torn && test_random(&flash->seed) % 2) until = test_random(&flash->seed) % sector_bytes;
  else if (is_torn) from = test_random(&flash->seed) % sector_bytes;
  memset(flash->bytes + at + from, 0xff, until - from);
  if (!is_torn) memset(flash->is_written + at / ROOST_FLASH_UNIT_BYTES, 0, sector_bytes / ROOST_FLASH_UNIT_BYTES);
  return is_torn ? ROOST_ERR_FLASH : ROOST_OK;
}

void nor_flash_create(struct nor_flash *flash, uint32_t size_bytes, uint32_t sector_bytes, unsigned seed) {
  *flash = (struct nor_flash){.seed = seed, .fail_sector = UINT_MAX};
  flash->port = (struct roost_flash){.ctx = flash, .size_bytes = size_bytes, .sector_bytes = sector_bytes,
                                     .read = flash_read, .write = flash_write, .erase = flash_erase};
  flash->bytes = malloc(size_bytes);
  flash->is_written = calloc(size_bytes / ROOST_FLASH_UNIT_BYTES, sizeof(bool));
  flash->erase_counts = calloc(size_bytes / sector_bytes, sizeof(unsigned));
  CHECK(flash->bytes && flash->is_written && flash->erase_counts);
  memset(flash->bytes, 0xff, size_bytes);
}

void nor_flash_destroy(struct nor_flash *flash) {
  free(flash->bytes);
  free(flash->is_written);
  free(flash->erase_counts);
}

void nor_flash_power_on(struct nor_flash *flash) {
  flash->is_off = false;
  flash->cut_at = 0;
}
