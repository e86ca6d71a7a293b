/* The tables of hub/wire/roost.cddl, in the order in which the hub looks for flaws. */
#include "roost/wire.h"

#define COUNT_OF(list) (sizeof(list) / sizeof(list)[0])
#define MEMBER(T, m) .at = offsetof(T, m), .width = sizeof(((T *)0)->m)
#define VERSION {.name = "v", .type = ROOST_FIELD_VERSION}
#define INT(T, key, m, low, high, bit) \
  {.name = (key), .type = ROOST_FIELD_INT, MEMBER(T, m), .has = (bit), .min = (low), .max = (int64_t)(high)}
#define UINT32(T, key, m, bit) INT(T, key, m, 0, UINT32_MAX, bit)
#define TIME(T, key, m, bit) INT(T, key, m, 0, ROOST_TIME_MAX_MS, bit)
#define NUMBER(T, key, m, low, high, bit) \
  {.name = (key), .type = ROOST_FIELD_NUMBER, MEMBER(T, m), .has = (bit), .min = (low), .max = (high)}
#define FINITE(T, key, m, bit) NUMBER(T, key, m, 1, 0, bit)
#define BOOL(T, key, m, bit) {.name = (key), .type = ROOST_FIELD_BOOL, MEMBER(T, m), .has = (bit)}
#define TEXT(T, key, m, low, high, bit) \
  {.name = (key), .type = ROOST_FIELD_TEXT, MEMBER(T, m), .has = (bit), .min = (low), .max = (high)}
#define SENSOR_ID(T, key, m, bit) \
  {.name = (key), .type = ROOST_FIELD_TEXT, MEMBER(T, m), .has = (bit), .min = 1, .max = 64, .is_text = roost_is_sensor_id}
#define BYTES(T, key, m, low, high, bit) \
  {.name = (key), .type = ROOST_FIELD_BYTES, MEMBER(T, m), .has = (bit), .min = (low), .max = (high)}
#define NAME(T, key, m, list, bit) {.name = (key), .type = ROOST_FIELD_NAME, MEMBER(T, m), .has = (bit), .names = (list)}
#define MAP(T, key, m, inner, bit) {.name = (key), .type = ROOST_FIELD_MAP, MEMBER(T, m), .has = (bit), .shape = &(inner)}
#define SHAPE(T, list) {.fields = (list), .field_count = COUNT_OF(list), .struct_bytes = sizeof(T)}
#define PAYLOAD(name, T, list) const struct roost_shape roost_shape_##name = SHAPE(T, list)

static bool is_alnum(char c, bool with_upper) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (with_upper && c >= 'A' && c <= 'Z');
}

bool roost_is_sensor_id(struct roost_text text) {
  if (text.size < 1 || text.size > ROOST_SENSOR_ID_MAX_BYTES) return false;
  for (uint16_t i = 0; i < text.size; i++) {
    char c = text.at[i];
    if (is_alnum(c, true) || c == '_') continue;
    if (i == 0 || !(c == '.' || c == ':' || c == '-')) return false;
  }
  return true;
}

bool roost_is_place_part(struct roost_text text) {
  if (text.size < 1 || text.size > 32) return false;
  for (uint16_t i = 0; i < text.size; i++) {
    if (!is_alnum(text.at[i], false) && (i == 0 || text.at[i] != '-')) return false;
  }
  return true;
}

#define D struct roost_data
static const struct roost_field DATA[] = {
    VERSION,
    UINT32(D, "boot", origin.boot, 0),
    UINT32(D, "seq", seq, 0),
    INT(D, "clk", origin.clk, 0, 2, 0),
    TIME(D, "t", origin.t_ms, 0),
    TEXT(D, "unit", unit, 1, 16, 0),
    {.name = "s", .type = ROOST_FIELD_SAMPLES, MEMBER(D, s), .min = 1, .max = ROOST_SAMPLES_MAX},
    TIME(D, "up", origin.up_ms, ROOST_HAS_UP),
    UINT32(D, "rid", rid, ROOST_DATA_HAS_RID),
};
PAYLOAD(data, D, DATA);

