/* A line whose high pulses are timed by the RMT unit: the DHT22. 1 us a tick; 40 bits and the greeting fit one memory block of 48 or 64 symbols. */
#include <stdatomic.h>

#include "driver/gpio.h"
#include "driver/rmt_rx.h"
#include "esp_attr.h"
#include "esp_rom_sys.h"

#include "esp32_port.h"

enum { SYMBOLS = 48, IDLE_NS = 1000 * 1000, GLITCH_NS = 1000, RESOLUTION_HZ = 1000000 };

static struct {
  int gpio;
  rmt_channel_handle_t channel;
  rmt_symbol_word_t symbols[SYMBOLS];
  atomic_uint count; /* 0: nothing came yet */
} line;

static bool IRAM_ATTR on_done(rmt_channel_handle_t channel, const rmt_rx_done_event_data_t *event, void *ctx) {
  (void)channel;
  (void)ctx;
  atomic_store(&line.count, event->num_symbols);
  return false;
}

static int request(void *ctx, uint32_t low_us) {
  const rmt_receive_config_t config = {.signal_range_min_ns = GLITCH_NS, .signal_range_max_ns = IDLE_NS};
  (void)ctx;
  gpio_set_level(line.gpio, 0);
  esp_rom_delay_us(low_us);
  atomic_store(&line.count, 0);
  esp_err_t err = rmt_receive(line.channel, line.symbols, sizeof line.symbols, &config);
  gpio_set_level(line.gpio, 1); /* open drain: lets go */
  return err == ESP_OK ? ROOST_OK : ROOST_ERR_BUS;
}

static size_t highs(void *ctx, uint16_t *out_us, size_t room) {
  size_t count = 0;
  (void)ctx;
  for (unsigned i = 0; i < atomic_load(&line.count); i++) {
    const rmt_symbol_word_t symbol = line.symbols[i];
    if (symbol.level0 && symbol.duration0 && count < room) out_us[count++] = (uint16_t)symbol.duration0;
    if (symbol.level1 && symbol.duration1 && count < room) out_us[count++] = (uint16_t)symbol.duration1;
  }
  return count;
}

int esp32_pulse_open(struct roost_pulse_line *out, int gpio) {
  const rmt_rx_channel_config_t config = {
      .gpio_num = gpio, .clk_src = RMT_CLK_SRC_DEFAULT, .resolution_hz = RESOLUTION_HZ, .mem_block_symbols = SYMBOLS};
  const rmt_rx_event_callbacks_t callbacks = {.on_recv_done = on_done};
  const gpio_config_t pin = {.pin_bit_mask = 1ull << gpio, .mode = GPIO_MODE_INPUT_OUTPUT_OD, .pull_up_en = GPIO_PULLUP_ENABLE};
  line.gpio = gpio;
  *out = (struct roost_pulse_line){.request = request, .highs = highs};
  esp_err_t err = rmt_new_rx_channel(&config, &line.channel);
  if (err == ESP_OK) err = rmt_rx_register_event_callbacks(line.channel, &callbacks, NULL);
  if (err == ESP_OK) err = rmt_enable(line.channel);
  /* After the unit has the pin as its input: the same pin is pulled low by us. */
  if (err == ESP_OK) err = gpio_config(&pin);
  if (err == ESP_OK) err = gpio_set_level(gpio, 1);
  return esp32_error(err, "pulse line");
}
