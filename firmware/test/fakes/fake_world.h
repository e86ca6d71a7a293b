/* Clock, chance, NVS, board and a hub that remembers: everything around a node but its flash and its sensors. */
#ifndef ROOST_FAKE_WORLD_H
#define ROOST_FAKE_WORLD_H

#include "roost/node.h"

enum { FAKE_PUBLISHED_MAX = 20000, FAKE_NVS_MAX = 8 };

struct fake_published {
  char topic[96];
  uint8_t payload[1400];
  uint16_t size;
  uint32_t token;
  uint64_t at_ms; /* by the true clock */
};

struct fake_world {
  struct roost_node *node;
  uint64_t true_ms;   /* wall time of the world */
  uint64_t booted_ms; /* the same at the node's boot */
  unsigned seed;
  bool has_network;
  bool acks;         /* the broker confirms at once what it takes */
  bool nvs_is_broken, has_no_lamp;
  unsigned connects, restarts, rotations, identifies;
  uint32_t dropped_every; /* every so many-th message is taken by nobody though the link is up; 0: none */
  struct fake_published *published;
  uint32_t published_count;
  uint32_t pending_tokens[64];
  uint32_t pending_count;
  struct {
    char key[16];
    uint8_t bytes[4096];
    size_t size;
  } nvs[FAKE_NVS_MAX];
  double actuator_percent;
};

void fake_world_create(struct fake_world *world, uint64_t true_ms);
void fake_world_destroy(struct fake_world *world);
/* Ports and names of a node in this world; sensors and flash are the test's. */
void fake_world_setup(struct fake_world *world, struct roost_node_setup *setup);
/* Steps the node every 100 ms for so long; confirms what was published when `acks`. */
void fake_world_run(struct fake_world *world, uint64_t ms);
/* The cable. */
void fake_world_link(struct fake_world *world, bool has_network);

#endif
