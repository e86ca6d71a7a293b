/* The answers to roost/enrol.h on the chip: keys and requests for certificates by mbedTLS, HTTPS by esp_http_client in a task of its own. */
#ifndef ROOST_ESP32_ENROL_H
#define ROOST_ESP32_ENROL_H

#include "roost/enrol.h"

/* Fills the port of `enrol`. `done` is called in the node's task. */
void esp32_enrol_create(struct roost_enrol *enrol, void (*done)(void *ctx, int err));
/* Hands the core what the request's task has brought; from the node's task, at every round. */
void esp32_enrol_pump(uint64_t now_ms);

int esp32_pki_make_key(void *ctx, char *pem, size_t room_bytes);
int esp32_pki_make_csr(void *ctx, const char *key_pem, const char *uid, char *pem, size_t room_bytes);
int esp32_pki_digest_ca(void *ctx, const char *ca_pem, uint8_t sha256[32]);
int esp32_pki_check(void *ctx, const struct roost_identity *identity, const char *uid);

#endif
