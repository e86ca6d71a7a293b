/* Neighbours and hub over a radio that loses 30 %, doubles, reorders, replays old frames and carries forged ones. */
#include <string.h>

#include "fakes/fake_world.h"
#include "roost/lora.h"
#include "roost/peer.h"
#include "test.h"

enum { NODES = 3, AIR = 256, LOG = 512 };

struct flying {
  uint8_t bytes[ROOST_PEER_FRAME_MAX_BYTES];
  size_t size;
  uint64_t lands_at_ms; /* 0: free */
  uint8_t destination[6];
};

static struct air {
  struct flying flying[AIR];
  struct flying log[LOG]; /* what an eavesdropper has kept */
  unsigned logged;
  unsigned seed, loss_percent, delay_ms;
  uint64_t now_ms;
} air;

static int transmit(void *ctx, const uint8_t destination[6], const uint8_t *bytes, size_t size) {
  (void)ctx;
  struct flying frame = {.size = size};
  memcpy(frame.bytes, bytes, size);
  memcpy(frame.destination, destination, 6);
  if (air.logged < LOG) air.log[air.logged++] = frame;
  unsigned copies = test_random(&air.seed) % 10 == 0 ? 2 : 1;
  for (unsigned i = 0, sent = 0; i < AIR && sent < copies; i++) {
    if (air.flying[i].lands_at_ms) continue;
    sent++;
    if (test_random(&air.seed) % 100 < air.loss_percent) continue;
    air.flying[i] = frame;
    air.flying[i].lands_at_ms = air.now_ms + 1 + test_random(&air.seed) % air.delay_ms; /* reorders */
  }
  return ROOST_OK;
}

static const uint8_t KEY[16] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
static struct roost_aes128 aes;
static struct roost_peers nodes[NODES];
static struct fake_world worlds[NODES];
static const uint64_t TRUE_MS = 1795415400000ull;

static void address_of(unsigned node, uint8_t address[6]) {
  memset(address, 0, 6);
  address[5] = (uint8_t)(node + 1);
}

static void begin(unsigned loss_percent) {
  memset(&air, 0, sizeof air);
  air.seed = 99;
  air.loss_percent = loss_percent;
  air.delay_ms = 30;
  air.now_ms = 1000;
  roost_aes128_set_key(&aes, KEY);
  struct roost_cipher cipher = roost_aes128_cipher(&aes);
  struct roost_radio radio = {.send = transmit};
  static uint8_t addresses[NODES][6];
  struct roost_bytes all[NODES];
  for (unsigned i = 0; i < NODES; i++) {
    address_of(i, addresses[i]);
    all[i] = (struct roost_bytes){addresses[i], 6};
  }
  for (unsigned i = 0; i < NODES; i++) {
    struct roost_node_setup setup;
    fake_world_create(&worlds[i], TRUE_MS);
    worlds[i].seed = 17 + i;
    fake_world_setup(&worlds[i], &setup);
    roost_peers_create(&nodes[i], addresses[i], &cipher, &setup.nvs, &radio, &setup.random);
    CHECK_EQUAL(roost_peers_set(&nodes[i], all, NODES), ROOST_OK);
  }
}

static void end(void) {
  for (unsigned i = 0; i < NODES; i++) fake_world_destroy(&worlds[i]);
}

/* One millisecond; true when node 0 got a result. Node i's own clock runs i × 1000 ms ahead of node 0's. */
static bool tick(struct roost_peer_result *result) {
  bool has_result = false;
  air.now_ms++;
  for (unsigned i = 0; i < AIR; i++) {
    if (air.flying[i].lands_at_ms == 0 || air.flying[i].lands_at_ms > air.now_ms) continue;
    struct flying frame = air.flying[i];
    air.flying[i].lands_at_ms = 0;
    for (unsigned n = 0; n < NODES; n++) {
      if (memcmp(frame.destination, nodes[n].address, 6) != 0) continue;
      struct roost_peer_result heard;
      uint8_t clk = n == 0 ? ROOST_CLK_UNSET : ROOST_CLK_HUB;
      bool is_over = roost_peers_on_frame(&nodes[n], frame.bytes, frame.size, air.now_ms + 1000 * n, TRUE_MS + air.now_ms, clk, &heard);
      if (is_over && n == 0) {
        *result = heard;
        has_result = true;
      }
    }
  }
  struct roost_peer_result failed;
  if (!has_result && roost_peers_step(&nodes[0], air.now_ms, &failed)) {
    *result = failed;
    has_result = true;
  }
  return has_result;
}

