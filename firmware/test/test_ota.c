/* Updates over a line that loses messages, with the power cut at every operation on flash, NVS and boot data. */
#include "roost/ota.h"

#include <string.h>

#include "fakes/nor_flash.h"
#include "test.h"

enum { SLOT_BYTES = 131072, IMAGE_BYTES = 131072 - 4096 - 100, CHUNKS = 31 };

enum trial { TRIAL_NONE, TRIAL_NEW, TRIAL_PENDING, TRIAL_INVALID };

/* Two slots in one flash, boot data, NVS, and a hub that has an image for the node. */
struct world {
  struct nor_flash flash;
  struct roost_flash other;
  struct roost_ota ota;
  int running, boot_next;
  enum trial trial; /* of boot_next while it is not confirmed */
  struct roost_ota_record record;
  bool has_record, is_healthy, nvs_fails;
  unsigned seed, loss_percent;
  uint64_t up_ms, silent_ms;
  uint8_t image[IMAGE_BYTES], sha256[32];
  struct roost_ota_request request;
  uint16_t served;
  int last_phase, offers, boots, confirms;
  uint16_t last_code;
  uint32_t seen_got, fetch_from;
  int fetches, fetch_result;
};

static bool has_power(struct world *world) {
  struct nor_flash *flash = &world->flash;
  if (flash->is_off) return false;
  flash->operations++;
  if (flash->operations == flash->cut_at) flash->is_off = true;
  return !flash->is_off;
}

static uint32_t other_at(struct world *world) { return (uint32_t)(1 - world->running) * SLOT_BYTES; }
static int slot_read(void *ctx, uint32_t at, void *out, uint32_t size) {
  struct world *world = ctx;
  return world->flash.port.read(&world->flash, other_at(world) + at, out, size);
}
static int slot_write(void *ctx, uint32_t at, const void *bytes, uint32_t size) {
  struct world *world = ctx;
  return world->flash.port.write(&world->flash, other_at(world) + at, bytes, size);
}
static int slot_erase(void *ctx, uint32_t at) {
  struct world *world = ctx;
  return world->flash.port.erase(&world->flash, other_at(world) + at);
}

/* As the boot loader of ESP-IDF: new, then pending, then invalid when it was not confirmed. */
static void boot(struct world *world) {
  nor_flash_power_on(&world->flash);
  if (world->trial == TRIAL_PENDING) {
    world->trial = TRIAL_INVALID;
    world->boot_next = 1 - world->boot_next;
  }
  if (world->trial == TRIAL_NEW) world->trial = TRIAL_PENDING;
  world->running = world->boot_next;
  world->up_ms = 0;
  world->boots++;
}
static enum roost_boot_state boot_state(void *ctx) {
  struct world *world = ctx;
  return world->trial == TRIAL_PENDING ? ROOST_BOOT_TRIAL : world->trial == TRIAL_INVALID ? ROOST_BOOT_REVERTED : ROOST_BOOT_NORMAL;
}
static int check_signature(void *ctx, uint32_t size) {
  struct world *world = ctx;
  uint8_t last;
  CHECK_EQUAL(slot_read(world, size - 1, &last, 1), ROOST_OK);
  return last == 0x5a ? ROOST_OK : ROOST_ERR_SEAL; /* stands for a signature at the end */
}
static int set_trial(void *ctx) {
  struct world *world = ctx;
  if (!has_power(world)) return ROOST_ERR_FLASH;
  CHECK(memcmp(world->flash.bytes + other_at(world), world->image, IMAGE_BYTES) == 0); /* never boots what is not whole */
  world->boot_next = 1 - world->running;
  world->trial = TRIAL_NEW;
  return ROOST_OK;
}
static int confirm(void *ctx) {
  struct world *world = ctx;
  if (!has_power(world)) return ROOST_ERR_FLASH;
  world->trial = TRIAL_NONE;
  return ROOST_OK;
}
static int roll_back(void *ctx) {
  struct world *world = ctx;
  if (!has_power(world)) return ROOST_ERR_FLASH;
  world->trial = TRIAL_INVALID;
  world->boot_next = 1 - world->running;
  return ROOST_OK;
}
static int nvs_get(void *ctx, const char *key, void *out, size_t room, size_t *size) {
  struct world *world = ctx;
  (void)key;
  CHECK(room >= sizeof world->record);
  if (!world->has_record) return ROOST_ERR_EMPTY;
  memcpy(out, &world->record, sizeof world->record);
  *size = sizeof world->record;
  return ROOST_OK;
}
static int nvs_set(void *ctx, const char *key, const void *bytes, size_t size) {
  struct world *world = ctx;
  (void)key;
  CHECK_EQUAL(size, sizeof world->record);
  if (world->nvs_fails || !has_power(world)) return ROOST_ERR_FLASH;
  memcpy(&world->record, bytes, size);
  world->has_record = true;
  return ROOST_OK;
}
static void raise_code(void *ctx, uint16_t code) { ((struct world *)ctx)->last_code = code; }

