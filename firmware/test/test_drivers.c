/* Each driver against a device that behaves as its datasheet says, and badly. */
#include <math.h>
#include <string.h>

#include "roost/drivers.h"
#include "test.h"

static int near(double value, double expected, double by) { return fabs(value - expected) <= by; }

/* Bosch: the calculation example of the BMP280 datasheet (BST-BMP280-DS001, section 3.12); the BME280 has the same T and P. */
static void bme280_gives_the_example_of_its_datasheet(void) {
  struct roost_bme280_trim trim = {.t1 = 27504, .t2 = 26435, .t3 = -1000, .p1 = 36477, .p2 = -10685, .p3 = 3024, .p4 = 2855,
                                   .p5 = 140, .p6 = -7, .p7 = 15500, .p8 = -14600, .p9 = 6000,
                                   .h1 = 75, .h2 = 362, .h3 = 0, .h4 = 313, .h5 = 50, .h6 = 30};
  int32_t fine = 0;
  CHECK_EQUAL(roost_bme280_temp(&trim, 519888, &fine), 2508);
  CHECK_EQUAL(fine, 128422);
  CHECK(near(roost_bme280_pressure(&trim, 415148, fine) / 256.0, 100653.27, 0.02)); /* printed from its floating formula */
  /* No example of humidity is printed: the integers are held against the datasheet's floating formula (section 8.1). */
  for (int32_t raw = 20000; raw < 45000; raw += 500) {
    double h = fine - 76800.0;
    h = (raw - (trim.h4 * 64.0 + trim.h5 / 16384.0 * h)) *
        (trim.h2 / 65536.0 * (1 + trim.h6 / 67108864.0 * h * (1 + trim.h3 / 67108864.0 * h)));
    h *= 1 - trim.h1 * h / 524288;
    h = h < 0 ? 0 : h > 100 ? 100 : h;
    CHECK(near(roost_bme280_humidity(&trim, raw, fine) / 1024.0, h, 0.05));
  }
  trim.p1 = 0;
  CHECK_EQUAL(roost_bme280_pressure(&trim, 415148, fine), 0); /* no division by zero */
}

/* A device with registers behind an address. */
struct register_device {
  uint8_t registers[256];
  bool is_dead;
};
static int bme_transfer(void *ctx, uint8_t address, const uint8_t *out, size_t out_bytes, uint32_t pause_us, uint8_t *in, size_t in_bytes) {
  struct register_device *device = ctx;
  (void)pause_us;
  if (device->is_dead || address != 0x76) return ROOST_ERR_BUS;
  if (out_bytes == 2) device->registers[out[0]] = out[1];
  if (in_bytes > 0) memcpy(in, device->registers + out[0], in_bytes);
  return ROOST_OK;
}
static void le(uint8_t *at, int value) {
  at[0] = (uint8_t)value;
  at[1] = (uint8_t)(value >> 8);
}

static void bme280_reads_its_trimming_and_three_quantities_in_one_transfer(void) {
  struct register_device device = {0};
  struct roost_bme280 bme;
  double value = 0;
  const int trim[12] = {27504, 26435, -1000, 36477, -10685, 3024, 2855, 140, -7, 15500, -14600, 6000};
  for (unsigned i = 0; i < 12; i++) le(device.registers + 0x88 + 2 * i, trim[i]);
  device.registers[0xa1] = 75;
  le(device.registers + 0xe1, 362);
  device.registers[0xe4] = 313 >> 4;
  device.registers[0xe5] = (uint8_t)((313 & 15) | (50 & 15) << 4);
  device.registers[0xe6] = 50 >> 4;
  device.registers[0xe7] = 30;
  struct roost_i2c i2c = {.ctx = &device, .transfer = bme_transfer};
  roost_bme280_create(&bme, &i2c, 0x76);
  struct roost_driver driver = roost_bme280_driver(&bme);
  CHECK_EQUAL(driver.start(driver.ctx, 0), ROOST_ERR_BUS); /* another chip */
  device.registers[0xd0] = 0x60;
  CHECK_EQUAL(driver.start(driver.ctx, 0), ROOST_OK);
  CHECK(bme.trim.h4 == 313 && bme.trim.h5 == 50 && bme.trim.p9 == 6000 && device.registers[0xf4] == 0x27 && device.registers[0xf2] == 1);
  memcpy(device.registers + 0xf7, (uint8_t[]){0x80, 0, 0, 0x80, 0, 0, 0x80, 0}, 8);
  CHECK_EQUAL(driver.read(driver.ctx, 1000, ROOST_BME280_TEMP, &value), ROOST_ERR_NOT_READY);
  memcpy(device.registers + 0xf7, (uint8_t[]){415148 >> 12, 415148 >> 4 & 255, 415148 % 16 << 4, 519888 >> 12, 519888 >> 4 & 255, 519888 % 16 << 4, 0x70, 0}, 8);
  CHECK_EQUAL(driver.read(driver.ctx, 2000, ROOST_BME280_TEMP, &value), ROOST_OK);
  CHECK(near(value, 25.08, 1e-9));
  CHECK_EQUAL(driver.read(driver.ctx, 2000, ROOST_BME280_PRESSURE, &value), ROOST_OK);
  CHECK(near(value, 100653.27, 0.02));
  CHECK_EQUAL(driver.read(driver.ctx, 2000, ROOST_BME280_RH, &value), ROOST_OK);
  CHECK(value > 0 && value < 100);
  device.is_dead = true;
  CHECK_EQUAL(driver.read(driver.ctx, 3000, ROOST_BME280_TEMP, &value), ROOST_ERR_BUS);
}

