/* The rarer days of a node: an update, a second sensor, no place yet, orders at the edge of what is allowed, messages that cannot be read. */
#include <string.h>

#include "fakes/fake_driver.h"
#include "fakes/fake_world.h"
#include "fakes/nor_flash.h"
#include "roost/peer.h"
#include "test.h"

static const struct roost_sensor_traits TEMP = {.kind = "fake", .quantity = "temp", .unit = "Cel", .lo = -40, .hi = 85};
static const uint64_t TRUE_MS = 1795415400000ull;
static const char P[] = "/farm/home/h1/north/";

static struct fake_world world;
static struct nor_flash flash, slot;
static struct roost_node node;
static struct roost_ota ota;
static struct fake_driver drivers[2];
static struct roost_sensor sensors[2];
static struct roost_channel channel;
static struct roost_node_setup setup;
static enum roost_boot_state boot_state;
static unsigned trials, confirms, rollbacks;
static uint8_t image[6000];

static enum roost_boot_state get_state(void *ctx) {
  (void)ctx;
  return boot_state;
}
static int check_signature(void *ctx, uint32_t size) {
  (void)ctx;
  return size == sizeof image ? ROOST_OK : ROOST_ERR_SEAL;
}
static int count_up(void *ctx) {
  (*(unsigned *)ctx)++;
  return ROOST_OK;
}
static int set_trial(void *ctx) {
  (void)ctx;
  return count_up(&trials);
}
static int confirm(void *ctx) {
  (void)ctx;
  return count_up(&confirms);
}
static int roll_back(void *ctx) {
  (void)ctx;
  return count_up(&rollbacks);
}

static int create(void) {
  for (unsigned i = 0; i < 2; i++) {
    fake_driver_create(&drivers[i], 21.5);
    roost_sensor_create(&sensors[i], i == 0 ? "temp" : "temp-b", &drivers[i].driver, 0, &TEMP);
  }
  roost_channel_create(&channel, &sensors[0], &sensors[1]);
  world.node = &node;
  world.booted_ms = world.true_ms;
  return roost_node_create(&node, &setup);
}

static void begin(void) {
  fake_world_create(&world, TRUE_MS);
  nor_flash_create(&flash, 65536, 4096, 1);
  nor_flash_create(&slot, 65536, 4096, 1);
  fake_world_setup(&world, &setup);
  boot_state = ROOST_BOOT_NORMAL;
  trials = confirms = rollbacks = 0;
  setup.flash = &flash.port;
  setup.channels = &channel;
  setup.channel_count = 1;
  setup.ota = &ota;
  setup.ota_setup = (struct roost_ota_setup){.chip = "esp32s3", .slot = &slot.port,
                                             .boot = {.state = get_state, .check_signature = check_signature, .set_trial = set_trial,
                                                      .confirm = confirm, .roll_back = roll_back}};
  CHECK_EQUAL(create(), ROOST_OK);
}

static void end(void) {
  nor_flash_destroy(&flash);
  nor_flash_destroy(&slot);
  fake_world_destroy(&world);
}

