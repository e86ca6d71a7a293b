/* A whole node in a simulated world: what the hub gets, when, and what comes of its commands. */
#include "roost/node.h"

#include <math.h>
#include <string.h>

#include "fakes/fake_driver.h"
#include "fakes/fake_world.h"
#include "fakes/nor_flash.h"
#include "test.h"

static const struct roost_sensor_traits TEMP = {.kind = "fake", .quantity = "temp", .unit = "Cel", .lo = -40, .hi = 85};
static const uint64_t TRUE_MS = 1795415400000ull;

static struct fake_world world;
static struct nor_flash flash;
static struct roost_node node;
static struct fake_driver driver;
static struct roost_sensor sensor;
static struct roost_channel channel;
static struct roost_actuator actuator;

static int move(void *ctx, double percent, uint32_t ramp_s) {
  (void)ramp_s;
  ((struct fake_world *)ctx)->actuator_percent = percent;
  return percent > 99 ? ROOST_ERR_STATE : ROOST_OK;
}

static void boot(void) {
  struct roost_node_setup setup;
  fake_world_setup(&world, &setup);
  fake_driver_create(&driver, 21.5);
  roost_sensor_create(&sensor, "temp", &driver.driver, 0, &TEMP);
  roost_channel_create(&channel, &sensor, NULL);
  actuator = (struct roost_actuator){.id = "window-1", .ctx = &world, .move = move};
  setup.flash = &flash.port;
  setup.channels = &channel;
  setup.channel_count = 1;
  setup.actuators = &actuator;
  setup.actuator_count = 1;
  world.node = &node;
  world.booted_ms = world.true_ms;
  CHECK_EQUAL(roost_node_create(&node, &setup), ROOST_OK);
}

static void begin(uint32_t flash_bytes) {
  fake_world_create(&world, TRUE_MS);
  nor_flash_create(&flash, flash_bytes, 4096, 1);
  boot();
}

static void end(void) {
  nor_flash_destroy(&flash);
  fake_world_destroy(&world);
}

static struct roost_sample samples[ROOST_SAMPLES_MAX];
static bool is_topic(uint32_t index, const char *suffix) {
  return strcmp(world.published[index].topic + strlen("/farm/home/h1/north/"), suffix) == 0;
}
static struct roost_data data_at(uint32_t index) {
  struct roost_data data = {.s = {.items = samples, .room = ROOST_SAMPLES_MAX}};
  struct roost_flaw flaw;
  CHECK_EQUAL(roost_shape_decode(&roost_shape_data, world.published[index].payload, world.published[index].size, &data, &flaw), 0);
  return data;
}
static struct roost_reply last_reply(void) {
  struct roost_reply reply = {0};
  struct roost_flaw flaw;
  for (uint32_t i = world.published_count; i > 0; i--) {
    if (!is_topic(i - 1, "status/reply")) continue;
    CHECK_EQUAL(roost_shape_decode(&roost_shape_reply, world.published[i - 1].payload, world.published[i - 1].size, &reply, &flaw), 0);
    return reply;
  }
  return reply;
}
static uint32_t count_topic(const char *suffix) {
  uint32_t count = 0;
  for (uint32_t i = 0; i < world.published_count; i++) count += is_topic(i, suffix);
  return count;
}
static void command(const char *type, const struct roost_shape *shape, struct roost_command asked) {
  uint8_t payload[512];
  size_t size = 0;
  char topic[96];
  snprintf(topic, sizeof topic, "/farm/home/h1/north/cmd/%s", type);
  CHECK_EQUAL(roost_shape_encode(shape, &asked, payload, sizeof payload, &size), ROOST_OK);
  roost_node_on_message(&node, topic, payload, size);
}