struct scd41_device {
  bool is_running, is_ready, flips_a_bit;
  unsigned starts;
};
static void word(uint8_t *at, unsigned value) {
  at[0] = (uint8_t)(value >> 8);
  at[1] = (uint8_t)value;
  at[2] = roost_crc8_sensirion(at, 2);
}
static int scd_transfer(void *ctx, uint8_t address, const uint8_t *out, size_t out_bytes, uint32_t pause_us, uint8_t *in, size_t in_bytes) {
  struct scd41_device *device = ctx;
  unsigned command = (unsigned)(out[0] << 8 | out[1]);
  if (address != 0x62 || out_bytes != 2) return ROOST_ERR_BUS;
  if (in_bytes > 0 && (pause_us < 1000 || !device->is_running)) return ROOST_ERR_BUS;
  if (command == 0x3f86) device->is_running = false;
  if (command == 0x21b1) {
    device->is_running = true;
    device->starts++;
  }
  if (command == 0xe4b8) word(in, device->is_ready ? 0x8006 : 0x8000);
  if (command == 0xec05) { /* the datasheet's example: 500 ppm, 25 degC, 37 %RH */
    word(in, 0x01f4);
    word(in + 3, 0x6667);
    word(in + 6, 0x5eb9);
    device->is_ready = false;
  }
  if (in_bytes > 0 && device->flips_a_bit) in[1] ^= 1;
  return ROOST_OK;
}

static void scd41_gives_the_example_of_its_datasheet_and_refuses_a_flipped_bit(void) {
  struct scd41_device device = {0};
  struct roost_i2c i2c = {.ctx = &device, .transfer = scd_transfer};
  struct roost_scd41 scd;
  double value = 0;
  CHECK_EQUAL(roost_crc8_sensirion((const uint8_t[]){0xbe, 0xef}, 2), 0x92); /* its section 3.11 */
  roost_scd41_create(&scd, &i2c);
  struct roost_driver driver = roost_scd41_driver(&scd);
  CHECK_EQUAL(driver.start(driver.ctx, 0), ROOST_OK);
  CHECK_EQUAL(driver.read(driver.ctx, 100, ROOST_SCD41_CO2, &value), ROOST_ERR_NOT_READY);
  CHECK_EQUAL(device.starts, 0); /* it needs 500 ms to stop */
  CHECK_EQUAL(driver.read(driver.ctx, 500, ROOST_SCD41_CO2, &value), ROOST_ERR_NOT_READY);
  CHECK_EQUAL(driver.read(driver.ctx, 1500, ROOST_SCD41_CO2, &value), ROOST_ERR_NOT_READY);
  device.is_ready = true;
  CHECK_EQUAL(driver.read(driver.ctx, 5500, ROOST_SCD41_CO2, &value), ROOST_OK);
  CHECK(near(value, 500, 0));
  CHECK_EQUAL(driver.read(driver.ctx, 5500, ROOST_SCD41_TEMP, &value), ROOST_OK);
  CHECK(near(value, 25, 0.01));
  CHECK_EQUAL(driver.read(driver.ctx, 5500, ROOST_SCD41_RH, &value), ROOST_OK);
  CHECK(near(value, 37, 0.01));
  CHECK_EQUAL(driver.read(driver.ctx, 6500, ROOST_SCD41_RH, &value), ROOST_ERR_NOT_READY);
  device.is_ready = device.flips_a_bit = true;
  CHECK_EQUAL(driver.read(driver.ctx, 7500, ROOST_SCD41_CO2, &value), ROOST_ERR_CHECKSUM);
}

