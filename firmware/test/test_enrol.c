/* An identity is made, renewed, and never half there; a hub that is another gets no code. */
#include "roost/enrol.h"

#include <string.h>

#include "test.h"

static const char UID[] = "rn-0a0b0c0d0e0f";
static const uint8_t FINGERPRINT[32] = {1, 2, 3};

/* NVS whose power fails at one write: before it (the old value stays) or behind it (the new one is there, nobody heard of it). */
static struct {
  struct {
    char key[16];
    uint8_t bytes[ROOST_IDENTITY_MAX_BYTES];
    size_t size;
  } kept[2];
  unsigned writes, cut_at; /* 0: never */
  bool cuts_behind, is_dead;
} nvs;

static struct {
  unsigned keys, asks, signed_keys, done;
  int last_done;
  char last_path[16], last_body[2048], shown_cert[ROOST_CERT_MAX_BYTES], trusted_ca[ROOST_CA_MAX_BYTES];
  bool is_deaf, check_fails, crypto_fails, is_lent, has_no_memory;
  uint8_t digest[32];
} world;

static struct roost_identity identity;
static struct roost_enrol enrol;
static struct roost_enrol_room lent;
static uint64_t now_ms;

static int nvs_get(void *ctx, const char *key, void *out, size_t room, size_t *size) {
  (void)ctx;
  for (unsigned i = 0; i < 2; i++) {
    if (strcmp(nvs.kept[i].key, key) != 0) continue;
    if (nvs.kept[i].size > room) return ROOST_ERR_ROOM;
    memcpy(out, nvs.kept[i].bytes, nvs.kept[i].size);
    *size = nvs.kept[i].size;
    return ROOST_OK;
  }
  return ROOST_ERR_EMPTY;
}

static int nvs_set(void *ctx, const char *key, const void *bytes, size_t size) {
  (void)ctx;
  if (nvs.is_dead) return ROOST_ERR_FLASH;
  nvs.is_dead = ++nvs.writes == nvs.cut_at;
  if (nvs.is_dead && !nvs.cuts_behind) return ROOST_ERR_FLASH;
  unsigned i = nvs.kept[0].key[0] && strcmp(nvs.kept[0].key, key) != 0;
  snprintf(nvs.kept[i].key, sizeof nvs.kept[i].key, "%s", key);
  memcpy(nvs.kept[i].bytes, bytes, size);
  nvs.kept[i].size = size;
  return nvs.is_dead ? ROOST_ERR_FLASH : ROOST_OK;
}

static uint32_t next_random(void *ctx) {
  (void)ctx;
  return 0;
}

static int make_key(void *ctx, char *pem, size_t room) {
  (void)ctx;
  snprintf(pem, room, "key %u\n", ++world.keys);
  return world.crypto_fails ? ROOST_ERR_STATE : ROOST_OK;
}
static int make_csr(void *ctx, const char *key_pem, const char *uid, char *pem, size_t room) {
  (void)ctx;
  snprintf(pem, room, "csr of %s for %s", uid, key_pem);
  return ROOST_OK;
}
static int digest_ca(void *ctx, const char *ca_pem, uint8_t sha256[32]) {
  (void)ctx;
  memcpy(sha256, world.digest, 32);
  return strncmp(ca_pem, "ca", 2) == 0 ? ROOST_OK : ROOST_ERR_PAYLOAD;
}
static int check(void *ctx, const struct roost_identity *fresh, const char *uid) {
  char fits[ROOST_KEY_MAX_BYTES + 64];
  (void)ctx;
  snprintf(fits, sizeof fits, "cert of %s for %s", uid, fresh->key_pem);
  return !world.check_fails && strcmp(fits, fresh->cert_pem) == 0 ? ROOST_OK : ROOST_ERR_SEAL;
}
static int ask(void *ctx, const struct roost_identity *as, const char *path, const char *body) {
  (void)ctx;
  if (world.is_deaf) return ROOST_ERR_NET;
  world.asks++;
  snprintf(world.last_path, sizeof world.last_path, "%s", path);
  snprintf(world.last_body, sizeof world.last_body, "%s", body ? body : "");
  snprintf(world.shown_cert, sizeof world.shown_cert, "%s", as->cert_pem);
  snprintf(world.trusted_ca, sizeof world.trusted_ca, "%s", as->ca_pem);
  return ROOST_OK;
}
static struct roost_enrol_room *lend(void *ctx) {
  (void)ctx;
  CHECK(!world.is_lent);
  world.is_lent = !world.has_no_memory;
  memset(&lent, 0xa5, sizeof lent);
  return world.is_lent ? &lent : NULL;
}
/* No key stays in memory that others use. */
static void give_back(void *ctx, struct roost_enrol_room *given) {
  (void)ctx;
  CHECK(world.is_lent && given == &lent && !lent.fresh.key_pem[0] && !lent.request[0] && !lent.answer[0]);
  world.is_lent = false;
}
static void done(void *ctx, int err) {
  (void)ctx;
  CHECK(!world.is_lent);
  world.done++;
  world.last_done = err;
}

