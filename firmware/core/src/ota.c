/*
 * IDLE ─offer─▶ DOWNLOAD ─last chunk─▶ VERIFY ─hash, signature─▶ BOOT ─restart─▶ TRIAL ─healthy─▶ confirm, IDLE
 * From everywhere: a failure says so and ends in IDLE; a restart finds the state again in NVS. Before a state is entered on flash the
 * record says it; only set_trial and confirm change what the next boot does, and both come after their record.
 */
#include "roost/ota.h"

#include <string.h>


static const char KEY[] = "ota";
#define MAGIC 0x3141544fu /* "OTA1" */
enum { HASH_STEP_SECTORS = 4 };

enum roost_ota_state roost_ota_state(const struct roost_ota *ota) { return (enum roost_ota_state)ota->record.state; }

static int save(struct roost_ota *ota, enum roost_ota_state state) {
  struct roost_ota_record record = ota->record;
  record.magic = MAGIC;
  record.state = (uint8_t)state;
  record.got = ota->got;
  int err = ota->setup.nvs.set(ota->setup.nvs.ctx, KEY, &record, sizeof record);
  if (!err) ota->record = record;
  return err;
}

static void tell(struct roost_ota *ota, enum roost_ota_phase phase, uint16_t code, const char *text) {
  struct roost_ota_status status = {
      .has = ROOST_STATUS_HAS_GOT | ROOST_STATUS_HAS_TOTAL,
      .id = ota->record.id,
      .phase = (uint8_t)phase,
      .got = ota->got,
      .total = ota->record.chunks,
      .code = code,
      .text = roost_text_of(text ? text : ""),
  };
  if (code) status.has |= ROOST_STATUS_HAS_CODE;
  if (text) status.has |= ROOST_STATUS_HAS_TEXT;
  (void)ota->setup.send(ota->setup.ctx, &roost_shape_ota_status, &status, "ota/status");
}

static void stop_fetch(struct roost_ota *ota) {
  if (!ota->is_fetching) return;
  ota->is_fetching = false;
  (void)ota->setup.fetch(ota->setup.fetch_ctx, NULL, 0);
}

static void finish(struct roost_ota *ota, enum roost_ota_phase phase, uint16_t code, const char *text) {
  stop_fetch(ota);
  if (code) ota->setup.raise(ota->setup.ctx, code);
  tell(ota, phase, phase == ROOST_PHASE_CONFIRM ? 0 : code, text);
  ota->got = 0;
  if (save(ota, ROOST_OTA_IDLE)) ota->record.state = ROOST_OTA_IDLE; /* NVS is gone: after a restart it is decided anew */
}

static void start_hash(struct roost_ota *ota) {
  roost_sha256_start(&ota->sha);
  ota->hashed_bytes = 0;
}

void roost_ota_create(struct roost_ota *ota, const struct roost_ota_setup *setup) {
  memset(ota, 0, sizeof *ota);
  ota->setup = *setup;
  ota->is_reported = true;
  struct roost_ota_record record;
  size_t size = 0;
  if (setup->nvs.get(setup->nvs.ctx, KEY, &record, sizeof record, &size)) return;
  if (size != sizeof record || record.magic != MAGIC || record.state == ROOST_OTA_IDLE) return;
  ota->record = record;
  ota->got = record.got;
  ota->asked_until = record.got;
  ota->is_reported = false;
  start_hash(ota);
  if (record.state != ROOST_OTA_BOOT && record.state != ROOST_OTA_TRIAL) return;
  ota->found = (uint8_t)setup->boot.state(setup->boot.ctx);
  if (ota->found == ROOST_BOOT_TRIAL) ota->record.state = ROOST_OTA_TRIAL;
}

static uint32_t chunk_bytes(const struct roost_ota *ota, uint16_t n) {
  uint32_t left = ota->record.size_bytes - (uint32_t)n * ROOST_OTA_CHUNK_BYTES;
  return left < ROOST_OTA_CHUNK_BYTES ? left : ROOST_OTA_CHUNK_BYTES;
}

