/*
 * The memory card: SDMMC with four lines, FAT32 mounted, and on it a file of fixed size that behaves like flash, so that the queue holds days
 * instead of hours. A file that does not change its length changes no table of the file system: a power cut costs what was being written.
 */
#include "soc/soc_caps.h"
#if SOC_SDMMC_HOST_SUPPORTED /* not on the ESP32-C3 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "driver/sdmmc_host.h"
#include "esp_vfs_fat.h"
#include "sdmmc_cmd.h"

#include "esp32_port.h"

enum { SECTOR_BYTES = 4096, FILES_MAX = 2, UNIT_BYTES = 16 * 1024 };
static const char DIR[] = "/card", PATH[] = "/card/roost.q";

static int file = -1;

static bool seek(uint32_t at) { return lseek(file, (off_t)at, SEEK_SET) == (off_t)at; }

static int read_at(void *ctx, uint32_t at, void *out, uint32_t size_bytes) {
  (void)ctx;
  return seek(at) && read(file, out, size_bytes) == (ssize_t)size_bytes ? ROOST_OK : ROOST_ERR_FLASH;
}

static int write_at(void *ctx, uint32_t at, const void *bytes, uint32_t size_bytes) {
  (void)ctx;
  return seek(at) && write(file, bytes, size_bytes) == (ssize_t)size_bytes && fsync(file) == 0 ? ROOST_OK : ROOST_ERR_FLASH;
}

static int erase_at(void *ctx, uint32_t at) {
  static uint8_t erased[SECTOR_BYTES];
  memset(erased, 0xff, sizeof erased);
  return write_at(ctx, at, erased, sizeof erased);
}

/* Made whole once, with erased bytes; a card that was pulled meanwhile has a shorter file, which is made anew. */
static int make_file(uint32_t size_bytes) {
  struct stat found;
  bool is_whole = stat(PATH, &found) == 0 && (uint32_t)found.st_size == size_bytes;
  file = open(PATH, is_whole ? O_RDWR : O_RDWR | O_CREAT | O_TRUNC, 0600);
  if (file < 0) return ROOST_ERR_FLASH;
  for (uint32_t at = 0; !is_whole && at < size_bytes; at += SECTOR_BYTES) {
    if (erase_at(NULL, at)) return ROOST_ERR_FLASH;
  }
  return ROOST_OK;
}

int esp32_card_open(struct roost_flash *flash, const struct esp32_card_pins *pins, uint32_t size_bytes) {
  sdmmc_host_t host = SDMMC_HOST_DEFAULT();
  sdmmc_slot_config_t slot = SDMMC_SLOT_CONFIG_DEFAULT();
  const esp_vfs_fat_mount_config_t mount = {.max_files = FILES_MAX, .allocation_unit_size = UNIT_BYTES};
  sdmmc_card_t *card;
  slot.width = 4;
  slot.clk = pins->clk;
  slot.cmd = pins->cmd;
  slot.d0 = pins->d0;
  slot.d1 = pins->d1;
  slot.d2 = pins->d2;
  slot.d3 = pins->d3;
  esp_err_t err = esp_vfs_fat_sdmmc_mount(DIR, &host, &slot, &mount, &card);
  if (err != ESP_OK) return esp32_error(err, "card");
  *flash = (struct roost_flash){
      .size_bytes = size_bytes, .sector_bytes = SECTOR_BYTES, .read = read_at, .write = write_at, .erase = erase_at};
  return make_file(size_bytes);
}
#endif