static void every_question_over_a_bad_line_is_answered_or_fails_and_the_clock_is_within_its_bound(void) {
  begin(30);
  unsigned answered = 0, failed = 0;
  for (unsigned n = 0; n < 200; n++) {
    uint8_t type = n % 2 ? ROOST_PEER_TIME_SYNC : ROOST_PEER_PING;
    CHECK_EQUAL(roost_peers_ask(&nodes[0], (uint8_t)(1 + n % 2), type, air.now_ms), ROOST_OK);
    CHECK_EQUAL(roost_peers_ask(&nodes[0], 1, ROOST_PEER_PING, air.now_ms), ROOST_ERR_STATE);
    struct roost_peer_result result;
    uint64_t began_ms = air.now_ms;
    while (!tick(&result)) CHECK(air.now_ms - began_ms < 2000);
    CHECK_EQUAL(result.type, type);
    if (result.is_answered) answered++;
    else failed++;
    if (!result.is_answered || type != ROOST_PEER_TIME_SYNC) continue;
    int64_t error_ms = (int64_t)result.wall_ms - (int64_t)(TRUE_MS + air.now_ms);
    CHECK(error_ms <= (int64_t)result.error_ms && -error_ms <= (int64_t)result.error_ms);
    CHECK(result.error_ms <= 32); /* 60 ms there and back at most */
  }
  printf("%u answered, %u failed cleanly\n", answered, failed);
  CHECK(answered >= 185);
  CHECK_EQUAL(nodes[0].refused_seal + nodes[1].refused_seal + nodes[2].refused_seal, 0);
  end();
}

static void nothing_replayed_or_forged_is_accepted(void) {
  begin(0);
  struct roost_peer_result result;
  for (unsigned n = 0; n < 20; n++) {
    CHECK_EQUAL(roost_peers_ask(&nodes[0], 1, n % 2 ? ROOST_PEER_TIME_SYNC : ROOST_PEER_PING, air.now_ms), ROOST_OK);
    while (!tick(&result)) CHECK(air.now_ms < 100000);
  }
  for (unsigned i = 0; i < 500; i++) tick(&result);
  unsigned logged = air.logged;
  uint32_t heard[NODES];
  for (unsigned n = 0; n < NODES; n++) heard[n] = nodes[n].refused_replay + nodes[n].refused_seal + nodes[n].refused_other;
  /* Everything that was ever sent, once more, to everybody; then each with one bit changed. */
  unsigned offered = 0;
  for (unsigned round = 0; round < 2; round++) {
    for (unsigned i = 0; i < logged; i++) {
      for (unsigned n = 0; n < NODES; n++, offered++) {
        struct flying frame = air.log[i];
        if (round == 1) frame.bytes[1 + test_random(&air.seed) % (frame.size - 1)] ^= (uint8_t)(1 << test_random(&air.seed) % 8);
        CHECK(!roost_peers_on_frame(&nodes[n], frame.bytes, frame.size, air.now_ms, TRUE_MS, ROOST_CLK_HUB, &result));
      }
    }
  }
  uint32_t refused = 0;
  for (unsigned n = 0; n < NODES; n++) refused += nodes[n].refused_replay + nodes[n].refused_seal + nodes[n].refused_other - heard[n];
  CHECK_EQUAL(refused, offered);
  CHECK_EQUAL(air.logged, logged); /* and none of it was answered */
  /* After a restart the windows are empty; an old answer still fits no new question, because its number is chosen anew. */
  struct roost_bytes one = {nodes[1].address, 6};
  CHECK_EQUAL(roost_peers_set(&nodes[0], &one, 0), ROOST_OK);
  CHECK_EQUAL(roost_peers_set(&nodes[0], &one, 1), ROOST_OK);
  air.loss_percent = 100;
  CHECK_EQUAL(roost_peers_ask(&nodes[0], 0, ROOST_PEER_TIME_SYNC, air.now_ms), ROOST_OK);
  for (unsigned i = 0; i < logged; i++) {
    struct flying frame = air.log[i];
    CHECK(!roost_peers_on_frame(&nodes[0], frame.bytes, frame.size, air.now_ms, 0, 0, &result));
  }
  end();
}