/* Why an offer cannot be taken, NULL when it can. */
static const char *why_not(const struct roost_ota *ota, const struct roost_ota_offer *offer, uint16_t *code) {
  *code = ROOST_CODE_OTA_REJECTED;
  if (ota->record.state == ROOST_OTA_TRIAL) return "an update is being tried";
  if (!roost_text_equals(offer->chip, ota->setup.chip)) return "for another chip";
  if (offer->size_bytes > ota->setup.slot->size_bytes) return "larger than the slot";
  if (offer->chunks != (offer->size_bytes + ROOST_OTA_CHUNK_BYTES - 1) / ROOST_OTA_CHUNK_BYTES) return "size and chunks disagree";
  bool is_forced = offer->has & ROOST_OFFER_HAS_FORCE && offer->force;
  if (!is_forced && roost_text_equals(offer->version, ota->setup.fw_version)) return "it runs already";
  *code = ROOST_CODE_OTA_DOWNGRADE;
  return offer->secure_version < ota->setup.secure_version ? "older than the anti-rollback version" : NULL;
}

static void take_offer(struct roost_ota *ota, const struct roost_ota_offer *offer, uint64_t up_ms) {
  uint16_t code = 0;
  bool is_same = ota->record.state != ROOST_OTA_IDLE && memcmp(ota->record.sha256, offer->sha256.at, 32) == 0 &&
                 ota->record.size_bytes == offer->size_bytes;
  if (is_same && ota->record.state == ROOST_OTA_TRIAL) { /* the hub asks again what became of it */
    ota->record.id = offer->id;
    tell(ota, ROOST_PHASE_BOOT, 0, NULL);
    return;
  }
  const char *reason = why_not(ota, offer, &code);
  if (reason) {
    struct roost_ota_status status = {.has = ROOST_STATUS_HAS_CODE | ROOST_STATUS_HAS_TEXT, .id = offer->id,
                                      .phase = ROOST_PHASE_REJECT, .code = code, .text = roost_text_of(reason)};
    ota->setup.raise(ota->setup.ctx, code);
    (void)ota->setup.send(ota->setup.ctx, &roost_shape_ota_status, &status, "ota/status");
    return;
  }
  ota->record.id = offer->id;
  ota->record.size_bytes = offer->size_bytes;
  ota->record.chunks = offer->chunks;
  ota->record.deadline_s = offer->deadline_s;
  memcpy(ota->record.sha256, offer->sha256.at, 32);
  ota->started_at_ms = up_ms;
  bool has_url = offer->has & ROOST_OFFER_HAS_URL && offer->url.size <= ROOST_OTA_URL_MAX_BYTES;
  if (has_url) memcpy(ota->url, offer->url.at, offer->url.size);
  ota->url[has_url ? offer->url.size : 0] = 0;
  ota->fetch_failures = 0;
  if (!is_same) {
    stop_fetch(ota);
    ota->record.boot_tries = 0;
    ota->got = 0;
    ota->hashed_bytes = 0;
  }
  ota->asked_until = ota->got;
  enum roost_ota_state state = is_same ? roost_ota_state(ota) : ROOST_OTA_DOWNLOAD;
  if (save(ota, state)) {
    finish(ota, ROOST_PHASE_FAIL, ROOST_CODE_OTA_FLASH_WRITE, "it could not be noted down");
    return;
  }
  ota->is_reported = true;
  tell(ota, ROOST_PHASE_ACCEPT, 0, NULL);
}

