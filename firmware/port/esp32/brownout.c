/*
 * The supply falls: what is in RAM goes to flash while the capacitors last, then the chip restarts and says why. ESP-IDF's own handler
 * restarts at once, so it is off (sdkconfig.defaults) and the detector is ours. Once it has spoken it is set to its lowest level with a
 * hardware reset: below that nothing can be trusted to run.
 */
#include "esp_attr.h"
#include "esp_intr_alloc.h"
#include "esp_private/rtc_ctrl.h"
#include "esp_system.h"
#include "freertos/FreeRTOS.h"
#include "freertos/task.h"
#include "hal/brownout_hal.h"
#include "hal/brownout_ll.h"
#include "sdkconfig.h"
#include "soc/rtc_cntl_reg.h"

#include "esp32_inbox.h"
#include "esp32_port.h"

/* ESP-IDF v5.4, components/esp_system/port/soc/<chip>/Kconfig.system: level 3 is 2.98 V on the ESP32-S3 and 3.10 V on the ESP32-C3, level 7 2.44 and 2.51 V. */
enum { LEVEL_WARN = 3, LEVEL_LAST = 7, STACK_BYTES = 2048, WAIT_MS = 20 };
static const uint32_t FELL = 0x6c6f7721;

static RTC_NOINIT_ATTR uint32_t fell; /* FELL: the restart was ours */
static bool was_fall;                 /* before this start */
static TaskHandle_t task;

static void set_detector(uint8_t level, bool resets) {
  const brownout_hal_config_t config = {
      .threshold = level, .enabled = true, .reset_enabled = resets, .flash_power_down = resets, .rf_power_down = true};
  brownout_hal_config(&config);
}

static void on_fall(void *ctx) {
  BaseType_t wakes = pdFALSE;
  (void)ctx;
  brownout_ll_intr_enable(false);
  brownout_ll_intr_clear();
  vTaskNotifyGiveFromISR(task, &wakes);
  portYIELD_FROM_ISR(wakes);
}

static void wait_for_fall(void *ctx) {
  (void)ctx;
  (void)ulTaskNotifyTake(pdTRUE, portMAX_DELAY);
  fell = FELL;
  set_detector(LEVEL_LAST, true);
  /* The node's task flushes and restarts; when it cannot be told there is nothing more to be saved. */
  if (!esp32_inbox_put(ESP32_EVENT_SUPPLY_LOW, 0, NULL, 0, NULL, 0, WAIT_MS)) esp_restart();
  vTaskDelete(NULL);
}

static void flush(void *node, int32_t id, uint8_t *bytes, size_t size_bytes) {
  (void)id;
  (void)bytes;
  (void)size_bytes;
  roost_node_flush(node);
  esp_restart();
}

bool esp32_brownout_was(void) { return was_fall || esp_reset_reason() == ESP_RST_BROWNOUT; }

int esp32_brownout_watch(struct roost_node *node) {
  was_fall = fell == FELL && esp_reset_reason() == ESP_RST_SW;
  fell = 0;
  esp32_inbox_handle(ESP32_EVENT_SUPPLY_LOW, flush, node);
  if (xTaskCreate(wait_for_fall, "supply", STACK_BYTES, NULL, configMAX_PRIORITIES - 1, &task) != pdPASS) return ROOST_ERR_ROOM;
  set_detector(LEVEL_WARN, false);
  brownout_ll_intr_clear();
  esp_err_t err = rtc_isr_register(on_fall, NULL, RTC_CNTL_BROWN_OUT_INT_ENA_M, 0);
  if (err == ESP_OK) brownout_ll_intr_enable(true);
  return esp32_error(err, "brownout");
}
