/* What the vectors do not say: our own values that are wrong are never sent, and bytes that no hub would send are named and refused. */
#include <math.h>
#include <string.h>

#include "roost/frame.h"
#include "roost/wire.h"
#include "test.h"

static uint8_t out[ROOST_PAYLOAD_MAX_BYTES + 64];
static size_t out_bytes;

static int encode(const struct roost_shape *shape, const void *message) {
  return roost_shape_encode(shape, message, out, sizeof out, &out_bytes);
}

static struct roost_sample samples[ROOST_SAMPLES_MAX];
static struct roost_data data_of(uint16_t count) {
  return (struct roost_data){.unit = roost_text_of("Cel"), .s = {.items = samples, .count = count, .room = ROOST_SAMPLES_MAX}};
}

static void a_value_out_of_bounds_is_not_written(void) {
  struct roost_data data = data_of(0);
  CHECK_EQUAL(encode(&roost_shape_data, &data), ROOST_ERR_VALUE);
  data.s.count = ROOST_SAMPLES_MAX + 1;
  CHECK_EQUAL(encode(&roost_shape_data, &data), ROOST_ERR_VALUE);
  data = data_of(2);
  samples[0] = (struct roost_sample){.dt_ms = 5};
  samples[1] = (struct roost_sample){.dt_ms = 4};
  CHECK_EQUAL(encode(&roost_shape_data, &data), ROOST_ERR_VALUE); /* time goes back */
  samples[1] = (struct roost_sample){.dt_ms = 5, .state = 5};
  CHECK_EQUAL(encode(&roost_shape_data, &data), ROOST_ERR_VALUE);
  samples[1].state = 4;
  CHECK_EQUAL(encode(&roost_shape_data, &data), ROOST_OK);
  data.unit = roost_text_of("");
  CHECK_EQUAL(encode(&roost_shape_data, &data), ROOST_ERR_VALUE);
  data.unit = roost_text_of("a unit of 17 byte");
  CHECK_EQUAL(encode(&roost_shape_data, &data), ROOST_ERR_VALUE);
  data = data_of(1);
  data.origin.t_ms = ROOST_TIME_MAX_MS + 1;
  CHECK_EQUAL(encode(&roost_shape_data, &data), ROOST_ERR_VALUE);
  struct roost_heartbeat beat = {.fw_version = roost_text_of("1"), .rssi_dbm = -201};
  CHECK_EQUAL(encode(&roost_shape_heartbeat, &beat), ROOST_ERR_VALUE);
  beat.rssi_dbm = 101;
  CHECK_EQUAL(encode(&roost_shape_heartbeat, &beat), ROOST_ERR_VALUE);
  struct roost_system system = {.event = 5};
  CHECK_EQUAL(encode(&roost_shape_system, &system), ROOST_ERR_VALUE);
  system = (struct roost_system){.has = ROOST_SYSTEM_HAS_FW_SHA256, .fw_sha256 = {out, 31}};
  CHECK_EQUAL(encode(&roost_shape_system, &system), ROOST_ERR_VALUE);
  system.fw_sha256.size = 33;
  CHECK_EQUAL(encode(&roost_shape_system, &system), ROOST_ERR_VALUE);
  struct roost_sensor_info info = {.id = roost_text_of("-t")};
  system = (struct roost_system){.has = ROOST_SYSTEM_HAS_SENSORS, .sensors = {.items = &info, .count = 1}};
  CHECK_EQUAL(encode(&roost_shape_system, &system), ROOST_ERR_VALUE);
  struct roost_command command = {.id = roost_text_of("window"), .position = 100.5};
  CHECK_EQUAL(encode(&roost_shape_actuate, &command), ROOST_ERR_VALUE);
  command.position = -1;
  CHECK_EQUAL(encode(&roost_shape_actuate, &command), ROOST_ERR_VALUE);
  command.position = (double)NAN;
  CHECK_EQUAL(encode(&roost_shape_actuate, &command), ROOST_ERR_VALUE);
  struct roost_diag diag = {.code = 0x1001, .sev = 1, .count = 1, .has = ROOST_DIAG_HAS_ARG};
  static char text[257];
  memset(text, 'x', sizeof text);
  diag.arg = (struct roost_int_or_text){.is_text = true, .text = {text, 257}};
  CHECK_EQUAL(encode(&roost_shape_diag, &diag), ROOST_ERR_VALUE);
}