static void power_on(void) {
  nvs.is_dead = false;
  nvs.cut_at = 0;
  memset(&enrol, 0, sizeof enrol);
  world.is_lent = false;
  const struct roost_nvs port = {.get = nvs_get, .set = nvs_set};
  (void)roost_identity_load(&identity, &port);
  enrol.port = (struct roost_enrol_port){.lend = lend, .give_back = give_back, .make_key = make_key, .make_csr = make_csr, .digest_ca = digest_ca, .check = check, .ask = ask, .done = done};
  enrol.nvs = port;
  enrol.random = (struct roost_random){.next = next_random};
  enrol.identity = &identity;
  enrol.uid = UID;
  enrol.chip = "host";
  enrol.fw_version = "1.0.0";
  roost_enrol_start(&enrol, now_ms);
}

static void begin_anew(void) {
  memset(&nvs, 0, sizeof nvs);
  memset(&world, 0, sizeof world);
  memcpy(world.digest, FINGERPRINT, sizeof FINGERPRINT);
  now_ms = 1000;
  power_on();
}

static void hear(const char *text, unsigned status) {
  size_t size = strlen(text), half = size / 2;
  roost_enrol_on_body(&enrol, (const uint8_t *)text, half);
  roost_enrol_on_body(&enrol, (const uint8_t *)text + half, size - half);
  roost_enrol_on_end(&enrol, status, now_ms);
}

/* Signs what was asked for, as the hub does; JSON.stringify escapes as this does. */
static void hub_signs(const char *ca) {
  char text[1024], key[32];
  const char *found = strstr(world.last_body, "key ");
  CHECK(found && sscanf(found, "key %15[0-9]", key) == 1);
  world.signed_keys++;
  snprintf(text, sizeof text,
           "{\"cert\":\"cert of %s for key %s\\n\",\"ca\":\"%s\",\"place\":{\"site\":\"home\",\"house\":\"h1\",\"node\":\"north\"},"
           "\"broker\":\"mqtts://[::1]:18883\",\"ntp\":null,\"later\":[1,{\"a\":true}]}",
           UID, key, ca);
  hear(text, 200);
}

static int enrol_begin(void) { return roost_enrol_begin(&enrol, "hub", "8443", "AB12-CD34", FINGERPRINT); }

static void enrol_whole(void) {
  CHECK_EQUAL(enrol_begin(), ROOST_OK);
  hear("ca one", 200);
  hub_signs("ca one");
}

static void a_code_and_a_fingerprint_make_an_identity(void) {
  begin_anew();
  CHECK_EQUAL(roost_enrol_renew(&enrol, now_ms), ROOST_ERR_STATE); /* there is nothing to renew */
  CHECK_EQUAL(enrol_begin(), ROOST_OK);
  CHECK_EQUAL(enrol_begin(), ROOST_ERR_STATE);
  CHECK(strcmp(world.last_path, "/ca.pem") == 0 && !world.trusted_ca[0] && !world.last_body[0]);
  hear("ca one", 200);
  CHECK(strcmp(world.last_path, "/enrol") == 0 && strcmp(world.trusted_ca, "ca one") == 0 && !world.shown_cert[0]);
  CHECK(strcmp(world.last_body, "{\"csr\":\"csr of rn-0a0b0c0d0e0f for key 1\\n\",\"code\":\"AB12-CD34\",\"uid\":\"rn-0a0b0c0d0e0f\","
                                "\"chip\":\"host\",\"fw_version\":\"1.0.0\"}") == 0);
  hub_signs("ca one");
  CHECK(world.done == 1 && world.last_done == ROOST_OK);
  roost_enrol_on_end(&enrol, 200, now_ms); /* nothing is asked */
  CHECK_EQUAL(world.done, 1);
  power_on();
  CHECK(strcmp(identity.place, "home/h1/north") == 0 && strcmp(identity.key_pem, "key 1\n") == 0 && strcmp(identity.host, "hub") == 0);
  CHECK(strcmp(identity.mqtts_port, "18883") == 0 && strcmp(identity.enrol_port, "8443") == 0 && !identity.ntp[0]);
  CHECK_EQUAL(enrol.state, ROOST_ENROL_IDLE);
}

