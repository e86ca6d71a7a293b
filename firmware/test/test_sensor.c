/* The life of a sensor, what its values are worth, and the two-sensor fail-over. One step is one second. */
#include <math.h>

#include "fakes/fake_driver.h"
#include "test.h"

static const struct roost_sensor_traits CO2 = {.kind = "fake", .quantity = "co2", .unit = "ppm", .lo = 0, .hi = 10000, .max_rate = 100,
                                               .drift_max = 200, .warmup_ms = 3000, .stuck_ms = 60000};
static uint64_t now_ms;

static struct roost_sample step(struct roost_sensor *sensor, struct fake_driver *fake, double raw) {
  fake->raw = raw;
  now_ms += 1000;
  return roost_sensor_sample(sensor, now_ms);
}

static void make(struct roost_sensor *sensor, struct fake_driver *fake, double raw) {
  now_ms = 0;
  fake_driver_create(fake, raw);
  roost_sensor_create(sensor, "co2", &fake->driver, 0, &CO2);
}

static void settle(struct roost_sensor *sensor, struct fake_driver *fake, double raw) {
  for (int i = 0; i < 10; i++) step(sensor, fake, raw + i % 2);
  while (roost_sensor_take_code(sensor)) continue;
}

static void a_sensor_warms_up_before_its_values_are_valid(void) {
  struct roost_sensor sensor;
  struct fake_driver fake;
  make(&sensor, &fake, 500);
  CHECK_EQUAL(sensor.state, ROOST_SENSOR_INIT);
  for (int i = 0; i < 3; i++) {
    struct roost_sample sample = step(&sensor, &fake, 500);
    CHECK_EQUAL(sample.state, ROOST_SENSOR_WARMUP);
    CHECK(!(sample.flags & ROOST_FLAG_VALID) && sample.value >= 500);
  }
  struct roost_sample sample = step(&sensor, &fake, 500);
  CHECK_EQUAL(sample.state, ROOST_SENSOR_STABLE);
  CHECK_EQUAL(sample.flags, ROOST_FLAG_VALID);
  CHECK_EQUAL(roost_sensor_take_code(&sensor), 0);
}

static void two_spikes_in_five_do_not_pass_the_median(void) {
  struct roost_sensor sensor;
  struct fake_driver fake;
  make(&sensor, &fake, 500);
  settle(&sensor, &fake, 500);
  struct roost_sample sample = step(&sensor, &fake, 9000);
  CHECK(sample.value <= 501 && sample.flags == (ROOST_FLAG_VALID | ROOST_FLAG_FILTERED));
  sample = step(&sensor, &fake, 9000);
  CHECK(sample.value <= 501);
  sample = step(&sensor, &fake, 500);
  CHECK(sample.value <= 501);
}

static void a_step_climbs_no_faster_than_the_quantity_can_and_says_so(void) {
  struct roost_sensor sensor;
  struct fake_driver fake;
  make(&sensor, &fake, 500);
  settle(&sensor, &fake, 500);
  step(&sensor, &fake, 2000);
  step(&sensor, &fake, 2000);
  struct roost_sample sample = step(&sensor, &fake, 2000);
  CHECK(sample.value > 550 && sample.value <= 601);
  CHECK(sample.flags & ROOST_FLAG_RATE_LIMITED);
  CHECK_EQUAL(sample.state, ROOST_SENSOR_DEGRADED);
  CHECK_EQUAL(roost_sensor_take_code(&sensor), ROOST_CODE_DAQ_RATE_LIMITED);
  for (int i = 0; i < 30; i++) sample = step(&sensor, &fake, 2000 + i % 2);
  CHECK(sample.value >= 2000);
  CHECK_EQUAL(sample.state, ROOST_SENSOR_STABLE);
}

