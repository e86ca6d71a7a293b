/* See host_enrol.h. */
#include "host_enrol.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t now_of(const struct host_enrol *host) { return host->clock.up_ms(host->clock.ctx); }

static const char *const TROUBLES[] = {"none", "wifi", "hub", "code"};

static void act(struct host_enrol *host, uint32_t actions) {
  char detail[64];
  if (actions & ROOST_DO_OPEN_PORTAL) {
    snprintf(detail, sizeof detail, "\"open\":true,\"trouble\":\"%s\"", TROUBLES[host->onboard.trouble]);
    host->say("page", detail);
  }
  if (actions & ROOST_DO_CLOSE_PORTAL) host->say("page", "\"open\":false");
  if (actions & ROOST_DO_ENROL && host->code[0]) {
    host->say("enrol", "");
    (void)roost_enrol_begin(&host->enrol, host->host, host->port, host->code, host->fingerprint); /* the state machine asks again */
  }
  if (actions & ROOST_DO_FORGET) host->forget(host->ctx);
}

static void tell(struct host_enrol *host, enum roost_onboard_event event) {
  enum roost_onboard_trouble before = host->onboard.trouble;
  act(host, roost_onboard_on(&host->onboard, event, now_of(host)));
  if (host->onboard.trouble == before || host->onboard.trouble == ROOST_TROUBLE_NONE) return;
  char detail[32];
  snprintf(detail, sizeof detail, "\"trouble\":\"%s\"", TROUBLES[host->onboard.trouble]);
  host->say("onboard", detail);
}

static int ask(void *ctx, const struct roost_identity *as, const char *path, const char *body) {
  struct host_enrol *host = ctx;
  if (!host->has_network) return ROOST_ERR_NET;
  SSL_CTX_free(host->tls);
  host->tls = host_pki_tls(as);
  host->https.tls = host->tls;
  if (!host->tls) return ROOST_ERR_STATE;
  return https_ask(&host->https, as->host, as->enrol_port, "localhost", path, body, now_of(host)) == 0 ? ROOST_OK : ROOST_ERR_NET;
}

static struct roost_enrol_room *lend(void *ctx) {
  (void)ctx;
  return malloc(sizeof(struct roost_enrol_room));
}
static void give_back(void *ctx, struct roost_enrol_room *room) {
  (void)ctx;
  free(room);
}

static void done(void *ctx, int err) {
  struct host_enrol *host = ctx;
  bool is_first = !host->onboard.has_identity;
  if (err == ROOST_OK) {
    host->say(is_first ? "enrolled" : "renewed", "");
    memset(host->code, 0, sizeof host->code);
    if (is_first) tell(host, ROOST_ON_ENROLLED);
    host->on_identity(host->ctx, is_first);
  } else if (is_first) {
    tell(host, err == ROOST_ERR_SEAL ? ROOST_ON_REFUSED : ROOST_ON_NO_ANSWER);
  } else {
    host->say("renewal-failed", "");
    host->on_renewal_failed(host->ctx);
  }
}

static void on_body(void *ctx, const uint8_t *bytes, size_t size) { roost_enrol_on_body(&((struct host_enrol *)ctx)->enrol, bytes, size); }
static void on_end(void *ctx) {
  struct host_enrol *host = ctx;
  roost_enrol_on_end(&host->enrol, host->https.status, now_of(host));
}

bool host_enrol_set_fingerprint(struct host_enrol *host, const char *hex) {
  if (strlen(hex) != 64) return false;
  for (unsigned i = 0; i < 32; i++) {
    if (sscanf(hex + 2 * i, "%2hhx", &host->fingerprint[i]) != 1) return false;
  }
  return true;
}

void host_enrol_boot(struct host_enrol *host) {
  host->enrol.identity = &host->identity;
  host->enrol.port = (struct roost_enrol_port){.ctx = host, .lend = lend, .give_back = give_back, .make_key = host_pki_make_key, .make_csr = host_pki_make_csr,
                                               .digest_ca = host_pki_digest_ca, .check = host_pki_check, .ask = ask, .done = done};
  if (host->https.state != HTTPS_IDLE) https_stop(&host->https);
  https_create(&host->https, NULL, &(struct https_handlers){.ctx = host, .on_body = on_body, .on_end = on_end});
  roost_enrol_start(&host->enrol, now_of(host));
  bool has_wifi = host->identity.cert_pem[0] || host->code[0];
  act(host, roost_onboard_start(&host->onboard, has_wifi, host->identity.cert_pem[0] != 0, now_of(host)));
}

bool host_enrol_submit(struct host_enrol *host, const char *code) {
  if (!roost_is_enrol_code(code)) return false;
  snprintf(host->code, sizeof host->code, "%s", code);
  tell(host, ROOST_ON_SUBMIT);
  return true;
}

void host_enrol_step(struct host_enrol *host) {
  if (host->has_network != host->onboard.is_wifi_up) tell(host, host->has_network ? ROOST_ON_WIFI_UP : ROOST_ON_WIFI_DOWN);
  if (!host->has_network && host->https.state != HTTPS_IDLE) {
    https_stop(&host->https);
    roost_enrol_on_end(&host->enrol, 0, now_of(host));
  }
  https_step(&host->https, now_of(host));
  roost_enrol_step(&host->enrol, now_of(host));
  act(host, roost_onboard_step(&host->onboard, host->is_button_pressed, now_of(host)));
}
