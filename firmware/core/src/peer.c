/* See peer.h. */
#include "roost/peer.h"

#include <string.h>

void roost_peers_create(struct roost_peers *peers, const uint8_t address[6], const struct roost_cipher *cipher,
                        const struct roost_nvs *nvs, const struct roost_radio *radio, const struct roost_random *random) {
  memset(peers, 0, sizeof *peers);
  memcpy(peers->address, address, 6);
  peers->cipher = *cipher;
  peers->radio = *radio;
  peers->random = *random;
  roost_counter_create(&peers->counter, nvs, "ctr-peer");
}

static int find_peer(const struct roost_peers *peers, const uint8_t *address) {
  for (uint8_t i = 0; i < peers->count; i++) {
    if (memcmp(peers->peers[i].address, address, 6) == 0) return i;
  }
  return -1;
}

int roost_peers_set(struct roost_peers *peers, const struct roost_bytes *addresses, uint16_t count) {
  struct roost_peer fresh[ROOST_PEERS_MAX];
  if (count > ROOST_PEERS_MAX) return ROOST_ERR_ROOM;
  memset(fresh, 0, sizeof fresh);
  for (uint16_t i = 0; i < count; i++) {
    int known = find_peer(peers, addresses[i].at);
    if (known >= 0) fresh[i] = peers->peers[known];
    else memcpy(fresh[i].address, addresses[i].at, 6);
  }
  memcpy(peers->peers, fresh, sizeof fresh);
  peers->count = (uint8_t)count;
  peers->open.type = 0;
  return ROOST_OK;
}

static int send_frame(struct roost_peers *peers, const uint8_t *destination, uint8_t type, const struct roost_peer_body *body,
                      uint64_t *counter) {
  uint8_t body_bytes[ROOST_PEER_BODY_MAX_BYTES], bytes[ROOST_PEER_FRAME_MAX_BYTES];
  struct roost_frame frame = {.type = type, .body = body_bytes};
  frame.body_bytes = roost_peer_body_write(type, body, body_bytes);
  memcpy(frame.source, peers->address, 6);
  memcpy(frame.destination, destination, 6);
  size_t size = 0;
  int err = roost_counter_take(&peers->counter, &frame.counter);
  if (!err) err = roost_frame_seal(&frame, &peers->cipher, bytes, sizeof bytes, &size);
  if (err) return err;
  *counter = frame.counter;
  return peers->radio.send(peers->radio.ctx, destination, bytes, size);
}

static int try_once(struct roost_peers *peers, uint64_t up_ms) {
  struct roost_peer_body body = {.up_ms = up_ms};
  /* A new number for each try: the answer to it says exactly how long it took. */
  peers->open.asked = ((uint64_t)peers->random.next(peers->random.ctx) << 15) ^ peers->random.next(peers->random.ctx);
  peers->open.asked &= (1ull << 47) - 1;
  body.asked_ms = peers->open.asked;
  peers->open.tries++;
  peers->open.sent_at_ms = up_ms;
  uint64_t counter = peers->open.last_counter;
  int err = send_frame(peers, peers->peers[peers->open.peer].address, peers->open.type, &body, &counter);
  peers->open.last_counter = counter;
  if (peers->open.tries == 1) peers->open.first_counter = counter;
  return err;
}

int roost_peers_ask(struct roost_peers *peers, uint8_t peer, uint8_t type, uint64_t up_ms) {
  if (peers->open.type) return ROOST_ERR_STATE;
  if (peer >= peers->count || (type != ROOST_PEER_PING && type != ROOST_PEER_TIME_SYNC)) return ROOST_ERR_VALUE;
  memset(&peers->open, 0, sizeof peers->open);
  peers->open.type = type;
  peers->open.peer = peer;
  peers->open.began_at_ms = up_ms;
  int err = try_once(peers, up_ms);
  if (err == ROOST_ERR_STATE) peers->open.type = 0; /* without a counter there will be none later either */
  return err == ROOST_ERR_STATE ? err : ROOST_OK;
}