/* Devices on one UART: each answers requests to its address. */
struct uart_line {
  uint8_t out[256];
  size_t out_bytes, given_at_once;
  bool is_dead, flips_a_bit, is_exception;
  uint16_t s8_status;
  unsigned requests[256];
};
static void reply(struct uart_line *line, uint8_t address, const uint16_t *registers, uint8_t count) {
  uint8_t *out = line->out;
  out[0] = address;
  out[1] = line->is_exception ? 0x84 : 4;
  out[2] = line->is_exception ? 2 : (uint8_t)(2 * count);
  size_t size = 3;
  for (uint8_t i = 0; i < count && !line->is_exception; i++) {
    out[size++] = (uint8_t)(registers[i] >> 8);
    out[size++] = (uint8_t)registers[i];
  }
  uint16_t crc = roost_crc16_modbus(out, size);
  le(out + size, crc);
  line->out_bytes = size + 2;
  if (line->flips_a_bit) out[4] ^= 4;
}
static int uart_write(void *ctx, const uint8_t *bytes, size_t size) {
  struct uart_line *line = ctx;
  CHECK(size == 8 && roost_crc16_modbus(bytes, 8) == 0); /* a whole telegram with its sum leaves nothing */
  line->requests[bytes[0]]++;
  if (line->is_dead) return ROOST_OK;
  uint16_t s8[4] = {line->s8_status, 0, 0, 1234};
  uint16_t pzem[9] = {2301, 1500, 0, 3450, 0, 12, 0, 500, 98};
  pzem[0] = (uint16_t)(pzem[0] + bytes[0]);
  if (bytes[0] == 0xfe) reply(line, 0xfe, s8, 4);
  else reply(line, bytes[0], pzem, 9);
  return ROOST_OK;
}
static size_t uart_read(void *ctx, uint8_t *out, size_t room) {
  struct uart_line *line = ctx;
  size_t size = line->out_bytes < room ? line->out_bytes : room;
  if (line->given_at_once && size > line->given_at_once) size = line->given_at_once;
  memcpy(out, line->out, size);
  line->out_bytes -= size;
  memmove(line->out, line->out + size, line->out_bytes);
  return size;
}

static void s8_is_read_and_its_own_errors_are_no_readings(void) {
  struct uart_line line = {0};
  struct roost_modbus bus = {.uart = {.ctx = &line, .write = uart_write, .read = uart_read}};
  struct roost_s8 s8;
  double value = 0;
  CHECK_EQUAL(roost_crc16_modbus((const uint8_t[]){0xfe, 4, 0, 3, 0, 1}, 6), 0xc5d5); /* the request in its Modbus guide: D5 C5 */
  roost_s8_create(&s8, &bus);
  struct roost_driver driver = roost_s8_driver(&s8);
  CHECK_EQUAL(driver.start(driver.ctx, 0), ROOST_OK);
  CHECK_EQUAL(driver.read(driver.ctx, 1000, 0, &value), ROOST_OK);
  CHECK(near(value, 1234, 0));
  line.given_at_once = 4; /* the answer comes in pieces */
  CHECK_EQUAL(driver.read(driver.ctx, 1100, 0, &value), ROOST_ERR_NOT_READY);
  CHECK_EQUAL(driver.read(driver.ctx, 1110, 0, &value), ROOST_ERR_NOT_READY);
  CHECK_EQUAL(driver.read(driver.ctx, 1120, 0, &value), ROOST_ERR_NOT_READY);
  CHECK_EQUAL(driver.read(driver.ctx, 1130, 0, &value), ROOST_OK);
  line.given_at_once = 0;
  line.s8_status = 1;
  CHECK_EQUAL(driver.read(driver.ctx, 2000, 0, &value), ROOST_OK); /* asked before */
  CHECK_EQUAL(driver.read(driver.ctx, 3000, 0, &value), ROOST_ERR_BUS);
  line.flips_a_bit = true;
  (void)driver.read(driver.ctx, 4000, 0, &value);
  CHECK_EQUAL(driver.read(driver.ctx, 5000, 0, &value), ROOST_ERR_CHECKSUM);
  line.flips_a_bit = false;
  line.is_exception = true;
  (void)driver.read(driver.ctx, 6000, 0, &value);
  CHECK_EQUAL(driver.read(driver.ctx, 7000, 0, &value), ROOST_ERR_BUS);
  line.is_dead = true;
  (void)driver.read(driver.ctx, 8000, 0, &value);
  CHECK_EQUAL(driver.read(driver.ctx, 8100, 0, &value), ROOST_ERR_NOT_READY);
  CHECK_EQUAL(driver.read(driver.ctx, 9000, 0, &value), ROOST_ERR_TIMEOUT);
}

