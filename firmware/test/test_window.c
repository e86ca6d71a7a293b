/* A window with a motor that may slip or jam. */
#include "roost/window.h"

#include <math.h>

#include "test.h"

static struct mechanism {
  int32_t place; /* true steps from closed */
  bool is_jammed;
  int32_t most_per_call;
} mechanism;

static int step(void *ctx, int32_t steps) {
  struct mechanism *m = ctx;
  int32_t size = steps < 0 ? -steps : steps;
  if (size > m->most_per_call) m->most_per_call = size;
  if (m->is_jammed) return ROOST_OK; /* a stepper does not notice */
  m->place += steps;
  if (m->place < 0) m->place = 0;
  return ROOST_OK;
}
static bool is_closed(void *ctx) { return ((struct mechanism *)ctx)->place == 0; }

static const struct roost_window_settings SETTINGS = {.travel_steps = 2000, .steps_per_s = 200, .min_percent = 0, .max_percent = 90,
                                                      .closed_at_cel = 20, .open_at_cel = 30, .failsafe_percent = 35, .fallback_after_ms = 60000};
static struct roost_window window;
static uint64_t now_ms;

static void begin(int32_t place) {
  struct roost_motor motor = {.ctx = &mechanism, .step = step, .is_closed = is_closed};
  mechanism = (struct mechanism){.place = place};
  now_ms = 1000;
  CHECK_EQUAL(roost_window_create(&window, &SETTINGS, &motor), ROOST_OK);
  window.stepped_at_ms = now_ms;
}

static int run(double temp_cel, uint64_t ms) {
  int worst = ROOST_OK;
  for (uint64_t until = now_ms + ms; now_ms < until;) {
    now_ms += 50;
    int err = roost_window_step(&window, temp_cel, now_ms);
    if (err) worst = err;
  }
  return worst;
}

static void it_finds_its_end_and_goes_where_it_is_told_within_its_limits(void) {
  begin(700);
  CHECK_EQUAL(run(15, 5000), ROOST_OK);
  CHECK(window.state == ROOST_WINDOW_READY && mechanism.place == 0);
  CHECK_EQUAL(roost_window_move(&window, 50, 0, now_ms), ROOST_OK);
  run(15, 4000);
  CHECK(mechanism.place > 700 && mechanism.place < 850); /* 200 steps a second */
  run(15, 3000);
  CHECK_EQUAL(mechanism.place, 1000);
  CHECK_EQUAL(roost_window_move(&window, 100, 0, now_ms), ROOST_OK);
  run(15, 10000);
  CHECK_EQUAL(mechanism.place, 1800);
  CHECK(mechanism.most_per_call <= 11);
  CHECK_EQUAL(roost_window_move(&window, NAN, 0, now_ms), ROOST_ERR_VALUE);
}

static void a_ramp_takes_its_time(void) {
  begin(0);
  run(15, 200);
  CHECK_EQUAL(roost_window_move(&window, 50, 20, now_ms), ROOST_OK);
  run(15, 10000);
  CHECK(mechanism.place > 450 && mechanism.place < 550);
  run(15, 11000);
  CHECK_EQUAL(mechanism.place, 1000);
}

static void lost_steps_are_noticed_at_the_end_stop(void) {
  begin(0);
  run(15, 200);
  CHECK_EQUAL(roost_window_move(&window, 50, 0, now_ms), ROOST_OK);
  run(15, 6000);
  mechanism.place += 300; /* the wind moved it, or steps were lost */
  CHECK_EQUAL(roost_window_move(&window, 0, 0, now_ms), ROOST_OK);
  run(15, 9000);
  CHECK(mechanism.place == 0 && window.state == ROOST_WINDOW_READY);
  CHECK_EQUAL(roost_window_move(&window, 50, 0, now_ms), ROOST_OK);
  run(15, 6000);
  mechanism.place = 0; /* closed although it should be open */
  run(15, 8000);
  CHECK_EQUAL(mechanism.place, 1000); /* it found its end and went back */
}

static void a_window_that_is_stuck_says_so_once_and_can_be_tried_again(void) {
  begin(500);
  mechanism.is_jammed = true;
  CHECK_EQUAL(run(15, 20000), ROOST_ERR_TIMEOUT);
  CHECK_EQUAL(window.state, ROOST_WINDOW_STUCK);
  CHECK_EQUAL(run(15, 5000), ROOST_OK);
  CHECK_EQUAL(roost_window_move(&window, 50, 0, now_ms), ROOST_ERR_STATE);
  mechanism.is_jammed = false;
  roost_window_home(&window);
  run(15, 5000);
  CHECK_EQUAL(window.state, ROOST_WINDOW_READY);
}

static void without_a_word_of_the_hub_its_own_thermostat_ventilates(void) {
  begin(0);
  run(15, 200);
  CHECK_EQUAL(roost_window_move(&window, 10, 0, now_ms), ROOST_OK);
  run(28, 59000);
  CHECK_EQUAL(mechanism.place, 200); /* the hub's word holds for a minute */
  run(28, 20000);
  CHECK(window.is_fallback && mechanism.place >= 1500 && mechanism.place <= 1700);
  run(40, 20000);
  CHECK_EQUAL(mechanism.place, 1800);
  run(NAN, 20000);
  CHECK_EQUAL(mechanism.place, 700); /* the fail-safe opening without a sensor */
  run(10, 20000);
  CHECK_EQUAL(mechanism.place, 0);
  CHECK_EQUAL(roost_window_move(&window, 20, 0, now_ms), ROOST_OK);
  run(10, 5000);
  CHECK(!window.is_fallback && mechanism.place == 400);
}

static void settings_that_make_no_sense_are_refused(void) {
  struct roost_motor motor = {.ctx = &mechanism, .step = step};
  struct roost_window_settings wrong = SETTINGS;
  wrong.max_percent = 0;
  CHECK_EQUAL(roost_window_create(&window, &wrong, &motor), ROOST_ERR_VALUE);
  wrong = SETTINGS;
  wrong.travel_steps = 0;
  CHECK_EQUAL(roost_window_create(&window, &wrong, &motor), ROOST_ERR_VALUE);
  CHECK_EQUAL(roost_window_create(&window, &SETTINGS, &motor), ROOST_OK);
  CHECK_EQUAL(window.state, ROOST_WINDOW_READY); /* a servo needs no end */
  roost_window_home(&window);
  CHECK_EQUAL(window.state, ROOST_WINDOW_READY);
}

int main(void) {
  PROMISE(it_finds_its_end_and_goes_where_it_is_told_within_its_limits);
  PROMISE(a_ramp_takes_its_time);
  PROMISE(lost_steps_are_noticed_at_the_end_stop);
  PROMISE(a_window_that_is_stuck_says_so_once_and_can_be_tried_again);
  PROMISE(without_a_word_of_the_hub_its_own_thermostat_ventilates);
  PROMISE(settings_that_make_no_sense_are_refused);
}
