/*
 * What the other tasks have for the node's own: each event is copied into one message buffer, and the node's task takes it from there. So
 * the core has one thread, and a radio's or the broker's task never waits for flash.
 */
#include "esp32_inbox.h"

#include <string.h>

#include "freertos/FreeRTOS.h"
#include "freertos/message_buffer.h"
#include "freertos/semphr.h"
#include "freertos/task.h"
#include "roost/port.h"

enum { ROOM_BYTES = 3 * ESP32_EVENT_MAX_BYTES, LOOK_MS = 10 };

struct head {
  uint8_t kind;
  int32_t id;
};

static struct {
  MessageBufferHandle_t buffer;
  SemaphoreHandle_t lock; /* a message buffer has one writer */
  uint8_t put[sizeof(struct head) + ESP32_EVENT_MAX_BYTES];
  uint8_t taken[sizeof(struct head) + ESP32_EVENT_MAX_BYTES];
  struct {
    esp32_take *take;
    void *ctx;
  } handlers[ESP32_EVENT_KINDS];
} inbox;

int esp32_inbox_create(void) {
  inbox.buffer = xMessageBufferCreate(ROOM_BYTES);
  inbox.lock = xSemaphoreCreateMutex();
  return inbox.buffer && inbox.lock ? ROOST_OK : ROOST_ERR_ROOM;
}

void esp32_inbox_handle(enum esp32_event_kind kind, esp32_take *take, void *ctx) {
  inbox.handlers[kind].take = take;
  inbox.handlers[kind].ctx = ctx;
}

static bool try_put(const struct head *head, const void *first, size_t first_bytes, const void *second, size_t second_bytes) {
  size_t size = sizeof *head + first_bytes + second_bytes;
  xSemaphoreTake(inbox.lock, portMAX_DELAY);
  memcpy(inbox.put, head, sizeof *head);
  if (first_bytes > 0) memcpy(inbox.put + sizeof *head, first, first_bytes);
  if (second_bytes > 0) memcpy(inbox.put + sizeof *head + first_bytes, second, second_bytes);
  bool is_put = xMessageBufferSend(inbox.buffer, inbox.put, size, 0) == size;
  xSemaphoreGive(inbox.lock);
  return is_put;
}

bool esp32_inbox_put(enum esp32_event_kind kind, int32_t id, const void *first, size_t first_bytes, const void *second, size_t second_bytes,
                     uint32_t wait_ms) {
  const struct head head = {.kind = (uint8_t)kind, .id = id};
  if (first_bytes + second_bytes > ESP32_EVENT_MAX_BYTES) return false;
  /* The lock is free between the tries: who waits for room holds up nobody who needs less of it. */
  for (uint32_t waited_ms = 0; !try_put(&head, first, first_bytes, second, second_bytes); waited_ms += LOOK_MS) {
    if (waited_ms >= wait_ms) return false;
    vTaskDelay(pdMS_TO_TICKS(LOOK_MS));
  }
  return true;
}

void esp32_inbox_pump(uint32_t wait_ms) {
  TickType_t wait = pdMS_TO_TICKS(wait_ms);
  for (size_t size; (size = xMessageBufferReceive(inbox.buffer, inbox.taken, sizeof inbox.taken, wait)) >= sizeof(struct head); wait = 0) {
    struct head head;
    memcpy(&head, inbox.taken, sizeof head);
    if (head.kind < ESP32_EVENT_KINDS && inbox.handlers[head.kind].take)
      inbox.handlers[head.kind].take(inbox.handlers[head.kind].ctx, head.id, inbox.taken + sizeof head, size - sizeof head);
  }
}
