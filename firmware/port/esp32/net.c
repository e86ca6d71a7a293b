/*
 * esp-mqtt over mutual TLS. Its task only copies what it hears into a message buffer; the node's task takes it from there, so the core has
 * one thread. Reconnecting is the core's decision: the client's own is off.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "freertos/FreeRTOS.h"
#include "freertos/message_buffer.h"
#include "freertos/task.h"
#include "mqtt_client.h"

#include "esp32_port.h"

enum { PACKET_MAX_BYTES = 8192 + 512, EVENTS_BYTES = 3 * PACKET_MAX_BYTES, IN_FLIGHT_MAX = 32, WAIT_MS = 1000, KEEPALIVE_S = 60 };

enum kind { LINK_UP, LINK_DOWN, ACK, MESSAGE };
struct event {
  uint8_t kind;
  uint8_t topic_bytes;
  int32_t id; /* of the packet */
};

static struct {
  struct roost_node *node;
  struct esp32_net_settings settings;
  esp_mqtt_client_handle_t client;
  MessageBufferHandle_t events;
  char uri[96], will_topic[160], filters[2][160];
  uint8_t will[256];
  uint8_t heard[sizeof(struct event) + PACKET_MAX_BYTES];
  uint8_t taken[sizeof(struct event) + PACKET_MAX_BYTES + 1];
  struct {
    int32_t id;
    uint32_t token;
  } in_flight[IN_FLIGHT_MAX];
} net;

static void put(enum kind kind, int32_t id, const esp_mqtt_event_handle_t event) {
  struct event head = {.kind = (uint8_t)kind, .id = id};
  size_t size = sizeof head;
  if (event) {
    /* One packet is one event, because the client's buffer holds the longest; anything else is not ours. */
    bool is_whole = event->current_data_offset == 0 && event->data_len == event->total_data_len && event->topic_len < 200;
    if (!is_whole || event->topic_len + event->data_len > PACKET_MAX_BYTES) return;
    head.topic_bytes = (uint8_t)event->topic_len;
    memcpy(net.heard + size, event->topic, (size_t)event->topic_len);
    memcpy(net.heard + size + event->topic_len, event->data, (size_t)event->data_len);
    size += (size_t)event->topic_len + (size_t)event->data_len;
  }
  memcpy(net.heard, &head, sizeof head);
  (void)xMessageBufferSend(net.events, net.heard, size, pdMS_TO_TICKS(WAIT_MS));
}

static void on_event(void *ctx, esp_event_base_t base, int32_t id, void *data) {
  esp_mqtt_event_handle_t event = data;
  (void)ctx;
  (void)base;
  switch ((esp_mqtt_event_id_t)id) {
    case MQTT_EVENT_CONNECTED:
      put(LINK_UP, 0, NULL);
      break;
    case MQTT_EVENT_DISCONNECTED:
      put(LINK_DOWN, 0, NULL);
      break;
    case MQTT_EVENT_PUBLISHED:
      put(ACK, event->msg_id, NULL);
      break;
    case MQTT_EVENT_DATA:
      put(MESSAGE, 0, event);
      break;
    default:
      break;
  }
}