static const struct fake_published *last_of(const char *suffix) {
  char topic[96];
  snprintf(topic, sizeof topic, "%s%s", P, suffix);
  for (uint32_t i = world.published_count; i > 0; i--) {
    if (strcmp(world.published[i - 1].topic, topic) == 0) return &world.published[i - 1];
  }
  return NULL;
}
static struct roost_reply last_reply(void) {
  struct roost_reply reply = {0};
  struct roost_flaw flaw;
  const struct fake_published *found = last_of("status/reply");
  CHECK(found && roost_shape_decode(&roost_shape_reply, found->payload, found->size, &reply, &flaw) == ROOST_OK);
  return reply;
}
static uint8_t last_system_event(void) {
  static struct roost_sensor_info infos[8];
  struct roost_system system = {.sensors = {.items = infos, .room = 8}};
  struct roost_flaw flaw;
  const struct fake_published *found = last_of("status/system");
  CHECK(found && roost_shape_decode(&roost_shape_system, found->payload, found->size, &system, &flaw) == ROOST_OK);
  return system.event;
}
static struct roost_ota_status last_status(void) {
  struct roost_ota_status status = {0};
  struct roost_flaw flaw;
  const struct fake_published *found = last_of("ota/status");
  CHECK(found && roost_shape_decode(&roost_shape_ota_status, found->payload, found->size, &status, &flaw) == ROOST_OK);
  return status;
}
static struct roost_heartbeat last_beat(void) {
  struct roost_heartbeat beat = {0};
  struct roost_flaw flaw;
  const struct fake_published *found = last_of("status/heartbeat");
  CHECK(found && roost_shape_decode(&roost_shape_heartbeat, found->payload, found->size, &beat, &flaw) == ROOST_OK);
  return beat;
}
static void hear(const char *suffix, const struct roost_shape *shape, const void *message) {
  static uint8_t payload[8192];
  char topic[96];
  size_t size = 0;
  snprintf(topic, sizeof topic, "%s%s", P, suffix);
  CHECK_EQUAL(roost_shape_encode(shape, message, payload, sizeof payload, &size), ROOST_OK);
  roost_node_on_message(&node, topic, payload, size);
}

static void offer_and_serve(void) {
  static uint8_t sha256[32];
  struct roost_sha256 sha;
  for (unsigned i = 0; i < sizeof image; i++) image[i] = (uint8_t)(i * 3);
  roost_sha256_start(&sha);
  roost_sha256_update(&sha, image, sizeof image);
  roost_sha256_finish(&sha, sha256);
  struct roost_ota_offer offer = {.id = 4, .version = roost_text_of("1.1.0"), .chip = roost_text_of("esp32s3"), .sha256 = {sha256, 32},
                                  .size_bytes = sizeof image, .deadline_s = 600, .chunk_bytes = 4096, .chunks = 2};
  hear("ota/offer", &roost_shape_ota_offer, &offer);
  fake_world_run(&world, 200);
  CHECK(last_of("ota/request") != NULL && node.state == ROOST_NODE_UPDATING);
  for (uint16_t n = 0; n < 2; n++) {
    struct roost_ota_chunk chunk = {.id = 4, .n = n, .d = {image + 4096 * n, n == 0 ? 4096 : sizeof image - 4096}};
    hear("ota/chunk", &roost_shape_ota_chunk, &chunk);
  }
  fake_world_run(&world, 1800);
}

static void a_node_takes_an_update_reports_its_health_and_confirms(void) {
  begin();
  fake_world_run(&world, 2000);
  offer_and_serve();
  CHECK(trials == 1 && world.restarts == 1 && last_status().phase == ROOST_PHASE_BOOT);
  CHECK_EQUAL(last_system_event(), ROOST_EVENT_SHUTDOWN);
  boot_state = ROOST_BOOT_TRIAL;
  setup.fw_version = "1.1.0";
  static const uint8_t sha256[32] = {1};
  setup.fw_sha256 = sha256;
  CHECK_EQUAL(create(), ROOST_OK);
  fake_world_run(&world, 1000);
  CHECK(last_system_event() == ROOST_EVENT_OTA && confirms == 0);
  fake_world_run(&world, 6000);
  CHECK(confirms == 1 && last_status().phase == ROOST_PHASE_CONFIRM && node.state == ROOST_NODE_RUN);
  boot_state = ROOST_BOOT_NORMAL;
  CHECK_EQUAL(create(), ROOST_OK); /* nothing is left of it */
  fake_world_run(&world, 1000);
  CHECK_EQUAL(roost_ota_state(&ota), ROOST_OTA_IDLE);
  CHECK_EQUAL(last_system_event(), ROOST_EVENT_BOOT);
  end();
}

