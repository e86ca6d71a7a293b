/* Senseair S8: input registers 1 (meter status) to 4 (CO2, filtered) in one request. Asked in one round, answered in the next. */
#include "roost/drivers.h"

enum { ADDRESS = 0xfe, REGISTERS = 4, CO2 = 3, ERROR_BITS = 0x7f };

const struct roost_sensor_traits roost_s8_traits[1] = {
    {.kind = "s8", .quantity = "co2", .unit = "ppm", .lo = 0, .hi = 10000, .max_rate = 500, .drift_max = 400, .warmup_ms = 120000, .stuck_ms = 3600000},
};

static int start(void *ctx, uint64_t now_ms) {
  struct roost_s8 *device = ctx;
  int err = roost_modbus_ask(device->bus, ADDRESS, 0, REGISTERS, now_ms);
  return err == ROOST_ERR_NOT_READY ? ROOST_OK : err; /* whether it is there, the readings will show */
}

static int read_value(void *ctx, uint64_t now_ms, uint8_t quantity, double *raw) {
  struct roost_s8 *device = ctx;
  uint16_t registers[REGISTERS];
  (void)quantity;
  int err = roost_modbus_answer(device->bus, ADDRESS, now_ms, registers, REGISTERS);
  int ask_err = roost_modbus_ask(device->bus, ADDRESS, 0, REGISTERS, now_ms);
  if (err) return err == ROOST_ERR_NOT_READY && ask_err != ROOST_ERR_NOT_READY && ask_err ? ask_err : err;
  if (registers[0] & ERROR_BITS) return ROOST_ERR_BUS; /* fatal, offset, algorithm, output, self-diagnosis, range, memory */
  *raw = (int16_t)registers[CO2];
  return ROOST_OK;
}

void roost_s8_create(struct roost_s8 *device, struct roost_modbus *bus) { device->bus = bus; }

struct roost_driver roost_s8_driver(struct roost_s8 *device) {
  return (struct roost_driver){.ctx = device, .start = start, .read = read_value};
}
