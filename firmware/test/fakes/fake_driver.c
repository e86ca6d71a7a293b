/* See fake_driver.h. */
#include "fake_driver.h"

static int fake_start(void *ctx, uint64_t now_ms) {
  struct fake_driver *fake = ctx;
  (void)now_ms;
  fake->starts++;
  return fake->start_err;
}

static int fake_read(void *ctx, uint64_t now_ms, uint8_t quantity, double *raw) {
  struct fake_driver *fake = ctx;
  (void)now_ms;
  (void)quantity;
  *raw = fake->raw;
  return fake->read_err;
}

void fake_driver_create(struct fake_driver *fake, double raw) {
  *fake = (struct fake_driver){.raw = raw};
  fake->driver = (struct roost_driver){.ctx = fake, .start = fake_start, .read = fake_read};
}
