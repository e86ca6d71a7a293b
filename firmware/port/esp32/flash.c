/* Partitions as NOR flash. The queue's is not encrypted, so erased bytes read as 0xff; a slot's may be, and is only read after it was written. */
#include "esp_ota_ops.h"
#include "esp_partition.h"

#include "esp32_port.h"

static int flash_read(void *ctx, uint32_t at, void *out, uint32_t size_bytes) {
  return esp_partition_read(ctx, at, out, size_bytes) == ESP_OK ? ROOST_OK : ROOST_ERR_FLASH;
}

static int flash_write(void *ctx, uint32_t at, const void *bytes, uint32_t size_bytes) {
  return esp_partition_write(ctx, at, bytes, size_bytes) == ESP_OK ? ROOST_OK : ROOST_ERR_FLASH;
}

static int flash_erase(void *ctx, uint32_t at) {
  const esp_partition_t *partition = ctx;
  return esp_partition_erase_range(partition, at, partition->erase_size) == ESP_OK ? ROOST_OK : ROOST_ERR_FLASH;
}

static int open_partition(struct roost_flash *flash, const esp_partition_t *partition) {
  if (!partition) return ROOST_ERR_EMPTY;
  union {
    const esp_partition_t *in;
    void *out;
  } ctx = {.in = partition};
  *flash = (struct roost_flash){.ctx = ctx.out, .size_bytes = partition->size, .sector_bytes = partition->erase_size,
                                .read = flash_read, .write = flash_write, .erase = flash_erase};
  return ROOST_OK;
}

int esp32_flash_open(struct roost_flash *flash, const char *label) {
  return open_partition(flash, esp_partition_find_first(ESP_PARTITION_TYPE_DATA, ESP_PARTITION_SUBTYPE_ANY, label));
}

int esp32_flash_open_other_slot(struct roost_flash *flash) {
  return open_partition(flash, esp_ota_get_next_update_partition(NULL));
}
