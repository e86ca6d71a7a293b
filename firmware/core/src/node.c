/* The node's daily life: sample, publish, beat, tell what is wrong, keep the link. */
#include "roost/node.h"

#include <stdio.h>
#include <string.h>

enum { LOOK_MS = 1000, HASH_PAUSE_MS = 5 };

static uint64_t now_of(const struct roost_node *node) { return node->setup.clock.up_ms(node->setup.clock.ctx); }

uint32_t roost_backoff_next_ms(struct roost_backoff *backoff, const struct roost_random *random) {
  uint32_t most = ROOST_BACKOFF_FIRST_MS << backoff->attempt;
  if (most >= ROOST_BACKOFF_MAX_MS) most = ROOST_BACKOFF_MAX_MS;
  else backoff->attempt++;
  return most / 2 + random->next(random->ctx) % (most / 2 + 1);
}

static int ota_send(void *ctx, const struct roost_shape *shape, const void *message, const char *suffix) {
  return roost_node_send(ctx, shape, message, suffix);
}
static void ota_raise(void *ctx, uint16_t code) { roost_node_raise(ctx, code, NULL, 0); }

static void create_ota(struct roost_node *node) {
  struct roost_ota_setup *setup = &node->setup.ota_setup;
  if (!node->setup.ota) return;
  setup->fw_version = node->setup.fw_version;
  setup->nvs = node->setup.nvs;
  setup->ctx = node;
  setup->send = ota_send;
  setup->raise = ota_raise;
  roost_ota_create(node->setup.ota, setup);
}

int roost_node_create(struct roost_node *node, const struct roost_node_setup *setup) {
  memset(node, 0, sizeof *node);
  node->setup = *setup;
  if (setup->channel_count > ROOST_NODE_CHANNELS_MAX || setup->actuator_count > ROOST_NODE_ACTUATORS_MAX) return ROOST_ERR_ROOM;
  node->boot = setup->random.next(setup->random.ctx);
  node->sample_ms = setup->sample_ms;
  node->publish_ms = setup->publish_ms;
  if (setup->place) snprintf(node->prefix, sizeof node->prefix, "/farm/%s", setup->place);
  else snprintf(node->prefix, sizeof node->prefix, "/farm/-/-/%s", setup->uid);
  int err = roost_queue_open(&node->queue, setup->flash);
  if (err) return err;
  for (uint8_t i = 0; i < setup->channel_count; i++) {
    roost_node_load_calibration(node, setup->channels[i].main);
    if (setup->channels[i].backup) roost_node_load_calibration(node, setup->channels[i].backup);
  }
  roost_node_load_config(node); /* may change the prefix */
  roost_outbox_create(&node->outbox, &node->queue, &node->setup.net, node->prefix, node->boot);
  create_ota(node);
  uint64_t now_ms = now_of(node);
  node->next_sample_ms = now_ms;
  node->next_publish_ms = now_ms + node->publish_ms;
  node->next_beat_ms = now_ms;
  node->next_connect_ms = now_ms;
  return ROOST_OK;
}

const char *roost_node_prefix(const struct roost_node *node) { return node->prefix; }

void roost_node_origin(const struct roost_node *node, uint64_t at_up_ms, struct roost_origin *origin, uint32_t *has) {
  *origin = (struct roost_origin){.boot = node->boot, .clk = node->time.clk, .t_ms = roost_time_stamp(&node->time, at_up_ms)};
  if (node->time.clk != ROOST_CLK_UNSET) return;
  origin->up_ms = now_of(node);
  *has |= ROOST_HAS_UP;
}

int roost_node_send(struct roost_node *node, const struct roost_shape *shape, const void *message, const char *suffix) {
  size_t size = 0;
  int err = roost_shape_encode(shape, message, node->scratch, sizeof node->scratch, &size);
  return err ? err : roost_outbox_send(&node->outbox, suffix, node->scratch, size);
}

static void data_of(struct roost_node *node, uint8_t channel, struct roost_sample *samples, uint16_t count, uint64_t start_up_ms,
                    struct roost_data *data, char suffix[ROOST_SUFFIX_MAX_BYTES + 1]) {
  const struct roost_sensor *sensor = node->setup.channels[channel].main;
  *data = (struct roost_data){.seq = node->batches[channel].seq, .unit = roost_text_of(sensor->traits->unit)};
  data->s = (struct roost_list){.items = samples, .count = count, .room = count};
  roost_node_origin(node, start_up_ms, &data->origin, &data->has);
  snprintf(suffix, ROOST_SUFFIX_MAX_BYTES + 1, "data/%.*s", (int)sensor->id.size, sensor->id.at);
}