/* Checks that the samples of each boot are a second apart, come once, and lie where they were measured; gives their count. */
static uint32_t check_story(uint64_t from_ms, uint64_t tolerance_ms) {
  uint32_t count = 0, boot_number = 0;
  int64_t last_seq = -1;
  uint64_t last_ms = from_ms > 0 ? from_ms - 1 : 0;
  for (uint32_t i = 0; i < world.published_count; i++) {
    if (!is_topic(i, "data/temp")) continue;
    struct roost_data data = data_at(i);
    if (data.origin.boot != boot_number) last_seq = -1;
    if ((int64_t)data.seq <= last_seq) continue; /* the hub stores (boot, seq) once */
    CHECK_EQUAL(data.seq, last_seq + 1);
    boot_number = data.origin.boot;
    last_seq = data.seq;
    uint64_t t_ms = data.origin.clk ? data.origin.t_ms : world.published[i].at_ms - (data.origin.up_ms - data.origin.t_ms);
    CHECK(data.origin.clk || data.has & ROOST_HAS_UP);
    for (uint16_t s = 0; s < data.s.count; s++, count++) {
      uint64_t at_ms = t_ms + samples[s].dt_ms;
      CHECK(at_ms > last_ms || (tolerance_ms > 0 && at_ms + tolerance_ms > last_ms));
      uint64_t true_ms = from_ms + 1000ull * count;
      CHECK(at_ms <= true_ms + tolerance_ms && at_ms + tolerance_ms >= true_ms);
      last_ms = at_ms;
    }
  }
  return count;
}

static void samples_every_second_leave_every_five_and_beats_every_ten(void) {
  begin(65536);
  roost_node_set_time(&node, TRUE_MS, ROOST_CLK_HUB);
  fake_world_run(&world, 60000);
  CHECK_EQUAL(count_topic("data/temp"), 11);
  CHECK_EQUAL(count_topic("status/heartbeat"), 6);
  CHECK_EQUAL(count_topic("status/system"), 1);
  CHECK_EQUAL(check_story(TRUE_MS, 0), 56);
  CHECK_EQUAL(flash.operations, 0); /* a hub that answers costs no flash */
  CHECK_EQUAL(node.state, ROOST_NODE_RUN);
  end();
}

static void an_hour_without_the_hub_arrives_once_in_order_with_its_times(void) {
  begin(262144);
  roost_node_set_time(&node, TRUE_MS, ROOST_CLK_HUB);
  fake_world_run(&world, 30000);
  fake_world_link(&world, false);
  fake_world_run(&world, 3600000);
  CHECK(roost_outbox_count(&node.outbox) > 700);
  fake_world_link(&world, true);
  uint64_t back_ms = world.true_ms;
  fake_world_run(&world, 30000);
  CHECK(roost_outbox_count(&node.outbox) <= 1);
  CHECK(check_story(TRUE_MS, 0) >= 3650);
  CHECK_EQUAL(node.queue.dropped + node.outbox.lost, 0);
  uint32_t backlog_count = 0;
  uint64_t first_back_ms = 0;
  for (uint32_t i = 0; i < world.published_count; i++) {
    if (world.published[i].at_ms >= back_ms && first_back_ms == 0) first_back_ms = world.published[i].at_ms;
    if (is_topic(i, "data/temp") && data_at(i).s.count > 0) backlog_count += samples[0].flags >> 5 & 1;
  }
  CHECK(backlog_count >= 720);
  CHECK(first_back_ms - back_ms <= 10000); /* reconnected within ten seconds */
  CHECK(node.reconnects == 1 && world.connects > 400); /* it never gave up, and never asked too often */
  end();
}

/* As much as a memory card has for the queue (firmware/app/main/devices.c). */
static void two_days_without_the_hub_fit_a_card_and_arrive_once_in_order(void) {
  enum { DAY_S = 86400 };
  begin(16 << 20);
  node.publish_ms = 15000; /* what the world here can remember */
  roost_node_set_time(&node, TRUE_MS, ROOST_CLK_HUB);
  fake_world_run(&world, 30000);
  fake_world_link(&world, false);
  fake_world_run(&world, 2 * DAY_S * 1000ull);
  uint32_t waiting = roost_outbox_count(&node.outbox);
  fake_world_link(&world, true);
  fake_world_run(&world, 300000);
  CHECK(waiting > 2 * DAY_S / 15 && roost_outbox_count(&node.outbox) <= 1);
  CHECK(check_story(TRUE_MS, 0) >= 2 * DAY_S);
  CHECK_EQUAL(node.queue.dropped + node.queue.damaged + node.outbox.lost, 0);
  end();
}

