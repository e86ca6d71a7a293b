/*
 * Enrolment:  key → NVS, GET /ca.pem from anybody, its fingerprint compared, POST /enrol to the hub of this CA, identity → NVS, key dropped.
 * Renewal:    key → NVS, POST /rotate over the identity, identity → NVS, key dropped.
 * A cut before the identity is written: the kept key is used again, for which the hub gives the same certificate. After it: the kept key is
 * the identity's own, and is dropped at the next start.
 */
#include "roost/enrol.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

static const char IDENTITY_KEY[] = "identity";
static const char NEXT_KEY[] = "id-next";
enum { FIELDS = 8 };

static const struct {
  size_t at, room;
} FIELD[FIELDS] = {
#define FIELD_OF(name) {offsetof(struct roost_identity, name), sizeof((struct roost_identity *)0)->name}
    FIELD_OF(key_pem), FIELD_OF(cert_pem),   FIELD_OF(ca_pem),     FIELD_OF(place),
    FIELD_OF(host),    FIELD_OF(enrol_port), FIELD_OF(mqtts_port), FIELD_OF(ntp),
#undef FIELD_OF
};

/* In NVS the texts lie one behind the other, each with its 0: each lies before its place here, so they are moved from the last one on. */
int roost_identity_load(struct roost_identity *identity, const struct roost_nvs *nvs) {
  char *bytes = (char *)identity;
  size_t size = 0, from[FIELDS + 1] = {0};
  memset(identity, 0, sizeof *identity);
  bool is_good = nvs->get(nvs->ctx, IDENTITY_KEY, bytes, sizeof *identity, &size) == ROOST_OK;
  for (unsigned i = 0; i < FIELDS && is_good; i++) {
    const char *end = from[i] < size ? memchr(bytes + from[i], 0, size - from[i]) : NULL;
    is_good = end && (size_t)(end - bytes) + 1 - from[i] <= FIELD[i].room;
    if (is_good) from[i + 1] = (size_t)(end - bytes) + 1;
  }
  for (unsigned i = FIELDS; i-- > 0 && is_good;) {
    size_t text_bytes = from[i + 1] - from[i];
    memmove(bytes + FIELD[i].at, bytes + from[i], text_bytes);
    memset(bytes + FIELD[i].at + text_bytes, 0, FIELD[i].room - text_bytes);
  }
  if (is_good && identity->key_pem[0] && identity->cert_pem[0] && identity->ca_pem[0]) return ROOST_OK;
  memset(identity, 0, sizeof *identity);
  return ROOST_ERR_EMPTY;
}

int roost_identity_save(const struct roost_identity *identity, const struct roost_nvs *nvs, char scratch[ROOST_IDENTITY_MAX_BYTES]) {
  size_t at = 0;
  for (unsigned i = 0; i < FIELDS; i++) {
    const char *text = (const char *)identity + FIELD[i].at;
    size_t bytes = strlen(text) + 1;
    memcpy(scratch + at, text, bytes); /* all of them together are not longer than the scratch */
    at += bytes;
  }
  return nvs->set(nvs->ctx, IDENTITY_KEY, scratch, at);
}

static int keep_next(struct roost_enrol *enrol, const char *key_pem) {
  return enrol->nvs.set(enrol->nvs.ctx, NEXT_KEY, key_pem, strlen(key_pem) + 1);
}

static bool read_next(struct roost_enrol *enrol, char key_pem[ROOST_KEY_MAX_BYTES]) {
  size_t size = 0;
  int err = enrol->nvs.get(enrol->nvs.ctx, NEXT_KEY, key_pem, ROOST_KEY_MAX_BYTES, &size);
  return !err && size > 1 && key_pem[size - 1] == 0;
}

static int take_room(struct roost_enrol *enrol) {
  enrol->room = enrol->port.lend(enrol->port.ctx);
  if (!enrol->room) return ROOST_ERR_ROOM;
  memset(enrol->room, 0, sizeof *enrol->room);
  return ROOST_OK;
}

static void leave_room(struct roost_enrol *enrol) {
  struct roost_enrol_room *room = enrol->room;
  if (!room) return;
  enrol->room = NULL;
  memset(room, 0, sizeof *room); /* a key was in it */
  enrol->port.give_back(enrol->port.ctx, room);
}

static bool has_identity(const struct roost_enrol *enrol) { return enrol->identity->cert_pem[0] != 0; }

/* The key of the room's `fresh`: the one that a power cut left, or a new one, which is in NVS before anybody hears of it. */
static int make_next(struct roost_enrol *enrol) {
  char *key_pem = enrol->room->fresh.key_pem;
  if (read_next(enrol, key_pem)) return ROOST_OK;
  int err = enrol->port.make_key(enrol->port.ctx, key_pem, ROOST_KEY_MAX_BYTES);
  return err ? err : keep_next(enrol, key_pem);
}

static int ask(struct roost_enrol *enrol, const struct roost_identity *as, const char *path, const char *body) {
  enrol->room->answer_bytes = 0;
  int err = enrol->port.ask(enrol->port.ctx, as, path, body);
  enrol->is_asking = !err;
  return err;
}

