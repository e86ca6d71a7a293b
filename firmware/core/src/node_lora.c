/*
 * LoRa when the hub is away: what is bad is told at once, and from the second minute on one reading after the other. All of it lies in the
 * queue too, under the same sequence number: it comes again over the network, and the hub keeps whichever is there first.
 */
#include <string.h>

#include "roost/node.h"

enum { LOOK_MS = 1000, BUSY_MS = 200 };

static bool is_away(const struct roost_node *node, uint64_t now_ms, uint32_t for_ms) {
  return !node->is_up && now_ms - node->down_since_ms >= for_ms;
}

void roost_node_alert_by_lora(struct roost_node *node, uint8_t severity, const uint8_t *payload, size_t size_bytes) {
  struct roost_lora *lora = node->setup.lora;
  if (!lora || node->is_up || severity < ROOST_SEVERITY_ERROR || size_bytes > UINT8_MAX) return;
  const struct roost_lora_body body = {.payload = payload, .payload_bytes = (uint8_t)size_bytes};
  (void)roost_lora_put(lora, ROOST_LORA_ALERT, &body); /* four alerts that wait say enough; the queue has them all */
}

/* A reading of the next channel that measures. */
static void put_reading(struct roost_node *node) {
  for (uint8_t tries = 0; tries < node->setup.channel_count; tries++) {
    uint8_t channel = node->next_lora_channel++ % node->setup.channel_count;
    const uint8_t *payload;
    size_t size_bytes;
    if (roost_node_keep_reading(node, channel, &payload, &size_bytes) != ROOST_OK || size_bytes > UINT8_MAX) continue;
    const struct roost_text id = node->setup.channels[channel].main->id;
    const struct roost_lora_body body = {
        .sensor = id.at, .sensor_bytes = (uint8_t)id.size, .payload = payload, .payload_bytes = (uint8_t)size_bytes};
    (void)roost_lora_put(node->setup.lora, ROOST_LORA_BACKUP, &body);
    return;
  }
}

uint32_t roost_node_step_lora(struct roost_node *node, uint64_t now_ms) {
  struct roost_lora *lora = node->setup.lora;
  if (!lora) return LOOK_MS;
  if (node->is_up) { /* the network carries what waits */
    roost_lora_clear(lora);
    return LOOK_MS;
  }
  if (is_away(node, now_ms, ROOST_LORA_READINGS_AFTER_MS) && now_ms >= node->next_lora_ms) {
    node->next_lora_ms = now_ms + ROOST_LORA_READING_MS;
    put_reading(node);
  }
  uint32_t held_back = lora->held_back;
  bool was_idle = !lora->open;
  roost_lora_step(lora, now_ms);
  if (was_idle && lora->open && !node->has_told_lora) {
    node->has_told_lora = true;
    roost_node_raise(node, ROOST_CODE_COM_LORA_USED, NULL, 0);
  }
  if (lora->held_back != held_back) roost_node_raise(node, ROOST_CODE_COM_LORA_DUTY, NULL, 0);
  return roost_lora_count(lora) > 0 ? BUSY_MS : LOOK_MS;
}

void roost_node_on_lora_frame(struct roost_node *node, uint8_t *bytes, size_t size_bytes) {
  if (node->setup.lora) roost_lora_on_frame(node->setup.lora, bytes, size_bytes);
}
