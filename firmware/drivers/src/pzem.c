/* PZEM-004T v3.0: ten input registers from 0 (user manual, section 2.3): 32-bit values have their low word first. */
#include <string.h>

#include "roost/drivers.h"

enum { REGISTERS = 9, ALL_FRESH = 31 };

const struct roost_sensor_traits roost_pzem_traits[5] = {
    {.kind = "pzem004t", .quantity = "voltage", .unit = "V", .lo = 0, .hi = 300},
    {.kind = "pzem004t", .quantity = "current", .unit = "A", .lo = 0, .hi = 110},
    {.kind = "pzem004t", .quantity = "power", .unit = "W", .lo = 0, .hi = 26000},
    {.kind = "pzem004t", .quantity = "power-factor", .unit = "1", .lo = 0, .hi = 1},
    {.kind = "pzem004t", .quantity = "frequency", .unit = "Hz", .lo = 40, .hi = 70},
};

static int start(void *ctx, uint64_t now_ms) {
  struct roost_pzem *device = ctx;
  device->fresh = 0;
  (void)roost_modbus_ask(device->bus, device->address, 0, REGISTERS, now_ms);
  return ROOST_OK; /* whether it is there, the readings will show */
}

static double wide(const uint16_t *registers) { return (double)((uint32_t)registers[1] << 16 | registers[0]); }

static int refresh(struct roost_pzem *device, uint64_t now_ms) {
  uint16_t registers[REGISTERS];
  if (device->looked_at_ms == now_ms) return ROOST_ERR_NOT_READY; /* the other quantities of this round heard it already */
  device->looked_at_ms = now_ms;
  int err = roost_modbus_answer(device->bus, device->address, now_ms, registers, REGISTERS);
  (void)roost_modbus_ask(device->bus, device->address, 0, REGISTERS, now_ms);
  if (err) return err;
  device->values[ROOST_PZEM_VOLTAGE] = registers[0] / 10.0;
  device->values[ROOST_PZEM_CURRENT] = wide(registers + 1) / 1000;
  device->values[ROOST_PZEM_POWER] = wide(registers + 3) / 10;
  device->values[ROOST_PZEM_FREQUENCY] = registers[7] / 10.0;
  device->values[ROOST_PZEM_FACTOR] = registers[8] / 100.0;
  device->fresh = ALL_FRESH;
  return ROOST_OK;
}

static int read_value(void *ctx, uint64_t now_ms, uint8_t quantity, double *raw) {
  struct roost_pzem *device = ctx;
  if (!(device->fresh >> quantity & 1)) {
    int err = refresh(device, now_ms);
    if (err) return err;
  }
  device->fresh &= (uint8_t)~(1u << quantity);
  *raw = device->values[quantity];
  return ROOST_OK;
}

void roost_pzem_create(struct roost_pzem *device, struct roost_modbus *bus, uint8_t address) {
  memset(device, 0, sizeof *device);
  device->bus = bus;
  device->address = address;
}

struct roost_driver roost_pzem_driver(struct roost_pzem *device) {
  return (struct roost_driver){.ctx = device, .start = start, .read = read_value};
}