static void a_clock_that_is_set_late_gives_the_backlog_its_true_times(void) {
  begin(262144);
  fake_world_link(&world, false);
  fake_world_run(&world, 600000);
  roost_node_set_time(&node, world.true_ms, ROOST_CLK_HUB);
  fake_world_link(&world, true);
  fake_world_run(&world, 20000);
  CHECK(check_story(TRUE_MS, 0) >= 600);
  for (uint32_t i = 0; i < world.published_count; i++) {
    if (is_topic(i, "data/temp")) CHECK_EQUAL(data_at(i).origin.clk, ROOST_CLK_HUB);
  }
  end();
}

static void a_restart_while_cut_off_without_a_clock_keeps_the_story(void) {
  begin(262144);
  fake_world_link(&world, false);
  fake_world_run(&world, 300000);
  roost_node_flush(&node);
  boot();
  fake_world_run(&world, 300000);
  fake_world_link(&world, true);
  fake_world_run(&world, 20000);
  CHECK(check_story(TRUE_MS, 6000) >= 600); /* the time of a restart is what nobody knows */
  end();
}

static void messages_that_nobody_confirms_are_on_flash_after_five_seconds(void) {
  begin(65536);
  roost_node_set_time(&node, TRUE_MS, ROOST_CLK_HUB);
  world.acks = false;
  fake_world_run(&world, 21000);
  CHECK(roost_queue_count(&node.queue) >= 2);
  boot(); /* power lost without a warning */
  world.acks = true;
  roost_node_set_time(&node, world.true_ms, ROOST_CLK_HUB);
  fake_world_run(&world, 10000);
  CHECK_EQUAL(roost_queue_count(&node.queue), 0);
  end();
}

static void a_network_that_refuses_now_and_then_loses_nothing(void) {
  begin(65536);
  roost_node_set_time(&node, TRUE_MS, ROOST_CLK_HUB);
  world.dropped_every = 3;
  fake_world_run(&world, 120000);
  CHECK(check_story(TRUE_MS, 0) >= 105);
  end();
}

static void a_read_is_answered_at_once_by_data_and_a_reply(void) {
  begin(65536);
  fake_world_run(&world, 3000);
  struct roost_text ids[2] = {roost_text_of("temp"), roost_text_of("nothing")};
  uint32_t before = world.published_count;
  command("read", &roost_shape_read, (struct roost_command){.rid = 7, .sensors = {.items = ids, .count = 1}});
  CHECK_EQUAL(world.published_count, before + 2);
  struct roost_data data = data_at(before);
  CHECK(data.rid == 7 && data.has & ROOST_DATA_HAS_RID && data.s.count == 1);
  CHECK(samples[0].value > 21.4 && samples[0].flags & ROOST_FLAG_VALID);
  CHECK(last_reply().rid == 7 && last_reply().ok);
  uint64_t first_ms = data.origin.t_ms;
  uint32_t second = world.published_count;
  command("read", &roost_shape_read, (struct roost_command){.rid = 8, .sensors = {.items = ids, .count = 0}});
  CHECK(last_reply().rid == 8 && last_reply().ok);
  CHECK(data_at(second).origin.t_ms > first_ms); /* a reading of its own: what was sent already is not sent twice */
  command("read", &roost_shape_read, (struct roost_command){.rid = 9, .sensors = {.items = ids, .count = 2}});
  CHECK(last_reply().rid == 9 && !last_reply().ok);
  end();
}

