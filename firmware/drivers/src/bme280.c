/* Bosch BME280 over I2C: normal mode, each quantity sampled once, a measurement every second, no filter. Register names as in section 5.3. */
#include <string.h>

#include "roost/drivers.h"

enum { REG_TRIM_A = 0x88, REG_ID = 0xd0, REG_TRIM_B = 0xe1, REG_CTRL_HUM = 0xf2, REG_CTRL_MEAS = 0xf4, REG_CONFIG = 0xf5, REG_DATA = 0xf7 };
enum { CHIP_ID = 0x60, HUM_ONCE = 1, MEAS_ONCE_NORMAL = 1 << 5 | 1 << 2 | 3, STANDBY_1000_MS = 5 << 5 };
enum { READ_AGAIN_MS = 100 };

const struct roost_sensor_traits roost_bme280_traits[3] = {
    {.kind = "bme280", .quantity = "temp", .unit = "Cel", .lo = -40, .hi = 85, .max_rate = 2, .drift_max = 3, .warmup_ms = 2000, .stuck_ms = 7200000},
    {.kind = "bme280", .quantity = "rh", .unit = "%RH", .lo = 0, .hi = 100, .max_rate = 10, .drift_max = 10, .warmup_ms = 2000},
    {.kind = "bme280", .quantity = "pressure", .unit = "Pa", .lo = 30000, .hi = 110000, .max_rate = 500, .drift_max = 500, .warmup_ms = 2000},
};

int32_t roost_bme280_temp(const struct roost_bme280_trim *trim, int32_t raw, int32_t *fine) {
  int32_t var1 = (((raw >> 3) - ((int32_t)trim->t1 << 1)) * trim->t2) >> 11;
  int32_t var2 = (((((raw >> 4) - (int32_t)trim->t1) * ((raw >> 4) - (int32_t)trim->t1)) >> 12) * trim->t3) >> 14;
  *fine = var1 + var2;
  return (*fine * 5 + 128) >> 8;
}

uint32_t roost_bme280_pressure(const struct roost_bme280_trim *trim, int32_t raw, int32_t fine) {
  /* Multiplications instead of the datasheet's left shifts: shifting a negative number left is undefined in C. */
  int64_t var1 = (int64_t)fine - 128000;
  int64_t var2 = var1 * var1 * trim->p6 + var1 * trim->p5 * 131072 + (int64_t)trim->p4 * 34359738368;
  var1 = ((var1 * var1 * trim->p3) >> 8) + var1 * trim->p2 * 4096;
  var1 = ((140737488355328 + var1) * trim->p1) >> 33;
  if (var1 == 0) return 0;
  int64_t p = ((int64_t)(1048576 - raw) * 2147483648 - var2) * 3125 / var1;
  var1 = (trim->p9 * (p >> 13) * (p >> 13)) >> 25;
  var2 = (trim->p8 * p) >> 19;
  return (uint32_t)(((p + var1 + var2) >> 8) + (int64_t)trim->p7 * 16);
}

uint32_t roost_bme280_humidity(const struct roost_bme280_trim *trim, int32_t raw, int32_t fine) {
  int32_t v = fine - 76800;
  int32_t slope = (((((v * trim->h6) >> 10) * (((v * (int32_t)trim->h3) >> 11) + 32768)) >> 10) + 2097152) * trim->h2 + 8192;
  v = ((raw * 16384 - trim->h4 * 1048576 - trim->h5 * v + 16384) >> 15) * (slope >> 14);
  v -= ((((v >> 15) * (v >> 15)) >> 7) * (int32_t)trim->h1) >> 4;
  if (v < 0) v = 0;
  if (v > 419430400) v = 419430400;
  return (uint32_t)(v >> 12);
}

static int read_registers(struct roost_bme280 *device, uint8_t from, uint8_t *out, size_t count) {
  return device->i2c.transfer(device->i2c.ctx, device->address, &from, 1, 0, out, count);
}

static int write_register(struct roost_bme280 *device, uint8_t at, uint8_t value) {
  uint8_t bytes[2] = {at, value};
  return device->i2c.transfer(device->i2c.ctx, device->address, bytes, sizeof bytes, 0, NULL, 0);
}