static void an_impossible_reading_is_not_valid_and_spoils_no_other(void) {
  struct roost_sensor sensor;
  struct fake_driver fake;
  make(&sensor, &fake, 500);
  settle(&sensor, &fake, 500);
  struct roost_sample sample = step(&sensor, &fake, 65535);
  CHECK_EQUAL(sample.flags, ROOST_FLAG_OUT_OF_BOUNDS);
  CHECK_EQUAL(sample.state, ROOST_SENSOR_DEGRADED);
  CHECK_EQUAL(roost_sensor_take_code(&sensor), ROOST_CODE_DAQ_OUT_OF_BOUNDS);
  sample = step(&sensor, &fake, (double)NAN);
  CHECK(!(sample.flags & ROOST_FLAG_VALID));
  sample = step(&sensor, &fake, 502);
  CHECK(sample.value <= 502 && (sample.flags & ROOST_FLAG_VALID));
}

static void five_failures_in_a_row_are_a_failed_sensor_that_is_started_again(void) {
  struct roost_sensor sensor;
  struct fake_driver fake;
  make(&sensor, &fake, 500);
  settle(&sensor, &fake, 500);
  fake.read_err = ROOST_ERR_CHECKSUM;
  struct roost_sample sample = {0};
  for (int i = 0; i < 4; i++) {
    sample = step(&sensor, &fake, 500);
    CHECK(isnan(sample.value) && sample.flags == 0 && sample.state == ROOST_SENSOR_DEGRADED);
  }
  sample = step(&sensor, &fake, 500);
  CHECK_EQUAL(sample.state, ROOST_SENSOR_FAILED);
  CHECK_EQUAL(roost_sensor_take_code(&sensor), ROOST_CODE_DAQ_SENSOR_LOST);
  CHECK_EQUAL(roost_sensor_take_code(&sensor), ROOST_CODE_DAQ_CHECKSUM);
  fake.read_err = ROOST_OK;
  for (int i = 0; i < 4; i++) CHECK_EQUAL(step(&sensor, &fake, 500).state, ROOST_SENSOR_FAILED);
  CHECK_EQUAL(fake.starts, 1);
  for (int i = 0; i < 3; i++) CHECK_EQUAL(step(&sensor, &fake, 700).state, ROOST_SENSOR_WARMUP);
  sample = step(&sensor, &fake, 700);
  CHECK(sample.value >= 700); /* the limiter does not compare with what was before the failure */
  CHECK_EQUAL(sample.state, ROOST_SENSOR_STABLE);
  CHECK_EQUAL(roost_sensor_take_code(&sensor), ROOST_CODE_DAQ_SENSOR_BACK);
}

static void a_device_that_is_not_there_is_missing_not_silent(void) {
  struct roost_sensor sensor;
  struct fake_driver fake;
  make(&sensor, &fake, 500);
  fake.start_err = ROOST_ERR_BUS;
  for (int i = 0; i < 5; i++) CHECK(isnan(step(&sensor, &fake, 500).value));
  CHECK_EQUAL(sensor.state, ROOST_SENSOR_FAILED);
  CHECK_EQUAL(roost_sensor_take_code(&sensor), ROOST_CODE_DAQ_SENSOR_MISSING);
  unsigned starts = fake.starts;
  for (int i = 0; i < 60; i++) step(&sensor, &fake, 500);
  CHECK(fake.starts - starts >= 11 && fake.starts - starts <= 13); /* every 5 s, for ever */
  CHECK_EQUAL(roost_sensor_take_code(&sensor), 0);                 /* told once */
}

static void a_slow_device_keeps_its_value_for_fifteen_seconds(void) {
  struct roost_sensor sensor;
  struct fake_driver fake;
  make(&sensor, &fake, 500);
  settle(&sensor, &fake, 500);
  fake.read_err = ROOST_ERR_NOT_READY;
  for (int i = 0; i < 15; i++) CHECK_EQUAL(step(&sensor, &fake, 0).flags, ROOST_FLAG_VALID);
  CHECK_EQUAL(step(&sensor, &fake, 0).state, ROOST_SENSOR_FAILED);
}

static void a_reading_that_never_moves_is_told_and_degrades(void) {
  struct roost_sensor sensor;
  struct fake_driver fake;
  make(&sensor, &fake, 500);
  settle(&sensor, &fake, 500);
  for (int i = 0; i < 65; i++) step(&sensor, &fake, 500);
  CHECK_EQUAL(sensor.state, ROOST_SENSOR_DEGRADED);
  CHECK_EQUAL(roost_sensor_take_code(&sensor), ROOST_CODE_DAQ_STUCK);
  for (int i = 0; i < 6; i++) step(&sensor, &fake, 500 + i);
  CHECK_EQUAL(sensor.state, ROOST_SENSOR_STABLE);
}

