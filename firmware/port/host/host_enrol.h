/* How a virtual node comes into its farm: the state machine of roost/onboard.h with a Wi-Fi that is there when the network is. */
#ifndef ROOST_HOST_ENROL_H
#define ROOST_HOST_ENROL_H

#include "host_pki.h"
#include "https.h"
#include "roost/onboard.h"

struct host_enrol {
  struct roost_onboard onboard;
  struct roost_enrol enrol;
  struct roost_identity identity;
  struct https https;
  SSL_CTX *tls; /* of the request that runs */
  char host[128], port[8], code[40];
  uint8_t fingerprint[32];
  bool has_network, is_button_pressed;
  struct roost_clock clock;
  /* What the node does with it. */
  void *ctx;
  void (*say)(const char *event, const char *detail);
  void (*on_identity)(void *ctx, bool is_first); /* there is one, or another */
  void (*on_renewal_failed)(void *ctx);
  void (*forget)(void *ctx); /* everything; then restart */
};

/* 64 hex digits; false when they are not. */
bool host_enrol_set_fingerprint(struct host_enrol *host, const char *hex);
/* At every boot; ports, clock, names and what is known of the hub are set, the identity is loaded. */
void host_enrol_boot(struct host_enrol *host);
/* What the page would send: false when it is no code. */
bool host_enrol_submit(struct host_enrol *host, const char *code);
void host_enrol_step(struct host_enrol *host);

#endif
