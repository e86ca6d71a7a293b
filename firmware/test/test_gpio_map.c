/* The pins against the data sheets' lists (ESP32-S3 v2.0 sections 2.2 and 3, ESP32-C3 v2.1 the same). */
#include <stdint.h>

#include "../port/esp32/gpio_map.h"
#include "test.h"

struct pin {
  const char *name;
  int number;
};
#define ROW(name, number) {#name, number},
static const struct pin S3[] = {ROOST_GPIO_ESP32S3(ROW)};
static const struct pin C3[] = {ROOST_GPIO_ESP32C3(ROW)};

static void check_pins(const struct pin *pins, unsigned count, uint64_t forbidden, int highest) {
  uint64_t used = 0;
  for (unsigned i = 0; i < count; i++) {
    uint64_t bit = 1ull << pins[i].number;
    if (used & bit || forbidden & bit || pins[i].number > highest) fprintf(stderr, "%s on GPIO %d\n", pins[i].name, pins[i].number);
    CHECK(pins[i].number >= 0 && pins[i].number <= highest && !(used & bit) && !(forbidden & bit));
    used |= bit;
  }
}

static uint64_t range(int from, int to) {
  uint64_t bits = 0;
  for (; from <= to; from++) bits |= 1ull << from;
  return bits;
}

static void no_pin_is_used_twice_or_taken_by_the_chip(void) {
  /* S3: strapping 0, 3, 45, 46; USB 19, 20; flash and octal PSRAM 26 to 37; 22 to 25 do not exist. */
  check_pins(S3, sizeof S3 / sizeof *S3, 1ull << 0 | 1ull << 3 | 1ull << 45 | 1ull << 46 | range(19, 20) | range(22, 37), 48);
  /* C3: strapping 2, 8, 9; flash 11 to 17; USB 18, 19. */
  check_pins(C3, sizeof C3 / sizeof *C3, 1ull << 2 | range(8, 9) | range(11, 19), 21);
}

int main(void) { PROMISE(no_pin_is_used_twice_or_taken_by_the_chip); }