static void an_update_whose_sensors_never_come_goes_back(void) {
  begin();
  fake_world_run(&world, 2000);
  offer_and_serve();
  boot_state = ROOST_BOOT_TRIAL;
  CHECK_EQUAL(create(), ROOST_OK);
  drivers[0].start_err = drivers[1].start_err = ROOST_ERR_BUS;
  fake_world_run(&world, 63000);
  CHECK(confirms == 0 && rollbacks == 1 && world.restarts >= 2);
  boot_state = ROOST_BOOT_REVERTED;
  CHECK_EQUAL(create(), ROOST_OK);
  fake_world_run(&world, 1000);
  CHECK(last_status().phase == ROOST_PHASE_ROLLBACK && last_of("diag/3") != NULL);
  end();
}

static void an_update_without_a_link_is_not_healthy(void) {
  begin();
  fake_world_run(&world, 2000);
  offer_and_serve();
  boot_state = ROOST_BOOT_TRIAL;
  world.has_network = false;
  CHECK_EQUAL(create(), ROOST_OK);
  fake_world_run(&world, 63000);
  CHECK(confirms == 0 && rollbacks == 1);
  end();
}

static void the_backup_sensor_shows_in_beats_and_descriptions(void) {
  begin();
  fake_world_run(&world, 3000);
  const struct fake_published *told = last_of("status/system");
  CHECK(told && told->size > 150); /* both sensors are described */
  drivers[0].read_err = ROOST_ERR_BUS;
  fake_world_run(&world, 20000);
  CHECK(last_beat().error_bitmap & ROOST_CONDITION_BACKUP_USED);
  CHECK(last_of("diag/2") != NULL);
  end();
}

static void a_sensor_that_is_switched_off_is_neither_read_nor_sent(void) {
  begin();
  struct roost_sensor_config settings[1] = {{.id = roost_text_of("temp"), .has = ROOST_SENSOR_HAS_ENABLED, .enabled = false}};
  struct roost_config config = {.rev = 1, .sample_ms = 1000, .publish_ms = 5000, .sensors = {.items = settings, .count = 1}};
  config.place = (struct roost_place){.site = roost_text_of("home"), .house = roost_text_of("h1"), .node = roost_text_of("north")};
  fake_world_run(&world, 300);
  hear("cmd/config", &roost_shape_config, &config);
  CHECK(last_reply().ok);
  uint32_t before = world.published_count;
  fake_world_run(&world, 8000);
  for (uint32_t i = before; i < world.published_count; i++) {
    struct roost_data data = {.s = {.items = node.outbox.samples, .room = ROOST_BATCH_MAX}};
    struct roost_flaw flaw;
    if (strstr(world.published[i].topic, "data/") == NULL) continue;
    CHECK_EQUAL(roost_shape_decode(&roost_shape_data, world.published[i].payload, world.published[i].size, &data, &flaw), ROOST_OK);
    CHECK(data.s.count <= 1); /* what it had before */
  }
  /* What a configuration no longer says is over; what was calibrated at the node stays. */
  CHECK_EQUAL(roost_sensor_set_calibration(&sensors[0], 0.25, 1), ROOST_OK);
  config.rev = 2;
  config.sensors.count = 0;
  hear("cmd/config", &roost_shape_config, &config);
  CHECK(last_reply().ok && sensors[0].is_enabled && sensors[0].offset > 0.2);
  CHECK_EQUAL(roost_sensor_set_calibration(&sensors[0], 0, 0), ROOST_ERR_VALUE);
  config.rev = 1;
  node.config_rev = 1;
  /* Publishing more often than sampling makes no sense, and a payload too large for NVS is not half taken. */
  config.rev = 2;
  config.sample_ms = 6000;
  hear("cmd/config", &roost_shape_config, &config);
  CHECK(!last_reply().ok && node.config_rev == 1);
  static struct roost_sensor_config many[ROOST_NODE_SENSORS_MAX + 1];
  static char ids[ROOST_NODE_SENSORS_MAX + 1][64];
  for (unsigned i = 0; i <= ROOST_NODE_SENSORS_MAX; i++) {
    memset(ids[i], 'x', sizeof ids[i]);
    ids[i][0] = (char)('a' + i);
    many[i] = (struct roost_sensor_config){.id = {ids[i], 64}, .has = 7, .offset = 0.1, .gain = 1.1, .lo = 0.1};
  }
  config = (struct roost_config){.rev = 3, .place = config.place, .sample_ms = 1000, .publish_ms = 5000};
  config.sensors = (struct roost_list){.items = many, .count = ROOST_NODE_SENSORS_MAX};
  hear("cmd/config", &roost_shape_config, &config);
  CHECK(last_reply().rid == 3 && !last_reply().ok);
  config.sensors.count = ROOST_NODE_SENSORS_MAX + 1;
  hear("cmd/config", &roost_shape_config, &config);
  CHECK(last_reply().rid == 3 && !last_reply().ok && node.config_rev == 1);
  end();
}