static void a_configuration_with_a_wrong_name_is_not_written(void) {
  struct roost_sensor_config settings[2] = {{.id = {"a", 1}}, {.id = {"a", 1}}};
  struct roost_config config = {.sample_ms = 1000, .publish_ms = 5000, .sensors = {.items = settings, .count = 2}};
  config.place = (struct roost_place){.site = roost_text_of("home"), .house = roost_text_of("h1"), .node = roost_text_of("-n")};
  CHECK_EQUAL(encode(&roost_shape_config, &config), ROOST_ERR_VALUE);
  config.place.node = roost_text_of("a-very-long-name-of-more-than-32-bytes");
  CHECK_EQUAL(encode(&roost_shape_config, &config), ROOST_ERR_VALUE);
  config.place.node = roost_text_of("n");
  CHECK_EQUAL(encode(&roost_shape_config, &config), ROOST_ERR_VALUE); /* a name twice */
  settings[1].id = roost_text_of("a:b.c-d_E9");
  CHECK_EQUAL(encode(&roost_shape_config, &config), ROOST_OK);
  settings[0].id = roost_text_of("a b");
  CHECK_EQUAL(encode(&roost_shape_config, &config), ROOST_ERR_VALUE);
  settings[0] = (struct roost_sensor_config){.id = roost_text_of("b"), .has = ROOST_SENSOR_HAS_GAIN, .gain = (double)INFINITY};
  CHECK_EQUAL(encode(&roost_shape_config, &config), ROOST_ERR_VALUE);
  struct roost_bytes peer = {(const uint8_t *)"short", 5};
  settings[0].has = 0;
  config.peers = (struct roost_list){.items = &peer, .count = 1};
  config.has = ROOST_CONFIG_HAS_PEERS;
  CHECK_EQUAL(encode(&roost_shape_config, &config), ROOST_ERR_VALUE);
  CHECK(!roost_is_sensor_id(roost_text_of("")) && !roost_is_place_part(roost_text_of("")));
  CHECK(!roost_is_place_part(roost_text_of("North")) && roost_is_place_part(roost_text_of("9-z")));
}

static void a_payload_longer_than_the_wire_allows_is_not_written(void) {
  struct roost_data data = data_of(ROOST_SAMPLES_MAX);
  for (uint32_t i = 0; i < ROOST_SAMPLES_MAX; i++) samples[i] = (struct roost_sample){.dt_ms = 0xffffff00u + i, .value = 1.1, .flags = 255};
  CHECK_EQUAL(encode(&roost_shape_data, &data), ROOST_OK);
  static char ids[64][65];
  static struct roost_sensor_info infos[64];
  for (unsigned i = 0; i < 64; i++) {
    memset(ids[i], 'x', 64);
    infos[i] = (struct roost_sensor_info){.has = ROOST_INFO_HAS_SERIAL | ROOST_INFO_HAS_BACKUP, .id = {ids[i], 64}, .kind = {ids[i], 32},
                                          .quantity = {ids[i], 32}, .unit = {ids[i], 16}, .serial = {ids[i], 64}};
  }
  struct roost_system system = {.has = ROOST_SYSTEM_HAS_SENSORS, .sensors = {.items = infos, .count = 64}};
  static uint8_t large[32768];
  CHECK_EQUAL(roost_shape_encode(&roost_shape_system, &system, large, sizeof large, &out_bytes), ROOST_ERR_ROOM);
}

static void check_reason(const char *hex, const char *expected) {
  uint8_t bytes[128];
  char said[64];
  size_t size = 0;
  for (; hex[2 * size]; size++) bytes[size] = (uint8_t)strtoul((char[]){hex[2 * size], hex[2 * size + 1], 0}, NULL, 16);
  struct roost_diag diag = {0};
  struct roost_flaw flaw;
  int err = roost_shape_decode(&roost_shape_diag, bytes, size, &diag, &flaw);
  roost_flaw_text(&flaw, said, sizeof said);
  if (strcmp(said, expected) != 0) fprintf(stderr, "%s: %s, not %s\n", hex, said, expected);
  CHECK(strcmp(said, expected) == 0 && err == ROOST_ERR_PAYLOAD);
}

static void hostile_bytes_are_named(void) {
  check_reason("", "truncated");
  check_reason("f4", "not-map");
  check_reason("a1", "truncated");
  check_reason("a2617601", "truncated");
  check_reason("a161761a0000", "truncated");
  check_reason("a16176fa0000", "truncated");
  check_reason("a16176fc", "not-cbor");
  check_reason("a161761c", "not-cbor");
  check_reason("a161761f", "not-cbor");
  check_reason("a161763f", "not-cbor");
  check_reason("a16176f800", "not-cbor");
  check_reason("a16176f820", "simple");
  check_reason("a16176f0", "simple");
  check_reason("a16176f7", "simple");
  check_reason("a161768181818101", "too-deep");
  check_reason("a16176a16176a16176a16176a0", "too-deep");
  check_reason("a1617664c3a9e4b8", "utf8");       /* cut short */
  check_reason("a1617661c0", "utf8");             /* never in UTF-8 */
  check_reason("a1617661ff", "utf8");
  check_reason("a1617662c080", "utf8");           /* overlong */
  check_reason("a1617663e08080", "utf8");
  check_reason("a1617664f0808080", "utf8");
  check_reason("a1617663eda080", "utf8");         /* a surrogate */
  check_reason("a1617664f4908080", "utf8");       /* above U+10FFFF */
  check_reason("a1617662c3c3", "utf8");
  check_reason("a1617667e282acf09f9093", "type:v"); /* a sign of three bytes and one of four are fine */
  check_reason("a1617664eda08080", "utf8");
  check_reason("a16176fb7ff0000000000000", "type:v");
  check_reason("a16176f93c01", "type:v");         /* 1.0009765625 */
  check_reason("a16176fb7fe0000000000000", "version");
  check_reason("a16176fbffe0000000000000", "version");
  check_reason("a16176fb4330000000000000", "version");
}