static uint16_t le16(const uint8_t *at) { return (uint16_t)(at[0] | at[1] << 8); }

static int read_trim(struct roost_bme280 *device) {
  uint8_t a[26], b[7];
  struct roost_bme280_trim *trim = &device->trim;
  int err = read_registers(device, REG_TRIM_A, a, sizeof a);
  if (!err) err = read_registers(device, REG_TRIM_B, b, sizeof b);
  if (err) return err;
  int16_t *signed_ones[] = {&trim->t2, &trim->t3, NULL, &trim->p2, &trim->p3, &trim->p4, &trim->p5, &trim->p6, &trim->p7, &trim->p8, &trim->p9};
  trim->t1 = le16(a);
  trim->p1 = le16(a + 6);
  for (unsigned i = 0; i < sizeof signed_ones / sizeof *signed_ones; i++) {
    if (signed_ones[i]) *signed_ones[i] = (int16_t)le16(a + 2 + 2 * i);
  }
  trim->h1 = a[25];
  trim->h2 = (int16_t)le16(b);
  trim->h3 = b[2];
  trim->h4 = (int16_t)((int8_t)b[3] * 16 + (b[4] & 15)); /* 12 bits each, sharing 0xe5 */
  trim->h5 = (int16_t)((int8_t)b[5] * 16 + (b[4] >> 4));
  trim->h6 = (int8_t)b[6];
  return ROOST_OK;
}

static int start(void *ctx, uint64_t now_ms) {
  struct roost_bme280 *device = ctx;
  uint8_t id = 0;
  (void)now_ms;
  device->has_values = false;
  int err = read_registers(device, REG_ID, &id, 1);
  if (!err && id != CHIP_ID) err = ROOST_ERR_BUS; /* a BMP280 has 0x58: no humidity */
  if (!err) err = read_trim(device);
  if (!err) err = write_register(device, REG_CTRL_HUM, HUM_ONCE); /* takes effect with the next write of ctrl_meas */
  if (!err) err = write_register(device, REG_CONFIG, STANDBY_1000_MS);
  if (!err) err = write_register(device, REG_CTRL_MEAS, MEAS_ONCE_NORMAL);
  return err;
}

static int refresh(struct roost_bme280 *device, uint64_t now_ms) {
  uint8_t data[8];
  if (device->has_values && now_ms - device->read_at_ms < READ_AGAIN_MS) return ROOST_OK; /* the other quantities of one round */
  int err = read_registers(device, REG_DATA, data, sizeof data);
  if (err) return err;
  int32_t raw_p = data[0] << 12 | data[1] << 4 | data[2] >> 4, raw_t = data[3] << 12 | data[4] << 4 | data[5] >> 4;
  int32_t raw_h = data[6] << 8 | data[7], fine = 0;
  if (raw_t == 0x80000 || raw_p == 0x80000 || raw_h == 0x8000) return ROOST_ERR_NOT_READY; /* the values after a reset */
  device->values[ROOST_BME280_TEMP] = roost_bme280_temp(&device->trim, raw_t, &fine) / 100.0;
  device->values[ROOST_BME280_RH] = roost_bme280_humidity(&device->trim, raw_h, fine) / 1024.0;
  device->values[ROOST_BME280_PRESSURE] = roost_bme280_pressure(&device->trim, raw_p, fine) / 256.0;
  device->has_values = true;
  device->read_at_ms = now_ms;
  return ROOST_OK;
}

static int read_value(void *ctx, uint64_t now_ms, uint8_t quantity, double *raw) {
  struct roost_bme280 *device = ctx;
  int err = refresh(device, now_ms);
  if (!err) *raw = device->values[quantity];
  return err;
}

void roost_bme280_create(struct roost_bme280 *device, const struct roost_i2c *i2c, uint8_t address) {
  memset(device, 0, sizeof *device);
  device->i2c = *i2c;
  device->address = address;
}

struct roost_driver roost_bme280_driver(struct roost_bme280 *device) {
  return (struct roost_driver){.ctx = device, .start = start, .read = read_value};
}
