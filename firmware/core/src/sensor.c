/*
 * INIT ──start──▶ WARMUP ──time and a reading──▶ STABLE ◀──5 good──▶ DEGRADED ──5 failures, or nothing new for 15 s──▶ FAILED
 * FAILED tries to start the device again every 5 s and goes on with WARMUP. DEGRADED: the last reading failed or was not believable.
 */
#include "roost/sensor.h"

#include <math.h>
#include <string.h>

static void raise_code(uint32_t *codes, uint16_t code) { *codes |= 1u << (code & 31); }

static uint16_t take_code(uint32_t *codes) {
  for (unsigned number = 0; number < 32; number++) {
    if (!(*codes >> number & 1)) continue;
    *codes &= ~(1u << number);
    return (uint16_t)(ROOST_SUBSYSTEM_DAQ << 12 | number);
  }
  return 0;
}

static void reset_config(struct roost_sensor *sensor) {
  sensor->offset = sensor->cal_offset;
  sensor->gain = sensor->cal_gain;
  sensor->lo = sensor->traits->lo;
  sensor->hi = sensor->traits->hi;
  sensor->max_rate = sensor->traits->max_rate;
  sensor->is_enabled = true;
}

void roost_sensor_create(struct roost_sensor *sensor, const char *id, const struct roost_driver *driver, uint8_t quantity,
                         const struct roost_sensor_traits *traits) {
  *sensor = (struct roost_sensor){.id = roost_text_of(id), .driver = driver, .traits = traits, .quantity = quantity};
  sensor->value = (double)NAN;
  sensor->cal_gain = 1;
  reset_config(sensor);
}

int roost_sensor_configure(struct roost_sensor *sensor, const struct roost_sensor_config *config) {
  struct roost_sensor changed = *sensor;
  reset_config(&changed);
  if (config->has & ROOST_SENSOR_HAS_OFFSET) changed.offset = config->offset;
  if (config->has & ROOST_SENSOR_HAS_GAIN) changed.gain = config->gain;
  if (config->has & ROOST_SENSOR_HAS_LO) changed.lo = config->lo;
  if (config->has & ROOST_SENSOR_HAS_HI) changed.hi = config->hi;
  if (config->has & ROOST_SENSOR_HAS_MAX_RATE) changed.max_rate = config->max_rate;
  if (config->has & ROOST_SENSOR_HAS_ENABLED) changed.is_enabled = config->enabled;
  bool is_sound = changed.gain < 0 || changed.gain > 0;
  if (!is_sound || !(changed.lo < changed.hi) || changed.max_rate < 0) return ROOST_ERR_VALUE;
  /* A new calibration is a step of the value that is no jump of the world. */
  changed.window_count = 0;
  changed.value = (double)NAN;
  *sensor = changed;
  return ROOST_OK;
}

static double median_of(const struct roost_sensor *sensor) {
  double sorted[ROOST_MEDIAN_COUNT];
  unsigned count = 0;
  for (; count < sensor->window_count; count++) {
    unsigned at = count;
    for (; at > 0 && sorted[at - 1] > sensor->window[count]; at--) sorted[at] = sorted[at - 1];
    sorted[at] = sensor->window[count];
  }
  return count % 2 ? sorted[count / 2] : (sorted[count / 2 - 1] + sorted[count / 2]) / 2;
}

static void fail(struct roost_sensor *sensor, uint64_t now_ms) {
  if (sensor->state != ROOST_SENSOR_FAILED) {
    raise_code(&sensor->codes, sensor->state == ROOST_SENSOR_INIT ? ROOST_CODE_DAQ_SENSOR_MISSING : ROOST_CODE_DAQ_SENSOR_LOST);
    sensor->was_lost = true;
  }
  sensor->state = ROOST_SENSOR_FAILED;
  sensor->is_started = false;
  sensor->window_count = 0;
  sensor->value = (double)NAN;
  sensor->retry_at_ms = now_ms + ROOST_SENSOR_RESTART_MS;
}