/* {"csr":…, and for an enrolment the code and what the node is. */
static int write_request(struct roost_enrol *enrol, bool has_code) {
  char *csr = enrol->room->answer; /* what was in it is read */
  size_t used = 0;
  int err = enrol->port.make_csr(enrol->port.ctx, enrol->room->fresh.key_pem, enrol->uid, csr, sizeof enrol->room->answer);
  const char *const pairs[][2] = {
      {"{\"csr\":\"", csr}, {"\",\"code\":\"", enrol->code}, {"\",\"uid\":\"", enrol->uid},
      {"\",\"chip\":\"", enrol->chip}, {"\",\"fw_version\":\"", enrol->fw_version}};
  for (unsigned i = 0; i < (has_code ? 5 : 1) && !err; i++) {
    size_t size = strlen(pairs[i][0]);
    if (used + size + 4 > sizeof enrol->room->request) return ROOST_ERR_ROOM;
    memcpy(enrol->room->request + used, pairs[i][0], size);
    used += size;
    err = roost_json_append(enrol->room->request, sizeof enrol->room->request - 4, &used, pairs[i][1]);
  }
  if (!err) memcpy(enrol->room->request + used, "\"}", 3);
  return err;
}

static void finish(struct roost_enrol *enrol, int err) {
  enrol->state = ROOST_ENROL_IDLE;
  enrol->is_asking = false;
  enrol->tries = 0;
  memset(enrol->code, 0, sizeof enrol->code);
  leave_room(enrol);
  enrol->port.done(enrol->port.ctx, err);
}

static void retry(struct roost_enrol *enrol, uint64_t now_ms) {
  leave_room(enrol);
  uint32_t most = ROOST_RENEW_FIRST_MS << (enrol->tries < 6 ? enrol->tries : 6);
  if (most > ROOST_RENEW_MAX_MS) most = ROOST_RENEW_MAX_MS;
  if (enrol->tries < 6) enrol->tries++;
  enrol->next_ms = now_ms + most / 2 + enrol->random.next(enrol->random.ctx) % (most / 2 + 1);
}

static void ask_rotate(struct roost_enrol *enrol, uint64_t now_ms) {
  int err = take_room(enrol);
  if (!err) enrol->room->fresh = *enrol->identity;
  if (!err) err = make_next(enrol);
  if (!err) err = write_request(enrol, false);
  if (!err) err = ask(enrol, enrol->identity, "/rotate", enrol->room->request);
  if (err) retry(enrol, now_ms);
}

void roost_enrol_start(struct roost_enrol *enrol, uint64_t now_ms) {
  char key_pem[ROOST_KEY_MAX_BYTES];
  enrol->state = ROOST_ENROL_IDLE;
  enrol->is_asking = false;
  leave_room(enrol);
  if (!has_identity(enrol) || !read_next(enrol, key_pem)) return;
  if (strcmp(key_pem, enrol->identity->key_pem) == 0) (void)keep_next(enrol, "");
  else (void)roost_enrol_renew(enrol, now_ms);
  memset(key_pem, 0, sizeof key_pem);
}

int roost_enrol_begin(struct roost_enrol *enrol, const char *host, const char *port, const char *code, const uint8_t fingerprint[32]) {
  if (enrol->state != ROOST_ENROL_IDLE) return ROOST_ERR_STATE;
  int err = take_room(enrol);
  if (err) return err;
  struct roost_identity *fresh = &enrol->room->fresh;
  bool fits = strlen(host) < sizeof fresh->host && strlen(port) < sizeof fresh->enrol_port && strlen(code) < sizeof enrol->code;
  if (!fits) err = ROOST_ERR_ROOM;
  if (!err) {
    snprintf(fresh->host, sizeof fresh->host, "%s", host);
    snprintf(fresh->enrol_port, sizeof fresh->enrol_port, "%s", port);
    snprintf(enrol->code, sizeof enrol->code, "%s", code);
    memcpy(enrol->fingerprint, fingerprint, sizeof enrol->fingerprint);
    err = make_next(enrol);
  }
  if (!err) err = ask(enrol, fresh, "/ca.pem", NULL);
  if (err) leave_room(enrol);
  else enrol->state = ROOST_ENROL_CA;
  return err;
}

int roost_enrol_renew(struct roost_enrol *enrol, uint64_t now_ms) {
  if (enrol->state == ROOST_ENROL_RENEW) return ROOST_OK;
  if (enrol->state != ROOST_ENROL_IDLE || !has_identity(enrol) || !enrol->identity->enrol_port[0]) return ROOST_ERR_STATE;
  enrol->state = ROOST_ENROL_RENEW;
  enrol->tries = 0;
  enrol->next_ms = now_ms;
  return ROOST_OK;
}

void roost_enrol_step(struct roost_enrol *enrol, uint64_t now_ms) {
  if (enrol->state == ROOST_ENROL_RENEW && !enrol->is_asking && now_ms >= enrol->next_ms) ask_rotate(enrol, now_ms);
}

