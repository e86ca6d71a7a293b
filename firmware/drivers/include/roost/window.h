/*
 * A ventilation window moved by a stepper, or by a servo whose port turns steps into pulse widths. It finds its closed end by itself,
 * keeps to its limits and its speed, and opens by its own thermostat when nobody has told it anything for a while.
 */
#ifndef ROOST_WINDOW_H
#define ROOST_WINDOW_H

#include "roost/port.h"

struct roost_motor {
  void *ctx;
  int (*step)(void *ctx, int32_t steps); /* above 0 opens */
  bool (*is_closed)(void *ctx);          /* end stop; NULL: a servo knows where it is */
};

struct roost_window_settings {
  int32_t travel_steps;      /* from closed to open */
  uint32_t steps_per_s;      /* at most */
  double min_percent;        /* of opening, whoever asks */
  double max_percent;
  double closed_at_cel;      /* the thermostat: closed up to here, */
  double open_at_cel;        /* open from here on, between them in proportion */
  double failsafe_percent;   /* without a temperature */
  uint32_t fallback_after_ms; /* without a word of the hub */
};

enum roost_window_state { ROOST_WINDOW_HOMING, ROOST_WINDOW_READY, ROOST_WINDOW_STUCK };

struct roost_window {
  struct roost_window_settings settings;
  struct roost_motor motor;
  enum roost_window_state state;
  int32_t position_steps;
  int32_t target_steps;
  int32_t homed_steps; /* driven to find the end */
  double owed_steps;   /* less than one, from step to step */
  double steps_per_s;  /* of this move */
  uint64_t stepped_at_ms;
  uint64_t told_at_ms;
  bool is_told;        /* by the hub, since boot */
  bool is_fallback;
};

/* ROOST_ERR_VALUE for settings that make no sense. It begins with finding its end. */
int roost_window_create(struct roost_window *window, const struct roost_window_settings *settings, const struct roost_motor *motor);
/* Goes to `percent`, clamped to the limits, in `ramp_s` seconds or as fast as it may. ROOST_ERR_STATE when it is stuck. */
int roost_window_move(struct roost_window *window, double percent, uint32_t ramp_s, uint64_t now_ms);
/* Tries again after somebody has freed it. */
void roost_window_home(struct roost_window *window);
/* Every 10 to 100 ms. `temp_cel` is NaN when there is none. ROOST_ERR_TIMEOUT once, when it gets stuck. */
int roost_window_step(struct roost_window *window, double temp_cel, uint64_t now_ms);
double roost_window_position(const struct roost_window *window);

#endif