static void a_hub_with_another_ca_never_hears_the_code(void) {
  begin_anew();
  world.digest[31] = 9;
  CHECK_EQUAL(enrol_begin(), ROOST_OK);
  hear("ca one", 200);
  CHECK(world.asks == 1 && world.last_done == ROOST_ERR_SEAL && !identity.cert_pem[0]);
  CHECK_EQUAL(enrol_begin(), ROOST_OK);
  hear("no ca", 200);
  CHECK(world.asks == 2 && world.last_done == ROOST_ERR_SEAL);
}

static void what_the_hub_refuses_or_garbles_leaves_no_identity(void) {
  static const char *const GARBLED[] = {
      "", "{", "[]", "{\"cert\":1}", "{\"cert\":\"c\"", "{\"cert\":\"c\",\"cert\":\"c\"}", "{\"cert\":\"c\",\"ca\":\"ca\"}",
      "{\"cert\":\"c\",\"ca\":\"ca\",\"place\":{\"site\":\"a\"},\"broker\":\"x:1\"}", "{\"cert\":\"c\",\"ca\":\"ca\",\"place\":null}",
      "{\"cert\":\"c\",\"ca\":\"ca\",\"place\":null,\"broker\":\"none\"}", "{\"cert\":\"c\",\"ca\":\"ca\",\"place\":null,\"broker\":\"x:123456789\"}",
      "{\"cert\":\"another\",\"ca\":\"ca\",\"place\":null,\"broker\":\"x:1\"}"};
  for (unsigned i = 0; i < sizeof GARBLED / sizeof *GARBLED; i++) {
    begin_anew();
    CHECK_EQUAL(enrol_begin(), ROOST_OK);
    hear("ca one", 200);
    hear(GARBLED[i], 200);
    CHECK(world.done == 1 && world.last_done != ROOST_OK && !identity.cert_pem[0]);
    power_on();
    CHECK(!identity.cert_pem[0]);
  }
  static const struct {
    unsigned status;
    int err;
  } CASES[] = {{403, ROOST_ERR_SEAL}, {400, ROOST_ERR_SEAL}, {429, ROOST_ERR_NET}, {408, ROOST_ERR_NET}, {503, ROOST_ERR_NET}, {0, ROOST_ERR_NET}};
  for (unsigned i = 0; i < sizeof CASES / sizeof *CASES; i++) {
    begin_anew();
    CHECK_EQUAL(enrol_begin(), ROOST_OK);
    hear("ca one", 200);
    hear("{}", CASES[i].status);
    CHECK_EQUAL(world.last_done, CASES[i].err);
  }
  begin_anew();
  world.is_deaf = true;
  CHECK_EQUAL(enrol_begin(), ROOST_ERR_NET);
  world.is_deaf = false;
  CHECK_EQUAL(enrol_begin(), ROOST_OK);
  CHECK_EQUAL(world.keys, 1); /* the key that was made is used */
  hear("", 0);
  CHECK_EQUAL(world.last_done, ROOST_ERR_NET);
  static char longer[sizeof ((struct roost_enrol_room *)0)->answer + 10];
  memset(longer, 'c', sizeof longer - 1);
  memcpy(longer, "ca", 2);
  CHECK_EQUAL(enrol_begin(), ROOST_OK);
  hear(longer, 200);
  CHECK_EQUAL(world.last_done, ROOST_ERR_SEAL);
  begin_anew();
  world.crypto_fails = true;
  CHECK_EQUAL(enrol_begin(), ROOST_ERR_STATE);
  CHECK_EQUAL(roost_enrol_begin(&enrol, "hub", "123456789", "code", FINGERPRINT), ROOST_ERR_ROOM);
  begin_anew();
  world.has_no_memory = true;
  CHECK_EQUAL(enrol_begin(), ROOST_ERR_ROOM);
  world.has_no_memory = false;
  CHECK_EQUAL(enrol_begin(), ROOST_OK);
}

