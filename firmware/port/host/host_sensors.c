/* See host_sensors.h. */
#include "host_sensors.h"

#include <math.h>
#include <string.h>

static const struct roost_sensor_traits TRAITS[HOST_SENSORS] = {
    {.kind = "bme280", .quantity = "temp", .unit = "Cel", .lo = -40, .hi = 85},
    {.kind = "bme280", .quantity = "rh", .unit = "%RH", .lo = 0, .hi = 100},
    {.kind = "scd41", .quantity = "co2", .unit = "ppm", .lo = 0, .hi = 10000},
    {.kind = "s8", .quantity = "co2", .unit = "ppm", .lo = 0, .hi = 10000},
};
static const char *const IDS[HOST_SENSORS] = {"temp", "rh", "co2", "co2-b"};
static const double MIDDLE[HOST_SENSORS] = {21, 62, 1400, 1430};
static const double SWING[HOST_SENSORS] = {2, 5, 300, 300};

static int start(void *ctx, uint64_t now_ms) {
  (void)now_ms;
  return ((struct host_sensor *)ctx)->is_dead ? ROOST_ERR_BUS : ROOST_OK;
}

static int read_value(void *ctx, uint64_t now_ms, uint8_t quantity, double *raw) {
  const struct host_sensor *sensor = ctx;
  (void)quantity;
  if (sensor->is_dead) return ROOST_ERR_BUS;
  double hours = (double)now_ms / 3600000;
  double air = MIDDLE[sensor->index] + SWING[sensor->index] * sin(hours * 2 * 3.14159265358979);
  *raw = isnan(sensor->value) ? round(air * 100) / 100 : sensor->value;
  return ROOST_OK;
}

void host_sensors_create(struct host_sensors *sensors) {
  memset(sensors, 0, sizeof *sensors);
  for (uint8_t i = 0; i < HOST_SENSORS; i++) {
    sensors->sensors[i] = (struct host_sensor){.id = IDS[i], .value = (double)NAN, .index = i};
    sensors->drivers[i] = (struct roost_driver){.ctx = &sensors->sensors[i], .start = start, .read = read_value};
    roost_sensor_create(&sensors->senses[i], IDS[i], &sensors->drivers[i], 0, &TRAITS[i]);
  }
  roost_channel_create(&sensors->channels[0], &sensors->senses[0], NULL);
  roost_channel_create(&sensors->channels[1], &sensors->senses[1], NULL);
  roost_channel_create(&sensors->channels[2], &sensors->senses[2], &sensors->senses[3]);
}

struct host_sensor *host_sensors_find(struct host_sensors *sensors, const char *id) {
  for (unsigned i = 0; i < HOST_SENSORS; i++) {
    if (strcmp(sensors->sensors[i].id, id) == 0) return &sensors->sensors[i];
  }
  return NULL;
}
