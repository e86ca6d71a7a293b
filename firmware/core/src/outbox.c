/* Slots in RAM and the queue on flash are never both in use: what is in the slots is older than nothing and goes first. */
#include "roost/outbox.h"

#include <string.h>

enum { TOPIC_MAX_BYTES = 200, HEADER_BYTES = sizeof(struct roost_message_header) };

uint64_t roost_time_stamp(const struct roost_time *time, uint64_t up_ms) {
  return time->clk == ROOST_CLK_UNSET ? up_ms : up_ms + time->offset_ms;
}

void roost_outbox_create(struct roost_outbox *outbox, struct roost_queue *queue, const struct roost_net *net, const char *prefix,
                         uint32_t boot) {
  *outbox = (struct roost_outbox){.queue = queue, .net = net, .prefix = prefix, .boot = boot};
  outbox->cursor = roost_queue_first(queue);
  uint32_t size = 0;
  if (roost_queue_newest(queue, outbox->message, sizeof outbox->message, &size) || size < HEADER_BYTES) return;
  struct roost_message_header header;
  memcpy(&header, outbox->message, sizeof header);
  outbox->life_base_ms = header.life_ms + 1;
}

static int publish(struct roost_outbox *outbox, const char *suffix, size_t suffix_bytes, const uint8_t *payload, size_t size,
                   uint32_t token) {
  char topic[TOPIC_MAX_BYTES];
  size_t prefix_bytes = strlen(outbox->prefix);
  if (prefix_bytes + 1 + suffix_bytes >= sizeof topic) return ROOST_ERR_ROOM;
  memcpy(topic, outbox->prefix, prefix_bytes);
  topic[prefix_bytes] = '/';
  memcpy(topic + prefix_bytes + 1, suffix, suffix_bytes);
  topic[prefix_bytes + 1 + suffix_bytes] = 0;
  return outbox->net->publish(outbox->net->ctx, topic, payload, size, token);
}

static uint32_t next_token(struct roost_outbox *outbox) {
  outbox->last_token = outbox->last_token == UINT32_MAX ? 1 : outbox->last_token + 1;
  return outbox->last_token;
}

int roost_outbox_send(struct roost_outbox *outbox, const char *suffix, const uint8_t *payload, size_t size_bytes) {
  if (!outbox->is_up) return ROOST_ERR_NET;
  return publish(outbox, suffix, strlen(suffix), payload, size_bytes, 0);
}

static struct roost_slot *slot_at(struct roost_outbox *outbox, uint8_t index) {
  return &outbox->slots[(outbox->slot_first + index) % ROOST_OUTBOX_SLOTS];
}

static int store(struct roost_outbox *outbox, const uint8_t *message, uint32_t size) {
  int err = roost_queue_push(outbox->queue, message, size);
  if (err) outbox->lost++;
  return err;
}

void roost_outbox_spill(struct roost_outbox *outbox) {
  for (; outbox->slot_count > 0; outbox->slot_count--) {
    struct roost_slot *slot = slot_at(outbox, 0);
    if (!slot->is_acked) store(outbox, slot->bytes, slot->size_bytes);
    slot->size_bytes = 0;
    outbox->slot_first = (uint8_t)((outbox->slot_first + 1) % ROOST_OUTBOX_SLOTS);
  }
}

/* Sends what is in the slots, in order: the one that the network does not take now holds up those behind it. */
static void send_slots(struct roost_outbox *outbox) {
  for (uint8_t i = 0; i < outbox->slot_count; i++) {
    struct roost_slot *slot = slot_at(outbox, i);
    if (slot->is_sent) continue;
    struct roost_message_header header;
    memcpy(&header, slot->bytes, sizeof header);
    const uint8_t *suffix = slot->bytes + HEADER_BYTES, *payload = suffix + header.suffix_bytes;
    size_t size = slot->size_bytes - (size_t)HEADER_BYTES - header.suffix_bytes;
    if (publish(outbox, (const char *)suffix, header.suffix_bytes, payload, size, slot->token)) return;
    slot->is_sent = true;
  }
}