static void a_renewal_goes_over_the_identity_and_repeats_until_it_is_heard(void) {
  begin_anew();
  enrol_whole();
  CHECK_EQUAL(roost_enrol_renew(&enrol, now_ms), ROOST_OK);
  CHECK_EQUAL(roost_enrol_renew(&enrol, now_ms), ROOST_OK);
  CHECK_EQUAL(enrol_begin(), ROOST_ERR_STATE);
  world.has_no_memory = true;
  roost_enrol_step(&enrol, now_ms);
  CHECK(strcmp(world.last_path, "/rotate") != 0);
  world.has_no_memory = false;
  roost_enrol_step(&enrol, now_ms += ROOST_RENEW_FIRST_MS);
  CHECK(strcmp(world.last_path, "/rotate") == 0 && strcmp(world.shown_cert, identity.cert_pem) == 0 && strcmp(world.trusted_ca, "ca one") == 0);
  CHECK(!strstr(world.last_body, "code"));
  unsigned asked = world.asks;
  roost_enrol_step(&enrol, now_ms + 900000); /* one at a time */
  CHECK_EQUAL(world.asks, asked);
  hear("", 0);
  hear("{}", 429); /* not asked */
  for (unsigned i = 0; i < 12; i++) { /* never faster than 2.5 s, at least every five minutes */
    roost_enrol_step(&enrol, now_ms + ROOST_RENEW_FIRST_MS / 2 - 1);
    CHECK_EQUAL(world.asks, asked + i);
    now_ms += ROOST_RENEW_MAX_MS;
    roost_enrol_step(&enrol, now_ms);
    CHECK_EQUAL(world.asks, asked + i + 1);
    hear("{}", i % 2 ? 503 : 429);
  }
  now_ms += ROOST_RENEW_MAX_MS;
  world.is_deaf = true;
  roost_enrol_step(&enrol, now_ms);
  world.is_deaf = false;
  now_ms += ROOST_RENEW_MAX_MS;
  roost_enrol_step(&enrol, now_ms);
  CHECK_EQUAL(world.keys, 2); /* one new key, however often it was asked */
  hub_signs("ca one ca two");
  CHECK(world.last_done == ROOST_OK && strcmp(identity.key_pem, "key 2\n") == 0 && strcmp(identity.ca_pem, "ca one ca two") == 0);
  /* A hub that refuses leaves the node with what it has. */
  CHECK_EQUAL(roost_enrol_renew(&enrol, now_ms), ROOST_OK);
  roost_enrol_step(&enrol, now_ms);
  hear("{}", 403);
  CHECK(world.last_done == ROOST_ERR_SEAL && strcmp(identity.key_pem, "key 2\n") == 0);
  power_on();
  CHECK(enrol.state == ROOST_ENROL_IDLE && strcmp(identity.key_pem, "key 2\n") == 0);
}

/* Runs an enrolment and a renewal with the power failing at write `cut_at`, then goes on as often as it needs. True: it was cut. */
static bool survive(unsigned cut_at, bool cuts_behind) {
  begin_anew();
  nvs.cut_at = cut_at;
  nvs.cuts_behind = cuts_behind;
  if (enrol_begin() == ROOST_OK) {
    hear("ca one", 200);
    hub_signs("ca one");
  }
  bool was_cut = nvs.is_dead;
  unsigned left = nvs.cut_at > nvs.writes ? nvs.cut_at : 0;
  power_on();
  if (!identity.cert_pem[0]) enrol_whole(); /* by a code that is good: staff may have to give a new one */
  CHECK(strstr(identity.cert_pem, identity.key_pem) && enrol.state == ROOST_ENROL_IDLE);
  nvs.cut_at = left;
  CHECK_EQUAL(roost_enrol_renew(&enrol, now_ms), ROOST_OK);
  roost_enrol_step(&enrol, now_ms);
  if (!nvs.is_dead) hub_signs("ca one");
  was_cut = was_cut || nvs.is_dead;
  char before[ROOST_KEY_MAX_BYTES];
  snprintf(before, sizeof before, "%s", identity.key_pem);
  power_on();
  CHECK(strstr(identity.cert_pem, identity.key_pem)); /* a whole one, whichever */
  if (enrol.state == ROOST_ENROL_RENEW) {
    roost_enrol_step(&enrol, now_ms);
    hub_signs("ca one");
    CHECK(strcmp(before, identity.key_pem) != 0);
  }
  CHECK(strstr(identity.cert_pem, identity.key_pem) && enrol.state == ROOST_ENROL_IDLE);
  power_on();
  CHECK_EQUAL(enrol.state, ROOST_ENROL_IDLE); /* nothing is left over */
  return was_cut;
}

