/* A node whose hub is away speaks by LoRa: alerts at once, readings in their turn, within the airtime; and nothing is twice when it is back. */
#include <string.h>

#include "fakes/fake_driver.h"
#include "fakes/fake_world.h"
#include "fakes/nor_flash.h"
#include "test.h"

static const struct roost_sensor_traits TEMP = {.kind = "fake", .quantity = "temp", .unit = "Cel", .lo = -40, .hi = 85};
static const uint64_t TRUE_MS = 1795415400000ull;
static const uint8_t KEY[16] = {9}, NODE[6] = {2, 0, 0, 0, 0, 1}, HUB[6] = {2, 0, 0, 0, 0, 0xff};
static const struct roost_lora_settings SF9 = {.spreading_factor = 9, .bandwidth_hz = 125000, .coding_rate = 1, .preamble_symbols = 8};
enum { CHANNELS = 2, HEARD_MAX = 4000, MINUTE_MS = 60000, HOUR_MS = 60 * MINUTE_MS };

static struct fake_world world;
static struct nor_flash flash;
static struct roost_node node;
static struct roost_lora lora;
static struct fake_driver drivers[CHANNELS];
static struct roost_sensor sensors[CHANNELS];
static struct roost_channel channels[CHANNELS];
static struct roost_aes128 aes;

/* The hub's end of the air. */
static struct {
  struct {
    uint8_t type, payload[ROOST_LORA_BODY_MAX_BYTES], payload_bytes;
    char topic[48]; /* below the node's own */
    uint64_t at_ms;
  } heard[HEARD_MAX];
  uint32_t count, frames, acked;
  uint64_t airtime_us[48]; /* by hour */
  uint64_t counter;
  unsigned lost_percent, seed;
  uint8_t ack[ROOST_LORA_FRAME_MAX_BYTES];
  size_t ack_bytes;
} gateway;

static int transmit(void *ctx, const uint8_t destination[6], const uint8_t *bytes, size_t size) {
  uint8_t copy[ROOST_LORA_FRAME_MAX_BYTES];
  struct roost_frame frame;
  struct roost_lora_body body;
  struct roost_cipher cipher = roost_aes128_cipher(&aes);
  (void)ctx;
  CHECK(memcmp(destination, HUB, 6) == 0 && size <= sizeof copy);
  gateway.frames++;
  gateway.airtime_us[(world.true_ms - TRUE_MS) / HOUR_MS] += roost_lora_airtime_us(&SF9, (uint32_t)size);
  if (test_random(&gateway.seed) % 100 < gateway.lost_percent) return ROOST_OK;
  memcpy(copy, bytes, size);
  CHECK_EQUAL(roost_frame_open(copy, size, &cipher, sizeof copy, &frame), ROOST_FRAME_OK);
  CHECK_EQUAL(roost_lora_body_read(&frame, &body), ROOST_FRAME_OK);
  CHECK(gateway.count < HEARD_MAX);
  gateway.heard[gateway.count].type = frame.type;
  gateway.heard[gateway.count].at_ms = world.true_ms;
  gateway.heard[gateway.count].payload_bytes = body.payload_bytes;
  memcpy(gateway.heard[gateway.count].payload, body.payload, body.payload_bytes);
  snprintf(gateway.heard[gateway.count].topic, sizeof gateway.heard[0].topic, "data/%.*s", (int)body.sensor_bytes, body.sensor ? body.sensor : "");
  gateway.count++;
  if (test_random(&gateway.seed) % 100 < gateway.lost_percent) return ROOST_OK;
  const struct roost_lora_body answer = {.answers = frame.counter};
  uint8_t out[ROOST_LORA_BODY_MAX_BYTES];
  struct roost_frame ack = {.type = ROOST_LORA_ACK, .body = out, .counter = ++gateway.counter};
  memcpy(ack.source, HUB, 6);
  memcpy(ack.destination, NODE, 6);
  CHECK_EQUAL(roost_lora_body_write(ROOST_LORA_ACK, &answer, out, &ack.body_bytes), ROOST_OK);
  CHECK_EQUAL(roost_frame_seal(&ack, &cipher, gateway.ack, sizeof gateway.ack, &gateway.ack_bytes), ROOST_OK);
  return ROOST_OK;
}