/* A diag with a field given as hex instead of what it should be. */
static void check_diag(const char *field_hex, const char *expected) {
  char hex[256];
  snprintf(hex, sizeof hex, "a8617601617419006463636c6b02637365710063736576016"
                            "4626f6f740064636f646519100165636f756e7401");
  if (*field_hex) snprintf(hex, sizeof hex, "a9617601617419006463636c6b02637365710063736576016"
                            "4626f6f740064636f646519100165636f756e7401%s", field_hex);
  uint8_t bytes[128];
  size_t size = 0;
  for (; hex[2 * size]; size++) bytes[size] = (uint8_t)strtoul((char[]){hex[2 * size], hex[2 * size + 1], 0}, NULL, 16);
  struct roost_diag diag = {0};
  struct roost_flaw flaw;
  char said[64];
  (void)roost_shape_decode(&roost_shape_diag, bytes, size, &diag, &flaw);
  roost_flaw_text(&flaw, said, sizeof said);
  if (strcmp(said, expected) != 0) fprintf(stderr, "%s: %s, not %s\n", field_hex, said, expected);
  CHECK(strcmp(said, expected) == 0);
}

static void an_argument_is_a_small_integer_or_a_text(void) {
  check_diag("", "ok");
  check_diag("636172671a7fffffff", "ok");
  check_diag("636172671a80000000", "range:arg");
  check_diag("636172673a80000000", "range:arg");
  check_diag("63617267f6", "type:arg");
  check_diag("63617267fb4059000000000000", "ok"); /* 100.0 */
  check_diag("6673656e736f72", "truncated");
  check_diag("6673656e736f72612d", "range:sensor");
}

static void a_list_that_is_too_short_for_a_message_is_told(void) {
  struct roost_data data = data_of(3);
  samples[0] = samples[1] = samples[2] = (struct roost_sample){.value = 1};
  CHECK_EQUAL(encode(&roost_shape_data, &data), ROOST_OK);
  struct roost_flaw flaw;
  data.s.room = 2;
  CHECK_EQUAL(roost_shape_decode(&roost_shape_data, out, out_bytes, &data, &flaw), ROOST_ERR_ROOM);
}

static void numbers_keep_their_value_in_the_fewest_bytes(void) {
  static const struct {
    double value;
    size_t size;
  } NUMBERS[] = {{0, 1},           {-0.0, 1},      {1.5, 3},     {-1.5, 3},          {65504.5, 5}, {6.103515625e-5, 3}, {5.960464477539063e-8, 3},
                 {2.98e-8, 9},     {0.1, 9},       {3.4e38, 9},  {1e300, 9},         {1.0 / 3, 9}, {9007199254740993.0, 5}, {1e10, 9},
                 {-9007199254740991.0, 9}, {1.401298464324817e-45, 5}, {4.1e-8, 9}, {(double)INFINITY, 1}, {(double)NAN, 1}, {2049.5, 5}};
  for (unsigned i = 0; i < sizeof NUMBERS / sizeof *NUMBERS; i++) {
    struct roost_writer writer = {.out = out, .room_bytes = sizeof out};
    roost_writer_number(&writer, NUMBERS[i].value);
    CHECK_EQUAL(writer.used_bytes, NUMBERS[i].size);
    struct roost_reader reader = {.at = out, .end = out + writer.used_bytes};
    struct roost_item item = roost_reader_next(&reader);
    if (!isfinite(NUMBERS[i].value)) CHECK_EQUAL(item.kind, ROOST_KIND_NULL);
    else if (item.kind == ROOST_KIND_INT) CHECK((double)item.as.number >= NUMBERS[i].value && (double)item.as.number <= NUMBERS[i].value);
    else CHECK(item.as.real >= NUMBERS[i].value && item.as.real <= NUMBERS[i].value);
  }
}