static void a_counter_is_never_used_twice_over_restarts(void) {
  struct fake_world world;
  struct roost_node_setup setup;
  fake_world_create(&world, TRUE_MS);
  fake_world_setup(&world, &setup);
  struct roost_counter counter;
  uint64_t last = 0, value = 0;
  bool is_first = true;
  for (unsigned restart = 0; restart < 20; restart++) {
    roost_counter_create(&counter, &setup.nvs, "ctr");
    for (unsigned i = 0; i < 1500; i++) {
      CHECK_EQUAL(roost_counter_take(&counter, &value), ROOST_OK);
      CHECK(is_first || value > last);
      is_first = false;
      last = value;
    }
  }
  world.nvs_is_broken = true; /* then there is no number, rather than one that may have been used */
  roost_counter_create(&counter, &setup.nvs, "ctr");
  CHECK_EQUAL(roost_counter_take(&counter, &value), ROOST_ERR_STATE);
  fake_world_destroy(&world);
}

static void more_than_twenty_neighbours_are_refused(void) {
  begin(0);
  struct roost_bytes many[21];
  for (unsigned i = 0; i < 21; i++) many[i] = (struct roost_bytes){nodes[0].address, 6};
  CHECK_EQUAL(roost_peers_set(&nodes[0], many, 21), ROOST_ERR_ROOM);
  CHECK_EQUAL(roost_peers_ask(&nodes[0], 9, ROOST_PEER_PING, 0), ROOST_ERR_VALUE);
  end();
}

/* The hub's side of LoRa: answers what it can open. */
static struct roost_replay hub_replay;
static uint64_t hub_counter;
static unsigned hub_took[ROOST_LORA_ACK + 1];
static struct roost_lora lora;
static const uint8_t HUB[6] = {0xaa, 0, 0, 0, 0, 1};

static void hub_hear(struct flying *frame) {
  struct roost_cipher cipher = roost_aes128_cipher(&aes);
  struct roost_frame opened;
  struct roost_lora_body body;
  CHECK_EQUAL(roost_frame_open(frame->bytes, frame->size, &cipher, ROOST_LORA_FRAME_MAX_BYTES, &opened), ROOST_FRAME_OK);
  CHECK_EQUAL(roost_lora_body_read(&opened, &body), ROOST_FRAME_OK);
  if (!roost_replay_take(&hub_replay, opened.counter)) return;
  hub_took[opened.type]++;
  uint8_t ack[ROOST_LORA_BODY_MAX_BYTES], bytes[ROOST_LORA_FRAME_MAX_BYTES];
  struct roost_lora_body answers = {.answers = opened.counter};
  struct roost_frame reply = {.counter = hub_counter++, .type = ROOST_LORA_ACK, .body = ack};
  size_t size = 0;
  CHECK_EQUAL(roost_lora_body_write(ROOST_LORA_ACK, &answers, ack, &reply.body_bytes), ROOST_OK);
  memcpy(reply.source, HUB, 6);
  memcpy(reply.destination, opened.source, 6);
  CHECK_EQUAL(roost_frame_seal(&reply, &cipher, bytes, sizeof bytes, &size), ROOST_OK);
  transmit(NULL, reply.destination, bytes, size);
}

static void lora_tick(uint64_t ms) {
  for (uint64_t until = air.now_ms + ms; air.now_ms < until; air.now_ms += 10) {
    for (unsigned i = 0; i < AIR; i++) {
      if (air.flying[i].lands_at_ms == 0 || air.flying[i].lands_at_ms > air.now_ms) continue;
      struct flying frame = air.flying[i];
      air.flying[i].lands_at_ms = 0;
      if (memcmp(frame.destination, HUB, 6) == 0) hub_hear(&frame);
      else roost_lora_on_frame(&lora, frame.bytes, frame.size);
    }
    roost_lora_step(&lora, air.now_ms);
  }
}

static size_t make_diag(uint8_t *out, size_t room) {
  struct roost_diag diag = {.origin = {.t_ms = TRUE_MS, .boot = 7, .clk = 2}, .code = ROOST_CODE_DAQ_MAINS_LOST, .sev = 4, .count = 1};
  size_t size = 0;
  CHECK_EQUAL(roost_shape_encode(&roost_shape_diag, &diag, out, room, &size), ROOST_OK);
  return size;
}

static void begin_lora(unsigned loss_percent, uint8_t spreading_factor) {
  static struct fake_world world;
  struct roost_node_setup setup;
  begin(loss_percent);
  end();
  world = (struct fake_world){.seed = 5};
  fake_world_setup(&world, &setup);
  memset(hub_took, 0, sizeof hub_took);
  hub_replay = (struct roost_replay){0};
  struct roost_cipher cipher = roost_aes128_cipher(&aes);
  struct roost_radio radio = {.send = transmit};
  struct roost_lora_settings settings = {.spreading_factor = spreading_factor, .bandwidth_hz = 125000, .coding_rate = 1, .preamble_symbols = 8};
  uint8_t address[6];
  address_of(0, address);
  roost_lora_create(&lora, address, HUB, &cipher, &setup.nvs, &radio, &setup.random, &settings);
  lora.refilled_at_ms = air.now_ms;
}

