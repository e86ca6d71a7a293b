/* Every payload decoder, chosen by the first byte; what is read must be written, and read again to the same bytes. */
#include <string.h>

#include "roost/wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static const struct roost_shape *const SHAPES[] = {
    &roost_shape_data,     &roost_shape_heartbeat, &roost_shape_system,     &roost_shape_diag,        &roost_shape_reply,
    &roost_shape_config,   &roost_shape_read,      &roost_shape_identify,   &roost_shape_restart,     &roost_shape_calibrate,
    &roost_shape_actuate,  &roost_shape_rotate_key, &roost_shape_time,      &roost_shape_ota_offer,   &roost_shape_ota_status,
    &roost_shape_ota_request, &roost_shape_ota_chunk, &roost_shape_ota_cancel};

union message {
  struct roost_data data;
  struct roost_system system;
  struct roost_config config;
  struct roost_command command;
  uint8_t bytes[512];
};

static struct roost_sample samples[ROOST_SAMPLES_MAX];
static struct roost_sensor_info infos[ROOST_SENSORS_MAX];
static struct roost_sensor_config configs[ROOST_SENSORS_MAX];
static struct roost_bytes peers[ROOST_PEERS_MAX];
static struct roost_text names[ROOST_SENSORS_MAX];

static void give_lists(const struct roost_shape *shape, union message *message) {
  memset(message, 0, sizeof *message);
  if (shape == &roost_shape_data) message->data.s = (struct roost_list){.items = samples, .room = ROOST_SAMPLES_MAX};
  if (shape == &roost_shape_system) message->system.sensors = (struct roost_list){.items = infos, .room = ROOST_SENSORS_MAX};
  if (shape == &roost_shape_read) message->command.sensors = (struct roost_list){.items = names, .room = ROOST_SENSORS_MAX};
  if (shape != &roost_shape_config) return;
  message->config.sensors = (struct roost_list){.items = configs, .room = ROOST_SENSORS_MAX};
  message->config.peers = (struct roost_list){.items = peers, .room = ROOST_PEERS_MAX};
}

static void check(const struct roost_shape *shape, const uint8_t *bytes, size_t size) {
  static uint8_t first[ROOST_PAYLOAD_MAX_BYTES], second[ROOST_PAYLOAD_MAX_BYTES];
  union message message;
  struct roost_flaw flaw;
  char text[64];
  size_t first_bytes = 0, second_bytes = 0;
  give_lists(shape, &message);
  int err = roost_shape_decode(shape, bytes, size, &message, &flaw);
  roost_flaw_text(&flaw, text, sizeof text);
  if (err) return;
  if (roost_shape_encode(shape, &message, first, sizeof first, &first_bytes)) __builtin_trap();
  give_lists(shape, &message);
  if (roost_shape_decode(shape, first, first_bytes, &message, &flaw)) __builtin_trap();
  if (roost_shape_encode(shape, &message, second, sizeof second, &second_bytes)) __builtin_trap();
  if (first_bytes != second_bytes || memcmp(first, second, first_bytes) != 0) __builtin_trap();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  for (size_t i = 0; i < sizeof SHAPES / sizeof *SHAPES; i++) check(SHAPES[i], bytes, size);
  return 0;
}