static void three_phases_share_a_bus_and_none_starves(void) {
  struct uart_line line = {0};
  struct roost_modbus bus = {.uart = {.ctx = &line, .write = uart_write, .read = uart_read}};
  struct roost_pzem phases[3];
  struct roost_driver drivers[3];
  unsigned got[3] = {0};
  double value = 0;
  for (uint8_t i = 0; i < 3; i++) {
    roost_pzem_create(&phases[i], &bus, (uint8_t)(i + 1));
    drivers[i] = roost_pzem_driver(&phases[i]);
    CHECK_EQUAL(drivers[i].start(drivers[i].ctx, 0), ROOST_OK);
  }
  for (uint64_t now = 200; now < 60200; now += 200) {
    for (unsigned i = 0; i < 3; i++) {
      if (drivers[i].read(drivers[i].ctx, now, ROOST_PZEM_VOLTAGE, &value)) continue;
      got[i]++;
      CHECK(near(value, 230.1 + (i + 1) / 10.0, 1e-9));
      CHECK_EQUAL(drivers[i].read(drivers[i].ctx, now, ROOST_PZEM_CURRENT, &value), ROOST_OK);
      CHECK(near(value, 1.5, 1e-9));
      CHECK_EQUAL(drivers[i].read(drivers[i].ctx, now, ROOST_PZEM_POWER, &value), ROOST_OK);
      CHECK(near(value, 345, 1e-9));
      CHECK_EQUAL(drivers[i].read(drivers[i].ctx, now, ROOST_PZEM_FACTOR, &value), ROOST_OK);
      CHECK(near(value, 0.98, 1e-9));
      CHECK_EQUAL(drivers[i].read(drivers[i].ctx, now, ROOST_PZEM_FREQUENCY, &value), ROOST_OK);
      CHECK(near(value, 50, 1e-9));
    }
  }
  printf("readings of three phases in a minute: %u %u %u\n", got[0], got[1], got[2]);
  for (unsigned i = 0; i < 3; i++) CHECK(got[i] >= 30);
}

struct pulses {
  uint16_t highs[42];
  size_t count;
  unsigned requests;
};
static int pulse_request(void *ctx, uint32_t low_us) {
  CHECK(low_us >= 1000);
  ((struct pulses *)ctx)->requests++;
  return ROOST_OK;
}
static size_t pulse_highs(void *ctx, uint16_t *out, size_t room) {
  struct pulses *pulses = ctx;
  size_t count = pulses->count < room ? pulses->count : room;
  memcpy(out, pulses->highs, count * sizeof *out);
  return count;
}
static void set_pulses(struct pulses *pulses, const uint8_t bytes[5]) {
  pulses->highs[0] = 30;
  pulses->highs[1] = 80;
  for (unsigned i = 0; i < 40; i++) pulses->highs[2 + i] = bytes[i / 8] >> (7 - i % 8) & 1 ? 70 : 26;
  pulses->count = 42;
}