int roost_outbox_put(struct roost_outbox *outbox, const char *suffix, const uint8_t *payload, size_t size_bytes,
                     uint64_t made_up_ms, uint64_t now_ms) {
  size_t suffix_bytes = strlen(suffix);
  if (suffix_bytes > ROOST_SUFFIX_MAX_BYTES || suffix_bytes + size_bytes > ROOST_MESSAGE_MAX_BYTES) return ROOST_ERR_ROOM;
  struct roost_message_header header = {
      .life_ms = outbox->life_base_ms + made_up_ms, .boot = outbox->boot, .suffix_bytes = (uint8_t)suffix_bytes};
  uint32_t size = (uint32_t)(HEADER_BYTES + suffix_bytes + size_bytes);
  bool is_direct = outbox->is_up && roost_queue_count(outbox->queue) == 0 && outbox->slot_count < ROOST_OUTBOX_SLOTS;
  if (!is_direct) roost_outbox_spill(outbox);
  uint8_t *bytes = is_direct ? slot_at(outbox, outbox->slot_count)->bytes : outbox->message;
  memcpy(bytes, &header, sizeof header);
  memcpy(bytes + HEADER_BYTES, suffix, suffix_bytes);
  memcpy(bytes + HEADER_BYTES + suffix_bytes, payload, size_bytes);
  if (!is_direct) return store(outbox, bytes, size);
  struct roost_slot *slot = slot_at(outbox, outbox->slot_count++);
  slot->size_bytes = (uint16_t)size;
  slot->token = next_token(outbox);
  slot->since_ms = now_ms;
  slot->is_acked = slot->is_sent = false;
  send_slots(outbox);
  return ROOST_OK;
}

void roost_outbox_on_link(struct roost_outbox *outbox, bool is_up, uint64_t now_ms) {
  (void)now_ms;
  outbox->is_up = is_up;
  outbox->window_count = 0; /* what was on its way is sent again */
  roost_outbox_spill(outbox);
  outbox->cursor = roost_queue_first(outbox->queue);
}

static bool ack_stored(struct roost_outbox *outbox) {
  uint8_t done = 0;
  uint32_t id = 0;
  while (done < outbox->window_count && outbox->window[done].is_acked) id = outbox->window[done++].id;
  if (done == 0) return false;
  outbox->window_count = (uint8_t)(outbox->window_count - done);
  memmove(outbox->window, outbox->window + done, outbox->window_count * sizeof *outbox->window);
  (void)roost_queue_ack(outbox->queue, id); /* when flash refuses, it is sent once more after a restart */
  return roost_queue_count(outbox->queue) == 0;
}

bool roost_outbox_on_ack(struct roost_outbox *outbox, uint32_t token) {
  if (token == 0) return false;
  for (uint8_t i = 0; i < outbox->window_count; i++) {
    if (outbox->window[i].token == token) outbox->window[i].is_acked = true;
  }
  for (uint8_t i = 0; i < outbox->slot_count; i++) {
    if (slot_at(outbox, i)->token == token) slot_at(outbox, i)->is_acked = true;
  }
  while (outbox->slot_count > 0 && slot_at(outbox, 0)->is_acked) {
    slot_at(outbox, 0)->size_bytes = 0;
    outbox->slot_first = (uint8_t)((outbox->slot_first + 1) % ROOST_OUTBOX_SLOTS);
    outbox->slot_count--;
  }
  return ack_stored(outbox);
}

/*
 * The origin of a message as it leaves. One of this boot gets the time that the clock has by now; one of an earlier boot whose clock was
 * never set gets an `up` that puts it as long ago as the node knows: the time line leaves out only how long the node was off.
 */
static void refresh_origin(const struct roost_outbox *outbox, const struct roost_message_header *header,
                           const struct roost_time *time, uint64_t now_ms, struct roost_origin *origin, uint32_t *has) {
  if (origin->clk != ROOST_CLK_UNSET) return;
  uint64_t life_now_ms = outbox->life_base_ms + now_ms;
  uint64_t age_ms = life_now_ms > header->life_ms ? life_now_ms - header->life_ms : 0;
  if (header->boot == outbox->boot && time->clk != ROOST_CLK_UNSET) {
    origin->clk = time->clk;
    origin->t_ms = roost_time_stamp(time, origin->t_ms);
    *has &= ~ROOST_HAS_UP;
    return;
  }
  origin->up_ms = origin->t_ms + age_ms;
  *has |= ROOST_HAS_UP;
}

