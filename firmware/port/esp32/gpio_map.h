/*
 * The one map of pins. A row is X(name, pin); no pin comes twice, none is a strapping pin or belongs to flash, PSRAM or USB, and nothing
 * here is analog, so ADC2, which Wi-Fi takes away, is not used (test_gpio_map.c checks this against the data sheets' lists).
 * I2C has its 2.2 kOhm pull-ups on the board, once; the internal ones stay off.
 */
#ifndef ROOST_GPIO_MAP_H
#define ROOST_GPIO_MAP_H

/* ESP32-S3-WROOM-1 (8 MB, octal PSRAM allowed). Console and flashing by USB-Serial-JTAG, GPIO 19 and 20. */
#define ROOST_GPIO_ESP32S3(X) \
  X(I2C_SDA, 8)               \
  X(I2C_SCL, 9)               \
  X(CO2_TX, 17)               \
  X(CO2_RX, 18)               \
  X(POWER_TX, 43)             \
  X(POWER_RX, 44)             \
  X(ONE_WIRE, 4)              \
  X(DHT22, 5)                 \
  X(SD_CLK, 39)               \
  X(SD_CMD, 38)               \
  X(SD_D0, 40)                \
  X(SD_D1, 41)                \
  X(SD_D2, 42)                \
  X(SD_D3, 21)                \
  X(MIC_BCLK, 11)             \
  X(MIC_WS, 12)               \
  X(MIC_DATA, 13)             \
  X(WINDOW_STEP, 6)           \
  X(WINDOW_DIR, 7)            \
  X(WINDOW_CLOSED, 10)        \
  X(MACHINE_RUNS, 1)          \
  X(MACHINE_FAULT, 2)         \
  X(BUTTON, 47)               \
  X(LED, 48)

/* ESP32-C3-MINI-1 (4 MB): no card, no microphone, no mains. Console by USB, GPIO 18 and 19. */
#define ROOST_GPIO_ESP32C3(X) \
  X(I2C_SDA, 0)               \
  X(I2C_SCL, 1)               \
  X(CO2_TX, 21)               \
  X(CO2_RX, 20)               \
  X(ONE_WIRE, 3)              \
  X(WINDOW_STEP, 6)           \
  X(WINDOW_DIR, 7)            \
  X(WINDOW_CLOSED, 10)        \
  X(MACHINE_RUNS, 5)          \
  X(BUTTON, 4)

#endif
