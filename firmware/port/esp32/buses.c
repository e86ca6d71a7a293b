/* I2C, UART, 1-Wire and inputs. */
#include <stdlib.h>

#include "driver/gpio.h"
#include "driver/i2c_master.h"
#include "driver/uart.h"
#include "esp_rom_sys.h"
#include "freertos/FreeRTOS.h"

#include "esp32_port.h"

enum { I2C_HZ = 100000, I2C_TIMEOUT_MS = 20, DEVICES_MAX = 8, UART_BUFFER_BYTES = 256 };

struct i2c_bus {
  i2c_master_bus_handle_t bus;
  struct {
    uint8_t address;
    i2c_master_dev_handle_t handle;
  } devices[DEVICES_MAX];
};

static i2c_master_dev_handle_t device_of(struct i2c_bus *bus, uint8_t address) {
  for (unsigned i = 0; i < DEVICES_MAX; i++) {
    if (bus->devices[i].handle && bus->devices[i].address == address) return bus->devices[i].handle;
    if (bus->devices[i].handle) continue;
    const i2c_device_config_t config = {.dev_addr_length = I2C_ADDR_BIT_LEN_7, .device_address = address, .scl_speed_hz = I2C_HZ};
    bus->devices[i].address = address;
    return i2c_master_bus_add_device(bus->bus, &config, &bus->devices[i].handle) == ESP_OK ? bus->devices[i].handle : NULL;
  }
  return NULL;
}

static int i2c_transfer(void *ctx, uint8_t address, const uint8_t *out, size_t out_bytes, uint32_t pause_us, uint8_t *in, size_t in_bytes) {
  i2c_master_dev_handle_t device = device_of(ctx, address);
  esp_err_t err = ESP_OK;
  if (!device) return ROOST_ERR_BUS;
  if (out_bytes > 0 && in_bytes > 0 && pause_us == 0) {
    err = i2c_master_transmit_receive(device, out, out_bytes, in, in_bytes, I2C_TIMEOUT_MS);
  } else {
    if (out_bytes > 0) err = i2c_master_transmit(device, out, out_bytes, I2C_TIMEOUT_MS);
    if (pause_us > 0) esp_rom_delay_us(pause_us);
    if (err == ESP_OK && in_bytes > 0) err = i2c_master_receive(device, in, in_bytes, I2C_TIMEOUT_MS);
  }
  if (err == ESP_ERR_TIMEOUT) (void)i2c_master_bus_reset(((struct i2c_bus *)ctx)->bus); /* a device that holds the line */
  return err == ESP_OK ? ROOST_OK : ROOST_ERR_BUS;
}

int esp32_i2c_open(struct roost_i2c *i2c, int sda_gpio, int scl_gpio) {
  static struct i2c_bus bus; /* there is one */
  const i2c_master_bus_config_t config = {.i2c_port = -1, .sda_io_num = sda_gpio, .scl_io_num = scl_gpio,
                                          .clk_source = I2C_CLK_SRC_DEFAULT, .glitch_ignore_cnt = 7};
  *i2c = (struct roost_i2c){.ctx = &bus, .transfer = i2c_transfer};
  return esp32_error(i2c_new_master_bus(&config, &bus.bus), "I2C");
}

static int uart_write(void *ctx, const uint8_t *bytes, size_t size_bytes) {
  return uart_write_bytes((uart_port_t)(intptr_t)ctx, bytes, size_bytes) == (int)size_bytes ? ROOST_OK : ROOST_ERR_BUS;
}

static size_t uart_read(void *ctx, uint8_t *out, size_t room_bytes) {
  int got = uart_read_bytes((uart_port_t)(intptr_t)ctx, out, room_bytes, 0);
  return got > 0 ? (size_t)got : 0;
}

int esp32_uart_open(struct roost_uart *uart, int port, int tx_gpio, int rx_gpio, uint32_t baud) {
  const uart_config_t config = {.baud_rate = (int)baud, .data_bits = UART_DATA_8_BITS, .parity = UART_PARITY_DISABLE,
                                .stop_bits = UART_STOP_BITS_1, .source_clk = UART_SCLK_DEFAULT};
  *uart = (struct roost_uart){.ctx = (void *)(intptr_t)port, .write = uart_write, .read = uart_read};
  esp_err_t err = uart_driver_install(port, UART_BUFFER_BYTES, UART_BUFFER_BYTES, 0, NULL, 0);
  if (err == ESP_OK) err = uart_param_config(port, &config);
  if (err == ESP_OK) err = uart_set_pin(port, tx_gpio, rx_gpio, UART_PIN_NO_CHANGE, UART_PIN_NO_CHANGE);
  return esp32_error(err, "UART");
}

static portMUX_TYPE wire_lock = portMUX_INITIALIZER_UNLOCKED;

/* One slot of 70 us without interrupts: times of the DS18B20 datasheet, "1-Wire signaling". */
static bool wire_slot(int gpio, bool is_one) {
  portENTER_CRITICAL(&wire_lock);
  gpio_set_level(gpio, 0);
  esp_rom_delay_us(is_one ? 3 : 60);
  gpio_set_level(gpio, 1);
  esp_rom_delay_us(is_one ? 9 : 2);
  bool is_high = gpio_get_level(gpio) != 0;
  esp_rom_delay_us(is_one ? 55 : 5);
  portEXIT_CRITICAL(&wire_lock);
  return is_high;
}

static bool wire_reset(void *ctx) {
  int gpio = (int)(intptr_t)ctx;
  gpio_set_level(gpio, 0);
  esp_rom_delay_us(480);
  portENTER_CRITICAL(&wire_lock);
  gpio_set_level(gpio, 1);
  esp_rom_delay_us(70);
  bool is_there = gpio_get_level(gpio) == 0;
  portEXIT_CRITICAL(&wire_lock);
  esp_rom_delay_us(410);
  return is_there;
}

static void wire_write(void *ctx, uint8_t byte) {
  for (unsigned bit = 0; bit < 8; bit++) wire_slot((int)(intptr_t)ctx, byte >> bit & 1);
}

static uint8_t wire_read(void *ctx) {
  uint8_t byte = 0;
  for (unsigned bit = 0; bit < 8; bit++) byte |= (uint8_t)(wire_slot((int)(intptr_t)ctx, true) << bit);
  return byte;
}

int esp32_one_wire_open(struct roost_one_wire *wire, int gpio) {
  const gpio_config_t config = {.pin_bit_mask = 1ull << gpio, .mode = GPIO_MODE_INPUT_OUTPUT_OD, .pull_up_en = GPIO_PULLUP_DISABLE};
  *wire = (struct roost_one_wire){.ctx = (void *)(intptr_t)gpio, .reset = wire_reset, .write = wire_write, .read = wire_read};
  esp_err_t err = gpio_config(&config);
  if (err == ESP_OK) err = gpio_set_level(gpio, 1);
  return esp32_error(err, "1-Wire");
}

static bool input_is_high(void *ctx) { return gpio_get_level((gpio_num_t)(intptr_t)ctx) != 0; }

int esp32_input_open(struct roost_input *input, int gpio) {
  const gpio_config_t config = {.pin_bit_mask = 1ull << gpio, .mode = GPIO_MODE_INPUT, .pull_up_en = GPIO_PULLUP_ENABLE};
  *input = (struct roost_input){.ctx = (void *)(intptr_t)gpio, .is_high = input_is_high};
  return esp32_error(gpio_config(&config), "input");
}