/* Makes the payload of a stored message anew; gives its size, 0 when it is none of ours. */
static size_t refresh(struct roost_outbox *outbox, const struct roost_message_header *header, const uint8_t *payload, size_t size,
                      bool is_data, const struct roost_time *time, uint64_t now_ms) {
  struct roost_flaw flaw;
  size_t out_bytes = 0;
  if (is_data) {
    struct roost_data data = {.s = {.items = outbox->samples, .room = ROOST_BATCH_MAX}};
    if (roost_shape_decode(&roost_shape_data, payload, size, &data, &flaw)) return 0;
    for (uint16_t i = 0; i < data.s.count; i++) outbox->samples[i].flags |= ROOST_FLAG_BACKLOG;
    refresh_origin(outbox, header, time, now_ms, &data.origin, &data.has);
    return roost_shape_encode(&roost_shape_data, &data, outbox->payload, sizeof outbox->payload, &out_bytes) ? 0 : out_bytes;
  }
  struct roost_diag diag = {0};
  if (roost_shape_decode(&roost_shape_diag, payload, size, &diag, &flaw)) return 0;
  refresh_origin(outbox, header, time, now_ms, &diag.origin, &diag.has);
  return roost_shape_encode(&roost_shape_diag, &diag, outbox->payload, sizeof outbox->payload, &out_bytes) ? 0 : out_bytes;
}

/* Sends the stored message at the cursor. False when there is none or the network takes no more now. */
static bool send_stored(struct roost_outbox *outbox, const struct roost_time *time, uint64_t now_ms) {
  struct roost_cursor before = outbox->cursor;
  uint32_t size = 0, id = 0;
  if (roost_queue_read(outbox->queue, &outbox->cursor, outbox->message, sizeof outbox->message, &size, &id)) return false;
  struct roost_message_header header;
  size_t out_bytes = 0, head_bytes = HEADER_BYTES;
  const uint8_t *suffix = outbox->message + HEADER_BYTES;
  if (size > HEADER_BYTES) {
    memcpy(&header, outbox->message, sizeof header);
    head_bytes += header.suffix_bytes;
    bool is_data = header.suffix_bytes > 5 && memcmp(suffix, "data/", 5) == 0;
    if (head_bytes < size) out_bytes = refresh(outbox, &header, outbox->message + head_bytes, size - head_bytes, is_data, time, now_ms);
  }
  uint8_t index = outbox->window_count;
  outbox->window[index].id = id;
  outbox->window[index].token = next_token(outbox);
  outbox->window[index].is_acked = out_bytes == 0; /* of another firmware's making: it cannot be sent, only passed over */
  if (out_bytes == 0) outbox->lost++;
  else if (publish(outbox, (const char *)suffix, header.suffix_bytes, outbox->payload, out_bytes, outbox->window[index].token)) {
    outbox->cursor = before;
    return false;
  }
  outbox->window_count++;
  if (out_bytes == 0) (void)ack_stored(outbox);
  return true;
}

void roost_outbox_step(struct roost_outbox *outbox, const struct roost_time *time, uint64_t now_ms) {
  bool is_late = outbox->slot_count > 0 && now_ms - slot_at(outbox, 0)->since_ms >= ROOST_OUTBOX_SPILL_MS;
  if (is_late) roost_outbox_spill(outbox);
  if (!outbox->is_up) return;
  send_slots(outbox);
  if (outbox->slot_count > 0) return;
  while (outbox->window_count < ROOST_OUTBOX_WINDOW && send_stored(outbox, time, now_ms)) continue;
  /* What is left could not be read: it waits for nothing. */
  bool is_through = outbox->window_count == 0 && outbox->cursor.id == outbox->queue->next_id;
  if (is_through && roost_queue_count(outbox->queue) > 0) (void)roost_queue_ack(outbox->queue, outbox->cursor.id - 1);
}

uint32_t roost_outbox_count(const struct roost_outbox *outbox) {
  return roost_queue_count(outbox->queue) + outbox->slot_count;
}
