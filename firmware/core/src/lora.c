/* See lora.h. */
#include "roost/lora.h"

#include <string.h>

uint32_t roost_lora_airtime_us(const struct roost_lora_settings *settings, uint32_t size_bytes) {
  uint32_t sf = settings->spreading_factor;
  uint32_t symbol_us = (uint32_t)((1000000ull << sf) / settings->bandwidth_hz);
  bool is_slow = symbol_us >= 16000; /* low data rate optimisation is on */
  int32_t bits = (int32_t)(8 * size_bytes) - (int32_t)(4 * sf) + 28 + 16;
  int32_t per_symbol = (int32_t)(4 * (sf - (is_slow ? 2 : 0)));
  uint32_t blocks = bits > 0 ? (uint32_t)((bits + per_symbol - 1) / per_symbol) : 0;
  uint32_t symbols = 8 + blocks * (settings->coding_rate + 4u);
  /* The preamble is 4.25 symbols longer than set. */
  return symbol_us * (settings->preamble_symbols + 4u) + symbol_us / 4 + symbol_us * symbols;
}

void roost_lora_create(struct roost_lora *lora, const uint8_t address[6], const uint8_t hub[6], const struct roost_cipher *cipher,
                       const struct roost_nvs *nvs, const struct roost_radio *radio, const struct roost_random *random,
                       const struct roost_lora_settings *settings) {
  memset(lora, 0, sizeof *lora);
  memcpy(lora->address, address, 6);
  memcpy(lora->hub, hub, 6);
  lora->cipher = *cipher;
  lora->radio = *radio;
  lora->random = *random;
  lora->settings = *settings;
  lora->budget_us = ROOST_LORA_BUDGET_MS * 1000u / 10; /* not all of it after each of many restarts */
  roost_counter_create(&lora->counter, nvs, "ctr-lora");
}

uint8_t roost_lora_count(const struct roost_lora *lora) {
  uint8_t count = 0;
  while (count < ROOST_LORA_QUEUE && lora->queue[count].type != 0) count++;
  return count;
}

/* Messages stand in the order in which they came; removing closes the gap. */
static void remove_at(struct roost_lora *lora, unsigned index) {
  memmove(lora->queue + index, lora->queue + index + 1, (ROOST_LORA_QUEUE - 1 - index) * sizeof *lora->queue);
  memset(&lora->queue[ROOST_LORA_QUEUE - 1], 0, sizeof *lora->queue);
  if (lora->open == index + 1) lora->open = 0;
  else if (lora->open > index + 1) lora->open--;
}

void roost_lora_clear(struct roost_lora *lora) {
  lora->open = 0;
  memset(lora->queue, 0, sizeof lora->queue);
}

int roost_lora_put(struct roost_lora *lora, uint8_t type, const struct roost_lora_body *body) {
  struct roost_lora_message message = {.type = type};
  if (type != ROOST_LORA_ALERT && type != ROOST_LORA_BACKUP) return ROOST_ERR_VALUE;
  int err = roost_lora_body_write(type, body, message.body, &message.body_bytes);
  if (err) return err;
  if (roost_lora_count(lora) == ROOST_LORA_QUEUE) {
    unsigned victim = 0;
    while (victim < ROOST_LORA_QUEUE && (lora->queue[victim].type != ROOST_LORA_BACKUP || lora->open == victim + 1)) victim++;
    if (victim == ROOST_LORA_QUEUE) return ROOST_ERR_ROOM;
    remove_at(lora, victim);
    lora->failed++;
  }
  lora->queue[roost_lora_count(lora)] = message;
  return ROOST_OK;
}

/* The oldest alert, else the newest data; ROOST_LORA_QUEUE when there is nothing. */
static unsigned choose(const struct roost_lora *lora) {
  unsigned chosen = ROOST_LORA_QUEUE;
  for (unsigned i = 0; i < ROOST_LORA_QUEUE; i++) {
    if (lora->queue[i].type == ROOST_LORA_ALERT) return i;
    if (lora->queue[i].type == ROOST_LORA_BACKUP) chosen = i;
  }
  return chosen;
}

static void transmit(struct roost_lora *lora, unsigned index, uint64_t up_ms) {
  struct roost_lora_message *message = &lora->queue[index];
  uint32_t size_bytes = ROOST_FRAME_HEADER_BYTES + message->body_bytes + ROOST_FRAME_TAG_BYTES;
  uint32_t airtime_us = roost_lora_airtime_us(&lora->settings, size_bytes);
  if (airtime_us > lora->budget_us) {
    lora->held_back++;
    lora->open = 0;
    return;
  }
  uint8_t bytes[ROOST_LORA_FRAME_MAX_BYTES];
  struct roost_frame frame = {.type = message->type, .body = message->body, .body_bytes = message->body_bytes};
  memcpy(frame.source, lora->address, 6);
  memcpy(frame.destination, lora->hub, 6);
  size_t size = 0;
  if (roost_counter_take(&lora->counter, &frame.counter)) return;
  if (roost_frame_seal(&frame, &lora->cipher, bytes, sizeof bytes, &size)) return;
  lora->open_counters[message->tries++] = frame.counter;
  lora->open = (uint8_t)(index + 1);
  lora->budget_us -= airtime_us;
  lora->sent_at_ms = up_ms;
  lora->wait_ms = ROOST_LORA_ACK_MS * message->tries + lora->random.next(lora->random.ctx) % ROOST_LORA_ACK_MS;
  (void)lora->radio.send(lora->radio.ctx, lora->hub, bytes, size);
}

void roost_lora_step(struct roost_lora *lora, uint64_t up_ms) {
  /* 1 % of a millisecond is 10 us. */
  uint64_t refill_us = (up_ms - lora->refilled_at_ms) * 10 + lora->budget_us;
  lora->budget_us = refill_us > ROOST_LORA_BUDGET_MS * 1000u ? ROOST_LORA_BUDGET_MS * 1000u : (uint32_t)refill_us;
  lora->refilled_at_ms = up_ms;
  if (lora->open) {
    unsigned index = lora->open - 1u;
    if (up_ms - lora->sent_at_ms < lora->wait_ms) return;
    if (lora->queue[index].tries >= ROOST_LORA_TRIES) {
      remove_at(lora, index);
      lora->failed++;
      return;
    }
    transmit(lora, index, up_ms);
    return;
  }
  unsigned index = choose(lora);
  if (index == ROOST_LORA_QUEUE) return;
  if (lora->queue[index].tries >= ROOST_LORA_TRIES) lora->queue[index].tries = 0; /* was held back in between */
  transmit(lora, index, up_ms);
}

void roost_lora_on_frame(struct roost_lora *lora, uint8_t *bytes, size_t size_bytes) {
  struct roost_frame frame;
  struct roost_lora_body body;
  enum roost_frame_reason reason = roost_frame_open(bytes, size_bytes, &lora->cipher, ROOST_LORA_FRAME_MAX_BYTES, &frame);
  if (!reason) reason = roost_lora_body_read(&frame, &body);
  bool is_ours = !reason && frame.type == ROOST_LORA_ACK && memcmp(frame.source, lora->hub, 6) == 0 &&
                 memcmp(frame.destination, lora->address, 6) == 0;
  if (!is_ours || !roost_replay_take(&lora->replay, frame.counter)) {
    lora->refused++;
    return;
  }
  if (!lora->open) return;
  const struct roost_lora_message *message = &lora->queue[lora->open - 1];
  for (uint8_t i = 0; i < message->tries; i++) {
    if (lora->open_counters[i] != body.answers) continue;
    lora->delivered++;
    remove_at(lora, lora->open - 1u);
    return;
  }
}
