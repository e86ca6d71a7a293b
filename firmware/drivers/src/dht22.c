/* DHT22: after a low of 1 ms the device answers with a pulse and 40 bits; a bit is the length of its high: 26 us is 0, 70 us is 1. */
#include <string.h>

#include "roost/drivers.h"

enum { REQUEST_LOW_US = 1100, BITS = 40, ONE_US = 48, PERIOD_MS = 2000, ANSWER_MS = 6 };

const struct roost_sensor_traits roost_dht22_traits[2] = {
    {.kind = "dht22", .quantity = "temp", .unit = "Cel", .lo = -40, .hi = 80, .max_rate = 2, .drift_max = 3, .warmup_ms = 4000},
    {.kind = "dht22", .quantity = "rh", .unit = "%RH", .lo = 0, .hi = 100, .max_rate = 10, .drift_max = 10, .warmup_ms = 4000},
};

static int start(void *ctx, uint64_t now_ms) {
  struct roost_dht22 *device = ctx;
  device->fresh = 0;
  device->is_asked = false;
  device->asked_at_ms = now_ms; /* it must not be asked in its first second */
  return ROOST_OK;
}

static int decode(struct roost_dht22 *device) {
  uint16_t highs[BITS + 2];
  uint8_t bytes[5] = {0};
  size_t count = device->line.highs(device->line.ctx, highs, BITS + 2);
  if (count < BITS) return ROOST_ERR_TIMEOUT;
  /* The pulses before the bits are our own release and the device's greeting: the last 40 count. */
  for (unsigned i = 0; i < BITS; i++) {
    if (highs[count - BITS + i] > ONE_US) bytes[i / 8] |= (uint8_t)(0x80 >> i % 8);
  }
  if ((uint8_t)(bytes[0] + bytes[1] + bytes[2] + bytes[3]) != bytes[4]) return ROOST_ERR_CHECKSUM;
  double temp = ((bytes[2] & 0x7f) << 8 | bytes[3]) / 10.0;
  device->values[ROOST_DHT22_TEMP] = bytes[2] & 0x80 ? -temp : temp;
  device->values[ROOST_DHT22_RH] = (bytes[0] << 8 | bytes[1]) / 10.0;
  device->fresh = 3;
  return ROOST_OK;
}

static int refresh(struct roost_dht22 *device, uint64_t now_ms) {
  int err = ROOST_ERR_NOT_READY;
  if (device->is_asked && now_ms - device->asked_at_ms >= ANSWER_MS) {
    device->is_asked = false;
    err = decode(device);
  }
  if (!device->is_asked && now_ms - device->asked_at_ms >= PERIOD_MS) {
    if (device->line.request(device->line.ctx, REQUEST_LOW_US)) return ROOST_ERR_BUS;
    device->is_asked = true;
    device->asked_at_ms = now_ms;
  }
  return err;
}

static int read_value(void *ctx, uint64_t now_ms, uint8_t quantity, double *raw) {
  struct roost_dht22 *device = ctx;
  if (!(device->fresh >> quantity & 1)) {
    int err = refresh(device, now_ms);
    if (err) return err;
  }
  device->fresh &= (uint8_t)~(1u << quantity);
  *raw = device->values[quantity];
  return ROOST_OK;
}

void roost_dht22_create(struct roost_dht22 *device, const struct roost_pulse_line *line) {
  memset(device, 0, sizeof *device);
  device->line = *line;
}

struct roost_driver roost_dht22_driver(struct roost_dht22 *device) {
  return (struct roost_driver){.ctx = device, .start = start, .read = read_value};
}
