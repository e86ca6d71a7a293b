/*
 * PORTAL ─submit─▶ JOINING ─Wi-Fi─▶ ENROLLING ─certificate─▶ RUN;  JOINING ─30 s─▶ PORTAL;  ENROLLING ─refused, five times no answer─▶ PORTAL
 * A node that has its identity goes from JOINING to RUN. In RUN it never stops measuring: the page opens beside it.
 */
#include "roost/onboard.h"

#include <string.h>

static uint32_t open_portal(struct roost_onboard *onboard, uint64_t now_ms) {
  if (onboard->is_portal_open) return 0;
  onboard->is_portal_open = true;
  onboard->portal_since_ms = now_ms;
  return ROOST_DO_OPEN_PORTAL;
}

static uint32_t close_portal(struct roost_onboard *onboard, uint64_t now_ms) {
  if (!onboard->is_portal_open) return 0;
  onboard->is_portal_open = false;
  onboard->portal_since_ms = now_ms;
  return ROOST_DO_CLOSE_PORTAL;
}

static void enter(struct roost_onboard *onboard, enum roost_onboard_state state, uint64_t now_ms) {
  onboard->state = state;
  onboard->since_ms = now_ms;
}

static uint32_t give_up(struct roost_onboard *onboard, enum roost_onboard_trouble trouble, uint64_t now_ms) {
  onboard->trouble = trouble;
  /* A node of the farm keeps trying the network that it knew before. */
  enter(onboard, onboard->has_identity ? ROOST_ONBOARD_RUN : ROOST_ONBOARD_PORTAL, now_ms);
  onboard->wifi_lost_ms = now_ms;
  return open_portal(onboard, now_ms) | (onboard->has_identity ? ROOST_DO_JOIN : 0);
}

static uint32_t run(struct roost_onboard *onboard, uint64_t now_ms) {
  onboard->trouble = ROOST_TROUBLE_NONE;
  enter(onboard, ROOST_ONBOARD_RUN, now_ms);
  return close_portal(onboard, now_ms);
}

static uint32_t enrol(struct roost_onboard *onboard, uint64_t now_ms) {
  enter(onboard, ROOST_ONBOARD_ENROLLING, now_ms);
  onboard->enrol_tries++;
  return ROOST_DO_ENROL;
}

uint32_t roost_onboard_start(struct roost_onboard *onboard, bool has_wifi, bool has_identity, uint64_t now_ms) {
  memset(onboard, 0, sizeof *onboard);
  onboard->has_identity = has_identity;
  onboard->since_ms = onboard->wifi_lost_ms = onboard->portal_since_ms = now_ms;
  if (!has_wifi) return open_portal(onboard, now_ms);
  onboard->state = has_identity ? ROOST_ONBOARD_RUN : ROOST_ONBOARD_JOINING;
  return ROOST_DO_JOIN | (has_identity ? 0 : open_portal(onboard, now_ms));
}

static uint32_t joined(struct roost_onboard *onboard, uint64_t now_ms) {
  onboard->is_wifi_up = true;
  if (onboard->state == ROOST_ONBOARD_RUN) return run(onboard, now_ms);
  if (onboard->state != ROOST_ONBOARD_JOINING) return 0;
  if (onboard->has_identity) return ROOST_DO_KEEP_WIFI | run(onboard, now_ms);
  onboard->enrol_tries = 0;
  return ROOST_DO_KEEP_WIFI | enrol(onboard, now_ms);
}

