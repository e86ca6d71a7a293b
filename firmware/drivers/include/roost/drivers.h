/* The devices that a node may have. Each: a struct that lives as long as the node, a create, and a driver for roost_sensor_create. */
#ifndef ROOST_DRIVERS_H
#define ROOST_DRIVERS_H

#include "roost/bus.h"
#include "roost/sensor.h"

/* Bosch BME280 (datasheet BST-BME280-DS002 rev 1.6): temperature, relative humidity, pressure over I2C. */
enum { ROOST_BME280_TEMP, ROOST_BME280_RH, ROOST_BME280_PRESSURE };
struct roost_bme280_trim {
  uint16_t t1, p1;
  int16_t t2, t3, p2, p3, p4, p5, p6, p7, p8, p9, h2, h4, h5;
  uint8_t h1, h3;
  int8_t h6;
};
struct roost_bme280 {
  struct roost_i2c i2c;
  struct roost_bme280_trim trim;
  uint8_t address; /* 0x76 or 0x77 */
  bool has_values;
  uint64_t read_at_ms;
  double values[3];
};
void roost_bme280_create(struct roost_bme280 *device, const struct roost_i2c *i2c, uint8_t address);
struct roost_driver roost_bme280_driver(struct roost_bme280 *device);
extern const struct roost_sensor_traits roost_bme280_traits[3];
/* Section 4.2.3, in integers. T in 0.01 degC with `fine` for the others; P in Pa / 256; H in %RH / 1024. */
int32_t roost_bme280_temp(const struct roost_bme280_trim *trim, int32_t raw, int32_t *fine);
uint32_t roost_bme280_pressure(const struct roost_bme280_trim *trim, int32_t raw, int32_t fine);
uint32_t roost_bme280_humidity(const struct roost_bme280_trim *trim, int32_t raw, int32_t fine);

/* Sensirion SCD41 (datasheet version 1.4): CO2, and temperature and humidity of its own warm housing, every 5 s. */
enum { ROOST_SCD41_CO2, ROOST_SCD41_TEMP, ROOST_SCD41_RH };
struct roost_scd41 {
  struct roost_i2c i2c;
  uint64_t stopped_at_ms; /* it takes 500 ms to stop */
  uint8_t fresh;          /* bit per quantity: not yet taken */
  bool is_running;
  double values[3];
};
void roost_scd41_create(struct roost_scd41 *device, const struct roost_i2c *i2c);
struct roost_driver roost_scd41_driver(struct roost_scd41 *device);
extern const struct roost_sensor_traits roost_scd41_traits[3];

/* Senseair S8 LP (PSP126, Modbus TDE2067): CO2 over Modbus, address 0xfe. */
struct roost_s8 {
  struct roost_modbus *bus;
};
void roost_s8_create(struct roost_s8 *device, struct roost_modbus *bus);
struct roost_driver roost_s8_driver(struct roost_s8 *device);
extern const struct roost_sensor_traits roost_s8_traits[1];

/* Aosong DHT22 / AM2302: humidity and temperature on one line, at most every 2 s. */
enum { ROOST_DHT22_TEMP, ROOST_DHT22_RH };
struct roost_dht22 {
  struct roost_pulse_line line;
  uint64_t asked_at_ms;
  bool is_asked;
  uint8_t fresh;
  double values[2];
};
void roost_dht22_create(struct roost_dht22 *device, const struct roost_pulse_line *line);
struct roost_driver roost_dht22_driver(struct roost_dht22 *device);
extern const struct roost_sensor_traits roost_dht22_traits[2];

/* Maxim DS18B20 (19-7487 rev 6): temperature over 1-Wire, alone on its line or by its 64-bit code. */
struct roost_ds18b20 {
  struct roost_one_wire wire;
  uint8_t code[8]; /* family 0x28 first; all zero: alone on the line */
  uint64_t asked_at_ms;
  bool is_asked;
};
void roost_ds18b20_create(struct roost_ds18b20 *device, const struct roost_one_wire *wire, const uint8_t code[8]);
struct roost_driver roost_ds18b20_driver(struct roost_ds18b20 *device);
extern const struct roost_sensor_traits roost_ds18b20_traits[1];

/* Peacefair PZEM-004T v3.0: voltage, current, power, power factor, frequency of one phase over Modbus; three share a bus. */
enum { ROOST_PZEM_VOLTAGE, ROOST_PZEM_CURRENT, ROOST_PZEM_POWER, ROOST_PZEM_FACTOR, ROOST_PZEM_FREQUENCY };
struct roost_pzem {
  struct roost_modbus *bus;
  uint8_t address; /* 1 … 247 */
  uint8_t fresh;
  uint64_t looked_at_ms;
  double values[5];
};
void roost_pzem_create(struct roost_pzem *device, struct roost_modbus *bus, uint8_t address);
struct roost_driver roost_pzem_driver(struct roost_pzem *device);
extern const struct roost_sensor_traits roost_pzem_traits[5];

/* A machine with a running contact and perhaps a fault contact: 0 stopped, 1 running, 2 fault. */
#define ROOST_DEBOUNCE_MS 50u
struct roost_machine {
  struct roost_input running;
  struct roost_input fault; /* is_high NULL: there is none */
  bool is_active_low;
  uint8_t stable, candidate;
  bool has_state;
  uint64_t since_ms; /* of the candidate */
};
void roost_machine_create(struct roost_machine *device, const struct roost_input *running, const struct roost_input *fault, bool is_active_low);
/* To be called every few milliseconds; a driver's read looks too, and is enough where nothing changes faster than it is read. */
void roost_machine_poll(struct roost_machine *device, uint64_t now_ms);
struct roost_driver roost_machine_driver(struct roost_machine *device);
extern const struct roost_sensor_traits roost_machine_traits[1];

/* Sound level from an I2S microphone (INMP441: -26 dBFS at 94 dB SPL): root mean square since the last reading, mean removed. */
struct roost_microphone {
  double sensitivity_dbfs;
  double sum, sum_of_squares;
  uint32_t count;
};
void roost_microphone_create(struct roost_microphone *device, double sensitivity_dbfs);
/* Samples of 24 bits in the upper part of 32, as I2S gives them. */
void roost_microphone_take(struct roost_microphone *device, const int32_t *samples, size_t count);
struct roost_driver roost_microphone_driver(struct roost_microphone *device);
extern const struct roost_sensor_traits roost_microphone_traits[1];

#endif
