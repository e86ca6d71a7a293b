/* The boot loader of ESP-IDF with CONFIG_BOOTLOADER_APP_ROLLBACK_ENABLE: a new image is tried once and given up unless it is confirmed. */
#include "esp_image_format.h"
#include "esp_ota_ops.h"

#include "esp32_port.h"

static enum roost_boot_state state(void *ctx) {
  esp_ota_img_states_t found = ESP_OTA_IMG_UNDEFINED;
  (void)ctx;
  if (esp_ota_get_state_partition(esp_ota_get_running_partition(), &found) == ESP_OK && found == ESP_OTA_IMG_PENDING_VERIFY)
    return ROOST_BOOT_TRIAL;
  return esp_ota_get_last_invalid_partition() ? ROOST_BOOT_REVERTED : ROOST_BOOT_NORMAL;
}

/* With secure boot the check includes the signature; without it, that the image is whole. */
static int check_signature(void *ctx, uint32_t size_bytes) {
  const esp_partition_t *slot = esp_ota_get_next_update_partition(NULL);
  (void)ctx;
  if (!slot || size_bytes > slot->size) return ROOST_ERR_SEAL;
  const esp_partition_pos_t place = {.offset = slot->address, .size = slot->size};
  esp_image_metadata_t metadata;
  return esp_image_verify(ESP_IMAGE_VERIFY_SILENT, &place, &metadata) == ESP_OK ? ROOST_OK : ROOST_ERR_SEAL;
}

static int set_trial(void *ctx) {
  const esp_partition_t *slot = esp_ota_get_next_update_partition(NULL);
  (void)ctx;
  return slot && esp_ota_set_boot_partition(slot) == ESP_OK ? ROOST_OK : ROOST_ERR_FLASH;
}

static int confirm(void *ctx) {
  (void)ctx;
  return esp_ota_mark_app_valid_cancel_rollback() == ESP_OK ? ROOST_OK : ROOST_ERR_FLASH;
}

/* Only marked here: the node flushes what it measured before it restarts. An image that is still pending is not booted a second time. */
static int roll_back(void *ctx) {
  (void)ctx;
  return ROOST_OK;
}

struct roost_boot esp32_boot(void) {
  return (struct roost_boot){.state = state, .check_signature = check_signature, .set_trial = set_trial, .confirm = confirm, .roll_back = roll_back};
}
