/* A node that has neither hub nor time asks its neighbours for the time, one after the other. With a link the radio is the hub's. */
#include "roost/node.h"

enum { ASK_MS = 10000, LOOK_MS = 1000, ERROR_MAX_MS = 250 };

uint32_t roost_node_step_peers(struct roost_node *node, uint64_t now_ms) {
  struct roost_peers *peers = node->setup.peers;
  struct roost_peer_result failed;
  if (!peers) return LOOK_MS;
  (void)roost_peers_step(peers, now_ms, &failed); /* the next one is asked in its turn */
  bool is_lost = !node->is_up && node->time.clk == ROOST_CLK_UNSET && peers->count > 0;
  if (is_lost && now_ms >= node->next_peer_ms) {
    node->next_peer_ms = now_ms + ASK_MS;
    if (node->next_peer >= peers->count) node->next_peer = 0;
    (void)roost_peers_ask(peers, node->next_peer++, ROOST_PEER_TIME_SYNC, now_ms);
  }
  return peers->open.type ? ROOST_PEER_RETRY_MS : LOOK_MS;
}

void roost_node_on_peer_frame(struct roost_node *node, uint8_t *bytes, size_t size_bytes) {
  struct roost_peers *peers = node->setup.peers;
  struct roost_peer_result result;
  uint64_t now_ms = node->setup.clock.up_ms(node->setup.clock.ctx);
  if (!peers) return;
  uint64_t wall_ms = roost_time_stamp(&node->time, now_ms);
  bool is_answer = roost_peers_on_frame(peers, bytes, size_bytes, now_ms, wall_ms, node->time.clk, &result);
  bool is_time = is_answer && result.is_answered && result.type == ROOST_PEER_TIME_SYNC;
  if (is_time && result.error_ms <= ERROR_MAX_MS) roost_node_set_time(node, result.wall_ms, ROOST_CLK_PEER);
}
