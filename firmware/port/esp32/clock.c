/* What time is it since boot, and what nobody can guess. */
#include "esp_random.h"
#include "esp_timer.h"

#include "esp32_port.h"

static uint64_t up_ms(void *ctx) {
  (void)ctx;
  return (uint64_t)esp_timer_get_time() / 1000;
}

static uint32_t next(void *ctx) {
  (void)ctx;
  return esp_random(); /* true randomness once Wi-Fi is on; before that seeded by the boot loader */
}

struct roost_clock esp32_clock(void) { return (struct roost_clock){.up_ms = up_ms}; }
struct roost_random esp32_random(void) { return (struct roost_random){.next = next}; }
