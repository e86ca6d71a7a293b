/* Small values that outlast a power cut. nvs_flash_init finds the keys by itself when CONFIG_NVS_ENCRYPTION is set. */
#include "nvs.h"

#include "esp32_port.h"
#include "nvs_flash.h"

static nvs_handle_t handle;

static int get(void *ctx, const char *key, void *out, size_t room_bytes, size_t *size_bytes) {
  (void)ctx;
  *size_bytes = room_bytes;
  esp_err_t err = nvs_get_blob(handle, key, out, size_bytes);
  if (err == ESP_ERR_NVS_NOT_FOUND) return ROOST_ERR_EMPTY;
  if (err == ESP_ERR_NVS_INVALID_LENGTH) return ROOST_ERR_ROOM;
  return err == ESP_OK ? ROOST_OK : ROOST_ERR_FLASH;
}

static int set(void *ctx, const char *key, const void *bytes, size_t size_bytes) {
  (void)ctx;
  esp_err_t err = nvs_set_blob(handle, key, bytes, size_bytes);
  if (err == ESP_OK) err = nvs_commit(handle);
  return err == ESP_OK ? ROOST_OK : ROOST_ERR_FLASH;
}

int esp32_nvs_open(struct roost_nvs *nvs) {
  *nvs = (struct roost_nvs){.get = get, .set = set};
  esp_err_t err = nvs_flash_init();
  if (err == ESP_OK) err = nvs_open("roost", NVS_READWRITE, &handle);
  return err == ESP_OK ? ROOST_OK : ROOST_ERR_FLASH;
}