#define H struct roost_heartbeat
static const struct roost_field HEARTBEAT[] = {
    VERSION,
    TEXT(H, "fw_version", fw_version, 1, 32, 0),
    UINT32(H, "boot", origin.boot, 0),
    UINT32(H, "seq", seq, 0),
    INT(H, "clk", origin.clk, 0, 2, 0),
    TIME(H, "t", origin.t_ms, 0),
    UINT32(H, "uptime", uptime_s, 0),
    UINT32(H, "free_heap", free_heap_bytes, 0),
    UINT32(H, "min_heap", min_heap_bytes, 0),
    INT(H, "rssi", rssi_dbm, -200, 100, 0),
    UINT32(H, "error_bitmap", error_bitmap, 0),
    INT(H, "state", state, 0, 5, 0),
    UINT32(H, "backlog", backlog, 0),
    TIME(H, "up", origin.up_ms, ROOST_HAS_UP),
    UINT32(H, "loss", loss, ROOST_HEARTBEAT_HAS_LOSS),
};
PAYLOAD(heartbeat, H, HEARTBEAT);

#define I struct roost_sensor_info
static const struct roost_field SENSOR_INFO[] = {
    SENSOR_ID(I, "id", id, 0),
    TEXT(I, "kind", kind, 1, 32, 0),
    TEXT(I, "quantity", quantity, 1, 32, 0),
    TEXT(I, "unit", unit, 1, 16, 0),
    INT(I, "state", state, 0, 4, 0),
    BOOL(I, "backup", backup, ROOST_INFO_HAS_BACKUP),
    TEXT(I, "serial", serial, 1, 64, ROOST_INFO_HAS_SERIAL),
};
static const struct roost_shape sensor_info = SHAPE(I, SENSOR_INFO);

#define L struct roost_link
static const struct roost_field LINK[] = {
    TEXT(L, "ssid", ssid, 0, 32, 0),
    BYTES(L, "bssid", bssid, 6, 6, 0),
    INT(L, "channel", channel, 0, 196, 0),
    INT(L, "rssi", rssi_dbm, -200, 100, 0),
    UINT32(L, "reconnects", reconnects, 0),
};
static const struct roost_shape link_shape = SHAPE(L, LINK);

#define S struct roost_system
static const char *const EVENTS[] = {"boot", "link", "will", "ota", "shutdown", NULL};
static const struct roost_field SYSTEM[] = {
    VERSION,
    UINT32(S, "boot", origin.boot, 0),
    TIME(S, "t", origin.t_ms, 0),
    INT(S, "clk", origin.clk, 0, 2, 0),
    NAME(S, "event", event, EVENTS, 0),
    TIME(S, "up", origin.up_ms, ROOST_HAS_UP),
    TEXT(S, "reset_reason", reset_reason, 1, 256, ROOST_SYSTEM_HAS_RESET_REASON),
    TEXT(S, "partition", partition, 1, 32, ROOST_SYSTEM_HAS_PARTITION),
    TEXT(S, "fw_version", fw_version, 1, 32, ROOST_SYSTEM_HAS_FW_VERSION),
    BYTES(S, "fw_sha256", fw_sha256, 32, 32, ROOST_SYSTEM_HAS_FW_SHA256),
    MAP(S, "link", link, link_shape, ROOST_SYSTEM_HAS_LINK),
    {.name = "sensors",
     .type = ROOST_FIELD_LIST,
     MEMBER(S, sensors),
     .has = ROOST_SYSTEM_HAS_SENSORS,
     .max = ROOST_SENSORS_MAX,
     .shape = &sensor_info},
};
PAYLOAD(system, S, SYSTEM);

#define G struct roost_diag
static const struct roost_field DIAG[] = {
    VERSION,
    UINT32(G, "boot", origin.boot, 0),
    UINT32(G, "seq", seq, 0),
    TIME(G, "t", origin.t_ms, 0),
    INT(G, "clk", origin.clk, 0, 2, 0),
    INT(G, "code", code, 0x1000, 0x5fff, 0),
    INT(G, "sev", sev, 1, 4, 0),
    INT(G, "count", count, 1, UINT32_MAX, 0),
    TIME(G, "up", origin.up_ms, ROOST_HAS_UP),
    {.name = "arg", .type = ROOST_FIELD_INT_OR_TEXT, MEMBER(G, arg), .has = ROOST_DIAG_HAS_ARG},
    SENSOR_ID(G, "sensor", sensor, ROOST_DIAG_HAS_SENSOR),
};
PAYLOAD(diag, G, DIAG);

