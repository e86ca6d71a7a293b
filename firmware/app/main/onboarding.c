/*
 * How the node comes to its farm and stays there: roost/onboard.h decides, here it is done. Without an identity nothing else runs; with one it runs
 * beside the measuring, for the button and for a network that is gone.
 */
#include <string.h>

#include "esp_log.h"
#include "esp_system.h"

#include "app.h"
#include "esp32_inbox.h"
#include "roost/onboard.h"
#include "roost/portal.h"

static const char TAG[] = "roost";

static struct {
  struct app_farm *farm;
  struct roost_enrol *enrol;
  const char *uid;
  struct roost_clock clock;
  struct roost_onboard onboard;
  struct roost_portal_form form; /* what the page was given and is being tried */
  bool has_form, has_button, was_up;
  struct roost_input button;
} board;

static uint64_t now_of(void) { return board.clock.up_ms(board.clock.ctx); }

static void keep(const char *key, const char *text) {
  if (board.enrol->nvs.set(board.enrol->nvs.ctx, key, text, strlen(text)) != ROOST_OK) ESP_LOGE(TAG, "%s is not kept", key);
}

/* Everything that ties the node to this farm; what the factory gave to the node itself stays (ap-password, peer-key goes with the farm). */
static void forget(void) {
  static const char *const KEYS[] = {"identity", "id-next", "config", "ssid", "password", "host", "code", "place", "ca", "cert", "key", "peer-key"};
  for (unsigned i = 0; i < sizeof KEYS / sizeof *KEYS; i++) keep(KEYS[i], "");
  esp_restart();
}

static void try_to_enrol(void) {
  const struct roost_portal_form *form = &board.form;
  const struct roost_identity *identity = &board.farm->identity;
  int err = board.has_form ? roost_enrol_begin(board.enrol, form->host, form->port, form->code, form->ca_sha256)
                           : roost_enrol_begin(board.enrol, identity->host, identity->enrol_port, board.farm->code, board.farm->fingerprint);
  if (err != ROOST_OK) ESP_LOGW(TAG, "no enrolment now: %d", err); /* the state machine asks again */
}

static void act(uint32_t actions) {
  const char *ssid = board.has_form ? board.form.ssid : board.farm->ssid, *password = board.has_form ? board.form.password : board.farm->password;
  if (actions & ROOST_DO_FORGET) forget();
  if (actions & ROOST_DO_OPEN_PORTAL) {
    if (!board.farm->ap_password[0]) ESP_LOGW(TAG, "no page: the factory gave this node no ap-password");
    else if (esp32_softap_open(board.uid, board.farm->ap_password) != ROOST_OK) ESP_LOGE(TAG, "no page");
  }
  if (actions & ROOST_DO_CLOSE_PORTAL) esp32_softap_close();
  if (actions & ROOST_DO_JOIN && ssid[0] && esp32_wifi_join(ssid, password) != ROOST_OK) ESP_LOGE(TAG, "this Wi-Fi cannot be tried");
  if (actions & ROOST_DO_KEEP_WIFI && board.has_form) {
    keep("ssid", board.form.ssid);
    keep("password", board.form.password);
  }
  if (actions & ROOST_DO_ENROL) try_to_enrol();
  bool is_trying = board.onboard.state == ROOST_ONBOARD_JOINING || board.onboard.state == ROOST_ONBOARD_ENROLLING;
  esp32_softap_show((uint8_t)board.onboard.trouble, is_trying);
}

static void take_form(void *ctx, int32_t id, uint8_t *bytes, size_t size_bytes) {
  (void)ctx;
  (void)id;
  if (size_bytes != sizeof board.form) return;
  memcpy(&board.form, bytes, sizeof board.form);
  board.has_form = true;
  board.was_up = false; /* another Wi-Fi is another one coming up */
  act(roost_onboard_on(&board.onboard, ROOST_ON_SUBMIT, now_of()));
}

/* The place is the node's name, so a new node begins anew with it. */
static void on_enrolled(void *ctx, int err) {
  (void)ctx;
  if (err == ROOST_OK) esp_restart();
  act(roost_onboard_on(&board.onboard, err == ROOST_ERR_SEAL ? ROOST_ON_REFUSED : ROOST_ON_NO_ANSWER, now_of()));
}

app_done *app_onboarding_start(struct app_farm *farm, struct roost_enrol *enrol, const char *uid) {
  board.farm = farm;
  board.enrol = enrol;
  board.uid = uid;
  board.clock = esp32_clock();
  board.has_button = esp32_input_open(&board.button, PIN_BUTTON) == ROOST_OK;
  esp32_inbox_handle(ESP32_EVENT_FORM, take_form, NULL);
  act(roost_onboard_start(&board.onboard, farm->ssid[0] != 0, farm->identity.cert_pem[0] != 0, now_of()));
  return on_enrolled;
}

void app_onboarding_step(void) {
  bool is_up = esp32_wifi_is_up();
  bool is_pressed = board.has_button && !board.button.is_high(board.button.ctx);
  if (is_up != board.was_up) {
    board.was_up = is_up;
    act(roost_onboard_on(&board.onboard, is_up ? ROOST_ON_WIFI_UP : ROOST_ON_WIFI_DOWN, now_of()));
  }
  act(roost_onboard_step(&board.onboard, is_pressed, now_of()));
}
