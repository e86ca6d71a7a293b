/* See window.h. HOMING ─end stop─▶ READY ─lost steps─▶ HOMING; HOMING without an end after 1.2 travels ─▶ STUCK. */
#include "roost/window.h"

#include <math.h>

enum { SLACK_PERCENT = 5, HOME_MAX_PERCENT = 120 };

int roost_window_create(struct roost_window *window, const struct roost_window_settings *settings, const struct roost_motor *motor) {
  const struct roost_window_settings *s = settings;
  bool is_sound = s->travel_steps > 0 && s->steps_per_s > 0 && s->min_percent >= 0 && s->max_percent <= 100 &&
                  s->min_percent < s->max_percent && s->closed_at_cel < s->open_at_cel;
  if (!is_sound) return ROOST_ERR_VALUE;
  *window = (struct roost_window){.settings = *settings, .motor = *motor, .steps_per_s = settings->steps_per_s};
  if (!motor->is_closed) window->state = ROOST_WINDOW_READY;
  return ROOST_OK;
}

static int32_t steps_of(const struct roost_window *window, double percent) {
  double clamped = fmin(fmax(percent, window->settings.min_percent), window->settings.max_percent);
  return (int32_t)lround(clamped / 100 * window->settings.travel_steps);
}

double roost_window_position(const struct roost_window *window) {
  return 100.0 * window->position_steps / window->settings.travel_steps;
}

int roost_window_move(struct roost_window *window, double percent, uint32_t ramp_s, uint64_t now_ms) {
  if (!isfinite(percent)) return ROOST_ERR_VALUE;
  window->is_told = true;
  window->told_at_ms = now_ms;
  if (window->state == ROOST_WINDOW_STUCK) return ROOST_ERR_STATE;
  window->target_steps = steps_of(window, percent);
  double distance = fabs((double)window->target_steps - window->position_steps);
  double most = window->settings.steps_per_s;
  window->steps_per_s = ramp_s > 0 ? fmin(fmax(distance / ramp_s, 1), most) : most;
  return ROOST_OK;
}

void roost_window_home(struct roost_window *window) {
  if (!window->motor.is_closed) return;
  window->state = ROOST_WINDOW_HOMING;
  window->homed_steps = 0;
}

static void obey_thermostat(struct roost_window *window, double temp_cel, uint64_t now_ms) {
  window->is_fallback = now_ms - window->told_at_ms >= window->settings.fallback_after_ms;
  if (!window->is_fallback) return;
  const struct roost_window_settings *s = &window->settings;
  double percent = isfinite(temp_cel) ? 100 * (temp_cel - s->closed_at_cel) / (s->open_at_cel - s->closed_at_cel) : s->failsafe_percent;
  int32_t target = steps_of(window, percent);
  /* Not for every tenth of a degree: the motor and the birds like it quiet. */
  bool is_worth_it = fabs((double)target - window->target_steps) * 100 >= (double)SLACK_PERCENT * s->travel_steps;
  bool is_end = target == steps_of(window, 0) || target == steps_of(window, 100);
  if (is_worth_it || is_end) window->target_steps = target;
  window->steps_per_s = s->steps_per_s;
}

static int drive(struct roost_window *window, int32_t steps) {
  int err = window->motor.step(window->motor.ctx, steps);
  if (!err) window->position_steps += steps;
  return err;
}

static int home(struct roost_window *window, int32_t steps) {
  if (window->motor.is_closed(window->motor.ctx)) {
    window->position_steps = 0;
    window->homed_steps = 0;
    window->state = ROOST_WINDOW_READY;
    return ROOST_OK;
  }
  if ((int64_t)window->homed_steps * 100 > (int64_t)window->settings.travel_steps * HOME_MAX_PERCENT) {
    window->state = ROOST_WINDOW_STUCK;
    return ROOST_ERR_TIMEOUT;
  }
  window->homed_steps += steps;
  return window->motor.step(window->motor.ctx, -steps);
}

/* The end stop and the count of steps must agree; when they do not, steps were lost and the end is looked for again. */
static void check_end(struct roost_window *window) {
  if (!window->motor.is_closed) return;
  bool is_closed = window->motor.is_closed(window->motor.ctx);
  bool is_far = (int64_t)window->position_steps * 100 > (int64_t)window->settings.travel_steps * SLACK_PERCENT;
  if ((is_closed && is_far) || (!is_closed && window->position_steps == 0)) roost_window_home(window);
}

int roost_window_step(struct roost_window *window, double temp_cel, uint64_t now_ms) {
  double elapsed_s = (double)(now_ms - window->stepped_at_ms) / 1000;
  window->stepped_at_ms = now_ms;
  if (window->state == ROOST_WINDOW_STUCK) return ROOST_OK;
  double rate = window->state == ROOST_WINDOW_HOMING ? window->settings.steps_per_s : window->steps_per_s;
  window->owed_steps += fmin(elapsed_s, 1) * rate;
  int32_t steps = (int32_t)window->owed_steps;
  window->owed_steps -= steps;
  if (window->state == ROOST_WINDOW_HOMING) return steps > 0 ? home(window, steps) : ROOST_OK;
  obey_thermostat(window, temp_cel, now_ms);
  int32_t distance = window->target_steps - window->position_steps;
  if (distance == 0) window->owed_steps = 0;
  if (steps > (distance < 0 ? -distance : distance)) steps = distance < 0 ? -distance : distance;
  int err = steps > 0 ? drive(window, distance < 0 ? -steps : steps) : ROOST_OK;
  check_end(window);
  return err;
}
