/* See fake_world.h. */
#include "fake_world.h"

#include <string.h>

#include "test.h"

static uint64_t up_ms(void *ctx) {
  struct fake_world *world = ctx;
  return world->true_ms - world->booted_ms;
}

static uint32_t next_random(void *ctx) {
  struct fake_world *world = ctx;
  return test_random(&world->seed);
}

static int nvs_get(void *ctx, const char *key, void *out, size_t room, size_t *size) {
  struct fake_world *world = ctx;
  if (world->nvs_is_broken) return ROOST_ERR_FLASH;
  for (unsigned i = 0; i < FAKE_NVS_MAX; i++) {
    if (strcmp(world->nvs[i].key, key) != 0) continue;
    if (world->nvs[i].size > room) return ROOST_ERR_ROOM;
    memcpy(out, world->nvs[i].bytes, world->nvs[i].size);
    *size = world->nvs[i].size;
    return ROOST_OK;
  }
  return ROOST_ERR_EMPTY;
}

static int nvs_set(void *ctx, const char *key, const void *bytes, size_t size) {
  struct fake_world *world = ctx;
  if (world->nvs_is_broken) return ROOST_ERR_FLASH;
  CHECK(strlen(key) < 16);
  for (unsigned i = 0; i < FAKE_NVS_MAX; i++) {
    if (world->nvs[i].key[0] != 0 && strcmp(world->nvs[i].key, key) != 0) continue;
    CHECK(size <= sizeof world->nvs[i].bytes);
    snprintf(world->nvs[i].key, sizeof world->nvs[i].key, "%s", key);
    memcpy(world->nvs[i].bytes, bytes, size);
    world->nvs[i].size = size;
    return ROOST_OK;
  }
  return ROOST_ERR_FLASH;
}

static int net_connect(void *ctx) {
  struct fake_world *world = ctx;
  world->connects++;
  return world->has_network ? ROOST_OK : ROOST_ERR_NET;
}

static void net_disconnect(void *ctx) {
  struct fake_world *world = ctx;
  roost_node_on_link(world->node, false);
}

static int net_publish(void *ctx, const char *topic, const uint8_t *payload, size_t size, uint32_t token) {
  struct fake_world *world = ctx;
  if (!world->has_network) return ROOST_ERR_NET;
  CHECK(world->published_count < FAKE_PUBLISHED_MAX && size <= sizeof world->published->payload);
  if (world->dropped_every && token && token % world->dropped_every == 0) return ROOST_ERR_NET;
  struct fake_published *published = &world->published[world->published_count++];
  snprintf(published->topic, sizeof published->topic, "%s", topic);
  memcpy(published->payload, payload, size);
  published->size = (uint16_t)size;
  published->token = token;
  published->at_ms = world->true_ms;
  if (token && world->acks) {
    CHECK(world->pending_count < 64);
    world->pending_tokens[world->pending_count++] = token;
  }
  return ROOST_OK;
}

static void board_measure(void *ctx, struct roost_vitals *vitals) {
  (void)ctx;
  *vitals = (struct roost_vitals){.free_heap_bytes = 150000, .min_heap_bytes = 120000, .rssi_dbm = -61};
}
static void board_restart(void *ctx) { ((struct fake_world *)ctx)->restarts++; }
static int board_identify(void *ctx, uint32_t seconds) {
  struct fake_world *world = ctx;
  world->identifies += world->has_no_lamp ? 0 : seconds;
  return world->has_no_lamp ? ROOST_ERR_STATE : ROOST_OK;
}
static int board_rotate_key(void *ctx) {
  ((struct fake_world *)ctx)->rotations++;
  return ROOST_OK;
}

void fake_world_create(struct fake_world *world, uint64_t true_ms) {
  *world = (struct fake_world){.true_ms = true_ms, .booted_ms = true_ms, .seed = 4711, .has_network = true, .acks = true};
  world->published = calloc(FAKE_PUBLISHED_MAX, sizeof *world->published);
  CHECK(world->published != NULL);
}

void fake_world_destroy(struct fake_world *world) { free(world->published); }

void fake_world_setup(struct fake_world *world, struct roost_node_setup *setup) {
  *setup = (struct roost_node_setup){
      .uid = "rn-0000000000c1",
      .fw_version = "1.0.0",
      .partition = "ota_0",
      .reset_reason = "poweron",
      .place = "home/h1/north",
      .sample_ms = 1000,
      .publish_ms = 5000,
      .clock = {.ctx = world, .up_ms = up_ms},
      .random = {.ctx = world, .next = next_random},
      .nvs = {.ctx = world, .get = nvs_get, .set = nvs_set},
      .net = {.ctx = world, .connect = net_connect, .disconnect = net_disconnect, .publish = net_publish},
      .board = {.ctx = world, .measure = board_measure, .restart = board_restart, .identify = board_identify, .rotate_key = board_rotate_key},
  };
}

void fake_world_run(struct fake_world *world, uint64_t ms) {
  for (uint64_t done = 0; done < ms; done += 100) {
    if (world->has_network && world->node->is_connecting) roost_node_on_link(world->node, true);
    CHECK(roost_node_step(world->node) <= 1000);
    for (uint32_t i = 0; i < world->pending_count; i++) roost_node_on_ack(world->node, world->pending_tokens[i]);
    world->pending_count = 0;
    world->true_ms += 100;
  }
}

void fake_world_link(struct fake_world *world, bool has_network) {
  world->has_network = has_network;
  world->pending_count = 0;
  if (!has_network && world->node->is_up) roost_node_on_link(world->node, false);
}