static void start(struct roost_sensor *sensor, uint64_t now_ms) {
  if (sensor->driver->start(sensor->driver->ctx, now_ms)) {
    if (++sensor->fail_count >= ROOST_SENSOR_FAIL_COUNT) fail(sensor, now_ms);
    return;
  }
  sensor->is_started = true;
  sensor->state = ROOST_SENSOR_WARMUP;
  sensor->fail_count = 0;
  sensor->good_count = 0;
  sensor->started_at_ms = sensor->fresh_at_ms = sensor->changed_at_ms = now_ms;
}

static void degrade(struct roost_sensor *sensor) {
  sensor->good_count = 0;
  if (sensor->state == ROOST_SENSOR_STABLE) sensor->state = ROOST_SENSOR_DEGRADED;
}

/* A reading that failed: keeps the last value, marked as not valid, until it is too many. */
static struct roost_sample miss(struct roost_sensor *sensor, uint64_t now_ms, int err) {
  if (err == ROOST_ERR_CHECKSUM) raise_code(&sensor->codes, ROOST_CODE_DAQ_CHECKSUM);
  degrade(sensor);
  if (++sensor->fail_count >= ROOST_SENSOR_FAIL_COUNT) fail(sensor, now_ms);
  return (struct roost_sample){.value = (double)NAN, .state = sensor->state};
}

static void watch_stuck(struct roost_sensor *sensor, double raw, uint64_t now_ms) {
  bool is_same = sensor->raw <= raw && sensor->raw >= raw;
  if (!is_same) {
    sensor->changed_at_ms = now_ms;
    sensor->is_stuck = false;
  }
  sensor->raw = raw;
  if (sensor->is_stuck || sensor->traits->stuck_ms == 0 || now_ms - sensor->changed_at_ms < sensor->traits->stuck_ms) return;
  sensor->is_stuck = true;
  raise_code(&sensor->codes, ROOST_CODE_DAQ_STUCK);
}

/* One good reading more: WARMUP and DEGRADED end here. */
static void advance(struct roost_sensor *sensor, uint64_t now_ms) {
  if (sensor->good_count < UINT8_MAX) sensor->good_count++;
  if (sensor->state == ROOST_SENSOR_WARMUP && now_ms - sensor->started_at_ms >= sensor->traits->warmup_ms) {
    sensor->state = ROOST_SENSOR_STABLE;
    if (sensor->was_lost) raise_code(&sensor->codes, ROOST_CODE_DAQ_SENSOR_BACK);
    sensor->was_lost = false;
  }
  bool is_good_again = sensor->good_count >= ROOST_SENSOR_GOOD_COUNT && !sensor->is_stuck;
  if (sensor->state == ROOST_SENSOR_DEGRADED && is_good_again) sensor->state = ROOST_SENSOR_STABLE;
  if (sensor->is_stuck && sensor->state == ROOST_SENSOR_STABLE) sensor->state = ROOST_SENSOR_DEGRADED;
}

/* Median, then the limit of how fast the quantity can change; the value and how it was made. */
static struct roost_sample shape_value(struct roost_sensor *sensor, double reading, uint64_t now_ms) {
  sensor->window[sensor->window_next] = reading;
  sensor->window_next = (uint8_t)((sensor->window_next + 1) % ROOST_MEDIAN_COUNT);
  if (sensor->window_count < ROOST_MEDIAN_COUNT) sensor->window_count++;
  double value = median_of(sensor);
  uint8_t flags = value < reading || value > reading ? ROOST_FLAG_FILTERED : 0;
  if (sensor->max_rate > 0 && isfinite(sensor->value)) {
    double most = sensor->max_rate * (double)(now_ms - sensor->value_at_ms) / 1000;
    if (fabs(value - sensor->value) > most) {
      value = value > sensor->value ? sensor->value + most : sensor->value - most;
      flags |= ROOST_FLAG_RATE_LIMITED;
      raise_code(&sensor->codes, ROOST_CODE_DAQ_RATE_LIMITED);
    }
  }
  sensor->value = value;
  sensor->value_at_ms = now_ms;
  return (struct roost_sample){.value = value, .flags = flags};
}