/* Writes the first bytes of the buffer where the next chunk belongs. */
static int write_chunk(struct roost_ota *ota, uint32_t size_bytes) {
  const struct roost_flash *slot = ota->setup.slot;
  uint32_t at = (uint32_t)ota->got * ROOST_OTA_CHUNK_BYTES;
  uint32_t whole = (size_bytes + ROOST_FLASH_UNIT_BYTES - 1u) / ROOST_FLASH_UNIT_BYTES * ROOST_FLASH_UNIT_BYTES;
  memset(ota->buffer + size_bytes, 0xff, sizeof ota->buffer - size_bytes);
  for (uint32_t sector = 0; sector < whole; sector += slot->sector_bytes) {
    int err = slot->erase(slot->ctx, at + sector);
    if (err) return err;
  }
  return slot->write(slot->ctx, at, ota->buffer, whole);
}

/* The next chunk is in the buffer. */
static void keep_chunk(struct roost_ota *ota, uint32_t size_bytes, uint64_t up_ms) {
  if (write_chunk(ota, size_bytes)) {
    finish(ota, ROOST_PHASE_FAIL, ROOST_CODE_OTA_FLASH_WRITE, "the slot cannot be written");
    return;
  }
  ota->got++;
  ota->asked_at_ms = up_ms;
  bool is_last = ota->got == ota->record.chunks;
  if (!is_last && ota->got % ROOST_OTA_REQUEST_MAX) return;
  if (is_last) {
    stop_fetch(ota);
    start_hash(ota);
  }
  /* When it cannot be noted down the download goes on: a restart would begin it anew, nothing worse. */
  if (save(ota, is_last ? ROOST_OTA_VERIFY : ROOST_OTA_DOWNLOAD) && is_last) ota->record.state = ROOST_OTA_VERIFY;
  tell(ota, is_last ? ROOST_PHASE_VERIFY : ROOST_PHASE_DOWNLOAD, 0, NULL);
}

static void take_chunk(struct roost_ota *ota, const struct roost_ota_chunk *chunk, uint64_t up_ms) {
  if (ota->record.state != ROOST_OTA_DOWNLOAD || chunk->id != ota->record.id || chunk->n != ota->got) return;
  if (chunk->d.size != chunk_bytes(ota, chunk->n) || ota->is_fetching) return;
  memcpy(ota->buffer, chunk->d.at, chunk->d.size);
  keep_chunk(ota, chunk->d.size, up_ms);
}

void roost_ota_on_bytes(struct roost_ota *ota, const uint8_t *bytes, size_t size_bytes, uint64_t up_ms) {
  while (size_bytes > 0 && ota->is_fetching && ota->record.state == ROOST_OTA_DOWNLOAD) {
    uint32_t whole = chunk_bytes(ota, ota->got);
    size_t part = whole - ota->piece_bytes;
    if (part > size_bytes) part = size_bytes;
    memcpy(ota->buffer + ota->piece_bytes, bytes, part);
    ota->piece_bytes = (uint16_t)(ota->piece_bytes + part);
    bytes += part;
    size_bytes -= part;
    if (ota->piece_bytes < whole) return;
    ota->piece_bytes = 0;
    keep_chunk(ota, whole, up_ms);
  }
}

void roost_ota_on_fetch_end(struct roost_ota *ota) {
  if (!ota->is_fetching) return;
  ota->is_fetching = false;
  if (ota->got > ota->fetched_from) ota->fetch_failures = 0;
  ota->fetch_failures++;
}

void roost_ota_on_message(struct roost_ota *ota, const char *action, const uint8_t *payload, size_t size_bytes, uint64_t up_ms) {
  struct roost_flaw flaw;
  if (strcmp(action, "offer") == 0) {
    struct roost_ota_offer offer;
    if (!roost_shape_decode(&roost_shape_ota_offer, payload, size_bytes, &offer, &flaw)) take_offer(ota, &offer, up_ms);
  } else if (strcmp(action, "chunk") == 0) {
    struct roost_ota_chunk chunk;
    if (!roost_shape_decode(&roost_shape_ota_chunk, payload, size_bytes, &chunk, &flaw)) take_chunk(ota, &chunk, up_ms);
  } else if (strcmp(action, "cancel") == 0) {
    struct roost_ota_cancel cancel;
    if (roost_shape_decode(&roost_shape_ota_cancel, payload, size_bytes, &cancel, &flaw)) return;
    bool can_stop = ota->record.state == ROOST_OTA_DOWNLOAD || ota->record.state == ROOST_OTA_VERIFY;
    if (can_stop && cancel.id == ota->record.id) finish(ota, ROOST_PHASE_FAIL, 0, "cancelled");
  }
}