static void a_reader_never_leaves_its_bytes(void) {
  unsigned seed = 3;
  for (unsigned n = 0; n < 20000; n++) {
    uint8_t bytes[24];
    size_t size = test_random(&seed) % sizeof bytes;
    for (size_t i = 0; i < size; i++) bytes[i] = (uint8_t)test_random(&seed);
    struct roost_reader reader = {.at = bytes, .end = bytes + size};
    while (reader.at < reader.end) roost_reader_skip(&reader);
    CHECK(reader.at == reader.end);
    CHECK_EQUAL(roost_reader_next(&reader).kind, ROOST_KIND_NOTHING);
    (void)roost_cbor_scan(bytes, size);
  }
}

static void a_frame_that_is_too_long_or_out_of_numbers_is_not_sealed(void) {
  static const uint8_t KEY[16] = {0};
  struct roost_aes128 aes;
  roost_aes128_set_key(&aes, KEY);
  struct roost_cipher cipher = roost_aes128_cipher(&aes);
  struct roost_frame frame = {.body = out, .body_bytes = 221};
  size_t size = 0;
  CHECK_EQUAL(roost_frame_seal(&frame, &cipher, out + 300, ROOST_PEER_FRAME_MAX_BYTES, &size), ROOST_ERR_ROOM);
  frame = (struct roost_frame){.counter = ROOST_COUNTER_MAX + 1};
  CHECK_EQUAL(roost_frame_seal(&frame, &cipher, out, ROOST_PEER_FRAME_MAX_BYTES, &size), ROOST_ERR_VALUE);
  frame = (struct roost_frame){.type = 0x20};
  CHECK_EQUAL(roost_frame_seal(&frame, &cipher, out, ROOST_PEER_FRAME_MAX_BYTES, &size), ROOST_OK);
  struct roost_peer_body peer = {.wall_ms = 1, .clk = 3};
  struct roost_lora_body lora;
  CHECK_EQUAL(roost_frame_open(out, size, &cipher, ROOST_PEER_FRAME_MAX_BYTES, &frame), ROOST_FRAME_OK);
  CHECK_EQUAL(roost_peer_body_read(&frame, &peer), ROOST_FRAME_TYPE);
  frame.type = 0;
  CHECK_EQUAL(roost_peer_body_read(&frame, &peer), ROOST_FRAME_TYPE);
  frame.type = ROOST_LORA_ACK;
  CHECK_EQUAL(roost_lora_body_read(&frame, &lora), ROOST_FRAME_BODY);
  frame.type = ROOST_LORA_BACKUP;
  CHECK_EQUAL(roost_lora_body_read(&frame, &lora), ROOST_FRAME_BODY);
  uint8_t body[ROOST_PEER_BODY_MAX_BYTES];
  CHECK_EQUAL(roost_peer_body_write(9, &peer, body), 0);
  static const uint8_t TYPES[] = {ROOST_PEER_PING, ROOST_PEER_PONG, ROOST_PEER_TIME_SYNC, ROOST_PEER_TIME_RESP, ROOST_PEER_TIME_RESP};
  for (unsigned i = 0; i < 5; i++) { /* times after the year 9999, and a clock that nobody set */
    peer = (struct roost_peer_body){.up_ms = ROOST_TIME_MAX_MS + 1, .asked_ms = i == 2 || i == 3 ? ROOST_TIME_MAX_MS + 1 : 0, .clk = 3};
    if (i == 4) peer = (struct roost_peer_body){.wall_ms = ROOST_TIME_MAX_MS + 1, .clk = 1};
    frame = (struct roost_frame){.type = TYPES[i], .body = body, .body_bytes = roost_peer_body_write(TYPES[i], &peer, body)};
    CHECK_EQUAL(roost_peer_body_read(&frame, &peer), ROOST_FRAME_BODY);
  }
  body[0] = 1;
  body[1] = '-';
  frame = (struct roost_frame){.type = ROOST_LORA_BACKUP, .body = body, .body_bytes = 2};
  CHECK_EQUAL(roost_lora_body_read(&frame, &lora), ROOST_FRAME_BODY);
  body[1] = 't';
  CHECK_EQUAL(roost_lora_body_read(&frame, &lora), ROOST_FRAME_PAYLOAD);
}

int main(void) {
  PROMISE(a_value_out_of_bounds_is_not_written);
  PROMISE(a_configuration_with_a_wrong_name_is_not_written);
  PROMISE(a_payload_longer_than_the_wire_allows_is_not_written);
  PROMISE(hostile_bytes_are_named);
  PROMISE(an_argument_is_a_small_integer_or_a_text);
  PROMISE(a_list_that_is_too_short_for_a_message_is_told);
  PROMISE(numbers_keep_their_value_in_the_fewest_bytes);
  PROMISE(a_reader_never_leaves_its_bytes);
  PROMISE(a_frame_that_is_too_long_or_out_of_numbers_is_not_sealed);
}