static void a_configuration_that_makes_no_sense_changes_nothing(void) {
  struct roost_sensor sensor;
  struct fake_driver fake;
  make(&sensor, &fake, 500);
  settle(&sensor, &fake, 500);
  struct roost_sensor_config config = {.has = ROOST_SENSOR_HAS_GAIN, .gain = 0};
  CHECK_EQUAL(roost_sensor_configure(&sensor, &config), ROOST_ERR_VALUE);
  config = (struct roost_sensor_config){.has = ROOST_SENSOR_HAS_LO | ROOST_SENSOR_HAS_HI, .lo = 5, .hi = 5};
  CHECK_EQUAL(roost_sensor_configure(&sensor, &config), ROOST_ERR_VALUE);
  config = (struct roost_sensor_config){.has = ROOST_SENSOR_HAS_MAX_RATE, .max_rate = -1};
  CHECK_EQUAL(roost_sensor_configure(&sensor, &config), ROOST_ERR_VALUE);
  CHECK(sensor.gain > 0 && sensor.lo < sensor.hi);
  config = (struct roost_sensor_config){.has = 63, .offset = -12, .gain = 1.02, .lo = 0, .hi = 5000, .max_rate = 50, .enabled = true};
  CHECK_EQUAL(roost_sensor_configure(&sensor, &config), ROOST_OK);
  double value = step(&sensor, &fake, 1000).value;
  CHECK(value > 1007.9 && value < 1008.1);
}

static void a_calibration_needs_a_steady_sensor_and_a_sane_result(void) {
  struct roost_sensor sensor;
  struct fake_driver fake;
  make(&sensor, &fake, 500);
  CHECK_EQUAL(roost_sensor_calibrate(&sensor, ROOST_CALIBRATE_ZERO, 400), ROOST_ERR_STATE);
  settle(&sensor, &fake, 500);
  step(&sensor, &fake, 500);
  CHECK_EQUAL(roost_sensor_calibrate(&sensor, ROOST_CALIBRATE_ZERO, 400), ROOST_OK);
  double value = step(&sensor, &fake, 500).value;
  CHECK(value > 399.9 && value < 400.1);
  CHECK_EQUAL(roost_sensor_calibrate(&sensor, ROOST_CALIBRATE_SPAN, 600), ROOST_OK);
  value = step(&sensor, &fake, 500).value;
  CHECK(value > 599.9 && value < 600.1);
  CHECK_EQUAL(roost_sensor_calibrate(&sensor, ROOST_CALIBRATE_SPAN, 20000), ROOST_ERR_VALUE);
  CHECK_EQUAL(roost_sensor_calibrate(&sensor, ROOST_CALIBRATE_SPAN, 5000), ROOST_ERR_VALUE);
  CHECK_EQUAL(roost_sensor_calibrate(&sensor, ROOST_CALIBRATE_ZERO, 9000), ROOST_ERR_VALUE);
  CHECK_EQUAL(roost_sensor_calibrate(&sensor, ROOST_CALIBRATE_RESET, 0), ROOST_OK);
  value = step(&sensor, &fake, 500).value;
  CHECK(value > 499.9 && value < 500.1);
}

static struct roost_sample step_both(struct roost_channel *channel) {
  now_ms += 1000;
  return roost_channel_sample(channel, now_ms);
}

