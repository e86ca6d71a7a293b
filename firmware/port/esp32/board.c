/* What the chip knows about itself. */
#include <stdio.h>

#include "esp_mac.h"
#include "esp_system.h"

#include "esp32_port.h"

enum { HEAP_LOW_BYTES = 24 * 1024, WIFI_WEAK_DBM = -80 };

static void measure(void *ctx, struct roost_vitals *vitals) {
  (void)ctx;
  *vitals = (struct roost_vitals){
      .free_heap_bytes = esp_get_free_heap_size(),
      .min_heap_bytes = esp_get_minimum_free_heap_size(),
      .rssi_dbm = esp32_wifi_rssi_dbm(),
  };
  if (vitals->min_heap_bytes < HEAP_LOW_BYTES) vitals->conditions |= ROOST_CONDITION_HEAP_LOW;
  if (vitals->rssi_dbm < WIFI_WEAK_DBM) vitals->conditions |= ROOST_CONDITION_WIFI_WEAK;
  esp_reset_reason_t reason = esp_reset_reason();
  if (reason == ESP_RST_TASK_WDT || reason == ESP_RST_INT_WDT || reason == ESP_RST_WDT) vitals->conditions |= ROOST_CONDITION_WATCHDOG;
  if (esp32_brownout_was()) vitals->conditions |= ROOST_CONDITION_SUPPLY_LOW;
}

static void restart(void *ctx) {
  (void)ctx;
  esp_restart();
}

static int identify(void *ctx, uint32_t seconds) {
  (void)ctx;
  return esp32_lamp_blink(seconds);
}

struct roost_board esp32_board(void) { return (struct roost_board){.measure = measure, .restart = restart, .identify = identify}; }

const char *esp32_reset_reason(void) {
  if (esp32_brownout_was()) return "brownout";
  switch (esp_reset_reason()) {
    case ESP_RST_POWERON:
      return "poweron";
    case ESP_RST_SW:
      return "software";
    case ESP_RST_PANIC:
      return "panic";
    case ESP_RST_INT_WDT:
    case ESP_RST_TASK_WDT:
    case ESP_RST_WDT:
      return "watchdog";
    default:
      return "other";
  }
}

void esp32_read_uid(char uid[16]) {
  uint8_t mac[6] = {0};
  ESP_ERROR_CHECK(esp_efuse_mac_get_default(mac)); /* without its own address there is no identity to go on with */
  snprintf(uid, 16, "rn-%02x%02x%02x%02x%02x%02x", mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]);
}
