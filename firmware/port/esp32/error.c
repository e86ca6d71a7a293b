/* ESP-IDF's numbers in ours. */
#include "esp_log.h"

#include "esp32_port.h"

int esp32_error(esp_err_t err, const char *what) {
  if (err == ESP_OK) return ROOST_OK;
  ESP_LOGW("roost", "%s: %s", what, esp_err_to_name(err));
  switch (err) {
    case ESP_ERR_NO_MEM:
    case ESP_ERR_INVALID_SIZE:
      return ROOST_ERR_ROOM;
    case ESP_ERR_TIMEOUT:
      return ROOST_ERR_TIMEOUT;
    case ESP_ERR_NOT_FOUND:
      return ROOST_ERR_EMPTY;
    case ESP_ERR_INVALID_CRC:
      return ROOST_ERR_CHECKSUM;
    case ESP_ERR_INVALID_STATE:
      return ROOST_ERR_STATE;
    default:
      return ROOST_ERR_BUS;
  }
}