static int hub_receive(void *ctx, const struct roost_shape *shape, const void *message, const char *suffix) {
  struct world *world = ctx;
  uint8_t bytes[512];
  size_t size = 0;
  if (world->flash.is_off) return ROOST_ERR_NET;
  CHECK_EQUAL(roost_shape_encode(shape, message, bytes, sizeof bytes, &size), ROOST_OK);
  world->silent_ms = 0;
  if (strcmp(suffix, "ota/request") == 0) {
    world->request = *(const struct roost_ota_request *)message;
    world->served = 0;
  } else {
    world->last_phase = ((const struct roost_ota_status *)message)->phase;
    world->confirms += world->last_phase == ROOST_PHASE_CONFIRM;
  }
  return ROOST_OK;
}

static void hub_offer(struct world *world, const char *version, uint32_t secure_version, const char *chip, bool is_forced) {
  struct roost_ota_offer offer = {.id = 9, .version = roost_text_of(version), .chip = roost_text_of(chip), .sha256 = {world->sha256, 32},
                                  .secure_version = secure_version, .size_bytes = IMAGE_BYTES, .deadline_s = 3600, .chunk_bytes = 4096,
                                  .chunks = CHUNKS, .has = ROOST_OFFER_HAS_FORCE, .force = is_forced};
  uint8_t bytes[512];
  size_t size = 0;
  CHECK_EQUAL(roost_shape_encode(&roost_shape_ota_offer, &offer, bytes, sizeof bytes, &size), ROOST_OK);
  world->offers++;
  roost_ota_on_message(&world->ota, "offer", bytes, size, world->up_ms);
}

/* One chunk of what was asked for; some are lost, some come twice. */
static void hub_serve(struct world *world) {
  if (world->served >= world->request.count || world->flash.is_off) return;
  uint16_t n = (uint16_t)(world->request.from + world->served++);
  uint32_t at = n * 4096u, part = IMAGE_BYTES - at < 4096 ? IMAGE_BYTES - at : 4096;
  struct roost_ota_chunk chunk = {.id = 9, .n = n, .d = {world->image + at, (uint16_t)part}};
  static uint8_t bytes[4200];
  size_t size = 0;
  CHECK_EQUAL(roost_shape_encode(&roost_shape_ota_chunk, &chunk, bytes, sizeof bytes, &size), ROOST_OK);
  unsigned chance = test_random(&world->seed) % 100;
  if (chance < world->loss_percent) return;
  roost_ota_on_message(&world->ota, "chunk", bytes, size, world->up_ms);
  if (chance > 95) roost_ota_on_message(&world->ota, "chunk", bytes, size, world->up_ms);
}

