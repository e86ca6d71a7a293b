/* Sensirion SCD41: periodic measurement. Commands of 16 bits; every word of an answer is followed by its CRC-8 (section 3). */
#include <string.h>

#include "roost/drivers.h"

enum { ADDRESS = 0x62, START_PERIODIC = 0x21b1, READ_MEASUREMENT = 0xec05, STOP_PERIODIC = 0x3f86, GET_DATA_READY = 0xe4b8 };
enum { PAUSE_US = 1000, STOP_MS = 500 };

const struct roost_sensor_traits roost_scd41_traits[3] = {
    {.kind = "scd41", .quantity = "co2", .unit = "ppm", .lo = 0, .hi = 40000, .max_rate = 500, .drift_max = 400, .warmup_ms = 60000, .stuck_ms = 3600000},
    {.kind = "scd41", .quantity = "temp", .unit = "Cel", .lo = -10, .hi = 60, .max_rate = 2, .drift_max = 5, .warmup_ms = 60000},
    {.kind = "scd41", .quantity = "rh", .unit = "%RH", .lo = 0, .hi = 100, .max_rate = 10, .drift_max = 15, .warmup_ms = 60000},
};

/* Sends a command and reads `count` words after the pause. */
static int command(struct roost_scd41 *device, uint16_t code, uint16_t *words, unsigned count) {
  uint8_t out[2] = {(uint8_t)(code >> 8), (uint8_t)code}, in[9];
  int err = device->i2c.transfer(device->i2c.ctx, ADDRESS, out, sizeof out, count > 0 ? PAUSE_US : 0, in, 3u * count);
  if (err) return err;
  for (unsigned i = 0; i < count; i++) {
    if (roost_crc8_sensirion(in + 3 * i, 2) != in[3 * i + 2]) return ROOST_ERR_CHECKSUM;
    words[i] = (uint16_t)(in[3 * i] << 8 | in[3 * i + 1]);
  }
  return ROOST_OK;
}

/* A device that ran before our restart takes no other command, so it is stopped first; the rest follows half a second later, in read. */
static int start(void *ctx, uint64_t now_ms) {
  struct roost_scd41 *device = ctx;
  device->is_running = false;
  device->fresh = 0;
  int err = command(device, STOP_PERIODIC, NULL, 0);
  device->stopped_at_ms = now_ms;
  return err;
}

static int refresh(struct roost_scd41 *device, uint64_t now_ms) {
  uint16_t words[3];
  if (!device->is_running) {
    if (now_ms - device->stopped_at_ms < STOP_MS) return ROOST_ERR_NOT_READY;
    int err = command(device, START_PERIODIC, NULL, 0);
    device->is_running = !err;
    return err ? err : ROOST_ERR_NOT_READY;
  }
  int err = command(device, GET_DATA_READY, words, 1);
  if (err) return err;
  if ((words[0] & 0x7ff) == 0) return ROOST_ERR_NOT_READY;
  err = command(device, READ_MEASUREMENT, words, 3);
  if (err) return err;
  device->values[ROOST_SCD41_CO2] = words[0];
  device->values[ROOST_SCD41_TEMP] = -45 + 175.0 * words[1] / 65535;
  device->values[ROOST_SCD41_RH] = 100.0 * words[2] / 65535;
  device->fresh = 7;
  return ROOST_OK;
}

static int read_value(void *ctx, uint64_t now_ms, uint8_t quantity, double *raw) {
  struct roost_scd41 *device = ctx;
  if (!(device->fresh >> quantity & 1)) {
    int err = refresh(device, now_ms);
    if (err) return err;
  }
  device->fresh &= (uint8_t)~(1u << quantity);
  *raw = device->values[quantity];
  return ROOST_OK;
}

void roost_scd41_create(struct roost_scd41 *device, const struct roost_i2c *i2c) {
  memset(device, 0, sizeof *device);
  device->i2c = *i2c;
}

struct roost_driver roost_scd41_driver(struct roost_scd41 *device) {
  return (struct roost_driver){.ctx = device, .start = start, .read = read_value};
}
