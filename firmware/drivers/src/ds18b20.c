/* DS18B20: a conversion of 12 bits takes 750 ms; it is asked for in one round and fetched in a later one. */
#include <string.h>

#include "roost/drivers.h"

enum { MATCH_ROM = 0x55, SKIP_ROM = 0xcc, CONVERT = 0x44, READ_SCRATCHPAD = 0xbe, CONVERSION_MS = 750, POWER_ON = 0x0550 };

const struct roost_sensor_traits roost_ds18b20_traits[1] = {
    {.kind = "ds18b20", .quantity = "temp", .unit = "Cel", .lo = -55, .hi = 125, .max_rate = 5, .drift_max = 2, .warmup_ms = 1000},
};

static bool address_it(struct roost_ds18b20 *device) {
  static const uint8_t ALONE[8] = {0};
  const struct roost_one_wire *wire = &device->wire;
  if (!wire->reset(wire->ctx)) return false;
  bool is_alone = memcmp(device->code, ALONE, sizeof ALONE) == 0;
  wire->write(wire->ctx, is_alone ? SKIP_ROM : MATCH_ROM);
  for (unsigned i = 0; i < 8 && !is_alone; i++) wire->write(wire->ctx, device->code[i]);
  return true;
}

static int convert(struct roost_ds18b20 *device, uint64_t now_ms) {
  if (!address_it(device)) return ROOST_ERR_BUS;
  device->wire.write(device->wire.ctx, CONVERT);
  device->is_asked = true;
  device->asked_at_ms = now_ms;
  return ROOST_OK;
}

static int start(void *ctx, uint64_t now_ms) {
  struct roost_ds18b20 *device = ctx;
  device->is_asked = false;
  return convert(device, now_ms);
}

static int fetch(struct roost_ds18b20 *device, double *raw) {
  uint8_t pad[9];
  if (!address_it(device)) return ROOST_ERR_BUS;
  device->wire.write(device->wire.ctx, READ_SCRATCHPAD);
  for (unsigned i = 0; i < sizeof pad; i++) pad[i] = device->wire.read(device->wire.ctx);
  if (roost_crc8_maxim(pad, 8) != pad[8] || pad[4] == 0) return ROOST_ERR_CHECKSUM; /* a line that is stuck low sums to 0 too */
  int16_t sixteenths = (int16_t)(pad[0] | pad[1] << 8);
  /* 85 degrees is what it holds after a loss of power; then byte 6 is 0x0c, which a real conversion to 85.0 leaves at 0x10. */
  if (sixteenths == POWER_ON && pad[6] == 0x0c) return ROOST_ERR_NOT_READY;
  *raw = sixteenths / 16.0;
  return ROOST_OK;
}

static int read_value(void *ctx, uint64_t now_ms, uint8_t quantity, double *raw) {
  struct roost_ds18b20 *device = ctx;
  (void)quantity;
  if (!device->is_asked) return convert(device, now_ms) ? ROOST_ERR_BUS : ROOST_ERR_NOT_READY;
  if (now_ms - device->asked_at_ms < CONVERSION_MS) return ROOST_ERR_NOT_READY;
  device->is_asked = false;
  int err = fetch(device, raw);
  int convert_err = convert(device, now_ms);
  return err ? err : convert_err;
}

void roost_ds18b20_create(struct roost_ds18b20 *device, const struct roost_one_wire *wire, const uint8_t code[8]) {
  memset(device, 0, sizeof *device);
  device->wire = *wire;
  memcpy(device->code, code, sizeof device->code);
}

struct roost_driver roost_ds18b20_driver(struct roost_ds18b20 *device) {
  return (struct roost_driver){.ctx = device, .start = start, .read = read_value};
}