static struct roost_sample take_reading(struct roost_sensor *sensor, double raw, uint64_t now_ms) {
  double reading = raw * sensor->gain + sensor->offset;
  sensor->fresh_at_ms = now_ms;
  sensor->fail_count = 0;
  watch_stuck(sensor, raw, now_ms);
  if (!(reading >= sensor->lo && reading <= sensor->hi)) { /* also when it is no number */
    raise_code(&sensor->codes, ROOST_CODE_DAQ_OUT_OF_BOUNDS);
    degrade(sensor);
    return (struct roost_sample){.value = reading, .state = sensor->state, .flags = ROOST_FLAG_OUT_OF_BOUNDS};
  }
  if (sensor->window_count == 0) sensor->window_next = 0;
  struct roost_sample sample = shape_value(sensor, reading, now_ms);
  if (sample.flags & ROOST_FLAG_RATE_LIMITED) degrade(sensor);
  else advance(sensor, now_ms);
  sample.state = sensor->state;
  if (sensor->state == ROOST_SENSOR_STABLE || sensor->state == ROOST_SENSOR_DEGRADED) sample.flags |= ROOST_FLAG_VALID;
  return sample;
}

struct roost_sample roost_sensor_sample(struct roost_sensor *sensor, uint64_t now_ms) {
  bool may_start = sensor->state != ROOST_SENSOR_FAILED || now_ms >= sensor->retry_at_ms;
  if (!sensor->is_started && may_start) start(sensor, now_ms);
  if (!sensor->is_started) return (struct roost_sample){.value = (double)NAN, .state = sensor->state};
  double raw = 0;
  int err = sensor->driver->read(sensor->driver->ctx, now_ms, sensor->quantity, &raw);
  if (err == ROOST_OK) return take_reading(sensor, raw, now_ms);
  if (err != ROOST_ERR_NOT_READY) return miss(sensor, now_ms, err);
  if (now_ms - sensor->fresh_at_ms > ROOST_SENSOR_STALE_MS) {
    fail(sensor, now_ms);
    return (struct roost_sample){.value = (double)NAN, .state = sensor->state};
  }
  /* Nothing new: the device is slower than the sample period. What it said last still holds. */
  bool has_value = isfinite(sensor->value) && sensor->state != ROOST_SENSOR_WARMUP;
  return (struct roost_sample){.value = sensor->value, .state = sensor->state, .flags = has_value ? ROOST_FLAG_VALID : 0};
}

int roost_sensor_calibrate(struct roost_sensor *sensor, enum roost_calibrate_step step, double value) {
  double offset = sensor->offset, gain = sensor->gain;
  if (step == ROOST_CALIBRATE_RESET) {
    offset = 0;
    gain = 1;
  } else {
    if (sensor->state != ROOST_SENSOR_STABLE) return ROOST_ERR_STATE; /* not on a reading that moves or is not believed */
    if (!(value >= sensor->traits->lo && value <= sensor->traits->hi)) return ROOST_ERR_VALUE;
    if (step == ROOST_CALIBRATE_ZERO) offset = value - sensor->raw * gain;
    else gain = (value - offset) / sensor->raw;
    if (!isfinite(gain) || !(gain > 0.5 && gain < 2)) return ROOST_ERR_VALUE;
    if (fabs(offset) > (sensor->traits->hi - sensor->traits->lo) / 4) return ROOST_ERR_VALUE;
  }
  if (sensor->driver->calibrate) {
    int err = sensor->driver->calibrate(sensor->driver->ctx, sensor->quantity, step, value);
    if (err) return err;
  }
  return roost_sensor_set_calibration(sensor, offset, gain);
}

