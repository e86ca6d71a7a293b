/*
 * The factory gives the password of the node's own Wi-Fi, and no more when staff do the rest on its page. It may give Wi-Fi and host, and either a
 * whole identity (ca, cert, key, place) or what a node needs to get one (code, ca-sha256). What the node enrolled itself comes first.
 */
#include <stdio.h>

#include "app.h"

static bool read_text(const struct roost_nvs *nvs, const char *key, char *out, size_t room_bytes) {
  size_t size = 0;
  return nvs->get(nvs->ctx, key, out, room_bytes - 1, &size) == ROOST_OK && size > 0;
}

static bool read_bytes(const struct roost_nvs *nvs, const char *key, uint8_t *out, size_t wanted_bytes) {
  size_t size = 0;
  return nvs->get(nvs->ctx, key, out, wanted_bytes, &size) == ROOST_OK && size == wanted_bytes;
}

void app_identity_read(struct app_farm *farm, const struct roost_nvs *nvs) {
  struct roost_identity *identity = &farm->identity;
  if (!read_text(nvs, "ssid", farm->ssid, sizeof farm->ssid) || !read_text(nvs, "password", farm->password, sizeof farm->password)) farm->ssid[0] = 0;
  (void)read_text(nvs, "ap-password", farm->ap_password, sizeof farm->ap_password);
  farm->has_peer_key = read_bytes(nvs, "peer-key", farm->peer_key, sizeof farm->peer_key);
  if (roost_identity_load(identity, nvs) == ROOST_OK) return;
  (void)read_text(nvs, "host", identity->host, sizeof identity->host);
  snprintf(identity->mqtts_port, sizeof identity->mqtts_port, "8883");
  snprintf(identity->enrol_port, sizeof identity->enrol_port, "8443");
  bool has_certs = read_text(nvs, "ca", identity->ca_pem, sizeof identity->ca_pem) && read_text(nvs, "key", identity->key_pem, sizeof identity->key_pem) &&
                   read_text(nvs, "cert", identity->cert_pem, sizeof identity->cert_pem);
  (void)read_text(nvs, "place", identity->place, sizeof identity->place);
  bool has_code = read_text(nvs, "code", farm->code, sizeof farm->code) && read_bytes(nvs, "ca-sha256", farm->fingerprint, sizeof farm->fingerprint);
  if (!has_certs) identity->cert_pem[0] = 0;
  if (!has_code) farm->code[0] = 0;
}
