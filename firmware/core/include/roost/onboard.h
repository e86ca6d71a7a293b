/*
 * How a node comes to its farm and stays there: the page on its own Wi-Fi for network and one-time code, enrolment, and the way back to the
 * page when the network has gone or somebody presses the button. Pure: events in, what to do out; the port has radio, page and HTTPS.
 */
#ifndef ROOST_ONBOARD_H
#define ROOST_ONBOARD_H

#include <stdbool.h>
#include <stdint.h>

#include "roost/err.h"

#define ROOST_JOIN_TIMEOUT_MS 30000u
#define ROOST_ENROL_TRIES 5u
#define ROOST_ENROL_RETRY_MS 5000u
#define ROOST_WIFI_GONE_MS 600000u      /* a known network is away for so long: the page opens beside the attempts to join */
#define ROOST_PORTAL_OPEN_MS 600000u    /* then for so long at a time, because an open page is an open door */
#define ROOST_PORTAL_REST_MS 1200000u
#define ROOST_BUTTON_PORTAL_MS 3000u    /* held so long: the page opens */
#define ROOST_BUTTON_RESET_MS 10000u    /* held so long: everything is forgotten */

enum roost_onboard_state {
  ROOST_ONBOARD_PORTAL,  /* nothing is known: the page waits */
  ROOST_ONBOARD_JOINING, /* with what the page was given */
  ROOST_ONBOARD_ENROLLING,
  ROOST_ONBOARD_RUN,
};

/* What went wrong last, for the page. */
enum roost_onboard_trouble { ROOST_TROUBLE_NONE, ROOST_TROUBLE_WIFI, ROOST_TROUBLE_HUB, ROOST_TROUBLE_CODE };

enum roost_onboard_event {
  ROOST_ON_SUBMIT,        /* the page was filled in */
  ROOST_ON_WIFI_UP,
  ROOST_ON_WIFI_DOWN,
  ROOST_ON_ENROLLED,      /* the certificate is in NVS */
  ROOST_ON_REFUSED,       /* the hub does not take the code */
  ROOST_ON_NO_ANSWER,
};

/* What the port is to do; bits, because several may be due. */
enum roost_onboard_action {
  ROOST_DO_OPEN_PORTAL = 1,
  ROOST_DO_CLOSE_PORTAL = 2,
  ROOST_DO_JOIN = 4,
  ROOST_DO_ENROL = 8,
  ROOST_DO_KEEP_WIFI = 16, /* what was tried works: into NVS with it */
  ROOST_DO_FORGET = 32,    /* network, identity, configuration and counters of readings; then restart */
};

struct roost_onboard {
  enum roost_onboard_state state;
  enum roost_onboard_trouble trouble;
  bool has_identity;
  bool is_portal_open;
  bool is_wifi_up;
  bool has_button_acted;
  uint8_t enrol_tries;
  uint64_t since_ms;        /* of the state, or of the last try to enrol */
  uint64_t wifi_lost_ms;
  uint64_t portal_since_ms; /* opened or closed */
  uint64_t button_since_ms; /* 0: it is not pressed */
};

/* Gives the first actions. */
uint32_t roost_onboard_start(struct roost_onboard *onboard, bool has_wifi, bool has_identity, uint64_t now_ms);
uint32_t roost_onboard_on(struct roost_onboard *onboard, enum roost_onboard_event event, uint64_t now_ms);
/* Every 100 ms or so. */
uint32_t roost_onboard_step(struct roost_onboard *onboard, bool is_button_pressed, uint64_t now_ms);

/* 1 to 32 bytes; 8 to 63 printable characters of ASCII; 4 to 32 letters, digits and hyphens. */
bool roost_is_ssid(const char *text);
bool roost_is_wifi_password(const char *text);
bool roost_is_enrol_code(const char *text);

#endif
