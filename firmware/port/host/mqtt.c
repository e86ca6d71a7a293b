/* See mqtt.h; section numbers are those of the OASIS standard MQTT 3.1.1. */
#include "mqtt.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CONNECT_TIMEOUT_MS = 10000, KEEPALIVE_S = 60 };
enum { CONNECT = 0x10, CONNACK = 0x20, PUBLISH_QOS1 = 0x32, PUBLISH = 0x30, PUBACK = 0x40, SUBSCRIBE = 0x82, PINGREQ = 0xc0 };

void mqtt_create(struct mqtt *mqtt, SSL_CTX *tls, const struct mqtt_handlers *handlers) {
  memset(mqtt, 0, sizeof *mqtt);
  mqtt->tls = tls;
  mqtt->handlers = *handlers;
  mqtt->fd = -1;
}

void mqtt_drop(struct mqtt *mqtt) {
  if (mqtt->state == MQTT_DOWN) return;
  if (mqtt->ssl) SSL_free(mqtt->ssl);
  if (mqtt->fd >= 0) close(mqtt->fd);
  mqtt->ssl = NULL;
  mqtt->fd = -1;
  mqtt->state = MQTT_DOWN;
  mqtt->handlers.on_link(mqtt->handlers.ctx, false);
}

int mqtt_connect(struct mqtt *mqtt, const struct mqtt_options *options, uint64_t now_ms) {
  struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found = NULL;
  if (mqtt->state != MQTT_DOWN || getaddrinfo(options->host, options->port, &hints, &found) != 0) return -1;
  mqtt->options = *options;
  mqtt->fd = socket(found->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  int result = mqtt->fd < 0 ? -1 : connect(mqtt->fd, found->ai_addr, found->ai_addrlen);
  bool is_started = mqtt->fd >= 0 && (result == 0 || errno == EINPROGRESS);
  freeaddrinfo(found);
  if (!is_started) {
    if (mqtt->fd >= 0) close(mqtt->fd);
    mqtt->fd = -1;
    return -1;
  }
  mqtt->state = MQTT_TCP;
  mqtt->since_ms = now_ms;
  mqtt->in_bytes = mqtt->out_bytes = 0;
  memset(mqtt->in_flight, 0, sizeof mqtt->in_flight);
  return 0;
}

static bool put(struct mqtt *mqtt, const void *bytes, size_t size) {
  if (size > sizeof mqtt->out - mqtt->out_bytes) return false;
  memcpy(mqtt->out + mqtt->out_bytes, bytes, size);
  mqtt->out_bytes += size;
  return true;
}

/* Fixed header with the remaining length (2.2.3). */
static bool put_header(struct mqtt *mqtt, uint8_t first, size_t remaining) {
  uint8_t head[5] = {first};
  size_t size = 1;
  if (sizeof mqtt->out - mqtt->out_bytes < remaining + sizeof head) return false; /* all of a packet or nothing */
  do {
    head[size++] = (uint8_t)(remaining % 128 | (remaining >= 128 ? 128 : 0));
    remaining /= 128;
  } while (remaining > 0);
  return put(mqtt, head, size);
}

static void put16(struct mqtt *mqtt, size_t value) {
  uint8_t bytes[2] = {(uint8_t)(value >> 8), (uint8_t)value};
  put(mqtt, bytes, sizeof bytes);
}

static void put_string(struct mqtt *mqtt, const void *bytes, size_t size) {
  put16(mqtt, size);
  put(mqtt, bytes, size);
}

static void send_connect(struct mqtt *mqtt) {
  const struct mqtt_options *options = &mqtt->options;
  size_t id_bytes = strlen(options->client_id), topic_bytes = strlen(options->will_topic);
  put_header(mqtt, CONNECT, 10 + 2 + id_bytes + 2 + topic_bytes + 2 + options->will_bytes);
  put_string(mqtt, "MQTT", 4);
  const uint8_t level_and_flags[2] = {4, 0x04 | 1 << 3}; /* 3.1.1, session stays, a will with QoS 1 */
  put(mqtt, level_and_flags, sizeof level_and_flags);
  put16(mqtt, KEEPALIVE_S);
  put_string(mqtt, options->client_id, id_bytes);
  put_string(mqtt, options->will_topic, topic_bytes);
  put_string(mqtt, options->will, options->will_bytes);
}

static uint16_t next_packet_id(struct mqtt *mqtt) {
  if (++mqtt->packet_id == 0) mqtt->packet_id = 1;
  return mqtt->packet_id;
}

static void send_subscribe(struct mqtt *mqtt) {
  size_t size = 2;
  for (unsigned i = 0; i < 2; i++) size += 2 + strlen(mqtt->options.filters[i]) + 1;
  put_header(mqtt, SUBSCRIBE, size);
  put16(mqtt, next_packet_id(mqtt));
  for (unsigned i = 0; i < 2; i++) {
    put_string(mqtt, mqtt->options.filters[i], strlen(mqtt->options.filters[i]));
    put(mqtt, "\x01", 1);
  }
}

bool mqtt_publish(struct mqtt *mqtt, const char *topic, const uint8_t *payload, size_t size, uint32_t token) {
  if (mqtt->state != MQTT_UP) return false;
  unsigned slot = 0;
  while (slot < MQTT_IN_FLIGHT_MAX && mqtt->in_flight[slot].packet_id) slot++;
  if (slot == MQTT_IN_FLIGHT_MAX) return false;
  size_t topic_bytes = strlen(topic);
  if (!put_header(mqtt, PUBLISH_QOS1, 2 + topic_bytes + 2 + size)) return false;
  mqtt->in_flight[slot].packet_id = next_packet_id(mqtt);
  mqtt->in_flight[slot].token = token;
  put_string(mqtt, topic, topic_bytes);
  put16(mqtt, mqtt->packet_id);
  put(mqtt, payload, size);
  return true;
}

static void take_ack(struct mqtt *mqtt, uint16_t packet_id) {
  for (unsigned i = 0; i < MQTT_IN_FLIGHT_MAX; i++) {
    if (mqtt->in_flight[i].packet_id != packet_id) continue;
    uint32_t token = mqtt->in_flight[i].token;
    mqtt->in_flight[i].packet_id = 0;
    if (token) mqtt->handlers.on_ack(mqtt->handlers.ctx, token);
    return;
  }
}

static bool take_publish(struct mqtt *mqtt, uint8_t first, uint8_t *body, size_t size) {
  char topic[256];
  size_t topic_bytes = size < 2 ? SIZE_MAX : (size_t)body[0] << 8 | body[1];
  size_t id_bytes = first & 6 ? 2 : 0;
  if (topic_bytes >= sizeof topic || 2 + topic_bytes + id_bytes > size) return false;
  memcpy(topic, body + 2, topic_bytes);
  topic[topic_bytes] = 0;
  size_t head_bytes = 2 + topic_bytes + id_bytes;
  /* The node has it before the broker hears so. */
  mqtt->handlers.on_message(mqtt->handlers.ctx, topic, body + head_bytes, size - head_bytes);
  if (id_bytes == 0) return true;
  return put_header(mqtt, PUBACK, 2) && put(mqtt, body + 2 + topic_bytes, 2);
}

static bool take_packet(struct mqtt *mqtt, uint8_t first, uint8_t *body, size_t size, uint64_t now_ms) {
  mqtt->heard_ms = now_ms;
  if (mqtt->state == MQTT_HELLO) {
    if (first != CONNACK || size != 2 || body[1] != 0) return false;
    mqtt->state = MQTT_UP;
    send_subscribe(mqtt);
    mqtt->handlers.on_link(mqtt->handlers.ctx, true);
    return true;
  }
  if ((first & 0xf0) == PUBLISH) return take_publish(mqtt, first, body, size);
  if (first == PUBACK && size == 2) take_ack(mqtt, (uint16_t)(body[0] << 8 | body[1]));
  return true;
}

/* Takes whole packets from the input; false when the peer speaks no MQTT that we know. */
static bool take_input(struct mqtt *mqtt, uint64_t now_ms) {
  for (;;) {
    size_t remaining = 0, at = 1;
    unsigned shift = 0;
    for (;; at++, shift += 7) {
      if (shift > 21) return false;
      if (at >= mqtt->in_bytes) return true;
      remaining |= (size_t)(mqtt->in[at] & 127) << shift;
      if (mqtt->in[at] < 128) break;
    }
    size_t packet_bytes = at + 1 + remaining;
    if (packet_bytes > sizeof mqtt->in) return false;
    if (packet_bytes > mqtt->in_bytes) return true;
    if (!take_packet(mqtt, mqtt->in[0], mqtt->in + at + 1, remaining, now_ms)) return false;
    if (mqtt->state < MQTT_HELLO) return true; /* dropped meanwhile */
    mqtt->in_bytes -= packet_bytes;
    memmove(mqtt->in, mqtt->in + packet_bytes, mqtt->in_bytes);
  }
}

static bool start_tls(struct mqtt *mqtt) {
  int err = 0;
  socklen_t size = sizeof err;
  if (getsockopt(mqtt->fd, SOL_SOCKET, SO_ERROR, &err, &size) != 0 || err != 0) return false;
  mqtt->ssl = SSL_new(mqtt->tls);
  if (!mqtt->ssl || SSL_set_fd(mqtt->ssl, mqtt->fd) != 1) return false;
  SSL_set_tlsext_host_name(mqtt->ssl, mqtt->options.name);
  SSL_set1_host(mqtt->ssl, mqtt->options.name);
  SSL_set_connect_state(mqtt->ssl);
  mqtt->state = MQTT_TLS;
  return true;
}

static bool is_again(struct mqtt *mqtt, int result) {
  int reason = SSL_get_error(mqtt->ssl, result);
  return reason == SSL_ERROR_WANT_READ || reason == SSL_ERROR_WANT_WRITE;
}

static bool exchange(struct mqtt *mqtt, uint64_t now_ms) {
  while (mqtt->out_bytes > 0) {
    int done = SSL_write(mqtt->ssl, mqtt->out, (int)mqtt->out_bytes);
    if (done <= 0) {
      if (!is_again(mqtt, done)) return false;
      break;
    }
    mqtt->out_bytes -= (size_t)done;
    memmove(mqtt->out, mqtt->out + done, mqtt->out_bytes);
    mqtt->since_ms = now_ms;
  }
  for (;;) {
    int got = SSL_read(mqtt->ssl, mqtt->in + mqtt->in_bytes, (int)(sizeof mqtt->in - mqtt->in_bytes));
    if (got <= 0) return is_again(mqtt, got);
    mqtt->in_bytes += (size_t)got;
    if (!take_input(mqtt, now_ms)) return false;
    if (!mqtt->ssl) return true;
  }
}

static bool advance(struct mqtt *mqtt, uint64_t now_ms) {
  if (mqtt->state == MQTT_TCP) {
    struct pollfd poller = {.fd = mqtt->fd, .events = POLLOUT};
    if (poll(&poller, 1, 0) == 0) return true;
    if (!start_tls(mqtt)) return false;
  }
  if (mqtt->state == MQTT_TLS) {
    int result = SSL_do_handshake(mqtt->ssl);
    if (result != 1) return is_again(mqtt, result);
    mqtt->state = MQTT_HELLO;
    mqtt->since_ms = mqtt->heard_ms = now_ms;
    send_connect(mqtt);
  }
  return exchange(mqtt, now_ms);
}

void mqtt_step(struct mqtt *mqtt, uint64_t now_ms) {
  if (mqtt->state == MQTT_DOWN) return;
  bool is_late = mqtt->state < MQTT_UP ? now_ms - mqtt->since_ms > CONNECT_TIMEOUT_MS : now_ms - mqtt->heard_ms > KEEPALIVE_S * 1500;
  if (mqtt->state == MQTT_UP && now_ms - mqtt->since_ms >= KEEPALIVE_S * 500) put_header(mqtt, PINGREQ, 0);
  if (is_late || !advance(mqtt, now_ms)) {
    ERR_clear_error();
    mqtt_drop(mqtt);
  }
}

short mqtt_poll_events(const struct mqtt *mqtt) {
  bool wants_out = mqtt->state == MQTT_TCP || mqtt->out_bytes > 0 || (mqtt->ssl && SSL_want_write(mqtt->ssl));
  return (short)(POLLIN | (wants_out ? POLLOUT : 0));
}