static void start(struct world *world) {
  world->other = (struct roost_flash){.ctx = world, .size_bytes = SLOT_BYTES, .sector_bytes = 4096,
                                      .read = slot_read, .write = slot_write, .erase = slot_erase};
  struct roost_ota_setup setup = {
      .chip = "esp32s3", .fw_version = world->running == 0 ? "1.0.0" : "1.1.0", .secure_version = 2, .slot = &world->other,
      .boot = {.ctx = world, .state = boot_state, .check_signature = check_signature, .set_trial = set_trial, .confirm = confirm, .roll_back = roll_back},
      .nvs = {.ctx = world, .get = nvs_get, .set = nvs_set}, .ctx = world, .send = hub_receive, .raise = raise_code};
  roost_ota_create(&world->ota, &setup);
  world->request.count = world->served = 0;
}

static void create(struct world *world, unsigned seed) {
  memset(world, 0, sizeof *world);
  nor_flash_create(&world->flash, 2 * SLOT_BYTES, 4096, seed);
  world->seed = seed;
  world->loss_percent = 3;
  world->is_healthy = true;
  world->last_phase = -1;
  for (uint32_t i = 0; i < IMAGE_BYTES; i++) world->image[i] = (uint8_t)(i * 7 + i / 4096);
  world->image[IMAGE_BYTES - 1] = 0x5a;
  struct roost_sha256 sha;
  roost_sha256_start(&sha);
  roost_sha256_update(&sha, world->image, IMAGE_BYTES);
  roost_sha256_finish(&sha, world->sha256);
  start(world);
}

static bool is_over(const struct world *world) {
  return world->last_phase == ROOST_PHASE_CONFIRM || world->last_phase == ROOST_PHASE_ROLLBACK || world->last_phase == ROOST_PHASE_FAIL ||
         world->last_phase == ROOST_PHASE_REJECT;
}

/* Runs node and hub until the update is over; restarts the node when it asks, and after a cut. */
static void run(struct world *world) {
  for (unsigned steps = 0; !is_over(world) || world->ota.wants_restart; steps++) {
    CHECK(steps < 20000);
    if (world->silent_ms >= 15000 || world->offers == 0) {
      world->silent_ms = 0;
      hub_offer(world, "1.1.0", 2, "esp32s3", world->running == 1);
    }
    hub_serve(world);
    roost_ota_step(&world->ota, world->up_ms, true, world->is_healthy && world->up_ms > 5000);
    world->up_ms += 100;
    world->silent_ms += 100;
    if (!world->flash.is_off && !world->ota.wants_restart) continue;
    boot(world);
    start(world);
  }
}

static void an_update_is_loaded_tried_and_confirmed(void) {
  static struct world world;
  create(&world, 1);
  run(&world);
  CHECK_EQUAL(world.last_phase, ROOST_PHASE_CONFIRM);
  CHECK(world.running == 1 && world.trial == TRIAL_NONE && world.boots == 1);
  CHECK_EQUAL(world.last_code, ROOST_CODE_OTA_CONFIRMED);
  nor_flash_destroy(&world.flash);
}

static void a_power_cut_at_any_operation_ends_in_the_new_image(void) {
  static struct world world;
  bool was_cut = true;
  unsigned cut_at = 1;
  for (; was_cut; cut_at++) {
    create(&world, cut_at);
    world.flash.cut_at = cut_at;
    run(&world);
    was_cut = world.boots > 1 || world.last_phase != ROOST_PHASE_CONFIRM;
    /* A cut during the trial goes back to the old image, and the hub hears it; any other ends with the new one. */
    bool is_new = world.last_phase == ROOST_PHASE_CONFIRM && world.running == 1 && world.trial == TRIAL_NONE;
    bool is_back = world.last_phase == ROOST_PHASE_ROLLBACK && world.running == 0;
    CHECK(is_new || is_back);
    CHECK(memcmp(world.flash.bytes + SLOT_BYTES, world.image, IMAGE_BYTES) == 0);
    nor_flash_destroy(&world.flash);
  }
  printf("%u updates with a cut\n", cut_at - 2);
  CHECK(cut_at > 60);
}

