/*
 * Updates: an offer is judged, its image comes in chunks into the other slot, is hashed as it lies in flash, tried by a boot, confirmed
 * within 60 s when the node is healthy, and given up otherwise. The power may fail at any moment: the node always starts, and goes on
 * where it was (firmware/DESIGN.md, "Updates").
 */
#ifndef ROOST_OTA_H
#define ROOST_OTA_H

#include "roost/codes.h"
#include "roost/crypto.h"
#include "roost/port.h"
#include "roost/wire.h"

#define ROOST_OTA_CONFIRM_MS 60000u
#define ROOST_OTA_ASK_AGAIN_MS 5000u
#define ROOST_OTA_BOOT_TRIES 3u
#define ROOST_OTA_URL_MAX_BYTES 95u
#define ROOST_OTA_FETCH_STALL_MS 20000u
#define ROOST_OTA_FETCH_TRIES 3u /* without a step forward; then the image comes by MQTT */

enum roost_boot_state {
  ROOST_BOOT_NORMAL,   /* a confirmed image runs */
  ROOST_BOOT_TRIAL,    /* a new image runs for the first time; without confirm the next boot goes back */
  ROOST_BOOT_REVERTED, /* the image before the last one runs again, because that was not confirmed */
};

/* The boot loader's side. */
struct roost_boot {
  void *ctx;
  enum roost_boot_state (*state)(void *ctx);
  /* Checks the signature of the image in the other slot; ROOST_ERR_SEAL when it is not ours. */
  int (*check_signature)(void *ctx, uint32_t size_bytes);
  int (*set_trial)(void *ctx); /* the next boot tries the other slot */
  int (*confirm)(void *ctx);
  int (*roll_back)(void *ctx); /* the next boot goes back */
};

enum roost_ota_state {
  ROOST_OTA_IDLE,
  ROOST_OTA_DOWNLOAD,
  ROOST_OTA_VERIFY,
  ROOST_OTA_BOOT, /* verified: trial boot is asked for */
  ROOST_OTA_TRIAL,
};

/* What outlasts a power cut, as one value in NVS. */
struct roost_ota_record {
  uint32_t magic;
  uint32_t id;
  uint32_t size_bytes;
  uint32_t deadline_s; /* left when it was written */
  uint16_t chunks;
  uint16_t got;  /* chunks that are surely in flash */
  uint8_t state; /* enum roost_ota_state */
  uint8_t boot_tries;
  uint8_t zero[2];
  uint8_t sha256[32];
};

struct roost_ota_setup {
  const char *chip;
  const char *fw_version;
  uint32_t secure_version;
  const struct roost_flash *slot; /* the slot that does not run */
  struct roost_boot boot;
  struct roost_nvs nvs;
  /*
   * NULL: this build fetches by MQTT only. Else: asks for the image over HTTPS from a byte on to its end; what comes goes to
   * roost_ota_on_bytes, the end of the connection to roost_ota_on_fetch_end. `url` NULL: stop, and say nothing of it.
   */
  int (*fetch)(void *ctx, const char *url, uint32_t from_bytes);
  void *fetch_ctx;
  void *ctx; /* of the two that follow */
  int (*send)(void *ctx, const struct roost_shape *shape, const void *message, const char *suffix);
  void (*raise)(void *ctx, uint16_t code);
};

struct roost_ota {
  struct roost_ota_setup setup;
  struct roost_ota_record record;
  struct roost_sha256 sha;
  uint32_t hashed_bytes;
  uint16_t got;          /* chunks in flash; record.got follows every 16 */
  uint16_t asked_until;  /* chunks that were asked for */
  uint64_t asked_at_ms;
  uint64_t started_at_ms;
  bool is_reported;      /* what the boot found is told */
  bool wants_restart;    /* the owner flushes and restarts */
  char url[ROOST_OTA_URL_MAX_BYTES + 1]; /* of the offer; empty: none, or after a restart */
  bool is_fetching;
  uint8_t fetch_failures;
  uint16_t fetched_from; /* chunk */
  uint16_t piece_bytes;  /* of the next chunk, in `buffer` */
  uint8_t found;         /* enum roost_boot_state at this boot, when an update was under way */
  uint8_t buffer[ROOST_OTA_CHUNK_BYTES];
};

/* Reads where it was. `up_ms`: the confirmation has 60 s from boot, not from here. */
void roost_ota_create(struct roost_ota *ota, const struct roost_ota_setup *setup);
/* Messages of the hub below `ota/`; what breaks the contract is ignored. */
void roost_ota_on_message(struct roost_ota *ota, const char *action, const uint8_t *payload, size_t size_bytes, uint64_t up_ms);
/* The image's bytes in order, from where it was asked for. */
void roost_ota_on_bytes(struct roost_ota *ota, const uint8_t *bytes, size_t size_bytes, uint64_t up_ms);
/* The connection ended, early or not. */
void roost_ota_on_fetch_end(struct roost_ota *ota);
/* Asks, hashes, decides. `is_linked`: the hub hears us. `is_healthy`: the node works as it should. */
void roost_ota_step(struct roost_ota *ota, uint64_t up_ms, bool is_linked, bool is_healthy);
enum roost_ota_state roost_ota_state(const struct roost_ota *ota);

#endif
