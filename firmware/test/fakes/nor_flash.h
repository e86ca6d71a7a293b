/*
 * NOR flash in memory that behaves as badly as the real one may: writes only clear bits, a unit is written once between erases
 * (anything else ends the test), and the power may be cut at any operation, which then is done in part: bytes half written, a sector
 * half erased, by the seed. After a cut every operation fails until nor_flash_power_on.
 */
#ifndef ROOST_NOR_FLASH_H
#define ROOST_NOR_FLASH_H

#include <stdbool.h>

#include "roost/port.h"

struct nor_flash {
  struct roost_flash port;
  uint8_t *bytes;
  bool *is_written;       /* per unit */
  unsigned *erase_counts; /* per sector */
  unsigned operations;    /* writes and erases so far */
  unsigned cut_at;        /* the operation that is cut, 0: none */
  unsigned fail_sector;   /* erases of it fail, UINT_MAX: none */
  unsigned seed;
  bool is_off;
};

void nor_flash_create(struct nor_flash *flash, uint32_t size_bytes, uint32_t sector_bytes, unsigned seed);
void nor_flash_destroy(struct nor_flash *flash);
void nor_flash_power_on(struct nor_flash *flash);

#endif