static void a_resumed_download_does_not_begin_anew(void) {
  static struct world world;
  create(&world, 5);
  world.loss_percent = 0;
  hub_offer(&world, "1.1.0", 2, "esp32s3", false);
  while (world.ota.got < 20) {
    roost_ota_step(&world.ota, world.up_ms, true, true);
    hub_serve(&world);
    world.up_ms += 100;
  }
  boot(&world);
  start(&world);
  CHECK_EQUAL(world.ota.got, 16);
  run(&world);
  CHECK(world.offers == 1 && world.last_phase == ROOST_PHASE_CONFIRM);
  nor_flash_destroy(&world.flash);
}

static void an_image_that_is_not_what_was_offered_is_never_booted(void) {
  static struct world world;
  create(&world, 2);
  world.sha256[3] ^= 1;
  run(&world);
  CHECK(world.last_phase == ROOST_PHASE_FAIL && world.last_code == ROOST_CODE_OTA_HASH && world.boots == 0);
  nor_flash_destroy(&world.flash);
  create(&world, 3);
  world.image[IMAGE_BYTES - 1] = 0; /* unsigned, but with the right hash */
  struct roost_sha256 sha;
  roost_sha256_start(&sha);
  roost_sha256_update(&sha, world.image, IMAGE_BYTES);
  roost_sha256_finish(&sha, world.sha256);
  run(&world);
  CHECK(world.last_phase == ROOST_PHASE_FAIL && world.last_code == ROOST_CODE_OTA_SIGNATURE && world.boots == 0);
  nor_flash_destroy(&world.flash);
}

static void an_image_that_is_not_healthy_within_a_minute_goes_back_and_the_hub_hears_it(void) {
  static struct world world;
  create(&world, 4);
  world.is_healthy = false;
  run(&world);
  CHECK(world.last_phase == ROOST_PHASE_ROLLBACK && world.running == 0);
  while (world.ota.record.state != ROOST_OTA_IDLE) roost_ota_step(&world.ota, world.up_ms += 100, true, true);
  CHECK_EQUAL(world.last_phase, ROOST_PHASE_ROLLBACK);
  CHECK_EQUAL(world.last_code, ROOST_CODE_OTA_ROLLED_BACK);
  nor_flash_destroy(&world.flash);
}

static void refused(const char *version, uint32_t secure_version, const char *chip, uint16_t code) {
  static struct world world;
  create(&world, 6);
  hub_offer(&world, version, secure_version, chip, false);
  CHECK(world.last_phase == ROOST_PHASE_REJECT && world.last_code == code && world.ota.record.state == ROOST_OTA_IDLE);
  nor_flash_destroy(&world.flash);
}

static void an_offer_for_another_chip_or_of_an_old_image_is_refused(void) {
  refused("1.1.0", 2, "esp32c3", ROOST_CODE_OTA_REJECTED);
  refused("1.0.0", 2, "esp32s3", ROOST_CODE_OTA_REJECTED);
  refused("1.1.0", 1, "esp32s3", ROOST_CODE_OTA_DOWNGRADE);
}

static void a_cancel_ends_a_download_and_a_deadline_too(void) {
  static struct world world;
  create(&world, 7);
  uint8_t bytes[64];
  size_t size = 0;
  struct roost_ota_cancel cancel = {.id = 9};
  CHECK_EQUAL(roost_shape_encode(&roost_shape_ota_cancel, &cancel, bytes, sizeof bytes, &size), ROOST_OK);
  hub_offer(&world, "1.1.0", 2, "esp32s3", false);
  roost_ota_on_message(&world.ota, "cancel", bytes, size, 0);
  CHECK(world.last_phase == ROOST_PHASE_FAIL && roost_ota_state(&world.ota) == ROOST_OTA_IDLE);
  hub_offer(&world, "1.1.0", 2, "esp32s3", false);
  roost_ota_step(&world.ota, 3600001, true, true);
  CHECK(world.last_phase == ROOST_PHASE_FAIL && world.last_code == ROOST_CODE_OTA_DOWNLOAD_FAILED);
  world.nvs_fails = true;
  hub_offer(&world, "1.1.0", 2, "esp32s3", false);
  CHECK_EQUAL(world.last_code, ROOST_CODE_OTA_FLASH_WRITE);
  roost_ota_on_message(&world.ota, "chunk", (const uint8_t *)"\xff", 1, 0);
  CHECK_EQUAL(roost_ota_state(&world.ota), ROOST_OTA_IDLE);
  nor_flash_destroy(&world.flash);
}