#define R struct roost_reply
static const struct roost_field REPLY[] = {
    VERSION,
    UINT32(R, "rid", rid, 0),
    BOOL(R, "ok", ok, 0),
    INT(R, "code", code, 0, 0xffff, ROOST_REPLY_HAS_CODE),
    TEXT(R, "text", text, 0, 256, ROOST_REPLY_HAS_TEXT),
    FINITE(R, "position", position, ROOST_REPLY_HAS_POSITION),
};
PAYLOAD(reply, R, REPLY);

#define P struct roost_place
static bool is_place(const void *from) {
  const P *place = from;
  return roost_is_place_part(place->site) && roost_is_place_part(place->house) && roost_is_place_part(place->node);
}
static const struct roost_field PLACE[] = {
    TEXT(P, "site", site, 1, 32, 0),
    TEXT(P, "house", house, 1, 32, 0),
    TEXT(P, "node", node, 1, 32, 0),
};
static const struct roost_shape place_shape = {
    .fields = PLACE, .field_count = COUNT_OF(PLACE), .struct_bytes = sizeof(P), .is_whole = is_place};

#define C struct roost_sensor_config
static const struct roost_field SENSOR_CONFIG[] = {
    FINITE(C, "offset", offset, ROOST_SENSOR_HAS_OFFSET),
    FINITE(C, "gain", gain, ROOST_SENSOR_HAS_GAIN),
    FINITE(C, "lo", lo, ROOST_SENSOR_HAS_LO),
    FINITE(C, "hi", hi, ROOST_SENSOR_HAS_HI),
    FINITE(C, "max_rate", max_rate, ROOST_SENSOR_HAS_MAX_RATE),
    BOOL(C, "enabled", enabled, ROOST_SENSOR_HAS_ENABLED),
};
static const struct roost_shape sensor_config = SHAPE(C, SENSOR_CONFIG);

#define F struct roost_config
static const struct roost_field PEER = {.name = "peers", .type = ROOST_FIELD_BYTES, .min = 6, .max = 6};
static const struct roost_field CONFIG[] = {
    VERSION,
    UINT32(F, "rev", rev, 0),
    MAP(F, "place", place, place_shape, 0),
    INT(F, "sample_ms", sample_ms, 100, 3600000, 0),
    INT(F, "publish_ms", publish_ms, 100, 3600000, 0),
    {.name = "sensors", .type = ROOST_FIELD_RECORD, MEMBER(F, sensors), .max = ROOST_SENSORS_MAX, .shape = &sensor_config},
    {.name = "peers",
     .type = ROOST_FIELD_LIST,
     MEMBER(F, peers),
     .has = ROOST_CONFIG_HAS_PEERS,
     .max = ROOST_PEERS_MAX,
     .item = &PEER},
    TEXT(F, "ntp", ntp, 1, 256, ROOST_CONFIG_HAS_NTP),
};
PAYLOAD(config, F, CONFIG);

#define Q struct roost_command
#define ASKED VERSION, UINT32(Q, "rid", rid, 0)
#define DEADLINE TIME(Q, "deadline", deadline_ms, ROOST_COMMAND_HAS_DEADLINE)
#define SECONDS(key) INT(Q, key, seconds, 0, 3600, ROOST_COMMAND_HAS_SECONDS)
static const char *const STEPS[] = {"zero", "span", "reset", NULL};
static const struct roost_field SENSOR = {
    .name = "sensors", .type = ROOST_FIELD_TEXT, .min = 1, .max = 64, .is_text = roost_is_sensor_id};