static void commands_are_done_once_and_answered_always(void) {
  begin(65536);
  roost_node_set_time(&node, TRUE_MS, ROOST_CLK_HUB);
  fake_world_run(&world, 3000);
  struct roost_command open = {.rid = 1, .id = roost_text_of("window-1"), .position = 40};
  command("actuate", &roost_shape_actuate, open);
  CHECK(last_reply().ok && world.actuator_percent > 39);
  world.actuator_percent = 0;
  command("actuate", &roost_shape_actuate, open); /* the broker sends it again */
  CHECK(last_reply().ok && world.actuator_percent < 1);
  command("actuate", &roost_shape_actuate, (struct roost_command){.rid = 2, .id = roost_text_of("window-1"), .position = 100});
  CHECK(!last_reply().ok && last_reply().code == ROOST_CODE_DAQ_ACTUATOR_STUCK);
  command("actuate", &roost_shape_actuate, (struct roost_command){.rid = 3, .id = roost_text_of("window-9")});
  CHECK(!last_reply().ok);
  command("identify", &roost_shape_identify, (struct roost_command){.rid = 4});
  CHECK_EQUAL(world.identifies, 30);
  world.has_no_lamp = true;
  command("identify", &roost_shape_identify, (struct roost_command){.rid = 6});
  CHECK(!last_reply().ok && last_reply().rid == 6); /* nothing blinks, and nobody is told that it does */
  command("rotate-key", &roost_shape_rotate_key, (struct roost_command){.rid = 5});
  CHECK(world.rotations == 1 && last_reply().ok);
  struct roost_command late = {.rid = 6, .has = ROOST_COMMAND_HAS_DEADLINE, .deadline_ms = TRUE_MS, .id = roost_text_of("window-1")};
  world.actuator_percent = 77;
  command("actuate", &roost_shape_actuate, late);
  CHECK(!last_reply().ok && world.actuator_percent > 76);
  command("calibrate", &roost_shape_calibrate,
          (struct roost_command){.rid = 10, .id = roost_text_of("temp"), .step = ROOST_CALIBRATE_ZERO, .has = ROOST_COMMAND_HAS_VALUE, .value = 20});
  CHECK(last_reply().ok && sensor.offset < -1.4 && sensor.offset > -1.6);
  command("calibrate", &roost_shape_calibrate, (struct roost_command){.rid = 11, .id = roost_text_of("rh")});
  CHECK(!last_reply().ok && last_reply().code == ROOST_CODE_DAQ_SENSOR_MISSING);
  command("time", &roost_shape_time, (struct roost_command){.rid = 12, .t_ms = TRUE_MS + 90000000});
  CHECK(last_reply().ok && node.time.clk == ROOST_CLK_HUB);
  command("restart", &roost_shape_restart, (struct roost_command){.rid = 13});
  CHECK(last_reply().ok && world.restarts == 0);
  fake_world_run(&world, 2000);
  CHECK_EQUAL(world.restarts, 1);
  roost_node_on_message(&node, "/farm/home/h1/north/cmd/dance", (const uint8_t *)"", 0);
  roost_node_on_message(&node, "/farm/home/h1/north/cmd/read", (const uint8_t *)"\xa1", 1);
  roost_node_on_message(&node, "/farm/home/h1/other/cmd/read", (const uint8_t *)"\xa1", 1);
  CHECK_EQUAL(node.bad_commands, 2);
  boot(); /* the calibration outlasts it */
  CHECK(sensor.offset < -1.4 && sensor.offset > -1.6);
  end();
}

static struct roost_sensor_config settings;
static size_t make_config(uint32_t rev, const char *place_node, uint32_t sample_ms, uint8_t *out, size_t room) {
  struct roost_config config = {.rev = rev, .sample_ms = sample_ms, .publish_ms = 4000};
  config.place = (struct roost_place){.site = roost_text_of("home"), .house = roost_text_of("h1"), .node = roost_text_of(place_node)};
  config.sensors = (struct roost_list){.items = &settings, .count = 1};
  size_t size = 0;
  CHECK_EQUAL(roost_shape_encode(&roost_shape_config, &config, out, room, &size), ROOST_OK);
  return size;
}