static int fetch(void *ctx, const char *url, uint32_t from_bytes) {
  struct world *world = ctx;
  if (!url) return ROOST_OK;
  world->fetches++;
  world->fetch_from = from_bytes;
  return world->fetch_result;
}

static void offer_by_https(struct world *world, unsigned seed) {
  create(world, seed);
  world->loss_percent = 0;
  hub_offer(world, "1.1.0", 2, "esp32s3", false);
  world->ota.setup.fetch = fetch;
  world->ota.setup.fetch_ctx = world;
  strcpy(world->ota.url, ":8443/firmware/0123456789abcdef");
}

static void an_image_over_https_goes_on_where_the_line_was_cut(void) {
  static struct world world;
  offer_by_https(&world, 8);
  roost_ota_step(&world.ota, world.up_ms, true, true);
  CHECK(world.fetches == 1 && world.fetch_from == 0);
  for (uint32_t at = 0; at < 50000; at += 1000) roost_ota_on_bytes(&world.ota, world.image + at, 1000, world.up_ms);
  CHECK_EQUAL(world.ota.got, 12);
  roost_ota_on_fetch_end(&world.ota);
  roost_ota_step(&world.ota, world.up_ms += 100, true, true);
  CHECK_EQUAL(world.fetches, 1); /* not at once */
  roost_ota_step(&world.ota, world.up_ms += ROOST_OTA_ASK_AGAIN_MS, true, true);
  CHECK(world.fetches == 2 && world.fetch_from == 12 * 4096);
  roost_ota_on_bytes(&world.ota, world.image + world.fetch_from, IMAGE_BYTES - world.fetch_from, world.up_ms);
  CHECK_EQUAL(roost_ota_state(&world.ota), ROOST_OTA_VERIFY);
  roost_ota_on_bytes(&world.ota, world.image, 1, world.up_ms); /* late bytes do no harm */
  run(&world);
  CHECK(world.last_phase == ROOST_PHASE_CONFIRM && world.running == 1 && world.request.count == 0);
  nor_flash_destroy(&world.flash);
}

static void an_image_that_does_not_come_over_https_comes_by_mqtt(void) {
  static struct world world;
  offer_by_https(&world, 9);
  world.fetch_result = ROOST_ERR_NET;
  while (world.request.count == 0) roost_ota_step(&world.ota, world.up_ms += 100, true, true);
  CHECK_EQUAL(world.fetches, 3);
  run(&world);
  CHECK(world.last_phase == ROOST_PHASE_CONFIRM && world.running == 1);
  nor_flash_destroy(&world.flash);
  offer_by_https(&world, 10); /* a line that is there and says nothing */
  while (world.request.count == 0) roost_ota_step(&world.ota, world.up_ms += 100, true, true);
  CHECK(world.fetches == 3 && world.up_ms >= 3 * ROOST_OTA_FETCH_STALL_MS);
  run(&world);
  CHECK_EQUAL(world.last_phase, ROOST_PHASE_CONFIRM);
  nor_flash_destroy(&world.flash);
}

int main(void) {
  PROMISE(an_update_is_loaded_tried_and_confirmed);
  PROMISE(a_power_cut_at_any_operation_ends_in_the_new_image);
  PROMISE(a_resumed_download_does_not_begin_anew);
  PROMISE(an_image_that_is_not_what_was_offered_is_never_booted);
  PROMISE(an_image_that_is_not_healthy_within_a_minute_goes_back_and_the_hub_hears_it);
  PROMISE(an_offer_for_another_chip_or_of_an_old_image_is_refused);
  PROMISE(an_image_over_https_goes_on_where_the_line_was_cut);
  PROMISE(an_image_that_does_not_come_over_https_comes_by_mqtt);
  PROMISE(a_cancel_ends_a_download_and_a_deadline_too);
}