static void publish_batch(struct roost_node *node, uint8_t channel) {
  struct roost_batch *batch = &node->batches[channel];
  if (batch->count == 0) return;
  char suffix[ROOST_SUFFIX_MAX_BYTES + 1];
  struct roost_data data;
  data_of(node, channel, batch->samples, batch->count, batch->start_up_ms, &data, suffix);
  size_t size = 0;
  batch->seq++;
  batch->count = 0;
  if (roost_shape_encode(&roost_shape_data, &data, node->scratch, sizeof node->scratch, &size)) return;
  (void)roost_outbox_put(&node->outbox, suffix, node->scratch, size, batch->start_up_ms, now_of(node)); /* counts what it loses */
}

void roost_node_publish_all(struct roost_node *node) {
  for (uint8_t i = 0; i < node->setup.channel_count; i++) publish_batch(node, i);
}

void roost_node_raise(struct roost_node *node, uint16_t code, const char *sensor, int32_t arg) {
  roost_diag_raise(&node->diags, code, roost_text_of(sensor ? sensor : ""), arg);
}

/* One reading of a channel, at a time of its own: two of the same moment would be one to the hub. */
static struct roost_sample measure(struct roost_node *node, uint8_t index, uint64_t now_ms) {
  struct roost_channel *channel = &node->setup.channels[index];
  struct roost_batch *batch = &node->batches[index];
  batch->last_up_ms = batch->has_last && now_ms <= batch->last_up_ms ? batch->last_up_ms + 1 : now_ms;
  batch->has_last = true;
  node->samples++;
  struct roost_sample sample = roost_channel_sample(channel, batch->last_up_ms);
  struct roost_text about;
  for (uint16_t code; (code = roost_channel_take_code(channel, &about)) != 0;) roost_diag_raise(&node->diags, code, about, 0);
  return sample;
}

static void sample_channel(struct roost_node *node, uint8_t index, uint64_t now_ms) {
  struct roost_batch *batch = &node->batches[index];
  if (!node->setup.channels[index].main->is_enabled) return;
  struct roost_sample sample = measure(node, index, now_ms);
  if (batch->count == 0) batch->start_up_ms = batch->last_up_ms;
  sample.dt_ms = (uint32_t)(batch->last_up_ms - batch->start_up_ms);
  batch->samples[batch->count++] = sample;
  if (batch->count == ROOST_BATCH_MAX) publish_batch(node, index);
}

/* A message with one reading of now, encoded in the scratch. */
static int encode_reading(struct roost_node *node, uint8_t channel, const uint32_t *rid, char suffix[ROOST_SUFFIX_MAX_BYTES + 1], size_t *size) {
  struct roost_batch *batch = &node->batches[channel];
  if (!batch->has_last || !node->setup.channels[channel].main->is_enabled) return ROOST_ERR_EMPTY;
  struct roost_sample sample = measure(node, channel, now_of(node));
  struct roost_data data;
  data_of(node, channel, &sample, 1, batch->last_up_ms, &data, suffix);
  if (rid) {
    data.rid = *rid;
    data.has |= ROOST_DATA_HAS_RID;
  }
  batch->seq++;
  return roost_shape_encode(&roost_shape_data, &data, node->scratch, sizeof node->scratch, size);
}

int roost_node_answer_read(struct roost_node *node, uint8_t channel, uint32_t rid) {
  char suffix[ROOST_SUFFIX_MAX_BYTES + 1];
  size_t size = 0;
  int err = encode_reading(node, channel, &rid, suffix, &size);
  return err ? err : roost_outbox_send(&node->outbox, suffix, node->scratch, size);
}

int roost_node_keep_reading(struct roost_node *node, uint8_t channel, const uint8_t **payload, size_t *size_bytes) {
  char suffix[ROOST_SUFFIX_MAX_BYTES + 1];
  int err = encode_reading(node, channel, NULL, suffix, size_bytes);
  *payload = node->scratch;
  if (err) return err;
  uint64_t made_ms = node->batches[channel].last_up_ms;
  return roost_outbox_put(&node->outbox, suffix, node->scratch, *size_bytes, made_ms, now_of(node));
}

