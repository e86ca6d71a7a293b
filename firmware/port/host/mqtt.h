/* MQTT 3.1.1 over mutual TLS, as much of it as a node needs: QoS 1 both ways, a will, a session that stays. Never waits. */
#ifndef ROOST_HOST_MQTT_H
#define ROOST_HOST_MQTT_H

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { MQTT_IN_MAX = 16384, MQTT_OUT_MAX = 65536, MQTT_IN_FLIGHT_MAX = 64 };

struct mqtt_handlers {
  void *ctx;
  void (*on_link)(void *ctx, bool is_up);
  void (*on_ack)(void *ctx, uint32_t token);
  void (*on_message)(void *ctx, const char *topic, const uint8_t *payload, size_t size);
};

struct mqtt_options {
  const char *host;
  const char *port;
  const char *name; /* that the hub's certificate must have */
  const char *client_id;
  const char *will_topic;
  const uint8_t *will;
  size_t will_bytes;
  const char *filters[2];
};

struct mqtt {
  SSL_CTX *tls;
  struct mqtt_handlers handlers;
  struct mqtt_options options;
  enum { MQTT_DOWN, MQTT_TCP, MQTT_TLS, MQTT_HELLO, MQTT_UP } state;
  int fd;
  SSL *ssl;
  uint64_t since_ms; /* of the state, or of the last byte sent when up */
  uint64_t heard_ms;
  uint16_t packet_id;
  struct {
    uint16_t packet_id;
    uint32_t token;
  } in_flight[MQTT_IN_FLIGHT_MAX];
  size_t in_bytes, out_bytes;
  uint8_t in[MQTT_IN_MAX], out[MQTT_OUT_MAX];
};

void mqtt_create(struct mqtt *mqtt, SSL_CTX *tls, const struct mqtt_handlers *handlers);
/* Starts to connect; on_link tells the end. The strings and the will must stay until then. */
int mqtt_connect(struct mqtt *mqtt, const struct mqtt_options *options, uint64_t now_ms);
/* False when it is not up or its buffer is full. Token 0: nobody waits for the acknowledgement. */
bool mqtt_publish(struct mqtt *mqtt, const char *topic, const uint8_t *payload, size_t size, uint32_t token);
/* Drops the connection without a farewell; on_link(false) follows when there was one. */
void mqtt_drop(struct mqtt *mqtt);
/* Does what is possible now. `want` for poll. */
void mqtt_step(struct mqtt *mqtt, uint64_t now_ms);
short mqtt_poll_events(const struct mqtt *mqtt);

#endif
