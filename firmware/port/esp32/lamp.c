/* The lamp by which somebody in the barn finds the node. */
#include "driver/gpio.h"
#include "esp_timer.h"

#include "esp32_port.h"

enum { BLINK_US = 250 * 1000, BLINKS_PER_S = 4 };

static struct {
  int gpio;
  esp_timer_handle_t timer;
  uint32_t left;
} lamp = {.gpio = -1};

static void on_timer(void *ctx) {
  (void)ctx;
  lamp.left--;
  gpio_set_level(lamp.gpio, lamp.left % 2 == 1);
  if (lamp.left == 0) esp_timer_stop(lamp.timer);
}

int esp32_lamp_open(int gpio) {
  const gpio_config_t config = {.pin_bit_mask = 1ull << gpio, .mode = GPIO_MODE_OUTPUT};
  const esp_timer_create_args_t timer = {.callback = on_timer, .name = "lamp"};
  esp_err_t err = gpio_config(&config);
  if (err == ESP_OK) err = esp_timer_create(&timer, &lamp.timer);
  if (err == ESP_OK) lamp.gpio = gpio;
  return esp32_error(err, "lamp");
}

int esp32_lamp_blink(uint32_t seconds) {
  enum { SECONDS_MAX = 3600 };
  if (lamp.gpio < 0) return ROOST_ERR_STATE;
  if (seconds > SECONDS_MAX) seconds = SECONDS_MAX;
  (void)esp_timer_stop(lamp.timer); /* of a blinking that is not over */
  lamp.left = seconds * BLINKS_PER_S;
  gpio_set_level(lamp.gpio, 0);
  return lamp.left == 0 || esp_timer_start_periodic(lamp.timer, BLINK_US) == ESP_OK ? ROOST_OK : ROOST_ERR_STATE;
}
