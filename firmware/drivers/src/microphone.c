/* Level in dB SPL = 20 log10(rms / full scale) - sensitivity + 94, where sensitivity is the dBFS at 94 dB SPL of a sine's peak. */
#include <math.h>

#include "roost/drivers.h"

const struct roost_sensor_traits roost_microphone_traits[1] = {
    {.kind = "i2s-mic", .quantity = "sound", .unit = "dB", .lo = 20, .hi = 130, .warmup_ms = 1000},
};

void roost_microphone_create(struct roost_microphone *device, double sensitivity_dbfs) {
  *device = (struct roost_microphone){.sensitivity_dbfs = sensitivity_dbfs};
}

void roost_microphone_take(struct roost_microphone *device, const int32_t *samples, size_t count) {
  for (size_t i = 0; i < count; i++) {
    double sample = samples[i] / 2147483648.0;
    device->sum += sample;
    device->sum_of_squares += sample * sample;
  }
  device->count += (uint32_t)count;
}

static int start(void *ctx, uint64_t now_ms) {
  struct roost_microphone *device = ctx;
  (void)now_ms;
  roost_microphone_create(device, device->sensitivity_dbfs);
  return ROOST_OK;
}

static int read_value(void *ctx, uint64_t now_ms, uint8_t quantity, double *raw) {
  struct roost_microphone *device = ctx;
  (void)now_ms;
  (void)quantity;
  if (device->count == 0) return ROOST_ERR_NOT_READY;
  double mean = device->sum / device->count;
  double power = device->sum_of_squares / device->count - mean * mean;
  roost_microphone_create(device, device->sensitivity_dbfs);
  if (power <= 1e-16) return ROOST_ERR_BUS; /* digital silence: no real microphone is so quiet, the line is dead */
  /* A sine of full scale has an rms of 1/sqrt(2), and that is 0 dBFS. */
  *raw = 10 * log10(power * 2) - device->sensitivity_dbfs + 94;
  return ROOST_OK;
}

struct roost_driver roost_microphone_driver(struct roost_microphone *device) {
  return (struct roost_driver){.ctx = device, .start = start, .read = read_value};
}
