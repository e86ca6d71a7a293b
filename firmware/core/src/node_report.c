/* What a node says about itself: heartbeats, what happened to it as a whole, its Last Will. */
#include "roost/node.h"

static uint32_t conditions_of(const struct roost_node *node) {
  uint32_t conditions = node->time.clk == ROOST_CLK_UNSET ? ROOST_CONDITION_NO_TIME : 0;
  if (node->was_unreachable) conditions |= ROOST_CONDITION_HUB_UNREACHABLE;
  if (node->queue.dropped > 0 && roost_queue_count(&node->queue) > 0) conditions |= ROOST_CONDITION_BACKLOG_FULL;
  for (uint8_t i = 0; i < node->setup.channel_count; i++) {
    const struct roost_channel *channel = &node->setup.channels[i];
    bool has_failed = channel->main->state == ROOST_SENSOR_FAILED || (channel->backup && channel->backup->state == ROOST_SENSOR_FAILED);
    if (has_failed && channel->main->is_enabled) conditions |= ROOST_CONDITION_SENSOR_FAILED;
    if (channel->is_on_backup) conditions |= ROOST_CONDITION_BACKUP_USED;
  }
  return conditions;
}

void roost_node_send_beat(struct roost_node *node, uint64_t now_ms) {
  struct roost_vitals vitals = {0};
  node->setup.board.measure(node->setup.board.ctx, &vitals);
  struct roost_heartbeat beat = {
      .has = ROOST_HEARTBEAT_HAS_LOSS,
      .seq = node->beat_seq++,
      .uptime_s = (uint32_t)(now_ms / 1000),
      .fw_version = roost_text_of(node->setup.fw_version),
      .free_heap_bytes = vitals.free_heap_bytes,
      .min_heap_bytes = vitals.min_heap_bytes,
      .rssi_dbm = vitals.rssi_dbm,
      .error_bitmap = vitals.conditions | conditions_of(node),
      .state = node->state,
      .backlog = roost_outbox_count(&node->outbox),
      .loss = node->outbox.lost + node->queue.dropped + node->queue.damaged,
  };
  roost_node_origin(node, now_ms, &beat.origin, &beat.has);
  bool is_trouble = beat.error_bitmap & (ROOST_CONDITION_SENSOR_FAILED | ROOST_CONDITION_ACTUATOR_STUCK | ROOST_CONDITION_NVS);
  if (beat.state == ROOST_NODE_RUN && is_trouble) beat.state = ROOST_NODE_DEGRADED;
  if (roost_node_send(node, &roost_shape_heartbeat, &beat, "status/heartbeat") == ROOST_OK) node->was_unreachable = false;
}

static uint16_t describe_sensors(struct roost_node *node) {
  uint16_t count = 0;
  for (uint8_t i = 0; i < node->setup.channel_count; i++) {
    const struct roost_channel *channel = &node->setup.channels[i];
    const struct roost_sensor *pair[2] = {channel->main, channel->backup};
    for (unsigned p = 0; p < 2 && pair[p] && count < ROOST_NODE_SENSORS_MAX; p++) {
      node->lists.infos[count++] = (struct roost_sensor_info){
          .has = p == 1 ? ROOST_INFO_HAS_BACKUP : 0,
          .id = pair[p]->id,
          .kind = roost_text_of(pair[p]->traits->kind),
          .quantity = roost_text_of(pair[p]->traits->quantity),
          .unit = roost_text_of(pair[p]->traits->unit),
          .state = pair[p]->state,
          .backup = p == 1,
      };
    }
  }
  return count;
}

void roost_node_send_system(struct roost_node *node, enum roost_system_event event) {
  struct roost_system system = {.event = (uint8_t)event};
  roost_node_origin(node, node->setup.clock.up_ms(node->setup.clock.ctx), &system.origin, &system.has);
  if (event == ROOST_EVENT_BOOT || event == ROOST_EVENT_OTA) {
    system.has |= ROOST_SYSTEM_HAS_FW_VERSION | ROOST_SYSTEM_HAS_SENSORS;
    system.fw_version = roost_text_of(node->setup.fw_version);
    system.reset_reason = roost_text_of(node->setup.reset_reason ? node->setup.reset_reason : "");
    system.partition = roost_text_of(node->setup.partition ? node->setup.partition : "");
    if (system.reset_reason.size > 0) system.has |= ROOST_SYSTEM_HAS_RESET_REASON;
    if (system.partition.size > 0) system.has |= ROOST_SYSTEM_HAS_PARTITION;
    if (node->setup.fw_sha256) {
      system.fw_sha256 = (struct roost_bytes){.at = node->setup.fw_sha256, .size = 32};
      system.has |= ROOST_SYSTEM_HAS_FW_SHA256;
    }
    system.sensors = (struct roost_list){.items = node->lists.infos, .count = describe_sensors(node)};
  }
  (void)roost_node_send(node, &roost_shape_system, &system, "status/system");
}

int roost_node_will(struct roost_node *node, uint8_t *out, size_t room_bytes, size_t *size_bytes) {
  struct roost_system system = {.event = ROOST_EVENT_WILL};
  roost_node_origin(node, node->setup.clock.up_ms(node->setup.clock.ctx), &system.origin, &system.has);
  return roost_shape_encode(&roost_shape_system, &system, out, room_bytes, size_bytes);
}
