/*
 * A stepper behind a step and direction driver. The RMT unit makes the pulses, so the node's task only says how many; a call of the core
 * asks for at most what fits between two calls (window.c), and one that comes too early is refused and repeated.
 */
#include "driver/gpio.h"
#include "driver/rmt_tx.h"

#include "esp32_port.h"

enum { RESOLUTION_HZ = 100000, HALF_TICKS = 50, SYMBOLS = 48 };

static struct {
  int direction_gpio, closed_gpio;
  rmt_channel_handle_t channel;
  rmt_encoder_handle_t encoder;
  rmt_symbol_word_t pulses[256];
} motor;

static int step(void *ctx, int32_t steps) {
  const rmt_transmit_config_t config = {.flags = {.queue_nonblocking = true}};
  uint32_t count = (uint32_t)(steps < 0 ? -steps : steps);
  (void)ctx;
  if (count == 0) return ROOST_OK;
  if (count > sizeof motor.pulses / sizeof *motor.pulses) return ROOST_ERR_ROOM;
  if (rmt_tx_wait_all_done(motor.channel, 0) != ESP_OK) return ROOST_ERR_NOT_READY; /* the pulses lie in one buffer */
  for (uint32_t i = 0; i < count; i++) {
    motor.pulses[i] = (rmt_symbol_word_t){.level0 = 1, .duration0 = HALF_TICKS, .level1 = 0, .duration1 = HALF_TICKS};
  }
  gpio_set_level(motor.direction_gpio, steps > 0);
  esp_err_t err = rmt_transmit(motor.channel, motor.encoder, motor.pulses, count * sizeof *motor.pulses, &config);
  return err == ESP_OK ? ROOST_OK : ROOST_ERR_BUS;
}

/* The end stop closes to ground. */
static bool is_closed(void *ctx) {
  (void)ctx;
  return gpio_get_level(motor.closed_gpio) == 0;
}

int esp32_motor_open(struct roost_motor *out, int step_gpio, int direction_gpio, int closed_gpio) {
  const gpio_config_t direction = {.pin_bit_mask = 1ull << direction_gpio, .mode = GPIO_MODE_OUTPUT};
  const gpio_config_t closed = {.pin_bit_mask = 1ull << closed_gpio, .mode = GPIO_MODE_INPUT, .pull_up_en = GPIO_PULLUP_ENABLE};
  const rmt_tx_channel_config_t config = {
      .gpio_num = step_gpio, .clk_src = RMT_CLK_SRC_DEFAULT, .resolution_hz = RESOLUTION_HZ, .mem_block_symbols = SYMBOLS, .trans_queue_depth = 1};
  const rmt_copy_encoder_config_t copy = {};
  motor.direction_gpio = direction_gpio;
  motor.closed_gpio = closed_gpio;
  *out = (struct roost_motor){.step = step, .is_closed = is_closed};
  esp_err_t err = gpio_config(&direction);
  if (err == ESP_OK) err = gpio_config(&closed);
  if (err == ESP_OK) err = rmt_new_tx_channel(&config, &motor.channel);
  if (err == ESP_OK) err = rmt_new_copy_encoder(&copy, &motor.encoder);
  if (err == ESP_OK) err = rmt_enable(motor.channel);
  return esp32_error(err, "motor");
}