uint32_t roost_onboard_on(struct roost_onboard *onboard, enum roost_onboard_event event, uint64_t now_ms) {
  switch (event) {
    case ROOST_ON_SUBMIT:
      if (!onboard->is_portal_open) return 0;
      onboard->is_wifi_up = false;
      onboard->trouble = ROOST_TROUBLE_NONE;
      enter(onboard, ROOST_ONBOARD_JOINING, now_ms);
      return ROOST_DO_JOIN;
    case ROOST_ON_WIFI_UP:
      return joined(onboard, now_ms);
    case ROOST_ON_WIFI_DOWN:
      if (onboard->is_wifi_up) onboard->wifi_lost_ms = now_ms;
      onboard->is_wifi_up = false;
      return 0;
    case ROOST_ON_ENROLLED:
      if (onboard->state != ROOST_ONBOARD_ENROLLING) return 0;
      onboard->has_identity = true;
      return run(onboard, now_ms);
    case ROOST_ON_REFUSED:
      return onboard->state == ROOST_ONBOARD_ENROLLING ? give_up(onboard, ROOST_TROUBLE_CODE, now_ms) : 0;
    default: /* no answer: the step tries again */
      if (onboard->state == ROOST_ONBOARD_ENROLLING && onboard->enrol_tries >= ROOST_ENROL_TRIES)
        return give_up(onboard, ROOST_TROUBLE_HUB, now_ms);
      return 0;
  }
}

static uint32_t watch_button(struct roost_onboard *onboard, bool is_pressed, uint64_t now_ms) {
  if (!is_pressed) {
    bool wants_portal = onboard->button_since_ms && !onboard->has_button_acted && now_ms - onboard->button_since_ms >= ROOST_BUTTON_PORTAL_MS;
    onboard->button_since_ms = 0;
    onboard->has_button_acted = false;
    return wants_portal ? open_portal(onboard, now_ms) : 0; /* on release, because holding on means something else */
  }
  if (!onboard->button_since_ms) onboard->button_since_ms = now_ms > 0 ? now_ms : 1;
  if (onboard->has_button_acted || now_ms - onboard->button_since_ms < ROOST_BUTTON_RESET_MS) return 0;
  onboard->has_button_acted = true;
  return ROOST_DO_FORGET;
}

/* The page of a node that runs: opens when the network is long gone, and never stays open. */
static uint32_t watch_portal(struct roost_onboard *onboard, uint64_t now_ms) {
  uint64_t portal_ms = now_ms - onboard->portal_since_ms;
  if (onboard->is_portal_open) return portal_ms >= ROOST_PORTAL_OPEN_MS ? close_portal(onboard, now_ms) : 0;
  bool is_gone = !onboard->is_wifi_up && now_ms - onboard->wifi_lost_ms >= ROOST_WIFI_GONE_MS;
  bool has_rested = portal_ms >= ROOST_PORTAL_REST_MS || onboard->portal_since_ms <= onboard->wifi_lost_ms;
  return is_gone && has_rested ? open_portal(onboard, now_ms) : 0;
}

uint32_t roost_onboard_step(struct roost_onboard *onboard, bool is_button_pressed, uint64_t now_ms) {
  uint32_t actions = watch_button(onboard, is_button_pressed, now_ms);
  uint64_t state_ms = now_ms - onboard->since_ms;
  if (onboard->state == ROOST_ONBOARD_JOINING && state_ms >= ROOST_JOIN_TIMEOUT_MS)
    actions |= give_up(onboard, ROOST_TROUBLE_WIFI, now_ms);
  if (onboard->state == ROOST_ONBOARD_ENROLLING && state_ms >= ROOST_ENROL_RETRY_MS) {
    if (onboard->enrol_tries >= ROOST_ENROL_TRIES) actions |= give_up(onboard, ROOST_TROUBLE_HUB, now_ms);
    else actions |= enrol(onboard, now_ms);
  }
  if (onboard->state == ROOST_ONBOARD_RUN) actions |= watch_portal(onboard, now_ms);
  return actions;
}

bool roost_is_ssid(const char *text) {
  size_t size = strlen(text);
  return size >= 1 && size <= 32;
}

bool roost_is_wifi_password(const char *text) {
  size_t size = strlen(text);
  for (size_t i = 0; i < size; i++) {
    if (text[i] < ' ' || text[i] > '~') return false;
  }
  return size >= 8 && size <= 63;
}

bool roost_is_enrol_code(const char *text) {
  size_t size = strlen(text);
  for (size_t i = 0; i < size; i++) {
    char c = text[i];
    bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (!is_letter && !(c >= '0' && c <= '9') && c != '-') return false;
  }
  return size >= 4 && size <= 32;
}