void roost_enrol_on_body(struct roost_enrol *enrol, const uint8_t *bytes, size_t size_bytes) {
  if (!enrol->room) return;
  size_t room = sizeof enrol->room->answer - enrol->room->answer_bytes; /* a longer answer is filled up, and no JSON then */
  if (size_bytes > room) size_bytes = room;
  if (size_bytes > 0) memcpy(enrol->room->answer + enrol->room->answer_bytes, bytes, size_bytes);
  enrol->room->answer_bytes += size_bytes;
}

static int take_ca(struct roost_enrol *enrol) {
  struct roost_identity *fresh = &enrol->room->fresh;
  uint8_t sha256[32];
  if (enrol->room->answer_bytes >= sizeof fresh->ca_pem) return ROOST_ERR_SEAL;
  memcpy(fresh->ca_pem, enrol->room->answer, enrol->room->answer_bytes);
  fresh->ca_pem[enrol->room->answer_bytes] = 0;
  if (enrol->port.digest_ca(enrol->port.ctx, fresh->ca_pem, sha256)) return ROOST_ERR_SEAL;
  if (memcmp(sha256, enrol->fingerprint, sizeof sha256) != 0) return ROOST_ERR_SEAL;
  int err = write_request(enrol, true);
  return err ? err : ask(enrol, fresh, "/enrol", enrol->room->request);
}

static int text_of(struct roost_json object, const char *key, char *out, size_t room_bytes) {
  struct roost_json value;
  int err = roost_json_find(object, key, &value);
  return err ? err : roost_json_text(value, out, room_bytes);
}

/* "site/house/node", or nothing when staff have not given the node a place. */
static int place_of(struct roost_json answer, char *out, size_t room_bytes) {
  struct roost_json place;
  char site[33], house[33], node[33];
  int err = roost_json_find(answer, "place", &place);
  if (err) return err;
  out[0] = 0;
  if (place.size == 4 && memcmp(place.at, "null", 4) == 0) return ROOST_OK;
  err = text_of(place, "site", site, sizeof site);
  if (!err) err = text_of(place, "house", house, sizeof house);
  if (!err) err = text_of(place, "node", node, sizeof node);
  if (!err) snprintf(out, room_bytes, "%s/%s/%s", site, house, node);
  return err;
}

static int take_welcome(struct roost_enrol *enrol) {
  struct roost_identity *fresh = &enrol->room->fresh;
  struct roost_json answer = {.at = enrol->room->answer, .size = enrol->room->answer_bytes};
  char broker[160];
  int err = text_of(answer, "cert", fresh->cert_pem, sizeof fresh->cert_pem);
  if (!err) err = text_of(answer, "ca", fresh->ca_pem, sizeof fresh->ca_pem);
  if (!err) err = place_of(answer, fresh->place, sizeof fresh->place);
  if (!err) err = text_of(answer, "broker", broker, sizeof broker);
  const char *colon = err ? NULL : strrchr(broker, ':');
  if (!colon || strlen(colon + 1) >= sizeof fresh->mqtts_port) return ROOST_ERR_PAYLOAD;
  /* The host stays the one under which the node found the hub: only the port is news. */
  snprintf(fresh->mqtts_port, sizeof fresh->mqtts_port, "%s", colon + 1);
  if (text_of(answer, "ntp", fresh->ntp, sizeof fresh->ntp)) fresh->ntp[0] = 0;
  err = enrol->port.check(enrol->port.ctx, fresh, enrol->uid);
  if (!err) err = roost_identity_save(fresh, &enrol->nvs, enrol->room->answer);
  if (err) return err;
  *enrol->identity = *fresh;
  (void)keep_next(enrol, ""); /* what is left of it goes at the next start */
  return ROOST_OK;
}

/* A hub that will say the same again; anything else may pass. */
static bool is_refusal(unsigned status) { return status >= 400 && status < 500 && status != 408 && status != 429; }

void roost_enrol_on_end(struct roost_enrol *enrol, unsigned status, uint64_t now_ms) {
  if (!enrol->is_asking) return;
  enrol->is_asking = false;
  int err = status == 200 ? ROOST_OK : is_refusal(status) ? ROOST_ERR_SEAL : ROOST_ERR_NET;
  if (enrol->state == ROOST_ENROL_CA && !err) {
    err = take_ca(enrol);
    enrol->state = ROOST_ENROL_CODE;
    if (err) finish(enrol, err == ROOST_ERR_SEAL ? err : ROOST_ERR_NET);
    return;
  }
  if (!err) err = take_welcome(enrol);
  if (enrol->state == ROOST_ENROL_RENEW && err && err != ROOST_ERR_SEAL) {
    retry(enrol, now_ms);
    return;
  }
  /* A key that the hub refuses to sign is of no use; one that a lost answer may belong to is kept. */
  if (enrol->state == ROOST_ENROL_RENEW && err) (void)keep_next(enrol, "");
  finish(enrol, err == ROOST_OK || err == ROOST_ERR_SEAL ? err : ROOST_ERR_NET);
}