static void begin(unsigned lost_percent, unsigned seed) {
  struct roost_node_setup setup;
  static const char *const IDS[CHANNELS] = {"temp", "temp-2"};
  memset(&gateway, 0, sizeof gateway);
  gateway.lost_percent = lost_percent;
  gateway.seed = seed;
  roost_aes128_set_key(&aes, KEY);
  fake_world_create(&world, TRUE_MS);
  world.seed = seed;
  nor_flash_create(&flash, 512 * 1024, 4096, 1);
  fake_world_setup(&world, &setup);
  for (unsigned i = 0; i < CHANNELS; i++) {
    fake_driver_create(&drivers[i], 21.5 + i);
    roost_sensor_create(&sensors[i], IDS[i], &drivers[i].driver, 0, &TEMP);
    roost_channel_create(&channels[i], &sensors[i], NULL);
  }
  struct roost_cipher cipher = roost_aes128_cipher(&aes);
  const struct roost_radio radio = {.send = transmit};
  roost_lora_create(&lora, NODE, HUB, &cipher, &setup.nvs, &radio, &setup.random, &SF9);
  setup.flash = &flash.port;
  setup.lora = &lora;
  setup.channels = channels;
  setup.channel_count = CHANNELS;
  setup.sample_ms = 10000;
  setup.publish_ms = 60000;
  world.node = &node;
  world.booted_ms = world.true_ms;
  CHECK_EQUAL(roost_node_create(&node, &setup), ROOST_OK);
}

static void end(void) {
  nor_flash_destroy(&flash);
  fake_world_destroy(&world);
}

static void run(uint64_t ms) {
  for (uint64_t gone_ms = 0; gone_ms < ms; gone_ms += 100) {
    uint8_t bytes[ROOST_LORA_FRAME_MAX_BYTES];
    size_t size = gateway.ack_bytes;
    memcpy(bytes, gateway.ack, size);
    gateway.ack_bytes = 0;
    if (size > 0) roost_node_on_lora_frame(&node, bytes, size);
    fake_world_run(&world, 100);
  }
}

struct told {
  struct roost_origin origin;
  uint32_t seq;
};
static struct roost_sample samples[ROOST_SAMPLES_MAX];

static struct told told_by(const char *topic, const uint8_t *payload, size_t size) {
  struct roost_flaw flaw;
  if (strncmp(topic, "data/", 5) == 0) {
    struct roost_data data = {.s = {.items = samples, .room = ROOST_SAMPLES_MAX}};
    CHECK_EQUAL(roost_shape_decode(&roost_shape_data, payload, size, &data, &flaw), ROOST_OK);
    return (struct told){data.origin, data.seq};
  }
  struct roost_diag diag = {0};
  CHECK_EQUAL(roost_shape_decode(&roost_shape_diag, payload, size, &diag, &flaw), ROOST_OK);
  return (struct told){diag.origin, diag.seq};
}

/* How often the network brought what was heard by LoRa: by topic, boot and sequence number, with the same time. */
static unsigned times_published(uint32_t index) {
  uint8_t type = gateway.heard[index].type;
  const char *topic = type == ROOST_LORA_BACKUP ? gateway.heard[index].topic : "diag/";
  struct told wanted = told_by(topic, gateway.heard[index].payload, gateway.heard[index].payload_bytes);
  unsigned times = 0;
  for (uint32_t i = 0; i < world.published_count; i++) {
    const char *suffix = world.published[i].topic + strlen("/farm/home/h1/north/");
    bool is_topic = type == ROOST_LORA_BACKUP ? strcmp(suffix, topic) == 0 : strcmp(suffix, "diag/3") == 0 || strcmp(suffix, "diag/4") == 0;
    if (!is_topic) continue;
    struct told told = told_by(suffix, world.published[i].payload, world.published[i].size);
    times += told.seq == wanted.seq && told.origin.boot == wanted.origin.boot && told.origin.t_ms == wanted.origin.t_ms;
  }
  return times;
}

