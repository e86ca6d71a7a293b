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
} self;

static uint64_t now_of(void) { return self.clock.up_ms(self.clock.ctx); }

static void keep(const char *key, const char *text) {
  if (self.enrol->nvs.set(self.enrol->nvs.ctx, key, text, strlen(text)) != ROOST_OK) ESP_LOGE(TAG, "%s is not kept", key);
}

/* Everything that ties the node to this farm; what the factory gave to the node itself stays (ap-password, peer-key goes with the farm). */
static void forget(void) {
  static const char *const KEYS[] = {"identity", "id-next", "config", "ssid", "password", "host", "code", "place", "ca", "cert", "key", "peer-key"};
  for (unsigned i = 0; i < sizeof KEYS / sizeof *KEYS; i++) keep(KEYS[i], "");
  esp_restart();
}

static void try_to_enrol(void) {
  const struct roost_portal_form *form = &self.form;
  const struct roost_identity *identity = &self.farm->identity;
  int err = self.has_form ? roost_enrol_begin(self.enrol, form->host, form->port, form->code, form->ca_sha256)
                           : roost_enrol_begin(self.enrol, identity->host, identity->enrol_port, self.farm->code, self.farm->fingerprint);
  if (err != ROOST_OK) ESP_LOGW(TAG, "no enrolment now: %d", err); /* the state machine asks again */
}

static void act(uint32_t actions) {
  const char *ssid = self.has_form ? self.form.ssid : self.farm->ssid, *password = self.has_form ? self.form.password : self.farm->password;
  if (actions & ROOST_DO_FORGET) forget();
  if (actions & ROOST_DO_OPEN_PORTAL) {
    if (!self.farm->ap_password[0]) ESP_LOGW(TAG, "no page: the factory gave this node no ap-password");
    else if (esp32_softap_open(self.uid, self.farm->ap_password) != ROOST_OK) ESP_LOGE(TAG, "no page");
  }
  if (actions & ROOST_DO_CLOSE_PORTAL) esp32_softap_close();
  if (actions & ROOST_DO_JOIN && ssid[0] && esp32_wifi_join(ssid, password) != ROOST_OK) ESP_LOGE(TAG, "this Wi-Fi cannot be tried");
  if (actions & ROOST_DO_KEEP_WIFI && self.has_form) {
    keep("ssid", self.form.ssid);
    keep("password", self.form.password);
  }
  if (actions & ROOST_DO_ENROL) try_to_enrol();
  bool is_trying = self.onboard.state == ROOST_ONBOARD_JOINING || self.onboard.state == ROOST_ONBOARD_ENROLLING;
  esp32_softap_show((uint8_t)self.onboard.trouble, is_trying);
}

static void take_form(void *ctx, int32_t id, uint8_t *bytes, size_t size_bytes) {
  (void)ctx;
  (void)id;
  if (size_bytes != sizeof self.form) return;
  memcpy(&self.form, bytes, sizeof self.form);
  self.has_form = true;
  self.was_up = false; /* another Wi-Fi is another one coming up */
  act(roost_onboard_on(&self.onboard, ROOST_ON_SUBMIT, now_of()));
}

/* The place is the node's name, so a new node begins anew with it. */
static void on_enrolled(void *ctx, int err) {
  (void)ctx;
  if (err == ROOST_OK) esp_restart();
  act(roost_onboard_on(&self.onboard, err == ROOST_ERR_SEAL ? ROOST_ON_REFUSED : ROOST_ON_NO_ANSWER, now_of()));
}

app_done *app_onboarding_start(struct app_farm *farm, struct roost_enrol *enrol, const char *uid) {
  self.farm = farm;
  self.enrol = enrol;
  self.uid = uid;
  self.clock = esp32_clock();
  self.has_button = esp32_input_open(&self.button, PIN_BUTTON) == ROOST_OK;
  esp32_inbox_handle(ESP32_EVENT_FORM, take_form, NULL);
  act(roost_onboard_start(&self.onboard, farm->ssid[0] != 0, farm->identity.cert_pem[0] != 0, now_of()));
  return on_enrolled;
}

void app_onboarding_step(void) {
  bool is_up = esp32_wifi_is_up();
  bool is_pressed = self.has_button && !self.button.is_high(self.button.ctx);
  if (is_up != self.was_up) {
    self.was_up = is_up;
    act(roost_onboard_on(&self.onboard, is_up ? ROOST_ON_WIFI_UP : ROOST_ON_WIFI_DOWN, now_of()));
  }
  act(roost_onboard_step(&self.onboard, is_pressed, now_of()));
}
