/* The golden vectors: what the hub reads and writes, the node reads and writes, byte for byte (test/vectors/index.tsv). */
#include <string.h>

#include "roost/frame.h"
#include "roost/wire.h"
#include "test.h"

static uint8_t bytes[16384];
static size_t size_bytes;
static struct roost_sample samples[ROOST_SAMPLES_MAX];
static struct roost_sensor_info infos[ROOST_SENSORS_MAX];
static struct roost_sensor_config configs[ROOST_SENSORS_MAX];
static struct roost_bytes peers[ROOST_PEERS_MAX];
static struct roost_text names[ROOST_SENSORS_MAX];

union message {
  struct roost_data data;
  struct roost_heartbeat heartbeat;
  struct roost_system system;
  struct roost_diag diag;
  struct roost_reply reply;
  struct roost_config config;
  struct roost_command command;
  struct roost_ota_offer offer;
  struct roost_ota_status status;
  struct roost_ota_request request;
  struct roost_ota_chunk chunk;
  struct roost_ota_cancel cancel;
};

static const struct {
  const char *kind;
  const struct roost_shape *shape;
} KINDS[] = {
    {"data", &roost_shape_data},
    {"heartbeat", &roost_shape_heartbeat},
    {"system", &roost_shape_system},
    {"diag", &roost_shape_diag},
    {"reply", &roost_shape_reply},
    {"config", &roost_shape_config},
    {"command/read", &roost_shape_read},
    {"command/identify", &roost_shape_identify},
    {"command/restart", &roost_shape_restart},
    {"command/calibrate", &roost_shape_calibrate},
    {"command/actuate", &roost_shape_actuate},
    {"command/rotate-key", &roost_shape_rotate_key},
    {"command/time", &roost_shape_time},
    {"ota/offer", &roost_shape_ota_offer},
    {"ota/status", &roost_shape_ota_status},
    {"ota/request", &roost_shape_ota_request},
    {"ota/chunk", &roost_shape_ota_chunk},
    {"ota/cancel", &roost_shape_ota_cancel},
};

static const struct roost_shape *shape_of(const char *kind) {
  for (size_t i = 0; i < sizeof KINDS / sizeof *KINDS; i++) {
    if (strcmp(KINDS[i].kind, kind) == 0) return KINDS[i].shape;
  }
  return NULL;
}

static void give_lists(const struct roost_shape *shape, union message *message) {
  memset(message, 0, sizeof *message);
  if (shape == &roost_shape_data) message->data.s = (struct roost_list){.items = samples, .room = ROOST_SAMPLES_MAX};
  if (shape == &roost_shape_system) message->system.sensors = (struct roost_list){.items = infos, .room = ROOST_SENSORS_MAX};
  if (shape == &roost_shape_config) {
    message->config.sensors = (struct roost_list){.items = configs, .room = ROOST_SENSORS_MAX};
    message->config.peers = (struct roost_list){.items = peers, .room = ROOST_PEERS_MAX};
  }
  if (shape == &roost_shape_read) message->command.sensors = (struct roost_list){.items = names, .room = ROOST_SENSORS_MAX};
}

/* True when the vector says the same as the decoder, and the encoder the same as the vector. */
static int check_payload(const char *kind, const char *expected, int is_canonical, char *said, size_t room) {
  const struct roost_shape *shape = shape_of(kind);
  CHECK(shape != NULL);
  union message message;
  struct roost_flaw flaw;
  give_lists(shape, &message);
  int err = roost_shape_decode(shape, bytes, size_bytes, &message, &flaw);
  CHECK((err == ROOST_OK) == (flaw.reason == ROOST_REASON_NONE));
  roost_flaw_text(&flaw, said, room);
  if (strcmp(said, expected) != 0) return 0;
  if (err) return 1;
  static uint8_t out[ROOST_PAYLOAD_MAX_BYTES];
  size_t out_bytes = 0;
  CHECK_EQUAL(roost_shape_encode(shape, &message, out, sizeof out, &out_bytes), ROOST_OK);
  if (is_canonical && (out_bytes != size_bytes || memcmp(out, bytes, out_bytes) != 0)) {
    snprintf(said, room, "other bytes");
    return 0;
  }
  /* Whatever was read is read again from our own bytes, and nothing is written when the room is too small by one byte. */
  union message again;
  give_lists(shape, &again);
  CHECK_EQUAL(roost_shape_decode(shape, out, out_bytes, &again, &flaw), ROOST_OK);
  CHECK_EQUAL(roost_shape_encode(shape, &message, out, out_bytes - 1, &out_bytes), ROOST_ERR_ROOM);
  return 1;
}

