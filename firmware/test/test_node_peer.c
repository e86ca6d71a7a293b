/* A node without hub and clock gets the time from a neighbour, and gives it to one. */
#include <string.h>

#include "fakes/fake_driver.h"
#include "fakes/fake_world.h"
#include "fakes/nor_flash.h"
#include "test.h"

static const uint64_t TRUE_MS = 1795415400000ull;
static const uint8_t KEY[16] = {7}, ADDRESS[2][6] = {{2, 0, 0, 0, 0, 1}, {2, 0, 0, 0, 0, 2}};
enum { DEAF_MS = 35000 };

static struct fake_world worlds[2];
static struct nor_flash flashes[2];
static struct roost_node nodes[2];
static struct roost_peers peers[2];
static struct roost_aes128 aes;
static struct roost_fake_frame {
  uint8_t bytes[ROOST_PEER_FRAME_MAX_BYTES];
  size_t size;
} in_air[2]; /* for whom */
static unsigned sent[2];

static int transmit(void *ctx, const uint8_t destination[6], const uint8_t *bytes, size_t size) {
  unsigned to = memcmp(destination, ADDRESS[1], 6) == 0;
  (void)ctx;
  sent[1 - to]++;
  memcpy(in_air[to].bytes, bytes, size);
  in_air[to].size = size;
  return ROOST_OK;
}

static void begin(void) {
  roost_aes128_set_key(&aes, KEY);
  memset(in_air, 0, sizeof in_air);
  memset(sent, 0, sizeof sent);
  struct roost_cipher cipher = roost_aes128_cipher(&aes);
  struct roost_radio radio = {.send = transmit};
  for (unsigned i = 0; i < 2; i++) {
    struct roost_node_setup setup;
    struct roost_bytes other = {ADDRESS[1 - i], 6};
    fake_world_create(&worlds[i], TRUE_MS);
    worlds[i].seed = 5 + i;
    nor_flash_create(&flashes[i], 65536, 4096, 1);
    fake_world_setup(&worlds[i], &setup);
    setup.flash = &flashes[i].port;
    setup.peers = &peers[i];
    roost_peers_create(&peers[i], ADDRESS[i], &cipher, &setup.nvs, &radio, &setup.random);
    worlds[i].node = &nodes[i];
    worlds[i].booted_ms = worlds[i].true_ms;
    CHECK_EQUAL(roost_node_create(&nodes[i], &setup), ROOST_OK);
    CHECK_EQUAL(roost_peers_set(&peers[i], &other, 1), ROOST_OK);
  }
}

static void end(void) {
  for (unsigned i = 0; i < 2; i++) {
    nor_flash_destroy(&flashes[i]);
    fake_world_destroy(&worlds[i]);
  }
}

/* Both live for so long; a frame takes a round. */
static void run(uint64_t ms, bool is_deaf) {
  for (uint64_t gone_ms = 0; gone_ms < ms; gone_ms += 100) {
    for (unsigned i = 0; i < 2; i++) {
      struct roost_fake_frame frame = in_air[i];
      in_air[i].size = 0;
      if (frame.size > 0 && !is_deaf) roost_node_on_peer_frame(&nodes[i], frame.bytes, frame.size);
      fake_world_run(&worlds[i], 100);
    }
  }
}

static void a_lost_node_asks_until_a_neighbour_tells_and_then_is_quiet(void) {
  begin();
  for (unsigned i = 0; i < 2; i++) fake_world_link(&worlds[i], false);
  roost_node_set_time(&nodes[1], worlds[1].true_ms, ROOST_CLK_HUB);
  run(DEAF_MS, true);
  CHECK(nodes[0].time.clk == ROOST_CLK_UNSET && sent[0] >= 4 * ROOST_PEER_TRIES && sent[0] <= 5 * ROOST_PEER_TRIES && sent[1] == 0);
  run(20000, false);
  CHECK_EQUAL(nodes[0].time.clk, ROOST_CLK_PEER);
  int64_t off_ms = (int64_t)(roost_time_stamp(&nodes[0].time, worlds[0].true_ms - worlds[0].booted_ms) - worlds[0].true_ms);
  CHECK(off_ms >= -250 && off_ms <= 250);
  unsigned before = sent[0];
  run(60000, false);
  CHECK_EQUAL(sent[0], before);
  uint8_t noise[40] = {1, 2, 3};
  roost_node_on_peer_frame(&nodes[0], noise, sizeof noise);
  CHECK(peers[0].refused_other + peers[0].refused_seal > 0);
  end();
}

static void a_neighbour_that_knows_nothing_sets_no_clock_and_a_link_keeps_the_radio_free(void) {
  begin();
  for (unsigned i = 0; i < 2; i++) fake_world_link(&worlds[i], false);
  run(60000, false);
  CHECK(nodes[0].time.clk == ROOST_CLK_UNSET && nodes[1].time.clk == ROOST_CLK_UNSET && sent[0] > 0);
  fake_world_link(&worlds[0], true);
  run(20000, false);
  CHECK(nodes[0].is_up);
  unsigned before = sent[0];
  worlds[1].node->setup.peers = NULL; /* it asks no more, and answers nothing */
  run(60000, false);
  CHECK_EQUAL(sent[0], before);
  end();
}

int main(void) {
  PROMISE(a_lost_node_asks_until_a_neighbour_tells_and_then_is_quiet);
  PROMISE(a_neighbour_that_knows_nothing_sets_no_clock_and_a_link_keeps_the_radio_free);
}