static void commands_at_their_edges(void) {
  begin();
  struct roost_text ids[1] = {roost_text_of("rh")};
  struct roost_command read = {.rid = 1, .sensors = {.items = ids, .count = 1}};
  world.has_network = true;
  roost_node_on_link(&node, true);
  hear("cmd/read", &roost_shape_read, &read); /* no such sensor */
  CHECK(!last_reply().ok);
  read = (struct roost_command){.rid = 2};
  hear("cmd/read", &roost_shape_read, &read); /* nothing was measured yet */
  CHECK(!last_reply().ok);
  struct roost_command identify = {.rid = 3, .has = ROOST_COMMAND_HAS_SECONDS | ROOST_COMMAND_HAS_DEADLINE, .seconds = 5, .deadline_ms = 1};
  hear("cmd/identify", &roost_shape_identify, &identify); /* without a clock no deadline is known to be over */
  CHECK(last_reply().ok && world.identifies == 5);
  node.setup.board.rotate_key = NULL;
  struct roost_command rotate = {.rid = 4};
  hear("cmd/rotate-key", &roost_shape_rotate_key, &rotate);
  CHECK(!last_reply().ok && last_reply().code == ROOST_CODE_SEC_KEY_ROTATION_FAILED);
  struct roost_command calibrate = {.rid = 5, .id = roost_text_of("temp"), .step = ROOST_CALIBRATE_ZERO};
  hear("cmd/calibrate", &roost_shape_calibrate, &calibrate); /* not steady yet */
  CHECK(!last_reply().ok);
  fake_world_run(&world, 8000);
  calibrate = (struct roost_command){.rid = 6, .id = roost_text_of("temp-b"), .step = ROOST_CALIBRATE_SPAN, .has = ROOST_COMMAND_HAS_VALUE, .value = 80};
  hear("cmd/calibrate", &roost_shape_calibrate, &calibrate); /* too far off */
  CHECK(!last_reply().ok);
  calibrate = (struct roost_command){.rid = 7, .id = roost_text_of("temp-b"), .step = ROOST_CALIBRATE_SPAN, .has = ROOST_COMMAND_HAS_VALUE, .value = 22};
  hear("cmd/calibrate", &roost_shape_calibrate, &calibrate);
  CHECK(last_reply().ok && sensors[1].gain > 1.02);
  struct roost_command restart = {.rid = 8, .has = ROOST_COMMAND_HAS_SECONDS, .seconds = 3};
  hear("cmd/restart", &roost_shape_restart, &restart);
  fake_world_run(&world, 2500);
  CHECK_EQUAL(world.restarts, 0);
  fake_world_run(&world, 1000);
  CHECK_EQUAL(world.restarts, 1);
  CHECK_EQUAL(create(), ROOST_OK);
  CHECK(sensors[1].gain > 1.02 && sensors[0].gain < 1.01);
  /* A calibration of a sensor that was exchanged for another one is not used. */
  for (unsigned i = 0; i < FAKE_NVS_MAX; i++) {
    if (strcmp(world.nvs[i].key, "cal0b") == 0) world.nvs[i].bytes[16] = 'x';
  }
  CHECK_EQUAL(create(), ROOST_OK);
  CHECK(sensors[1].gain < 1.01);
  world.nvs_is_broken = true;
  fake_world_run(&world, 8000);
  calibrate.rid = 9;
  hear("cmd/calibrate", &roost_shape_calibrate, &calibrate);
  CHECK(!last_reply().ok); /* it could not be kept */
  end();
}