static const struct roost_field READ[] = {
    ASKED,
    {.name = "sensors", .type = ROOST_FIELD_LIST, MEMBER(Q, sensors), .max = ROOST_SENSORS_MAX, .item = &SENSOR},
    DEADLINE,
};
static const struct roost_field IDENTIFY[] = {ASKED, DEADLINE, SECONDS("seconds")};
static const struct roost_field RESTART[] = {ASKED, DEADLINE, SECONDS("delay_s")};
static const struct roost_field CALIBRATE[] = {
    ASKED,
    SENSOR_ID(Q, "sensor", id, 0),
    NAME(Q, "step", step, STEPS, 0),
    DEADLINE,
    FINITE(Q, "value", value, ROOST_COMMAND_HAS_VALUE),
};
static const struct roost_field ACTUATE[] = {
    ASKED, SENSOR_ID(Q, "id", id, 0), NUMBER(Q, "position", position, 0, 100, 0), DEADLINE, SECONDS("ramp_s"),
};
static const struct roost_field ROTATE_KEY[] = {ASKED, DEADLINE};
static const struct roost_field SET_TIME[] = {ASKED, TIME(Q, "t", t_ms, 0), DEADLINE};
PAYLOAD(read, Q, READ);
PAYLOAD(identify, Q, IDENTIFY);
PAYLOAD(restart, Q, RESTART);
PAYLOAD(calibrate, Q, CALIBRATE);
PAYLOAD(actuate, Q, ACTUATE);
PAYLOAD(rotate_key, Q, ROTATE_KEY);
PAYLOAD(time, Q, SET_TIME);

#define O struct roost_ota_offer
static const struct roost_field OFFER[] = {
    VERSION,
    UINT32(O, "id", id, 0),
    TEXT(O, "version", version, 1, 32, 0),
    UINT32(O, "secure_version", secure_version, 0),
    TEXT(O, "chip", chip, 1, 16, 0),
    INT(O, "size", size_bytes, 1, ROOST_OTA_IMAGE_MAX_BYTES, 0),
    BYTES(O, "sha256", sha256, 32, 32, 0),
    INT(O, "chunk", chunk_bytes, ROOST_OTA_CHUNK_BYTES, ROOST_OTA_CHUNK_BYTES, 0),
    INT(O, "chunks", chunks, 1, ROOST_OTA_CHUNKS_MAX, 0),
    INT(O, "deadline_s", deadline_s, 1, 604800, 0),
    TEXT(O, "url", url, 1, 256, ROOST_OFFER_HAS_URL),
    BOOL(O, "force", force, ROOST_OFFER_HAS_FORCE),
};
PAYLOAD(ota_offer, O, OFFER);

#define T struct roost_ota_status
static const char *const PHASES[] = {"accept", "reject", "download", "verify", "boot", "confirm", "rollback", "fail", NULL};
static const struct roost_field STATUS[] = {
    VERSION,
    UINT32(T, "id", id, 0),
    NAME(T, "phase", phase, PHASES, 0),
    INT(T, "got", got, 0, ROOST_OTA_CHUNKS_MAX, ROOST_STATUS_HAS_GOT),
    INT(T, "total", total, 0, ROOST_OTA_CHUNKS_MAX, ROOST_STATUS_HAS_TOTAL),
    INT(T, "code", code, 0, 0xffff, ROOST_STATUS_HAS_CODE),
    TEXT(T, "text", text, 0, 256, ROOST_STATUS_HAS_TEXT),
};
PAYLOAD(ota_status, T, STATUS);

#define REQ struct roost_ota_request
static const struct roost_field REQUEST[] = {
    VERSION,
    UINT32(REQ, "id", id, 0),
    INT(REQ, "from", from, 0, ROOST_OTA_CHUNKS_MAX - 1, 0),
    INT(REQ, "count", count, 1, ROOST_OTA_REQUEST_MAX, 0),
};
PAYLOAD(ota_request, REQ, REQUEST);

#define K struct roost_ota_chunk
static const struct roost_field CHUNK[] = {
    VERSION,
    UINT32(K, "id", id, 0),
    INT(K, "n", n, 0, ROOST_OTA_CHUNKS_MAX - 1, 0),
    BYTES(K, "d", d, 1, ROOST_OTA_CHUNK_BYTES, 0),
};
PAYLOAD(ota_chunk, K, CHUNK);

static const struct roost_field CANCEL[] = {VERSION, UINT32(struct roost_ota_cancel, "id", id, 0)};
PAYLOAD(ota_cancel, struct roost_ota_cancel, CANCEL);