static void an_alert_gets_through_a_bad_line_and_is_told_once(void) {
  unsigned delivered = 0;
  begin_lora(30, 7);
  uint8_t payload[96];
  struct roost_lora_body body = {.payload = payload, .payload_bytes = (uint8_t)make_diag(payload, sizeof payload)};
  for (unsigned n = 0; n < 50; n++) {
    CHECK_EQUAL(roost_lora_put(&lora, ROOST_LORA_ALERT, &body), ROOST_OK);
    lora_tick(60000);
    CHECK_EQUAL(roost_lora_count(&lora), 0);
  }
  delivered = lora.delivered;
  printf("%u of 50 alerts confirmed, %u heard by the hub\n", delivered, hub_took[ROOST_LORA_ALERT]);
  CHECK(delivered >= 40 && delivered + lora.failed == 50);
}

static void alerts_go_before_data_and_a_full_queue_gives_up_data(void) {
  begin_lora(0, 7);
  uint8_t payload[96];
  struct roost_lora_body body = {.payload = payload, .payload_bytes = (uint8_t)make_diag(payload, sizeof payload), .sensor = "t", .sensor_bytes = 1};
  struct roost_lora_body long_body = {.payload = air.log[0].bytes, .payload_bytes = 250};
  CHECK_EQUAL(roost_lora_put(&lora, ROOST_LORA_ALERT, &long_body), ROOST_ERR_ROOM);
  CHECK_EQUAL(roost_lora_put(&lora, ROOST_LORA_ACK, &body), ROOST_ERR_VALUE);
  for (unsigned i = 0; i < 4; i++) CHECK_EQUAL(roost_lora_put(&lora, ROOST_LORA_BACKUP, &body), ROOST_OK);
  CHECK_EQUAL(roost_lora_put(&lora, ROOST_LORA_ALERT, &body), ROOST_OK);
  CHECK(lora.failed == 1 && lora.queue[3].type == ROOST_LORA_ALERT);
  roost_lora_step(&lora, air.now_ms);
  CHECK_EQUAL(air.log[0].bytes[1], ROOST_LORA_ALERT);
  for (unsigned i = 0; i < 3; i++) CHECK_EQUAL(roost_lora_put(&lora, ROOST_LORA_ALERT, &body), ROOST_OK);
  CHECK_EQUAL(roost_lora_put(&lora, ROOST_LORA_ALERT, &body), ROOST_ERR_ROOM);
}

static void the_airtime_stays_within_one_percent(void) {
  begin_lora(100, 12); /* nobody answers, every packet takes seconds */
  uint8_t payload[96];
  struct roost_lora_body body = {.payload = payload, .payload_bytes = (uint8_t)make_diag(payload, sizeof payload)};
  for (unsigned i = 0; i < 3600; i++) {
    (void)roost_lora_put(&lora, ROOST_LORA_ALERT, &body);
    lora_tick(1000);
  }
  uint64_t used_us = 0;
  for (unsigned i = 0; i < air.logged; i++) used_us += roost_lora_airtime_us(&lora.settings, (uint32_t)air.log[i].size);
  CHECK(used_us <= (36000u + 3600u) * 1000ull && used_us > 20000000);
  CHECK(lora.held_back > 0);
  struct roost_lora_settings fast = {.spreading_factor = 7, .bandwidth_hz = 125000, .coding_rate = 1, .preamble_symbols = 8};
  CHECK_EQUAL(roost_lora_airtime_us(&fast, 20), 56576); /* 56.58 ms in the maker's calculator */
}

int main(void) {
  PROMISE(every_question_over_a_bad_line_is_answered_or_fails_and_the_clock_is_within_its_bound);
  PROMISE(nothing_replayed_or_forged_is_accepted);
  PROMISE(a_counter_is_never_used_twice_over_restarts);
  PROMISE(more_than_twenty_neighbours_are_refused);
  PROMISE(an_alert_gets_through_a_bad_line_and_is_told_once);
  PROMISE(alerts_go_before_data_and_a_full_queue_gives_up_data);
  PROMISE(the_airtime_stays_within_one_percent);
}