static void a_configuration_is_taken_whole_kept_and_answered_by_its_revision(void) {
  begin(65536);
  uint8_t payload[512];
  fake_world_run(&world, 1000);
  settings = (struct roost_sensor_config){.id = roost_text_of("temp"), .has = ROOST_SENSOR_HAS_OFFSET, .offset = 0.5};
  size_t size = make_config(5, "north", 2000, payload, sizeof payload);
  roost_node_on_message(&node, "/farm/home/h1/north/cmd/config", payload, size);
  CHECK(last_reply().rid == 5 && last_reply().ok);
  CHECK(node.sample_ms == 2000 && node.publish_ms == 4000 && sensor.offset > 0.4);
  roost_node_on_message(&node, "/farm/home/h1/north/cmd/config", payload, size); /* retained: again after each connection */
  CHECK(last_reply().rid == 5 && last_reply().ok);
  size_t old_size = make_config(4, "north", 3000, payload, sizeof payload);
  roost_node_on_message(&node, "/farm/home/h1/north/cmd/config", payload, old_size);
  CHECK(last_reply().rid == 5 && last_reply().ok && node.sample_ms == 2000); /* the hub lost one: it hears which we follow */
  settings = (struct roost_sensor_config){.id = roost_text_of("temp"), .has = ROOST_SENSOR_HAS_GAIN, .gain = 0};
  size = make_config(6, "north", 3000, payload, sizeof payload);
  roost_node_on_message(&node, "/farm/home/h1/north/cmd/config", payload, size);
  CHECK(last_reply().rid == 6 && last_reply().code == ROOST_CODE_COM_BAD_CONFIG && node.sample_ms == 2000 && sensor.gain > 0.9);
  roost_node_on_message(&node, "/farm/home/h1/north/cmd/config", payload, 9);
  CHECK_EQUAL(node.bad_commands, 1);
  boot();
  CHECK(node.sample_ms == 2000 && node.config_rev == 5 && sensor.offset > 0.4);
  /* Moved: the reply leaves under the old place, then the node connects under the new one. */
  fake_world_run(&world, 1000);
  settings = (struct roost_sensor_config){.id = roost_text_of("gone")};
  size = make_config(7, "south", 2000, payload, sizeof payload);
  roost_node_on_message(&node, "/farm/home/h1/north/cmd/config", payload, size);
  CHECK(last_reply().rid == 7 && last_reply().ok);
  fake_world_run(&world, 9000);
  CHECK(node.is_up && strcmp(roost_node_prefix(&node), "/farm/home/h1/south") == 0);
  end();
}

static void a_broken_nvs_does_not_keep_a_node_from_its_work(void) {
  fake_world_create(&world, TRUE_MS);
  world.nvs_is_broken = true;
  nor_flash_create(&flash, 65536, 4096, 1);
  boot();
  uint8_t payload[512];
  fake_world_run(&world, 12000);
  settings = (struct roost_sensor_config){.id = roost_text_of("temp")};
  size_t size = make_config(5, "north", 2000, payload, sizeof payload);
  roost_node_on_message(&node, "/farm/home/h1/north/cmd/config", payload, size);
  CHECK(last_reply().ok && node.sample_ms == 2000);
  CHECK(count_topic("data/temp") >= 2);
  fake_world_run(&world, 1000);
  CHECK_EQUAL(count_topic("diag/4"), 1); /* and says what it could not keep */
  end();
}

static void a_dead_sensor_is_told_and_shows_in_the_beat(void) {
  begin(65536);
  fake_world_run(&world, 5000);
  driver.read_err = ROOST_ERR_BUS;
  fake_world_run(&world, 20000);
  CHECK_EQUAL(count_topic("diag/3"), 1);
  struct roost_heartbeat beat;
  struct roost_flaw flaw;
  for (uint32_t i = world.published_count; i > 0; i--) {
    if (!is_topic(i - 1, "status/heartbeat")) continue;
    CHECK_EQUAL(roost_shape_decode(&roost_shape_heartbeat, world.published[i - 1].payload, world.published[i - 1].size, &beat, &flaw), 0);
    break;
  }
  CHECK_EQUAL(beat.state, ROOST_NODE_DEGRADED);
  CHECK_EQUAL(beat.error_bitmap, ROOST_CONDITION_SENSOR_FAILED | ROOST_CONDITION_NO_TIME);
  end();
}

