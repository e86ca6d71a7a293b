/* esp-mqtt over mutual TLS. Its task only hands on what it hears (inbox.c). Reconnecting is the core's decision: the client's own is off. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mqtt_client.h"

#include "esp32_inbox.h"
#include "esp32_port.h"

enum { IN_FLIGHT_MAX = 32, WAIT_MS = 1000, KEEPALIVE_S = 60, TOPIC_MAX_BYTES = 200 };

static struct {
  struct roost_node *node;
  struct esp32_net_settings settings;
  esp_mqtt_client_handle_t client;
  char uri[96], will_topic[160], filters[2][160];
  uint8_t will[256];
  struct {
    int32_t id;
    uint32_t token;
  } in_flight[IN_FLIGHT_MAX];
} net;

static void put_message(const esp_mqtt_event_handle_t event) {
  /* One packet is one event, because the client's buffer holds the longest; anything else is not ours. */
  bool is_whole = event->current_data_offset == 0 && event->data_len == event->total_data_len;
  if (!is_whole || event->topic_len >= TOPIC_MAX_BYTES) return;
  (void)esp32_inbox_put(ESP32_EVENT_MESSAGE, event->topic_len, event->topic, (size_t)event->topic_len, event->data, (size_t)event->data_len, WAIT_MS);
}

static void on_event(void *ctx, esp_event_base_t base, int32_t id, void *data) {
  esp_mqtt_event_handle_t event = data;
  (void)ctx;
  (void)base;
  switch ((esp_mqtt_event_id_t)id) {
    case MQTT_EVENT_CONNECTED:
      (void)esp32_inbox_put(ESP32_EVENT_LINK, 1, NULL, 0, NULL, 0, WAIT_MS);
      break;
    case MQTT_EVENT_DISCONNECTED:
      (void)esp32_inbox_put(ESP32_EVENT_LINK, 0, NULL, 0, NULL, 0, WAIT_MS);
      break;
    case MQTT_EVENT_PUBLISHED:
      (void)esp32_inbox_put(ESP32_EVENT_ACK, event->msg_id, NULL, 0, NULL, 0, WAIT_MS);
      break;
    case MQTT_EVENT_DATA:
      put_message(event);
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
      .buffer = {.size = ESP32_EVENT_MAX_BYTES, .out_size = 2048},
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

static void take_ack(void *ctx, int32_t id, uint8_t *bytes, size_t size_bytes) {
  (void)ctx;
  (void)bytes;
  (void)size_bytes;
  for (unsigned i = 0; i < IN_FLIGHT_MAX; i++) {
    if (!net.in_flight[i].token || net.in_flight[i].id != id) continue;
    uint32_t token = net.in_flight[i].token;
    net.in_flight[i].token = 0;
    roost_node_on_ack(net.node, token);
    return;
  }
}

static void take_link(void *ctx, int32_t is_up, uint8_t *bytes, size_t size_bytes) {
  (void)ctx;
  (void)bytes;
  (void)size_bytes;
  for (unsigned i = 0; i < 2 && is_up; i++) esp_mqtt_client_subscribe_single(net.client, net.filters[i], 1);
  roost_node_on_link(net.node, is_up != 0);
}

static void take_message(void *ctx, int32_t topic_bytes, uint8_t *bytes, size_t size_bytes) {
  char topic[TOPIC_MAX_BYTES];
  (void)ctx;
  memcpy(topic, bytes, (size_t)topic_bytes);
  topic[topic_bytes] = 0;
  roost_node_on_message(net.node, topic, bytes + topic_bytes, size_bytes - (size_t)topic_bytes);
}

void esp32_net_create(struct roost_net *out, struct roost_node *node, const struct esp32_net_settings *settings) {
  net.node = node;
  net.settings = *settings;
  *out = (struct roost_net){.connect = net_connect, .disconnect = net_disconnect, .publish = net_publish};
  esp32_inbox_handle(ESP32_EVENT_LINK, take_link, NULL);
  esp32_inbox_handle(ESP32_EVENT_ACK, take_ack, NULL);
  esp32_inbox_handle(ESP32_EVENT_MESSAGE, take_message, NULL);
}
