/*
 * Sensor abstraction: a driver gives raw readings; a sensor makes of them values with a state and flags; a channel is what the farm
 * sees under one id, with a backup sensor that steps in. Pure: everything happens in roost_channel_sample at the time given.
 */
#ifndef ROOST_SENSOR_H
#define ROOST_SENSOR_H

#include "roost/codes.h"
#include "roost/port.h"
#include "roost/wire.h"

/* What a kind of sensor is and can; constant, one per quantity of a driver. */
struct roost_sensor_traits {
  const char *kind;     /* "scd41" */
  const char *quantity; /* "co2" */
  const char *unit;     /* "ppm" */
  double lo, hi;        /* what the device can measure; outside is no reading of the world */
  double max_rate;      /* units a second that the quantity can change, 0: no limit */
  double drift_max;     /* by how much main and backup may differ for long, 0: not watched */
  uint32_t warmup_ms;   /* from the start to readings within the datasheet's accuracy */
  uint32_t stuck_ms;    /* exactly the same raw reading for so long is a fault, 0: not watched */
};

/* What every driver answers. `quantity` is the index of what is read, for devices that measure several. None waits longer than 1 ms. */
struct roost_driver {
  void *ctx;
  /* Finds the device and sets it up; called again after failures. */
  int (*start)(void *ctx, uint64_t now_ms);
  /* The newest reading. ROOST_ERR_NOT_READY: none new yet, the one before still holds. */
  int (*read)(void *ctx, uint64_t now_ms, uint8_t quantity, double *raw);
  /* NULL when the device cannot; `value` is the true one for ZERO and SPAN. */
  int (*calibrate)(void *ctx, uint8_t quantity, enum roost_calibrate_step step, double value);
};

#define ROOST_MEDIAN_COUNT 5u
#define ROOST_SENSOR_FAIL_COUNT 5u       /* failures in a row from STABLE to FAILED */
#define ROOST_SENSOR_RESTART_MS 5000u    /* between attempts to start a device that failed */
#define ROOST_SENSOR_STALE_MS 15000u     /* a device that is never ready has failed */
#define ROOST_SENSOR_GOOD_COUNT 5u       /* good readings in a row from DEGRADED to STABLE */
#define ROOST_CHANNEL_RETURN_MS 60000u   /* the main sensor is stable for so long before it is used again */
#define ROOST_CHANNEL_DRIFT_MS 600000u

struct roost_sensor {
  struct roost_text id;
  const struct roost_driver *driver;
  const struct roost_sensor_traits *traits;
  uint8_t quantity;
  uint8_t state;         /* enum roost_sensor_state */
  bool is_enabled;
  bool is_started;
  bool is_stuck;
  bool was_lost;         /* FAILED after it had worked */
  uint8_t fail_count;    /* in a row */
  uint8_t good_count;    /* in a row */
  uint8_t window_count;
  uint8_t window_next;
  double window[ROOST_MEDIAN_COUNT];
  double cal_offset, cal_gain; /* made at the node; used where a configuration says nothing else */
  double offset, gain, lo, hi, max_rate;
  double raw;            /* the last reading */
  double value;          /* the last value given, NaN: none */
  uint64_t value_at_ms;
  uint64_t started_at_ms;
  uint64_t fresh_at_ms;  /* when a reading last came */
  uint64_t changed_at_ms;
  uint64_t retry_at_ms;
  uint32_t codes;        /* diagnostics to raise: 1 << (code & 31) of the DAQ codes, until taken */
};

void roost_sensor_create(struct roost_sensor *sensor, const char *id, const struct roost_driver *driver, uint8_t quantity,
                         const struct roost_sensor_traits *traits);
/* Takes what `config` has; for the rest the traits' values and the calibration made at the node. ROOST_ERR_VALUE and no change when gain is 0 or lo is not below hi. */
int roost_sensor_configure(struct roost_sensor *sensor, const struct roost_sensor_config *config);
/* Reads once and gives the sample of this moment (dt_ms 0). */
struct roost_sample roost_sensor_sample(struct roost_sensor *sensor, uint64_t now_ms);
/* ZERO: the offset such that the last value is `value` (0 by default); SPAN: the gain; RESET: both as made. Tells the device too when it can. */
int roost_sensor_calibrate(struct roost_sensor *sensor, enum roost_calibrate_step step, double value);
/* A calibration that was kept. ROOST_ERR_VALUE and no change when it cannot be one. */
int roost_sensor_set_calibration(struct roost_sensor *sensor, double offset, double gain);
/* The lowest DAQ code that waits to be raised, 0: none. */
uint16_t roost_sensor_take_code(struct roost_sensor *sensor);

struct roost_channel {
  struct roost_sensor *main;
  struct roost_sensor *backup; /* NULL: none */
  bool is_on_backup;
  bool is_both_failed;
  bool is_drift_told;
  uint64_t main_good_since_ms; /* 0: it is not */
  uint64_t drift_since_ms;
  uint32_t codes;
};

void roost_channel_create(struct roost_channel *channel, struct roost_sensor *main, struct roost_sensor *backup);
/* Reads both sensors and gives the sample of the one in use, ROOST_FLAG_BACKUP when it is the backup. */
struct roost_sample roost_channel_sample(struct roost_channel *channel, uint64_t now_ms);
/* The next DAQ code of the channel and its sensors, 0: none; `sensor` is who it is about. */
uint16_t roost_channel_take_code(struct roost_channel *channel, struct roost_text *sensor);

#endif
