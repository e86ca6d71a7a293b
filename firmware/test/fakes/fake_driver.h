/* A sensor that reads what the test says. */
#ifndef ROOST_FAKE_DRIVER_H
#define ROOST_FAKE_DRIVER_H

#include "roost/sensor.h"

struct fake_driver {
  struct roost_driver driver;
  double raw;
  int start_err;
  int read_err;
  unsigned starts;
};

void fake_driver_create(struct fake_driver *fake, double raw);

#endif