static int net_connect(void *ctx) {
  size_t will_bytes = 0;
  (void)ctx;
  if (!esp32_wifi_is_up() || roost_node_will(net.node, net.will, sizeof net.will, &will_bytes)) return ROOST_ERR_NET;
  const char *prefix = roost_node_prefix(net.node);
  snprintf(net.will_topic, sizeof net.will_topic, "%s/status/system", prefix);
  snprintf(net.filters[0], sizeof net.filters[0], "%s/cmd/#", prefix);
  snprintf(net.filters[1], sizeof net.filters[1], "%s/ota/#", prefix);
  snprintf(net.uri, sizeof net.uri, "mqtts://%s:%u", net.settings.host, net.settings.port);
  const esp_mqtt_client_config_t config = {
      .broker = {.address.uri = net.uri, .verification.certificate = net.settings.ca_pem},
      .credentials = {.client_id = net.node->setup.uid,
                      .authentication = {.certificate = net.settings.cert_pem, .key = net.settings.key_pem}},
      .session = {.keepalive = KEEPALIVE_S,
                  .disable_clean_session = true,
                  .last_will = {.topic = net.will_topic, .msg = (const char *)net.will, .msg_len = (int)will_bytes, .qos = 1}},
      .network = {.disable_auto_reconnect = true, .timeout_ms = 10000},
      .buffer = {.size = PACKET_MAX_BYTES, .out_size = 2048},
      .outbox = {.limit = 32 * 1024},
  };
  memset(net.in_flight, 0, sizeof net.in_flight);
  if (net.client) esp_mqtt_client_destroy(net.client);
  net.client = esp_mqtt_client_init(&config);
  if (!net.client) return ROOST_ERR_NET;
  esp_err_t err = esp_mqtt_client_register_event(net.client, ESP_EVENT_ANY_ID, on_event, NULL);
  if (err == ESP_OK) err = esp_mqtt_client_start(net.client);
  return err == ESP_OK ? ROOST_OK : ROOST_ERR_NET;
}

static void net_disconnect(void *ctx) {
  (void)ctx;
  if (net.client) esp_mqtt_client_disconnect(net.client);
}

static int net_publish(void *ctx, const char *topic, const uint8_t *payload, size_t size_bytes, uint32_t token) {
  unsigned slot = 0;
  (void)ctx;
  while (slot < IN_FLIGHT_MAX && net.in_flight[slot].token) slot++;
  if (!net.client || slot == IN_FLIGHT_MAX) return ROOST_ERR_NET;
  int id = esp_mqtt_client_enqueue(net.client, topic, (const char *)payload, (int)size_bytes, 1, 0, true);
  if (id < 0) return ROOST_ERR_NET;
  if (token) {
    net.in_flight[slot].id = id;
    net.in_flight[slot].token = token;
  }
  return ROOST_OK;
}

static void take_ack(int32_t id) {
  for (unsigned i = 0; i < IN_FLIGHT_MAX; i++) {
    if (!net.in_flight[i].token || net.in_flight[i].id != id) continue;
    uint32_t token = net.in_flight[i].token;
    net.in_flight[i].token = 0;
    roost_node_on_ack(net.node, token);
    return;
  }
}

static void take(const struct event *head, size_t size) {
  char topic[256];
  const uint8_t *body = net.taken + sizeof *head;
  switch (head->kind) {
    case LINK_UP:
      for (unsigned i = 0; i < 2; i++) esp_mqtt_client_subscribe_single(net.client, net.filters[i], 1);
      roost_node_on_link(net.node, true);
      break;
    case LINK_DOWN:
      roost_node_on_link(net.node, false);
      break;
    case ACK:
      take_ack(head->id);
      break;
    default:
      memcpy(topic, body, head->topic_bytes);
      topic[head->topic_bytes] = 0;
      roost_node_on_message(net.node, topic, body + head->topic_bytes, size - sizeof *head - head->topic_bytes);
      break;
  }
}

void esp32_net_pump(uint32_t wait_ms) {
  TickType_t wait = pdMS_TO_TICKS(wait_ms);
  for (size_t size; (size = xMessageBufferReceive(net.events, net.taken, sizeof net.taken, wait)) >= sizeof(struct event); wait = 0) {
    struct event head;
    memcpy(&head, net.taken, sizeof head);
    take(&head, size);
  }
}

int esp32_net_create(struct roost_net *out, struct roost_node *node, const struct esp32_net_settings *settings) {
  net.node = node;
  net.settings = *settings;
  net.events = xMessageBufferCreate(EVENTS_BYTES);
  *out = (struct roost_net){.connect = net_connect, .disconnect = net_disconnect, .publish = net_publish};
  return net.events ? ROOST_OK : ROOST_ERR_ROOM;
}
