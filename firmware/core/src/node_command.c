/* What the hub asks. Every command that keeps the contract gets exactly one reply; one that comes twice is not done twice. */
#include <string.h>

#include "roost/node.h"

typedef void handler(struct roost_node *node, const struct roost_command *command);

void roost_node_reply(struct roost_node *node, uint32_t rid, bool is_ok, uint16_t code, const char *text) {
  struct roost_reply reply = {.rid = rid, .ok = is_ok, .code = code, .text = roost_text_of(text ? text : "")};
  if (code) reply.has |= ROOST_REPLY_HAS_CODE;
  if (text) reply.has |= ROOST_REPLY_HAS_TEXT;
  (void)roost_node_send(node, &roost_shape_reply, &reply, "status/reply"); /* without a link the hub has its own time-out */
}

static void answer(struct roost_node *node, const struct roost_command *command, int err, uint16_t code, const char *text) {
  node->answered_rids[node->answered_next] = command->rid;
  node->answers_were_ok[node->answered_next] = !err;
  node->answered_next = (uint8_t)((node->answered_next + 1) % 4);
  if (node->answered_count < 4) node->answered_count++;
  roost_node_reply(node, command->rid, !err, err ? code : 0, err ? text : NULL);
}

static bool is_asked(const struct roost_node *node, const struct roost_command *command, const struct roost_sensor *sensor) {
  if (command->sensors.count == 0) return true;
  for (uint16_t i = 0; i < command->sensors.count; i++) {
    struct roost_text name = node->lists.names[i];
    if (name.size == sensor->id.size && memcmp(name.at, sensor->id.at, name.size) == 0) return true;
  }
  return false;
}

static void take_read(struct roost_node *node, const struct roost_command *command) {
  uint16_t count = 0;
  for (uint8_t i = 0; i < node->setup.channel_count; i++) {
    if (!is_asked(node, command, node->setup.channels[i].main)) continue;
    if (roost_node_answer_read(node, i, command->rid) == ROOST_OK) count++;
  }
  int err = count > 0 && count >= command->sensors.count ? ROOST_OK : ROOST_ERR_EMPTY;
  answer(node, command, err, ROOST_CODE_DAQ_SENSOR_MISSING, "not all of these sensors have a reading");
}

static void take_identify(struct roost_node *node, const struct roost_command *command) {
  bool has_seconds = command->has & ROOST_COMMAND_HAS_SECONDS;
  int err = node->setup.board.identify(node->setup.board.ctx, has_seconds ? command->seconds : 30);
  answer(node, command, err, ROOST_CODE_COM_BAD_COMMAND, "this node has no lamp");
}

static void take_restart(struct roost_node *node, const struct roost_command *command) {
  /* At least a second: the reply and the acknowledgement of the command leave first, or the command would come again. */
  uint32_t delay_s = command->has & ROOST_COMMAND_HAS_SECONDS && command->seconds > 0 ? command->seconds : 1;
  node->restart_at_ms = node->setup.clock.up_ms(node->setup.clock.ctx) + 1000ull * delay_s;
  answer(node, command, ROOST_OK, 0, NULL);
}

static void take_calibrate(struct roost_node *node, const struct roost_command *command) {
  struct roost_sensor *sensor = roost_node_find_sensor(node, command->id);
  if (!sensor) {
    answer(node, command, ROOST_ERR_EMPTY, ROOST_CODE_DAQ_SENSOR_MISSING, "no such sensor");
    return;
  }
  double value = command->has & ROOST_COMMAND_HAS_VALUE ? command->value : 0;
  int err = roost_sensor_calibrate(sensor, (enum roost_calibrate_step)command->step, value);
  if (!err) err = roost_node_save_calibration(node, sensor);
  if (err) roost_diag_raise(&node->diags, ROOST_CODE_DAQ_CALIBRATION_FAILED, sensor->id, 0);
  const char *text = err == ROOST_ERR_STATE ? "the sensor is not steady" : "the result would be too far off";
  answer(node, command, err, ROOST_CODE_DAQ_CALIBRATION_FAILED, text);
}

static void take_actuate(struct roost_node *node, const struct roost_command *command) {
  for (uint8_t i = 0; i < node->setup.actuator_count; i++) {
    const struct roost_actuator *actuator = &node->setup.actuators[i];
    if (!roost_text_equals(command->id, actuator->id)) continue;
    uint32_t ramp_s = command->has & ROOST_COMMAND_HAS_SECONDS ? command->seconds : 0;
    int err = actuator->move(actuator->ctx, command->position, ramp_s);
    answer(node, command, err, ROOST_CODE_DAQ_ACTUATOR_STUCK, "it does not move");
    return;
  }
  answer(node, command, ROOST_ERR_EMPTY, ROOST_CODE_COM_BAD_COMMAND, "no such actuator");
}

static void take_rotate_key(struct roost_node *node, const struct roost_command *command) {
  int err = node->setup.board.rotate_key ? node->setup.board.rotate_key(node->setup.board.ctx) : ROOST_ERR_STATE;
  answer(node, command, err, ROOST_CODE_SEC_KEY_ROTATION_FAILED, "this build cannot renew its key");
}

static void take_time(struct roost_node *node, const struct roost_command *command) {
  roost_node_set_time(node, command->t_ms, ROOST_CLK_HUB);
  answer(node, command, ROOST_OK, 0, NULL);
}

static const struct {
  const char *type;
  const struct roost_shape *shape;
  handler *take;
} COMMANDS[] = {
    {"read", &roost_shape_read, take_read},
    {"identify", &roost_shape_identify, take_identify},
    {"restart", &roost_shape_restart, take_restart},
    {"calibrate", &roost_shape_calibrate, take_calibrate},
    {"actuate", &roost_shape_actuate, take_actuate},
    {"rotate-key", &roost_shape_rotate_key, take_rotate_key},
    {"time", &roost_shape_time, take_time},
};

/* True when this command was answered already: the broker sent it again because our acknowledgement was lost. */
static bool was_answered(struct roost_node *node, uint32_t rid) {
  for (uint8_t i = 0; i < node->answered_count; i++) {
    if (node->answered_rids[i] != rid) continue;
    roost_node_reply(node, rid, node->answers_were_ok[i], 0, NULL);
    return true;
  }
  return false;
}

void roost_node_take_command(struct roost_node *node, const char *type, const uint8_t *payload, size_t size_bytes) {
  for (unsigned i = 0; i < sizeof COMMANDS / sizeof *COMMANDS; i++) {
    if (strcmp(COMMANDS[i].type, type) != 0) continue;
    struct roost_command command = {.sensors = {.items = node->lists.names, .room = ROOST_SENSORS_MAX}};
    struct roost_flaw flaw;
    if (roost_shape_decode(COMMANDS[i].shape, payload, size_bytes, &command, &flaw)) break;
    if (was_answered(node, command.rid)) return;
    uint64_t wall_ms = roost_time_stamp(&node->time, node->setup.clock.up_ms(node->setup.clock.ctx));
    bool is_late = command.has & ROOST_COMMAND_HAS_DEADLINE && node->time.clk != ROOST_CLK_UNSET && wall_ms > command.deadline_ms;
    if (is_late) answer(node, &command, ROOST_ERR_TIMEOUT, ROOST_CODE_COM_BAD_COMMAND, "too late");
    else COMMANDS[i].take(node, &command);
    return;
  }
  node->bad_commands++;
  roost_node_raise(node, ROOST_CODE_COM_BAD_COMMAND, NULL, 0);
}