static void an_alert_leaves_at_once_and_readings_from_the_second_minute_on(void) {
  begin(0, 1);
  fake_world_link(&world, true);
  roost_node_set_time(&node, TRUE_MS, ROOST_CLK_HUB);
  run(5 * MINUTE_MS);
  CHECK_EQUAL(gateway.frames, 0); /* with a link the air is free */
  fake_world_link(&world, false);
  run(2000);
  roost_node_raise(&node, ROOST_CODE_DAQ_MAINS_LOST, NULL, 0);
  uint64_t raised_ms = world.true_ms;
  run(30000);
  CHECK(gateway.count == 1 && gateway.heard[0].type == ROOST_LORA_ALERT && gateway.heard[0].at_ms - raised_ms < 2000);
  roost_node_raise(&node, ROOST_CODE_COM_PEER_LOST, NULL, 0); /* can wait */
  run(20 * MINUTE_MS);
  CHECK(gateway.count >= 10 && gateway.count <= 12 && lora.delivered == gateway.count);
  for (uint32_t i = 1; i < gateway.count; i++) {
    CHECK_EQUAL(gateway.heard[i].type, ROOST_LORA_BACKUP);
    CHECK(strcmp(gateway.heard[i].topic, i % 2 ? "data/temp" : "data/temp-2") == 0);
  }
  end();
}

static void what_went_by_lora_comes_once_more_under_its_number_and_never_under_another(void) {
  for (unsigned seed = 1; seed <= 5; seed++) {
    begin(30, seed);
    fake_world_link(&world, true);
    roost_node_set_time(&node, TRUE_MS, ROOST_CLK_HUB);
    run(MINUTE_MS);
    fake_world_link(&world, false);
    for (unsigned i = 0; i < 12; i++) {
      roost_node_raise(&node, i % 2 ? ROOST_CODE_DAQ_MAINS_LOST : ROOST_CODE_DAQ_INPUT_FAULT, NULL, (int32_t)i);
      run(5 * MINUTE_MS);
    }
    fake_world_link(&world, true);
    uint32_t frames = gateway.frames;
    run(2 * MINUTE_MS);
    CHECK(gateway.frames == frames && roost_lora_count(&lora) == 0); /* the network is better */
    CHECK(gateway.count > 30 && roost_outbox_count(&node.outbox) == 0);
    for (uint32_t i = 0; i < gateway.count; i++) CHECK_EQUAL(times_published(i), 1);
    end();
  }
}

static void a_day_without_a_hub_stays_within_the_airtime_of_each_hour(void) {
  begin(100, 3); /* nobody answers: each is sent three times */
  fake_world_link(&world, false);
  for (unsigned hour = 0; hour < 24; hour++) {
    for (unsigned i = 0; i < 30; i++) {
      roost_node_raise(&node, ROOST_CODE_DAQ_MAINS_LOST, NULL, (int32_t)i);
      run(2 * MINUTE_MS);
    }
  }
  CHECK(gateway.frames > 1000 && lora.delivered == 0 && lora.held_back > 0);
  for (unsigned hour = 0; hour < 24; hour++) CHECK(gateway.airtime_us[hour] <= ROOST_LORA_BUDGET_MS * 1000ull + ROOST_LORA_BUDGET_MS * 100ull);
  end();
}

int main(void) {
  PROMISE(an_alert_leaves_at_once_and_readings_from_the_second_minute_on);
  PROMISE(what_went_by_lora_comes_once_more_under_its_number_and_never_under_another);
  PROMISE(a_day_without_a_hub_stays_within_the_airtime_of_each_hour);
}
