/* The senses of a virtual node: plausible air of a poultry house, and sensors that die when they are told to. */
#ifndef ROOST_HOST_SENSORS_H
#define ROOST_HOST_SENSORS_H

#include "roost/sensor.h"

enum { HOST_SENSORS = 4, HOST_CHANNELS = 3 };

struct host_sensors {
  struct roost_driver drivers[HOST_SENSORS];
  struct host_sensor {
    const char *id;
    double value;  /* raw; NaN: follows the air */
    bool is_dead;
    uint8_t index;
  } sensors[HOST_SENSORS];
  struct roost_sensor senses[HOST_SENSORS];
  struct roost_channel channels[HOST_CHANNELS]; /* temp, rh, co2 with a backup */
};

void host_sensors_create(struct host_sensors *sensors);
/* NULL when there is no such sensor. */
struct host_sensor *host_sensors_find(struct host_sensors *sensors, const char *id);

#endif
