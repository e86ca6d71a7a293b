/*
 * Neighbours over ESP-NOW: are they there, and what time is it. Each question is sealed, repeated with a new counter until it is
 * answered or five tries are over; one question is open at a time, so the radio is free for the hub.
 */
#ifndef ROOST_PEER_H
#define ROOST_PEER_H

#include "roost/counter.h"
#include "roost/frame.h"
#include "roost/wire.h"

#define ROOST_PEER_TRIES 5u
#define ROOST_PEER_RETRY_MS 200u
#define ROOST_PEER_TIME_AGE_MS 500u /* a time that took longer to come is not used */

struct roost_radio {
  void *ctx;
  int (*send)(void *ctx, const uint8_t destination[6], const uint8_t *bytes, size_t size_bytes);
};

struct roost_peer {
  uint8_t address[6];
  struct roost_replay replay;
  uint64_t heard_at_ms; /* 0: never */
  uint32_t answered, unanswered;
};

/* What came of a question. */
struct roost_peer_result {
  uint8_t peer; /* index */
  uint8_t type; /* ROOST_PEER_PING or ROOST_PEER_TIME_SYNC */
  bool is_answered;
  uint32_t round_trip_ms; /* of the try that was answered, for a ping at most; for a time exactly */
  uint64_t wall_ms;       /* TIME_SYNC: the time now, within ± error_ms */
  uint32_t error_ms;
};

struct roost_peers {
  uint8_t address[6];
  struct roost_cipher cipher;
  struct roost_counter counter;
  struct roost_radio radio;
  struct roost_random random;
  struct roost_peer peers[ROOST_PEERS_MAX];
  uint8_t count;
  struct {
    uint8_t type; /* 0: none is open */
    uint8_t peer;
    uint8_t tries;
    uint64_t first_counter; /* of this question's first try; PONGs answer that or a later one */
    uint64_t last_counter;
    uint64_t asked; /* TIME_SYNC: chosen at random, so that no old answer fits */
    uint64_t sent_at_ms;
    uint64_t began_at_ms;
  } open;
  uint32_t refused_seal, refused_replay, refused_other; /* frames, since boot */
};

void roost_peers_create(struct roost_peers *peers, const uint8_t address[6], const struct roost_cipher *cipher,
                        const struct roost_nvs *nvs, const struct roost_radio *radio, const struct roost_random *random);
/* The neighbours of a configuration; those that stay keep their replay windows. ROOST_ERR_ROOM above 20. */
int roost_peers_set(struct roost_peers *peers, const struct roost_bytes *addresses, uint16_t count);
/* Asks a neighbour: `type` is ROOST_PEER_PING or ROOST_PEER_TIME_SYNC. ROOST_ERR_STATE while a question is open. */
int roost_peers_ask(struct roost_peers *peers, uint8_t peer, uint8_t type, uint64_t up_ms);
/* A frame that the radio received. True when it answers the open question; `result` says how. Answers what it is asked. */
bool roost_peers_on_frame(struct roost_peers *peers, uint8_t *bytes, size_t size_bytes, uint64_t up_ms, uint64_t wall_ms, uint8_t clk,
                          struct roost_peer_result *result);
/* Repeats. True when the open question has failed. */
bool roost_peers_step(struct roost_peers *peers, uint64_t up_ms, struct roost_peer_result *result);

#endif