/* True while the image comes over HTTPS, or shall. */
static bool fetches(struct roost_ota *ota, uint64_t up_ms) {
  if (ota->is_fetching) {
    if (up_ms - ota->asked_at_ms < ROOST_OTA_FETCH_STALL_MS) return true;
    stop_fetch(ota);
    ota->fetch_failures++;
  }
  if (!ota->setup.fetch || !ota->url[0] || ota->fetch_failures >= ROOST_OTA_FETCH_TRIES) return false;
  if (ota->fetch_failures > 0 && up_ms - ota->asked_at_ms < ROOST_OTA_ASK_AGAIN_MS) return true;
  ota->is_fetching = true;
  ota->piece_bytes = 0;
  ota->fetched_from = ota->got;
  ota->asked_until = ota->got; /* what is asked for by MQTT later begins there */
  ota->asked_at_ms = up_ms;
  if (ota->setup.fetch(ota->setup.fetch_ctx, ota->url, (uint32_t)ota->got * ROOST_OTA_CHUNK_BYTES)) roost_ota_on_fetch_end(ota);
  return true;
}

static void ask(struct roost_ota *ota, uint64_t up_ms) {
  if (fetches(ota, up_ms)) return;
  bool is_answered = ota->got >= ota->asked_until;
  if (!is_answered && up_ms - ota->asked_at_ms < ROOST_OTA_ASK_AGAIN_MS) return;
  uint16_t left = (uint16_t)(ota->record.chunks - ota->got);
  /* Requests end where the note in NVS is taken, so that a resumed download asks for the same blocks. */
  uint16_t count = (uint16_t)(ROOST_OTA_REQUEST_MAX - ota->got % ROOST_OTA_REQUEST_MAX);
  if (count > left) count = left;
  struct roost_ota_request request = {.id = ota->record.id, .from = ota->got, .count = count};
  if (ota->setup.send(ota->setup.ctx, &roost_shape_ota_request, &request, "ota/request")) return;
  ota->asked_until = (uint16_t)(ota->got + count);
  ota->asked_at_ms = up_ms;
}

static void boot_trial(struct roost_ota *ota) {
  if (ota->record.boot_tries >= ROOST_OTA_BOOT_TRIES) {
    finish(ota, ROOST_PHASE_FAIL, ROOST_CODE_OTA_FLASH_WRITE, "the boot loader does not take it");
    return;
  }
  ota->record.boot_tries++;
  if (save(ota, ROOST_OTA_BOOT) || ota->setup.boot.set_trial(ota->setup.boot.ctx)) {
    finish(ota, ROOST_PHASE_FAIL, ROOST_CODE_OTA_FLASH_WRITE, "the boot loader does not take it");
    return;
  }
  tell(ota, ROOST_PHASE_BOOT, 0, NULL);
  ota->wants_restart = true;
}