static void dht22_reads_below_zero_and_checks_its_sum(void) {
  struct pulses pulses = {0};
  struct roost_pulse_line line = {.ctx = &pulses, .request = pulse_request, .highs = pulse_highs};
  struct roost_dht22 dht;
  double value = 0;
  roost_dht22_create(&dht, &line);
  struct roost_driver driver = roost_dht22_driver(&dht);
  CHECK_EQUAL(driver.start(driver.ctx, 0), ROOST_OK);
  CHECK_EQUAL(driver.read(driver.ctx, 1000, ROOST_DHT22_RH, &value), ROOST_ERR_NOT_READY);
  CHECK_EQUAL(pulses.requests, 0);
  CHECK_EQUAL(driver.read(driver.ctx, 2000, ROOST_DHT22_RH, &value), ROOST_ERR_NOT_READY);
  set_pulses(&pulses, (const uint8_t[]){0x02, 0x8c, 0x80, 0x65, 0x73}); /* 65.2 %RH, -10.1 degC */
  CHECK_EQUAL(driver.read(driver.ctx, 3000, ROOST_DHT22_RH, &value), ROOST_OK);
  CHECK(near(value, 65.2, 1e-9));
  CHECK_EQUAL(driver.read(driver.ctx, 3000, ROOST_DHT22_TEMP, &value), ROOST_OK);
  CHECK(near(value, -10.1, 1e-9));
  CHECK_EQUAL(driver.read(driver.ctx, 4000, ROOST_DHT22_TEMP, &value), ROOST_ERR_NOT_READY);
  CHECK_EQUAL(pulses.requests, 2);
  set_pulses(&pulses, (const uint8_t[]){0x02, 0x8c, 0x01, 0x5f, 0xef});
  CHECK_EQUAL(driver.read(driver.ctx, 5000, ROOST_DHT22_TEMP, &value), ROOST_ERR_CHECKSUM);
  CHECK_EQUAL(driver.read(driver.ctx, 6000, ROOST_DHT22_TEMP, &value), ROOST_ERR_NOT_READY);
  pulses.count = 12; /* cut short */
  CHECK_EQUAL(driver.read(driver.ctx, 7000, ROOST_DHT22_TEMP, &value), ROOST_ERR_TIMEOUT);
}

struct probe {
  uint8_t pad[9];
  unsigned at, written;
  bool is_gone;
  uint8_t last;
};
static bool wire_reset(void *ctx) {
  struct probe *probe = ctx;
  probe->at = 0;
  return !probe->is_gone;
}
static void wire_write(void *ctx, uint8_t byte) {
  ((struct probe *)ctx)->last = byte;
  ((struct probe *)ctx)->written++;
}
static uint8_t wire_read(void *ctx) {
  struct probe *probe = ctx;
  return probe->pad[probe->at++ % 9];
}
static void set_temp(struct probe *probe, int sixteenths, uint8_t reserved) {
  le(probe->pad, sixteenths);
  memcpy(probe->pad + 2, (uint8_t[]){0x4b, 0x46, 0x7f, 0xff, reserved, 0x10}, 6);
  probe->pad[8] = roost_crc8_maxim(probe->pad, 8);
}

static void ds18b20_reads_and_does_not_take_its_power_on_value_for_85_degrees(void) {
  struct probe probe = {0};
  struct roost_one_wire wire = {.ctx = &probe, .reset = wire_reset, .write = wire_write, .read = wire_read};
  struct roost_ds18b20 device;
  double value = 0;
  CHECK_EQUAL(roost_crc8_maxim((const uint8_t[]){0x02, 0x1c, 0xb8, 0x01, 0, 0, 0}, 7), 0xa2); /* Maxim application note 27 */
  roost_ds18b20_create(&device, &wire, (const uint8_t[8]){0x28, 1, 2, 3, 4, 5, 6, 7});
  struct roost_driver driver = roost_ds18b20_driver(&device);
  CHECK_EQUAL(driver.start(driver.ctx, 0), ROOST_OK);
  CHECK(probe.last == 0x44 && probe.written == 10);
  CHECK_EQUAL(driver.read(driver.ctx, 700, 0, &value), ROOST_ERR_NOT_READY);
  set_temp(&probe, 0xff5e - 0x10000, 0x0c); /* -10.125 in the datasheet's table */
  CHECK_EQUAL(driver.read(driver.ctx, 800, 0, &value), ROOST_OK);
  CHECK(near(value, -10.125, 0));
  set_temp(&probe, 0x0550, 0x0c);
  CHECK_EQUAL(driver.read(driver.ctx, 1800, 0, &value), ROOST_ERR_NOT_READY);
  set_temp(&probe, 0x0550, 0x10);
  CHECK_EQUAL(driver.read(driver.ctx, 2800, 0, &value), ROOST_OK);
  CHECK(near(value, 85, 0));
  probe.pad[0] ^= 1;
  CHECK_EQUAL(driver.read(driver.ctx, 3800, 0, &value), ROOST_ERR_CHECKSUM);
  memset(probe.pad, 0, 9);
  CHECK_EQUAL(driver.read(driver.ctx, 4800, 0, &value), ROOST_ERR_CHECKSUM);
  probe.is_gone = true;
  CHECK_EQUAL(driver.read(driver.ctx, 5800, 0, &value), ROOST_ERR_BUS);
  CHECK_EQUAL(driver.read(driver.ctx, 5900, 0, &value), ROOST_ERR_BUS);
  roost_ds18b20_create(&device, &wire, (const uint8_t[8]){0});
  probe.is_gone = false;
  probe.written = 0;
  CHECK_EQUAL(driver.start(driver.ctx, 0), ROOST_OK);
  CHECK_EQUAL(probe.written, 2);
}