static void send_diags(struct roost_node *node, uint64_t now_ms) {
  struct roost_diag diag;
  while (roost_diag_take(&node->diags, now_ms, &diag)) {
    char suffix[12];
    size_t size = 0;
    roost_node_origin(node, now_ms, &diag.origin, &diag.has);
    diag.seq = node->diag_seqs[diag.sev]++;
    snprintf(suffix, sizeof suffix, "diag/%u", diag.sev);
    if (roost_shape_encode(&roost_shape_diag, &diag, node->scratch, sizeof node->scratch, &size)) continue;
    (void)roost_outbox_put(&node->outbox, suffix, node->scratch, size, now_ms, now_ms);
    roost_node_alert_by_lora(node, diag.sev, node->scratch, size);
  }
}

void roost_node_on_link(struct roost_node *node, bool is_up) {
  uint64_t now_ms = now_of(node);
  bool was_up = node->is_up;
  node->is_connecting = false;
  node->is_up = is_up;
  if (was_up || is_up) roost_outbox_on_link(&node->outbox, is_up, now_ms);
  if (!is_up) {
    if (was_up) roost_node_raise(node, ROOST_CODE_COM_HUB_UNREACHABLE, NULL, 0);
    if (was_up) {
      node->down_since_ms = now_ms;
      node->has_told_lora = false;
    }
    node->was_unreachable = node->was_unreachable || was_up;
    node->next_connect_ms = now_ms + roost_backoff_next_ms(&node->backoff, &node->setup.random);
    return;
  }
  node->link_since_ms = now_ms;
  if (node->has_told_boot) {
    node->reconnects++;
    roost_node_raise(node, ROOST_CODE_COM_HUB_BACK, NULL, 0);
  }
  bool is_trial = node->setup.ota && roost_ota_state(node->setup.ota) == ROOST_OTA_TRIAL;
  if (is_trial) roost_node_send_system(node, ROOST_EVENT_OTA); /* the health report of a new image */
  else roost_node_send_system(node, node->has_told_boot ? ROOST_EVENT_LINK : ROOST_EVENT_BOOT);
  node->has_told_boot = true;
  node->next_beat_ms = now_ms;
}

void roost_node_on_ack(struct roost_node *node, uint32_t token) {
  if (roost_outbox_on_ack(&node->outbox, token)) roost_node_raise(node, ROOST_CODE_COM_BACKLOG_SENT, NULL, 0);
}

void roost_node_on_message(struct roost_node *node, const char *topic, const uint8_t *payload, size_t size_bytes) {
  size_t prefix_bytes = strlen(node->prefix);
  if (strncmp(topic, node->prefix, prefix_bytes) != 0) return;
  const char *type = topic + prefix_bytes + 5;
  if (strncmp(topic + prefix_bytes, "/ota/", 5) == 0 && node->setup.ota)
    roost_ota_on_message(node->setup.ota, type, payload, size_bytes, now_of(node));
  if (strncmp(topic + prefix_bytes, "/cmd/", 5) != 0) return;
  if (strcmp(type, "config") == 0) roost_node_take_config(node, payload, size_bytes);
  else roost_node_take_command(node, type, payload, size_bytes);
}

void roost_node_set_time(struct roost_node *node, uint64_t wall_ms, enum roost_clk clk) {
  if ((uint8_t)clk < node->time.clk) return;
  uint64_t up_ms = now_of(node);
  if (wall_ms < up_ms || wall_ms > ROOST_TIME_MAX_MS) return;
  uint64_t was_ms = roost_time_stamp(&node->time, up_ms);
  int64_t step_ms = (int64_t)wall_ms - (int64_t)was_ms;
  if (node->time.clk != ROOST_CLK_UNSET && (step_ms > 1000 || step_ms < -1000)) {
    int64_t step_s = step_ms / 1000;
    if (step_s > INT32_MAX) step_s = INT32_MAX;
    if (step_s < INT32_MIN) step_s = INT32_MIN;
    roost_node_raise(node, ROOST_CODE_COM_TIME_STEPPED, NULL, (int32_t)step_s);
  }
  node->time = (struct roost_time){.offset_ms = wall_ms - up_ms, .clk = (uint8_t)clk};
}

void roost_node_flush(struct roost_node *node) {
  uint64_t now_ms = now_of(node);
  roost_node_publish_all(node);
  send_diags(node, now_ms);
  roost_outbox_spill(&node->outbox);
  roost_node_send_system(node, ROOST_EVENT_SHUTDOWN);
}