/* A few sectors at a time: the sensors do not wait. */
static void verify(struct roost_ota *ota) {
  const struct roost_flash *slot = ota->setup.slot;
  for (unsigned i = 0; i < HASH_STEP_SECTORS && ota->hashed_bytes < ota->record.size_bytes; i++) {
    uint32_t left = ota->record.size_bytes - ota->hashed_bytes;
    uint32_t part = left < sizeof ota->buffer ? left : (uint32_t)sizeof ota->buffer;
    if (slot->read(slot->ctx, ota->hashed_bytes, ota->buffer, part)) {
      finish(ota, ROOST_PHASE_FAIL, ROOST_CODE_OTA_HASH, "the slot cannot be read");
      return;
    }
    roost_sha256_update(&ota->sha, ota->buffer, part);
    ota->hashed_bytes += part;
  }
  if (ota->hashed_bytes < ota->record.size_bytes) return;
  uint8_t digest[ROOST_SHA256_BYTES];
  roost_sha256_finish(&ota->sha, digest);
  if (memcmp(digest, ota->record.sha256, sizeof digest) != 0)
    finish(ota, ROOST_PHASE_FAIL, ROOST_CODE_OTA_HASH, "SHA-256 differs");
  else if (ota->setup.boot.check_signature(ota->setup.boot.ctx, ota->record.size_bytes))
    finish(ota, ROOST_PHASE_FAIL, ROOST_CODE_OTA_SIGNATURE, "no valid signature");
  else
    boot_trial(ota);
}

/* A state BOOT that outlasted a restart without a trial: it was undone, or the power failed before set_trial. */
static void look_back(struct roost_ota *ota, bool is_linked) {
  if (ota->wants_restart) return; /* set in this boot: the restart comes */
  if (ota->found == ROOST_BOOT_REVERTED) {
    if (is_linked) finish(ota, ROOST_PHASE_ROLLBACK, ROOST_CODE_OTA_ROLLED_BACK, "it was not confirmed in time");
    return;
  }
  /* The image may have been touched since it was hashed: it is hashed again before it is tried. */
  if (save(ota, ROOST_OTA_VERIFY)) ota->record.state = ROOST_OTA_VERIFY;
  start_hash(ota);
}

static void try_out(struct roost_ota *ota, uint64_t up_ms, bool is_linked, bool is_healthy) {
  if (ota->found == ROOST_BOOT_REVERTED) {
    look_back(ota, is_linked);
    return;
  }
  if (ota->found == ROOST_BOOT_NORMAL) { /* confirmed, but the power failed before it was noted down */
    if (is_linked) finish(ota, ROOST_PHASE_CONFIRM, ROOST_CODE_OTA_CONFIRMED, NULL);
    return;
  }
  if (is_healthy && save(ota, ROOST_OTA_TRIAL) == ROOST_OK) {
    if (ota->setup.boot.confirm(ota->setup.boot.ctx) == ROOST_OK)
      finish(ota, ROOST_PHASE_CONFIRM, ROOST_CODE_OTA_CONFIRMED, NULL);
    return; /* else again with the next step, until the time is over */
  }
  if (up_ms < ROOST_OTA_CONFIRM_MS || ota->wants_restart) return;
  tell(ota, ROOST_PHASE_ROLLBACK, ROOST_CODE_OTA_ROLLED_BACK, "not healthy within 60 s");
  (void)ota->setup.boot.roll_back(ota->setup.boot.ctx); /* an unconfirmed image is not booted again in any case */
  ota->wants_restart = true;
}

void roost_ota_step(struct roost_ota *ota, uint64_t up_ms, bool is_linked, bool is_healthy) {
  if (!ota->is_reported && is_linked && ota->record.state == ROOST_OTA_DOWNLOAD) {
    ota->is_reported = true;
    tell(ota, ROOST_PHASE_DOWNLOAD, 0, NULL);
  }
  switch (ota->record.state) {
    case ROOST_OTA_DOWNLOAD:
      if (up_ms - ota->started_at_ms > 1000ull * ota->record.deadline_s)
        finish(ota, ROOST_PHASE_FAIL, ROOST_CODE_OTA_DOWNLOAD_FAILED, "not complete within the deadline");
      else if (is_linked) ask(ota, up_ms);
      return;
    case ROOST_OTA_VERIFY:
      verify(ota);
      return;
    case ROOST_OTA_BOOT:
      look_back(ota, is_linked);
      return;
    case ROOST_OTA_TRIAL:
      try_out(ota, up_ms, is_linked, is_healthy);
      return;
    default:
      return;
  }
}