static bool is_high(void *ctx) { return *(bool *)ctx; }

static void a_contact_counts_when_it_stays_for_50_ms(void) {
  bool running = false, fault = false;
  struct roost_input run_input = {.ctx = &running, .is_high = is_high}, fault_input = {.ctx = &fault, .is_high = is_high};
  struct roost_machine machine;
  double value = -1;
  roost_machine_create(&machine, &run_input, &fault_input, false);
  struct roost_driver driver = roost_machine_driver(&machine);
  CHECK_EQUAL(driver.start(driver.ctx, 0), ROOST_OK);
  for (uint64_t now = 10; now < 100; now += 10) { /* it bounces */
    running = !running;
    roost_machine_poll(&machine, now);
    CHECK_EQUAL(machine.stable, 0);
  }
  running = true;
  roost_machine_poll(&machine, 100);
  CHECK_EQUAL(driver.read(driver.ctx, 160, 0, &value), ROOST_OK);
  CHECK(near(value, 1, 0));
  fault = true;
  roost_machine_poll(&machine, 200);
  CHECK_EQUAL(driver.read(driver.ctx, 250, 0, &value), ROOST_OK);
  CHECK(near(value, 2, 0));
  roost_machine_create(&machine, &run_input, NULL, true);
  driver = roost_machine_driver(&machine);
  CHECK_EQUAL(driver.start(driver.ctx, 0), ROOST_OK);
  CHECK_EQUAL(driver.read(driver.ctx, 0, 0, &value), ROOST_OK);
  CHECK(near(value, 0, 0));
}

static void a_sine_at_the_microphones_sensitivity_is_94_decibels(void) {
  struct roost_microphone microphone;
  double value = 0;
  roost_microphone_create(&microphone, -26);
  struct roost_driver driver = roost_microphone_driver(&microphone);
  CHECK_EQUAL(driver.start(driver.ctx, 0), ROOST_OK);
  CHECK_EQUAL(driver.read(driver.ctx, 0, 0, &value), ROOST_ERR_NOT_READY);
  for (int loud = 0; loud <= 1; loud++) {
    double peak = pow(10, (-26.0 - 20 * loud) / 20) * 2147483647;
    for (int i = 0; i < 4800; i++) {
      int32_t sample = (int32_t)(peak * sin(i * 2 * 3.14159265358979 / 48)) + 1000000; /* with the offset that I2S microphones have */
      roost_microphone_take(&microphone, &sample, 1);
    }
    CHECK_EQUAL(driver.read(driver.ctx, 0, 0, &value), ROOST_OK);
    CHECK(near(value, 94 - 20 * loud, 0.05));
  }
  int32_t silence[100] = {0};
  roost_microphone_take(&microphone, silence, 100);
  CHECK_EQUAL(driver.read(driver.ctx, 0, 0, &value), ROOST_ERR_BUS);
}

int main(void) {
  PROMISE(bme280_gives_the_example_of_its_datasheet);
  PROMISE(bme280_reads_its_trimming_and_three_quantities_in_one_transfer);
  PROMISE(scd41_gives_the_example_of_its_datasheet_and_refuses_a_flipped_bit);
  PROMISE(s8_is_read_and_its_own_errors_are_no_readings);
  PROMISE(three_phases_share_a_bus_and_none_starves);
  PROMISE(dht22_reads_below_zero_and_checks_its_sum);
  PROMISE(ds18b20_reads_and_does_not_take_its_power_on_value_for_85_degrees);
  PROMISE(a_contact_counts_when_it_stays_for_50_ms);
  PROMISE(a_sine_at_the_microphones_sensitivity_is_94_decibels);
}