int roost_sensor_set_calibration(struct roost_sensor *sensor, double offset, double gain) {
  if (!isfinite(offset) || !isfinite(gain) || !(gain < 0 || gain > 0)) return ROOST_ERR_VALUE;
  sensor->offset = sensor->cal_offset = offset;
  sensor->gain = sensor->cal_gain = gain;
  sensor->window_count = 0;
  sensor->value = (double)NAN;
  return ROOST_OK;
}

uint16_t roost_sensor_take_code(struct roost_sensor *sensor) { return take_code(&sensor->codes); }

void roost_channel_create(struct roost_channel *channel, struct roost_sensor *main, struct roost_sensor *backup) {
  *channel = (struct roost_channel){.main = main, .backup = backup};
}

static bool is_usable(const struct roost_sensor *sensor) {
  return sensor->state == ROOST_SENSOR_STABLE || sensor->state == ROOST_SENSOR_DEGRADED;
}

static void choose(struct roost_channel *channel, uint64_t now_ms) {
  bool is_main_good = channel->main->state == ROOST_SENSOR_STABLE;
  if (!is_main_good) channel->main_good_since_ms = 0;
  else if (channel->main_good_since_ms == 0) channel->main_good_since_ms = now_ms > 0 ? now_ms : 1;
  bool both_failed = channel->main->state == ROOST_SENSOR_FAILED && channel->backup->state == ROOST_SENSOR_FAILED;
  if (both_failed && !channel->is_both_failed) raise_code(&channel->codes, ROOST_CODE_DAQ_BOTH_FAILED);
  channel->is_both_failed = both_failed;
  if (!channel->is_on_backup) {
    if (channel->main->state != ROOST_SENSOR_FAILED || !is_usable(channel->backup)) return;
    channel->is_on_backup = true;
    raise_code(&channel->codes, ROOST_CODE_DAQ_FAILOVER);
    return;
  }
  /* Back only after a while, so that a loose contact does not make the curve jump; at once when the backup is gone too. */
  bool has_proved = is_main_good && now_ms - channel->main_good_since_ms >= ROOST_CHANNEL_RETURN_MS;
  if (!has_proved && !(is_usable(channel->main) && !is_usable(channel->backup))) return;
  channel->is_on_backup = false;
  raise_code(&channel->codes, ROOST_CODE_DAQ_FAILBACK);
}

static void watch_drift(struct roost_channel *channel, uint64_t now_ms) {
  double most = channel->main->traits->drift_max;
  bool is_apart = most > 0 && is_usable(channel->main) && is_usable(channel->backup) &&
                  fabs(channel->main->value - channel->backup->value) > most;
  if (!is_apart) {
    channel->drift_since_ms = now_ms;
    channel->is_drift_told = false;
  } else if (!channel->is_drift_told && now_ms - channel->drift_since_ms >= ROOST_CHANNEL_DRIFT_MS) {
    channel->is_drift_told = true;
    raise_code(&channel->codes, ROOST_CODE_DAQ_DRIFT);
  }
}

struct roost_sample roost_channel_sample(struct roost_channel *channel, uint64_t now_ms) {
  struct roost_sample sample = roost_sensor_sample(channel->main, now_ms);
  if (!channel->backup) return sample;
  struct roost_sample other = roost_sensor_sample(channel->backup, now_ms);
  choose(channel, now_ms);
  watch_drift(channel, now_ms);
  if (!channel->is_on_backup) return sample;
  other.flags |= ROOST_FLAG_BACKUP;
  return other;
}

uint16_t roost_channel_take_code(struct roost_channel *channel, struct roost_text *sensor) {
  *sensor = channel->main->id;
  uint16_t code = take_code(&channel->codes);
  if (!code) code = roost_sensor_take_code(channel->main);
  if (code || !channel->backup) return code;
  *sensor = channel->backup->id;
  return roost_sensor_take_code(channel->backup);
}