static int check_frame(int is_peer, const char *key_hex, const char *expected, int is_canonical, char *said, size_t room) {
  uint8_t key[16];
  for (unsigned i = 0; i < 16; i++) key[i] = (uint8_t)strtoul((char[]){key_hex[2 * i], key_hex[2 * i + 1], 0}, NULL, 16);
  struct roost_aes128 aes;
  roost_aes128_set_key(&aes, key);
  struct roost_cipher cipher = roost_aes128_cipher(&aes);
  size_t max_bytes = is_peer ? ROOST_PEER_FRAME_MAX_BYTES : ROOST_LORA_FRAME_MAX_BYTES;
  static uint8_t opened[16384];
  memcpy(opened, bytes, size_bytes);
  struct roost_frame frame;
  struct roost_peer_body peer;
  struct roost_lora_body lora;
  enum roost_frame_reason reason = roost_frame_open(opened, size_bytes, &cipher, max_bytes, &frame);
  if (!reason) reason = is_peer ? roost_peer_body_read(&frame, &peer) : roost_lora_body_read(&frame, &lora);
  snprintf(said, room, "%s", roost_frame_reason_text(reason));
  if (strcmp(said, expected) != 0) return 0;
  if (reason || !is_canonical) return 1;
  uint8_t body[ROOST_LORA_BODY_MAX_BYTES], out[ROOST_PEER_FRAME_MAX_BYTES];
  if (is_peer) frame.body_bytes = roost_peer_body_write(frame.type, &peer, body);
  else CHECK_EQUAL(roost_lora_body_write(frame.type, &lora, body, &frame.body_bytes), ROOST_OK);
  frame.body = body;
  size_t out_bytes = 0;
  CHECK_EQUAL(roost_frame_seal(&frame, &cipher, out, max_bytes, &out_bytes), ROOST_OK);
  snprintf(said, room, "other bytes");
  return out_bytes == size_bytes && memcmp(out, bytes, size_bytes) == 0;
}

int main(int argc, char **argv) {
  CHECK(argc == 2);
  char path[512], line[512], said[128];
  snprintf(path, sizeof path, "%s/index.tsv", argv[1]);
  FILE *index = fopen(path, "r");
  CHECK(index != NULL);
  CHECK(fgets(line, sizeof line, index) != NULL);
  int count = 0, wrong = 0;
  while (fgets(line, sizeof line, index)) {
    char *name = strtok(line, "\t\n"), *kind = strtok(NULL, "\t\n"), *file = strtok(NULL, "\t\n");
    char *expected = strtok(NULL, "\t\n"), *canonical = strtok(NULL, "\t\n"), *key = strtok(NULL, "\t\n");
    CHECK(key != NULL);
    snprintf(path, sizeof path, "%s/%s", argv[1], file);
    FILE *vector = fopen(path, "rb");
    CHECK(vector != NULL);
    size_bytes = fread(bytes, 1, sizeof bytes, vector);
    fclose(vector);
    int is_canonical = strcmp(canonical, "yes") == 0;
    int is_peer = strcmp(kind, "peer-frame") == 0, is_lora = strcmp(kind, "lora-frame") == 0;
    int is_right = is_peer || is_lora ? check_frame(is_peer, key, expected, is_canonical, said, sizeof said)
                                      : check_payload(kind, expected, is_canonical, said, sizeof said);
    if (!is_right) fprintf(stderr, "%s (%s): expected %s, got %s\n", name, kind, expected, said);
    wrong += !is_right;
    count++;
  }
  fclose(index);
  printf("%d vectors, %d wrong\n", count, wrong);
  return wrong > 0 || count < 200;
}