static void a_node_without_a_place_speaks_under_its_own_name(void) {
  begin();
  setup.place = NULL;
  setup.reset_reason = NULL;
  setup.partition = NULL;
  CHECK_EQUAL(create(), ROOST_OK);
  fake_world_run(&world, 1000);
  CHECK(strcmp(roost_node_prefix(&node), "/farm/-/-/rn-0000000000c1") == 0);
  CHECK(strcmp(world.published[world.published_count - 1].topic, "/farm/-/-/rn-0000000000c1/status/heartbeat") == 0);
  uint8_t will[128];
  size_t size = 0;
  CHECK_EQUAL(roost_node_will(&node, will, sizeof will, &size), ROOST_OK);
  setup.channel_count = ROOST_NODE_CHANNELS_MAX + 1;
  CHECK_EQUAL(create(), ROOST_ERR_ROOM);
  setup.channel_count = 1;
  flash.is_off = true;
  CHECK_EQUAL(create(), ROOST_ERR_FLASH);
  end();
}

static void a_node_without_sensors_and_updates_still_beats(void) {
  begin();
  setup.channel_count = 0;
  setup.ota = NULL;
  CHECK_EQUAL(create(), ROOST_OK);
  fake_world_run(&world, 11000);
  CHECK(last_beat().state == ROOST_NODE_RUN);
  hear("ota/cancel", &roost_shape_ota_cancel, &(struct roost_ota_cancel){.id = 1});
  roost_node_on_message(&node, "/farm/home/h1/north/other", NULL, 0);
  CHECK_EQUAL(node.bad_commands, 0);
  end();
}

static void a_full_flash_is_counted_and_told(void) {
  begin();
  roost_node_set_time(&node, TRUE_MS, ROOST_CLK_HUB);
  fake_world_link(&world, false);
  fake_world_run(&world, 3600000);
  CHECK(node.queue.dropped > 0);
  world.has_network = true;
  world.acks = false;
  fake_world_run(&world, 15000);
  CHECK(last_beat().error_bitmap & ROOST_CONDITION_BACKLOG_FULL && last_beat().loss == node.queue.dropped);
  world.acks = true;
  fake_world_link(&world, false);
  world.has_network = true;
  fake_world_run(&world, 60000);
  CHECK(roost_outbox_count(&node.outbox) <= 1 && last_of("diag/3") != NULL); /* the store is full */
  end();
}

static void a_flash_that_dies_costs_messages_but_not_the_node(void) {
  begin();
  fake_world_link(&world, false);
  flash.is_off = true;
  fake_world_run(&world, 12000);
  CHECK(node.outbox.lost >= 2);
  world.has_network = true;
  fake_world_run(&world, 12000);
  CHECK(node.is_up && last_beat().loss == node.outbox.lost && last_of("data/temp") != NULL);
  end();
}

static void a_stored_message_of_another_making_is_passed_over(void) {
  begin();
  fake_world_link(&world, false);
  CHECK_EQUAL(roost_queue_push(&node.queue, "x", 1), ROOST_OK);
  struct roost_message_header header = {.suffix_bytes = 9};
  uint8_t message[64];
  memcpy(message, &header, sizeof header);
  memcpy(message + sizeof header, "data/tempnonsense", 17);
  CHECK_EQUAL(roost_queue_push(&node.queue, message, sizeof header + 17), ROOST_OK);
  memcpy(message + sizeof header, "diag/0001nonsense", 17);
  CHECK_EQUAL(roost_queue_push(&node.queue, message, sizeof header + 17), ROOST_OK);
  header.suffix_bytes = 200;
  memcpy(message, &header, sizeof header);
  CHECK_EQUAL(roost_queue_push(&node.queue, message, sizeof header + 17), ROOST_OK);
  world.has_network = true;
  fake_world_run(&world, 12000);
  CHECK(roost_outbox_count(&node.outbox) <= 1);
  CHECK_EQUAL(node.outbox.lost, 4);
  end();
}

