/*
 * A node's identity: made on the node, signed by the hub against a one-time code (POST /enrol), renewed over itself (POST /rotate). The
 * port has the cryptography and HTTPS; here is what is asked when, and what is kept so that a power cut anywhere leaves one whole identity.
 */
#ifndef ROOST_ENROL_H
#define ROOST_ENROL_H

#include <stdbool.h>
#include <stdint.h>

#include "roost/json.h"
#include "roost/port.h"

#define ROOST_KEY_MAX_BYTES 512u
#define ROOST_CERT_MAX_BYTES 1536u
#define ROOST_CA_MAX_BYTES 3072u /* two of them while the farm changes its CA */
#define ROOST_IDENTITY_MAX_BYTES (ROOST_KEY_MAX_BYTES + ROOST_CERT_MAX_BYTES + ROOST_CA_MAX_BYTES + 384u)
#define ROOST_RENEW_FIRST_MS 5000u
#define ROOST_RENEW_MAX_MS 300000u

/* PEM and text, each with a 0 at its end; an empty one is not there. */
struct roost_identity {
  char key_pem[ROOST_KEY_MAX_BYTES], cert_pem[ROOST_CERT_MAX_BYTES], ca_pem[ROOST_CA_MAX_BYTES];
  char place[112]; /* "site/house/node" */
  char host[128];  /* the hub, as the node found it */
  char enrol_port[8], mqtts_port[8];
  char ntp[112]; /* "host:port" */
};

/* What an enrolment or a renewal needs while it asks: lent for so long, for it is as large as all the rest of a node. */
struct roost_enrol_room {
  struct roost_identity fresh; /* becomes the identity when it is whole */
  char request[2048];
  char answer[ROOST_IDENTITY_MAX_BYTES + 512];
  size_t answer_bytes;
};

struct roost_enrol_port {
  void *ctx;
  struct roost_enrol_room *(*lend)(void *ctx); /* NULL: there is no memory now */
  void (*give_back)(void *ctx, struct roost_enrol_room *room);
  int (*make_key)(void *ctx, char *pem, size_t room_bytes); /* P-256 */
  int (*make_csr)(void *ctx, const char *key_pem, const char *uid, char *pem, size_t room_bytes);
  int (*digest_ca)(void *ctx, const char *ca_pem, uint8_t sha256[32]); /* of the first certificate's DER */
  /* The certificate is of this key and uid, and one of the CAs signed it. */
  int (*check)(void *ctx, const struct roost_identity *identity, const char *uid);
  /*
   * Starts a request to host:enrol_port: GET without a body, else POST of JSON. Trusts ca_pem, anybody when it is empty; shows cert_pem
   * unless it is empty. The texts stay until roost_enrol_on_end.
   */
  int (*ask)(void *ctx, const struct roost_identity *as, const char *path, const char *body);
  /* The end of an enrolment or a renewal: ROOST_OK the identity is the new one; ROOST_ERR_SEAL the hub is another or refuses; ROOST_ERR_NET. */
  void (*done)(void *ctx, int err);
};

enum roost_enrol_state { ROOST_ENROL_IDLE, ROOST_ENROL_CA, ROOST_ENROL_CODE, ROOST_ENROL_RENEW };

struct roost_enrol {
  struct roost_enrol_port port;
  struct roost_nvs nvs;
  struct roost_random random;
  struct roost_identity *identity;
  const char *uid, *chip, *fw_version;
  enum roost_enrol_state state;
  bool is_asking;
  uint8_t tries;
  uint64_t next_ms; /* of the next try to renew */
  char code[40];
  uint8_t fingerprint[32];
  struct roost_enrol_room *room; /* NULL while nothing is asked */
};

/* Reads the identity from NVS. ROOST_ERR_EMPTY when there is none, or none that is whole. */
int roost_identity_load(struct roost_identity *identity, const struct roost_nvs *nvs);
/* One write: after a power cut it is the old one or the new one. The scratch keeps it off the stack. ROOST_ERR_FLASH. */
int roost_identity_save(const struct roost_identity *identity, const struct roost_nvs *nvs, char scratch[ROOST_IDENTITY_MAX_BYTES]);

/* `enrol` has port, nvs, random, identity, uid, chip and fw_version; goes on with a renewal that was cut. */
void roost_enrol_start(struct roost_enrol *enrol, uint64_t now_ms);
/* Against a code, at host:port of the hub whose CA has this fingerprint. ROOST_ERR_STATE while something else is under way, ROOST_ERR_ROOM without memory. */
int roost_enrol_begin(struct roost_enrol *enrol, const char *host, const char *port, const char *code, const uint8_t fingerprint[32]);
/* A new key and certificate. ROOST_OK also when it is under way already; ROOST_ERR_STATE without an identity or a place to ask. */
int roost_enrol_renew(struct roost_enrol *enrol, uint64_t now_ms);
void roost_enrol_step(struct roost_enrol *enrol, uint64_t now_ms);

/* What the port tells: pieces of the answer, then its end. `status` of HTTP, 0: there was none. */
void roost_enrol_on_body(struct roost_enrol *enrol, const uint8_t *bytes, size_t size_bytes);
void roost_enrol_on_end(struct roost_enrol *enrol, unsigned status, uint64_t now_ms);

#endif
