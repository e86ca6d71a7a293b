/* The way from any task into the node's task (inbox.c). */
#ifndef ROOST_ESP32_INBOX_H
#define ROOST_ESP32_INBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ESP32_EVENT_MAX_BYTES (8192u + 512u) /* the broker's longest packet with its topic */

enum esp32_event_kind {
  ESP32_EVENT_LINK,       /* id: 1 up, 0 down */
  ESP32_EVENT_ACK,        /* id: of the packet */
  ESP32_EVENT_MESSAGE,    /* id: bytes of the topic, which comes first */
  ESP32_EVENT_TIME,       /* SNTP has set the clock */
  ESP32_EVENT_PEER_FRAME, /* ESP-NOW */
  ESP32_EVENT_LORA_FRAME,
  ESP32_EVENT_BODY,       /* of an image that is fetched; id: of the fetch */
  ESP32_EVENT_FETCH_END,  /* id: of the fetch */
  ESP32_EVENT_SUPPLY_LOW,
  ESP32_EVENT_FORM,       /* the page was filled in: struct roost_portal_form */
  ESP32_EVENT_KINDS,
};

/* Called in the node's task; the bytes may be changed and are gone afterwards. */
typedef void esp32_take(void *ctx, int32_t id, uint8_t *bytes, size_t size_bytes);

/* ROOST_ERR_ROOM without memory. */
int esp32_inbox_create(void);
/* One handler for each kind, before the first event. */
void esp32_inbox_handle(enum esp32_event_kind kind, esp32_take *take, void *ctx);
/* From any task but the node's; waits at most so long for room. False: it is lost. */
bool esp32_inbox_put(enum esp32_event_kind kind, int32_t id, const void *first, size_t first_bytes, const void *second, size_t second_bytes,
                     uint32_t wait_ms);
/* Hands the node what has come; waits for it at most so long. */
void esp32_inbox_pump(uint32_t wait_ms);

#endif
