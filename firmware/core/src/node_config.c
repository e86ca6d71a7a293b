/* Configurations with revisions and the calibrations that staff made at the node; both outlast a restart. */
#include <stdio.h>
#include <string.h>

#include "roost/node.h"

static const char CONFIG_KEY[] = "config";

static int decode(struct roost_node *node, const uint8_t *payload, size_t size_bytes, struct roost_config *config) {
  struct roost_flaw flaw;
  *config = (struct roost_config){0};
  config->sensors = (struct roost_list){.items = node->lists.configs, .room = ROOST_NODE_SENSORS_MAX};
  config->peers = (struct roost_list){.items = node->peers, .room = ROOST_PEERS_MAX};
  return roost_shape_decode(&roost_shape_config, payload, size_bytes, config, &flaw);
}

struct roost_sensor *roost_node_find_sensor(struct roost_node *node, struct roost_text id) {
  for (uint8_t i = 0; i < node->setup.channel_count; i++) {
    struct roost_sensor *pair[2] = {node->setup.channels[i].main, node->setup.channels[i].backup};
    for (unsigned p = 0; p < 2; p++) {
      if (pair[p] && pair[p]->id.size == id.size && memcmp(pair[p]->id.at, id.at, id.size) == 0) return pair[p];
    }
  }
  return NULL;
}

/* A sensor that the configuration does not name has no settings: what an earlier one said is over. */
static int apply_to(struct roost_node *node, const struct roost_config *config, struct roost_sensor *sensor, bool is_trial) {
  struct roost_sensor_config settings = {0};
  if (!sensor) return ROOST_OK;
  for (uint16_t i = 0; i < config->sensors.count; i++) {
    struct roost_text id = node->lists.configs[i].id;
    if (id.size == sensor->id.size && memcmp(id.at, sensor->id.at, id.size) == 0) settings = node->lists.configs[i];
  }
  struct roost_sensor trial = *sensor;
  return roost_sensor_configure(is_trial ? &trial : sensor, &settings);
}

/* All of it or nothing. */
static int apply(struct roost_node *node, const struct roost_config *config) {
  if (config->publish_ms < config->sample_ms) return ROOST_ERR_VALUE;
  for (unsigned round = 0; round < 2; round++) {
    for (uint8_t i = 0; i < node->setup.channel_count; i++) {
      int err = apply_to(node, config, node->setup.channels[i].main, round == 0);
      if (!err) err = apply_to(node, config, node->setup.channels[i].backup, round == 0);
      if (err) return err;
    }
  }
  const struct roost_place *place = &config->place;
  snprintf(node->next_prefix, sizeof node->next_prefix, "/farm/%.*s/%.*s/%.*s", (int)place->site.size, place->site.at, (int)place->house.size,
           place->house.at, (int)place->node.size, place->node.at);
  node->wants_reconnect = strcmp(node->next_prefix, node->prefix) != 0;
  node->config_rev = config->rev;
  node->has_config = true;
  uint64_t now_ms = node->setup.clock.up_ms(node->setup.clock.ctx);
  if (node->sample_ms != config->sample_ms) node->next_sample_ms = now_ms;
  if (node->publish_ms != config->publish_ms) node->next_publish_ms = now_ms + config->publish_ms;
  node->sample_ms = config->sample_ms;
  node->publish_ms = config->publish_ms;
  return node->setup.peers ? roost_peers_set(node->setup.peers, node->peers, config->peers.count) : ROOST_OK;
}

void roost_node_load_config(struct roost_node *node) {
  size_t size = 0;
  struct roost_config config;
  const struct roost_nvs *nvs = &node->setup.nvs;
  if (nvs->get(nvs->ctx, CONFIG_KEY, node->scratch, ROOST_CONFIG_MAX_BYTES, &size)) return;
  if (decode(node, node->scratch, size, &config) || apply(node, &config)) roost_node_raise(node, ROOST_CODE_COM_BAD_CONFIG, NULL, 0);
  else memcpy(node->prefix, node->next_prefix, sizeof node->prefix);
  node->wants_reconnect = false; /* no connection was opened yet */
}

void roost_node_take_config(struct roost_node *node, const uint8_t *payload, size_t size_bytes) {
  struct roost_config config;
  int err = decode(node, payload, size_bytes, &config);
  if (err == ROOST_ERR_PAYLOAD) { /* its revision cannot be trusted, so there is nothing to answer */
    node->bad_commands++;
    roost_node_raise(node, ROOST_CODE_COM_BAD_CONFIG, NULL, 0);
    return;
  }
  if (!err && node->has_config && config.rev == node->config_rev) {
    roost_node_reply(node, config.rev, true, 0, NULL); /* the broker keeps it and sends it after every connection */
    return;
  }
  if (!err && node->has_config && config.rev < node->config_rev) {
    roost_node_reply(node, node->config_rev, true, 0, NULL); /* the hub lost a revision: it learns which one we follow */
    return;
  }
  const char *text = "too many settings";
  if (!err && size_bytes > ROOST_CONFIG_MAX_BYTES) err = ROOST_ERR_ROOM;
  if (!err) {
    err = apply(node, &config);
    text = "settings that make no sense";
  }
  const struct roost_nvs *nvs = &node->setup.nvs;
  if (!err && nvs->set(nvs->ctx, CONFIG_KEY, payload, size_bytes)) roost_node_raise(node, ROOST_CODE_SEC_NVS_UNREADABLE, NULL, 0);
  if (err) roost_node_raise(node, ROOST_CODE_COM_BAD_CONFIG, NULL, 0);
  roost_node_reply(node, config.rev, !err, err ? ROOST_CODE_COM_BAD_CONFIG : 0, err ? text : NULL);
}

/* By position, because names in NVS are short; the name inside says whether it still belongs to this sensor. */
struct calibration {
  double offset, gain;
  char id[ROOST_SENSOR_ID_MAX_BYTES];
};

static void name_of(const struct roost_node *node, const struct roost_sensor *sensor, char key[12]) {
  for (uint8_t i = 0; i < node->setup.channel_count; i++) {
    const struct roost_channel *channel = &node->setup.channels[i];
    if (channel->main == sensor || channel->backup == sensor) snprintf(key, 12, "cal%u%c", i, channel->main == sensor ? 'm' : 'b');
  }
}

void roost_node_load_calibration(struct roost_node *node, struct roost_sensor *sensor) {
  struct calibration stored;
  char key[12] = "";
  size_t size = 0;
  name_of(node, sensor, key);
  if (node->setup.nvs.get(node->setup.nvs.ctx, key, &stored, sizeof stored, &size) || size != sizeof stored) return;
  if (strncmp(stored.id, sensor->id.at, sizeof stored.id) != 0) return;
  (void)roost_sensor_set_calibration(sensor, stored.offset, stored.gain);
}

int roost_node_save_calibration(struct roost_node *node, const struct roost_sensor *sensor) {
  struct calibration stored = {.offset = sensor->cal_offset, .gain = sensor->cal_gain};
  char key[12] = "";
  name_of(node, sensor, key);
  memcpy(stored.id, sensor->id.at, sensor->id.size);
  return node->setup.nvs.set(node->setup.nvs.ctx, key, &stored, sizeof stored);
}