static void a_peer_never_overrules_the_time_of_the_hub(void) {
  begin(65536);
  roost_node_set_time(&node, TRUE_MS + 500, ROOST_CLK_PEER);
  CHECK_EQUAL(node.time.clk, ROOST_CLK_PEER);
  roost_node_set_time(&node, TRUE_MS, ROOST_CLK_HUB);
  roost_node_set_time(&node, TRUE_MS + 99999, ROOST_CLK_PEER);
  CHECK_EQUAL(node.time.offset_ms, TRUE_MS);
  roost_node_set_time(&node, ROOST_TIME_MAX_MS + 1, ROOST_CLK_HUB);
  CHECK_EQUAL(node.time.offset_ms, TRUE_MS);
  end();
}

static void back_off_doubles_with_jitter_and_stays_below_eight_seconds(void) {
  begin(65536);
  struct roost_backoff backoff = {0};
  uint32_t most = 500;
  for (int i = 0; i < 50; i++) {
    uint32_t ms = roost_backoff_next_ms(&backoff, &node.setup.random);
    CHECK(ms >= most / 2 && ms <= most);
    if (most < 8000) most *= 2;
  }
  end();
}

static void a_code_that_repeats_is_told_once_a_minute_with_its_count(void) {
  struct roost_diags diags = {0};
  struct roost_diag diag;
  for (int i = 0; i < 3; i++) roost_diag_raise(&diags, ROOST_CODE_DAQ_CHECKSUM, roost_text_of("co2"), i);
  roost_diag_raise(&diags, ROOST_CODE_DAQ_BOTH_FAILED, roost_text_of("co2"), 0);
  CHECK(roost_diag_take(&diags, 0, &diag) && diag.code == ROOST_CODE_DAQ_BOTH_FAILED && diag.sev == 4);
  CHECK(roost_diag_take(&diags, 0, &diag) && diag.count == 3 && diag.arg.number == 2 && diag.sensor.size == 3);
  roost_diag_raise(&diags, ROOST_CODE_DAQ_CHECKSUM, roost_text_of("co2"), 9);
  CHECK(!roost_diag_take(&diags, 59999, &diag));
  CHECK(roost_diag_take(&diags, 60000, &diag) && diag.count == 1);
  for (uint16_t i = 0; i < 20; i++) roost_diag_raise(&diags, (uint16_t)(ROOST_CODE_DAQ_SENSOR_MISSING + i), roost_text_of("x"), 0);
  CHECK_EQUAL(diags.dropped, 4);
  CHECK_EQUAL(roost_code_severity(0x1999), 0);
}

int main(void) {
  PROMISE(samples_every_second_leave_every_five_and_beats_every_ten);
  PROMISE(an_hour_without_the_hub_arrives_once_in_order_with_its_times);
  PROMISE(two_days_without_the_hub_fit_a_card_and_arrive_once_in_order);
  PROMISE(a_clock_that_is_set_late_gives_the_backlog_its_true_times);
  PROMISE(a_restart_while_cut_off_without_a_clock_keeps_the_story);
  PROMISE(messages_that_nobody_confirms_are_on_flash_after_five_seconds);
  PROMISE(a_network_that_refuses_now_and_then_loses_nothing);
  PROMISE(a_read_is_answered_at_once_by_data_and_a_reply);
  PROMISE(commands_are_done_once_and_answered_always);
  PROMISE(a_configuration_is_taken_whole_kept_and_answered_by_its_revision);
  PROMISE(a_broken_nvs_does_not_keep_a_node_from_its_work);
  PROMISE(a_dead_sensor_is_told_and_shows_in_the_beat);
  PROMISE(a_peer_never_overrules_the_time_of_the_hub);
  PROMISE(back_off_doubles_with_jitter_and_stays_below_eight_seconds);
  PROMISE(a_code_that_repeats_is_told_once_a_minute_with_its_count);
}
