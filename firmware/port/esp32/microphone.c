/* An I2S microphone (INMP441, left channel), 16 kHz. DMA fills its buffers; the node's task takes what has come before each reading. */
#include "driver/i2s_std.h"

#include "esp32_port.h"

enum { RATE_HZ = 16000, PIECE = 256 };

static i2s_chan_handle_t channel;

int esp32_microphone_open(int bclk_gpio, int ws_gpio, int data_gpio) {
  const i2s_chan_config_t config = I2S_CHANNEL_DEFAULT_CONFIG(I2S_NUM_0, I2S_ROLE_MASTER);
  const i2s_std_config_t standard = {
      .clk_cfg = I2S_STD_CLK_DEFAULT_CONFIG(RATE_HZ),
      .slot_cfg = I2S_STD_PHILIPS_SLOT_DEFAULT_CONFIG(I2S_DATA_BIT_WIDTH_32BIT, I2S_SLOT_MODE_MONO),
      .gpio_cfg = {.mclk = I2S_GPIO_UNUSED, .bclk = bclk_gpio, .ws = ws_gpio, .dout = I2S_GPIO_UNUSED, .din = data_gpio}};
  esp_err_t err = i2s_new_channel(&config, NULL, &channel);
  if (err == ESP_OK) err = i2s_channel_init_std_mode(channel, &standard);
  if (err == ESP_OK) err = i2s_channel_enable(channel);
  return esp32_error(err, "microphone");
}

void esp32_microphone_take(struct roost_microphone *device) {
  static int32_t samples[PIECE];
  if (!channel) return;
  for (size_t got = sizeof samples; got == sizeof samples;) {
    if (i2s_channel_read(channel, samples, sizeof samples, &got, 0) != ESP_OK) got = got == sizeof samples ? 0 : got;
    roost_microphone_take(device, samples, got / sizeof *samples);
  }
}