static void what_rotted_away_does_not_block_the_rest(void) {
  begin();
  fake_world_link(&world, false);
  fake_world_run(&world, 30000);
  uint32_t waiting = roost_outbox_count(&node.outbox);
  for (uint32_t at = 32; at < 8192; at++) flash.bytes[at] = 0; /* all records of the first sectors */
  world.has_network = true;
  fake_world_run(&world, 12000);
  CHECK(waiting > 3 && roost_outbox_count(&node.outbox) <= 1);
  end();
}

static void a_slow_step_skips_what_it_missed_and_says_so(void) {
  begin();
  fake_world_run(&world, 3000);
  world.true_ms += 10000; /* something held everything up */
  fake_world_run(&world, 3000);
  CHECK(node.overruns == 1);
  /* Five minutes between publications: a full batch leaves early. */
  node.publish_ms = 300000;
  node.next_publish_ms = world.true_ms - world.booted_ms + 300000;
  uint32_t before = node.batches[0].seq;
  fake_world_run(&world, 70000);
  CHECK(node.batches[0].seq >= before + 2);
  CHECK_EQUAL(roost_outbox_put(&node.outbox, "data/temp", world.nvs[0].bytes, ROOST_MESSAGE_MAX_BYTES, 0, 0), ROOST_ERR_ROOM);
  roost_node_set_time(&node, TRUE_MS, ROOST_CLK_HUB);
  roost_node_set_time(&node, 1000, ROOST_CLK_HUB); /* before its own boot: nobody means that */
  CHECK(roost_time_stamp(&node.time, 0) > 1000);
  roost_node_set_time(&node, ROOST_TIME_MAX_MS, ROOST_CLK_HUB);
  roost_node_set_time(&node, TRUE_MS, ROOST_CLK_HUB);
  CHECK_EQUAL(node.time.clk, ROOST_CLK_HUB);
  end();
}

/* The network comes back at any moment of the back-off, after an outage of any length. */
static void the_node_is_back_within_ten_seconds_of_the_network(void) {
  uint64_t worst_ms = 0;
  begin();
  CHECK_EQUAL(create(), ROOST_OK);
  fake_world_link(&world, true);
  fake_world_run(&world, 20000);
  for (unsigned i = 1; i <= 100; i++) {
    fake_world_link(&world, false);
    fake_world_run(&world, 700 * i);
    CHECK(!node.is_up);
    world.has_network = true;
    uint64_t from_ms = world.true_ms;
    while (!node.is_up && world.true_ms - from_ms < 60000) fake_world_run(&world, 100);
    if (world.true_ms - from_ms > worst_ms) worst_ms = world.true_ms - from_ms;
    fake_world_run(&world, 10000); /* a link that has held */
  }
  CHECK(worst_ms > 0 && worst_ms < 10000);
  printf("back %llu ms after the network at the latest\n", (unsigned long long)worst_ms);
  end();
}

int main(void) {
  PROMISE(the_node_is_back_within_ten_seconds_of_the_network);
  PROMISE(a_node_takes_an_update_reports_its_health_and_confirms);
  PROMISE(an_update_whose_sensors_never_come_goes_back);
  PROMISE(an_update_without_a_link_is_not_healthy);
  PROMISE(the_backup_sensor_shows_in_beats_and_descriptions);
  PROMISE(a_sensor_that_is_switched_off_is_neither_read_nor_sent);
  PROMISE(commands_at_their_edges);
  PROMISE(a_node_without_a_place_speaks_under_its_own_name);
  PROMISE(a_node_without_sensors_and_updates_still_beats);
  PROMISE(a_full_flash_is_counted_and_told);
  PROMISE(a_flash_that_dies_costs_messages_but_not_the_node);
  PROMISE(a_stored_message_of_another_making_is_passed_over);
  PROMISE(what_rotted_away_does_not_block_the_rest);
  PROMISE(a_slow_step_skips_what_it_missed_and_says_so);
}