static void the_backup_steps_in_and_the_main_sensor_returns_after_a_minute(void) {
  struct roost_sensor main_sensor, backup;
  struct fake_driver fake, other;
  struct roost_channel channel;
  struct roost_text about;
  make(&main_sensor, &fake, 500);
  fake_driver_create(&other, 520);
  roost_sensor_create(&backup, "co2-b", &other.driver, 0, &CO2);
  roost_channel_create(&channel, &main_sensor, &backup);
  struct roost_sample sample = {0};
  for (int i = 0; i < 10; i++) sample = step_both(&channel);
  CHECK_EQUAL(sample.flags, ROOST_FLAG_VALID);
  fake.read_err = ROOST_ERR_BUS;
  for (int i = 0; i < 5; i++) sample = step_both(&channel);
  CHECK_EQUAL(sample.flags, ROOST_FLAG_VALID | ROOST_FLAG_BACKUP);
  CHECK(sample.value > 519);
  CHECK_EQUAL(roost_channel_take_code(&channel, &about), ROOST_CODE_DAQ_FAILOVER);
  CHECK_EQUAL(roost_channel_take_code(&channel, &about), ROOST_CODE_DAQ_SENSOR_LOST);
  fake.read_err = ROOST_OK;
  int seconds = 0;
  for (; channel.is_on_backup && seconds < 100; seconds++) {
    fake.raw = 500 + seconds % 2;
    other.raw = 520 + seconds % 2;
    sample = step_both(&channel);
  }
  CHECK(seconds >= 60 && seconds <= 75);
  CHECK_EQUAL(sample.flags, ROOST_FLAG_VALID);
  CHECK_EQUAL(roost_channel_take_code(&channel, &about), ROOST_CODE_DAQ_FAILBACK);
  /* Both gone is critical; with the main one back first, it is used at once. */
  fake.read_err = other.read_err = ROOST_ERR_BUS;
  for (int i = 0; i < 6; i++) sample = step_both(&channel);
  CHECK(isnan(sample.value) && sample.state == ROOST_SENSOR_FAILED);
  CHECK_EQUAL(roost_channel_take_code(&channel, &about), ROOST_CODE_DAQ_BOTH_FAILED);
  other.read_err = ROOST_OK;
  for (int i = 0; i < 10; i++) sample = step_both(&channel);
  CHECK(channel.is_on_backup);
  fake.read_err = ROOST_OK;
  for (int i = 0; i < 10; i++) step_both(&channel);
  other.read_err = ROOST_ERR_BUS;
  for (int i = 0; i < 6; i++) sample = step_both(&channel);
  CHECK(!channel.is_on_backup && (sample.flags & ROOST_FLAG_VALID));
}

static void sensors_that_disagree_for_ten_minutes_are_told_once(void) {
  struct roost_sensor main_sensor, backup;
  struct fake_driver fake, other;
  struct roost_channel channel;
  struct roost_text about;
  make(&main_sensor, &fake, 500);
  fake_driver_create(&other, 900);
  roost_sensor_create(&backup, "co2-b", &other.driver, 0, &CO2);
  roost_channel_create(&channel, &main_sensor, &backup);
  unsigned told = 0;
  for (int i = 0; i < 2000; i++) {
    fake.raw = 500 + i % 3;
    other.raw = 900 + i % 3;
    step_both(&channel);
    for (uint16_t code; (code = roost_channel_take_code(&channel, &about)) != 0;) told += code == ROOST_CODE_DAQ_DRIFT;
    if (i == 590) CHECK_EQUAL(told, 0);
  }
  CHECK_EQUAL(told, 1);
}

int main(void) {
  PROMISE(a_sensor_warms_up_before_its_values_are_valid);
  PROMISE(two_spikes_in_five_do_not_pass_the_median);
  PROMISE(a_step_climbs_no_faster_than_the_quantity_can_and_says_so);
  PROMISE(an_impossible_reading_is_not_valid_and_spoils_no_other);
  PROMISE(five_failures_in_a_row_are_a_failed_sensor_that_is_started_again);
  PROMISE(a_device_that_is_not_there_is_missing_not_silent);
  PROMISE(a_slow_device_keeps_its_value_for_fifteen_seconds);
  PROMISE(a_reading_that_never_moves_is_told_and_degrades);
  PROMISE(a_configuration_that_makes_no_sense_changes_nothing);
  PROMISE(a_calibration_needs_a_steady_sensor_and_a_sane_result);
  PROMISE(the_backup_steps_in_and_the_main_sensor_returns_after_a_minute);
  PROMISE(sensors_that_disagree_for_ten_minutes_are_told_once);
}