static void answer(struct roost_peers *peers, const struct roost_peer *peer, const struct roost_frame *frame,
                   const struct roost_peer_body *asked, uint64_t up_ms, uint64_t wall_ms, uint8_t clk) {
  uint64_t counter;
  struct roost_peer_body body = {.answers = frame->counter, .up_ms = up_ms, .asked_ms = asked->asked_ms, .wall_ms = wall_ms, .clk = clk};
  if (frame->type == ROOST_PEER_PING) (void)send_frame(peers, peer->address, ROOST_PEER_PONG, &body, &counter);
  else if (clk != ROOST_CLK_UNSET) (void)send_frame(peers, peer->address, ROOST_PEER_TIME_RESP, &body, &counter);
}

static bool fits_open(const struct roost_peers *peers, uint8_t peer, uint8_t type, const struct roost_peer_body *body, uint64_t up_ms) {
  if (!peers->open.type || peers->open.peer != peer) return false;
  if (type == ROOST_PEER_PONG)
    return peers->open.type == ROOST_PEER_PING && body->answers >= peers->open.first_counter && body->answers <= peers->open.last_counter;
  if (peers->open.type != ROOST_PEER_TIME_SYNC || body->asked_ms != peers->open.asked) return false;
  return up_ms - peers->open.sent_at_ms <= ROOST_PEER_TIME_AGE_MS;
}

bool roost_peers_on_frame(struct roost_peers *peers, uint8_t *bytes, size_t size_bytes, uint64_t up_ms, uint64_t wall_ms, uint8_t clk,
                          struct roost_peer_result *result) {
  struct roost_frame frame;
  struct roost_peer_body body;
  enum roost_frame_reason reason = roost_frame_open(bytes, size_bytes, &peers->cipher, ROOST_PEER_FRAME_MAX_BYTES, &frame);
  if (reason == ROOST_FRAME_SEAL) peers->refused_seal++;
  else if (reason || roost_peer_body_read(&frame, &body)) peers->refused_other++;
  else {
    int index = find_peer(peers, frame.source);
    if (index < 0 || memcmp(frame.destination, peers->address, 6) != 0) {
      peers->refused_other++;
      return false;
    }
    struct roost_peer *peer = &peers->peers[index];
    if (!roost_replay_take(&peer->replay, frame.counter)) {
      peers->refused_replay++;
      return false;
    }
    peer->heard_at_ms = up_ms > 0 ? up_ms : 1;
    if (frame.type == ROOST_PEER_PING || frame.type == ROOST_PEER_TIME_SYNC) {
      answer(peers, peer, &frame, &body, up_ms, wall_ms, clk);
      return false;
    }
    if (!fits_open(peers, (uint8_t)index, frame.type, &body, up_ms)) return false;
    uint64_t since_ms = frame.type == ROOST_PEER_PONG && body.answers != peers->open.last_counter ? peers->open.began_at_ms : peers->open.sent_at_ms;
    *result = (struct roost_peer_result){.peer = (uint8_t)index, .type = peers->open.type, .is_answered = true,
                                         .round_trip_ms = (uint32_t)(up_ms - since_ms)};
    /* The answer was written somewhere between our sending and our hearing: in the middle, give or take half of it, and the rounding. */
    result->error_ms = result->round_trip_ms / 2 + 2;
    result->wall_ms = body.wall_ms + result->round_trip_ms / 2;
    peer->answered++;
    peers->open.type = 0;
    return true;
  }
  return false;
}

bool roost_peers_step(struct roost_peers *peers, uint64_t up_ms, struct roost_peer_result *result) {
  /* A quarter of jitter: two that asked at once do not meet again and again. */
  uint64_t wait_ms = ROOST_PEER_RETRY_MS + peers->open.asked % (ROOST_PEER_RETRY_MS / 4);
  if (!peers->open.type || up_ms - peers->open.sent_at_ms < wait_ms) return false;
  if (peers->open.tries < ROOST_PEER_TRIES) {
    (void)try_once(peers, up_ms);
    return false;
  }
  *result = (struct roost_peer_result){.peer = peers->open.peer, .type = peers->open.type};
  peers->peers[peers->open.peer].unanswered++;
  peers->open.type = 0;
  return true;
}