static void a_power_cut_at_any_write_leaves_one_whole_identity(void) {
  for (int behind = 0; behind < 2; behind++) {
    unsigned cut_at = 1;
    while (survive(cut_at, behind)) cut_at++;
    CHECK(cut_at > 6);
  }
}

static void an_identity_that_is_not_whole_is_none(void) {
  begin_anew();
  enrol_whole();
  const struct roost_nvs port = {.get = nvs_get, .set = nvs_set};
  unsigned of = strcmp(nvs.kept[0].key, "identity") == 0 ? 0 : 1;
  size_t whole = nvs.kept[of].size;
  for (nvs.kept[of].size = 0; nvs.kept[of].size < whole; nvs.kept[of].size++) CHECK_EQUAL(roost_identity_load(&identity, &port), ROOST_ERR_EMPTY);
  CHECK_EQUAL(roost_identity_load(&identity, &port), ROOST_OK);
  memset(nvs.kept[of].bytes, 'x', 600); /* longer than a key may be */
  CHECK_EQUAL(roost_identity_load(&identity, &port), ROOST_ERR_EMPTY);
}

static int text_of(const char *text, char *out, size_t room) {
  struct roost_json value;
  int err = roost_json_find((struct roost_json){.at = text, .size = strlen(text)}, "a", &value);
  return err ? err : roost_json_text(value, out, room);
}

static void json_is_read_strictly(void) {
  char out[16];
  CHECK(text_of(" { \"b\" : [1, -2.5e3, {\"a\":\"no\"}] , \"a\" : \"x\\n\\\"\\\\\\/\\u0041\" } ", out, sizeof out) == ROOST_OK && strcmp(out, "x\n\"\\/A") == 0);
  CHECK(text_of("{\"a\":\"\\b\\f\\r\\t\"}", out, sizeof out) == ROOST_OK && strcmp(out, "\b\f\r\t") == 0);
  CHECK_EQUAL(text_of("{}", out, sizeof out), ROOST_ERR_EMPTY);
  CHECK_EQUAL(text_of("{\"a\":\"0123456789abcdef\"}", out, sizeof out), ROOST_ERR_ROOM);
  CHECK_EQUAL(text_of("{\"a\":\"\"}", out, 0), ROOST_ERR_ROOM);
  static const char *const BAD[] = {
      "", "x", "{\"a\"}", "{\"a\":}", "{\"a\":\"b\"", "{\"a\":\"b\"}x", "{\"a\":\"b\",}", "{\"a\":\"\\", "{\"a\":\"\\u00e4\"}", "{\"a\":\"\\u00\"}", "{\"a\":\"\\uzzzz\"}",
      "{\"a\":\"\\q\"}", "{\"a\":\"\n\"}", "{\"a\":[}", "{\"a\":]}", "{\"a\":[}]}", "{\"a\":1}", "{\"a\":\"b\" \"c\":1}", "{a:1}", "{\"a\":[[[[[[[[[1]]]]]]]]]}", "{\"a\":[\"x]}"};
  for (unsigned i = 0; i < sizeof BAD / sizeof *BAD; i++) CHECK_EQUAL(text_of(BAD[i], out, sizeof out), ROOST_ERR_PAYLOAD);
  size_t used = 0;
  CHECK(roost_json_append(out, sizeof out, &used, "a\"\\\n") == ROOST_OK && strcmp(out, "a\\\"\\\\\\n") == 0 && used == 7);
  CHECK_EQUAL(roost_json_append(out, sizeof out, &used, "\t"), ROOST_ERR_VALUE);
  CHECK_EQUAL(roost_json_append(out, sizeof out, &used, "0123456789"), ROOST_ERR_ROOM);
}

int main(void) {
  PROMISE(a_code_and_a_fingerprint_make_an_identity);
  PROMISE(a_hub_with_another_ca_never_hears_the_code);
  PROMISE(what_the_hub_refuses_or_garbles_leaves_no_identity);
  PROMISE(a_renewal_goes_over_the_identity_and_repeats_until_it_is_heard);
  PROMISE(a_power_cut_at_any_write_leaves_one_whole_identity);
  PROMISE(an_identity_that_is_not_whole_is_none);
  PROMISE(json_is_read_strictly);
}