/* Whether a new image does what the old one did: it holds the link, and some sensor gives values when there is any. */
static bool is_healthy(const struct roost_node *node, uint64_t now_ms) {
  if (!node->is_up || now_ms - node->link_since_ms < ROOST_HEALTHY_LINK_MS) return false;
  for (uint8_t i = 0; i < node->setup.channel_count; i++) {
    uint8_t state = node->setup.channels[i].main->state;
    if (state != ROOST_SENSOR_FAILED && state != ROOST_SENSOR_INIT) return true;
  }
  return node->setup.channel_count == 0;
}

static void step_ota(struct roost_node *node, uint64_t now_ms) {
  struct roost_ota *ota = node->setup.ota;
  if (!ota) return;
  roost_ota_step(ota, now_ms, node->is_up, is_healthy(node, now_ms));
  bool is_busy = roost_ota_state(ota) != ROOST_OTA_IDLE;
  if (is_busy && node->state == ROOST_NODE_RUN) node->state = ROOST_NODE_UPDATING;
  if (!is_busy && node->state == ROOST_NODE_UPDATING) node->state = ROOST_NODE_RUN;
  if (ota->wants_restart && node->restart_at_ms == 0) node->restart_at_ms = now_ms + 1000;
}

/* The next time that is due after `now_ms` in the same rhythm; what was missed is not made up for. */
static uint64_t next_due(uint64_t due_ms, uint32_t period_ms, uint64_t now_ms) {
  return due_ms + period_ms > now_ms ? due_ms + period_ms : now_ms + period_ms;
}

static uint64_t soonest(uint64_t a, uint64_t b) { return a < b ? a : b; }

uint32_t roost_node_step(struct roost_node *node) {
  uint64_t now_ms = now_of(node);
  if (now_ms >= node->next_sample_ms) {
    if (now_ms - node->next_sample_ms >= node->sample_ms) {
      node->overruns++;
      roost_node_raise(node, ROOST_CODE_DAQ_OVERRUN, NULL, 0);
    }
    for (uint8_t i = 0; i < node->setup.channel_count; i++) sample_channel(node, i, now_ms);
    node->next_sample_ms = next_due(node->next_sample_ms, node->sample_ms, now_ms);
    if (node->state == ROOST_NODE_BOOT) node->state = ROOST_NODE_RUN;
  }
  if (now_ms >= node->next_publish_ms) {
    roost_node_publish_all(node);
    node->next_publish_ms = next_due(node->next_publish_ms, node->publish_ms, now_ms);
  }
  if (now_ms >= node->next_beat_ms) {
    roost_node_send_beat(node, now_ms);
    node->next_beat_ms = next_due(node->next_beat_ms, ROOST_HEARTBEAT_MS, now_ms);
  }
  if (node->queue.dropped != node->told_dropped) {
    node->told_dropped = node->queue.dropped;
    roost_node_raise(node, ROOST_CODE_COM_BACKLOG_FULL, NULL, (int32_t)node->queue.dropped);
  }
  step_ota(node, now_ms);
  uint32_t radio_ms = roost_node_step_peers(node, now_ms);
  uint32_t lora_ms = roost_node_step_lora(node, now_ms);
  if (lora_ms < radio_ms) radio_ms = lora_ms;
  send_diags(node, now_ms);
  roost_outbox_step(&node->outbox, &node->time, now_ms);
  if (node->wants_reconnect) { /* after the reply has left under the old place */
    node->wants_reconnect = false;
    memcpy(node->prefix, node->next_prefix, sizeof node->prefix);
    node->setup.net.disconnect(node->setup.net.ctx);
  }
  if (node->is_up && now_ms - node->link_since_ms >= ROOST_BACKOFF_MAX_MS) node->backoff.attempt = 0;
  if (!node->is_up && !node->is_connecting && now_ms >= node->next_connect_ms) {
    node->is_connecting = true;
    if (node->setup.net.connect(node->setup.net.ctx)) roost_node_on_link(node, false);
  }
  if (node->restart_at_ms > 0 && now_ms >= node->restart_at_ms) {
    node->restart_at_ms = 0;
    roost_node_flush(node);
    node->setup.board.restart(node->setup.board.ctx);
  }
  uint64_t next_ms = soonest(soonest(node->next_sample_ms, node->next_publish_ms), soonest(node->next_beat_ms, now_ms + radio_ms));
  if (!node->is_up && !node->is_connecting) next_ms = soonest(next_ms, node->next_connect_ms);
  if (node->setup.ota && roost_ota_state(node->setup.ota) == ROOST_OTA_VERIFY) next_ms = soonest(next_ms, now_ms + HASH_PAUSE_MS);
  return next_ms > now_ms ? (uint32_t)(next_ms - now_ms) : 0;
}
