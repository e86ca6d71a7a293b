/* Every message between node and hub, version 1 (hub/wire/roost.cddl). Field names are those of the wire, with units added. */
#ifndef ROOST_WIRE_H
#define ROOST_WIRE_H

#include "roost/shape.h"

#define ROOST_TIME_MAX_MS 253402300799999ull /* the end of the year 9999 */
#define ROOST_SAMPLES_MAX 256u
#define ROOST_SENSORS_MAX 64u
#define ROOST_PEERS_MAX 20u
#define ROOST_SENSOR_ID_MAX_BYTES 64u
#define ROOST_OTA_CHUNK_BYTES 4096u
#define ROOST_OTA_CHUNKS_MAX 896u
#define ROOST_OTA_REQUEST_MAX 16u
#define ROOST_OTA_IMAGE_MAX_BYTES (ROOST_OTA_CHUNK_BYTES * ROOST_OTA_CHUNKS_MAX)

enum roost_clk { ROOST_CLK_UNSET = 0, ROOST_CLK_PEER = 1, ROOST_CLK_HUB = 2 };

enum roost_sensor_state {
  ROOST_SENSOR_INIT = 0,
  ROOST_SENSOR_WARMUP = 1,
  ROOST_SENSOR_STABLE = 2,
  ROOST_SENSOR_DEGRADED = 3,
  ROOST_SENSOR_FAILED = 4,
};

enum roost_sample_flag {
  ROOST_FLAG_VALID = 1,
  ROOST_FLAG_BACKUP = 2,
  ROOST_FLAG_RATE_LIMITED = 4,
  ROOST_FLAG_OUT_OF_BOUNDS = 8,
  ROOST_FLAG_FILTERED = 16,
  ROOST_FLAG_BACKLOG = 32,
};

enum roost_node_state {
  ROOST_NODE_BOOT = 0,
  ROOST_NODE_RUN = 1,
  ROOST_NODE_DEGRADED = 2,
  ROOST_NODE_UPDATING = 3,
  ROOST_NODE_RESCUE = 4,
  ROOST_NODE_FAULT = 5,
};

/* Bits of a heartbeat's error_bitmap (FORMAT.md). */
enum roost_condition {
  ROOST_CONDITION_SENSOR_FAILED = 1 << 0,
  ROOST_CONDITION_BACKUP_USED = 1 << 1,
  ROOST_CONDITION_WIFI_WEAK = 1 << 2,
  ROOST_CONDITION_HUB_UNREACHABLE = 1 << 3,
  ROOST_CONDITION_BACKLOG_FULL = 1 << 4,
  ROOST_CONDITION_NO_TIME = 1 << 5,
  ROOST_CONDITION_CERT_EXPIRING = 1 << 6,
  ROOST_CONDITION_SD = 1 << 7,
  ROOST_CONDITION_HEAP_LOW = 1 << 8,
  ROOST_CONDITION_SUPPLY_LOW = 1 << 9,
  ROOST_CONDITION_WATCHDOG = 1 << 10,
  ROOST_CONDITION_ROLLED_BACK = 1 << 11,
  ROOST_CONDITION_ACTUATOR_STUCK = 1 << 12,
  ROOST_CONDITION_CALIBRATION_DUE = 1 << 13,
  ROOST_CONDITION_NVS = 1 << 14,
};

struct roost_sample {
  double value; /* NaN: there is none */
  uint32_t dt_ms;
  uint8_t state;
  uint8_t flags;
};

/* Who sent it, and when by its own clock. */
struct roost_origin {
  uint64_t t_ms;  /* since the epoch; since boot when clk is 0 */
  uint64_t up_ms; /* since boot when it was sent */
  uint32_t boot;
  uint8_t clk;
};

/* The bit of `up` in every `has`. */
#define ROOST_HAS_UP 1u

struct roost_data {
  uint32_t has; /* ROOST_HAS_UP, ROOST_DATA_HAS_RID */
  uint32_t seq;
  uint32_t rid;
  struct roost_origin origin;
  struct roost_text unit;
  struct roost_list s; /* of struct roost_sample */
};
#define ROOST_DATA_HAS_RID 2u

struct roost_heartbeat {
  uint32_t has;
  uint32_t seq;
  struct roost_origin origin;
  uint32_t uptime_s;
  struct roost_text fw_version;
  uint32_t free_heap_bytes;
  uint32_t min_heap_bytes;
  int32_t rssi_dbm;
  uint32_t error_bitmap;
  uint32_t backlog;
  uint32_t loss;
  uint8_t state; /* enum roost_node_state */
};
#define ROOST_HEARTBEAT_HAS_LOSS 2u

enum roost_system_event {
  ROOST_EVENT_BOOT,
  ROOST_EVENT_LINK,
  ROOST_EVENT_WILL,
  ROOST_EVENT_OTA,
  ROOST_EVENT_SHUTDOWN,
};

struct roost_link {
  uint32_t has;
  struct roost_text ssid;
  struct roost_bytes bssid;
  uint32_t reconnects;
  int32_t rssi_dbm;
  uint8_t channel;
};

struct roost_sensor_info {
  uint32_t has;
  struct roost_text id;
  struct roost_text kind;
  struct roost_text quantity;
  struct roost_text unit;
  struct roost_text serial;
  uint8_t state;
  bool backup;
};
#define ROOST_INFO_HAS_BACKUP 1u
#define ROOST_INFO_HAS_SERIAL 2u

struct roost_system {
  uint32_t has;
  struct roost_origin origin;
  struct roost_text reset_reason;
  struct roost_text partition;
  struct roost_text fw_version;
  struct roost_bytes fw_sha256;
  struct roost_link link;
  struct roost_list sensors; /* of struct roost_sensor_info */
  uint8_t event;
};
#define ROOST_SYSTEM_HAS_RESET_REASON 2u
#define ROOST_SYSTEM_HAS_PARTITION 4u
#define ROOST_SYSTEM_HAS_FW_VERSION 8u
#define ROOST_SYSTEM_HAS_FW_SHA256 16u
#define ROOST_SYSTEM_HAS_LINK 32u
#define ROOST_SYSTEM_HAS_SENSORS 64u

struct roost_diag {
  uint32_t has;
  uint32_t seq;
  struct roost_origin origin;
  uint32_t count;
  struct roost_int_or_text arg;
  struct roost_text sensor;
  uint16_t code; /* codes.h */
  uint8_t sev;
};
#define ROOST_DIAG_HAS_ARG 2u
#define ROOST_DIAG_HAS_SENSOR 4u

struct roost_reply {
  uint32_t has;
  uint32_t rid;
  struct roost_text text;
  double position; /* percent, of an actuator */
  uint16_t code;
  bool ok;
};
#define ROOST_REPLY_HAS_CODE 1u
#define ROOST_REPLY_HAS_TEXT 2u
#define ROOST_REPLY_HAS_POSITION 4u

struct roost_place {
  uint32_t has;
  struct roost_text site;
  struct roost_text house;
  struct roost_text node;
};

struct roost_sensor_config {
  uint32_t has;
  struct roost_text id;
  double offset; /* reported = raw x gain + offset */
  double gain;
  double lo;
  double hi;
  double max_rate; /* units a second */
  bool enabled;
};
#define ROOST_SENSOR_HAS_OFFSET 1u
#define ROOST_SENSOR_HAS_GAIN 2u
#define ROOST_SENSOR_HAS_LO 4u
#define ROOST_SENSOR_HAS_HI 8u
#define ROOST_SENSOR_HAS_MAX_RATE 16u
#define ROOST_SENSOR_HAS_ENABLED 32u

struct roost_config {
  uint32_t has;
  uint32_t rev;
  struct roost_place place;
  uint32_t sample_ms;
  uint32_t publish_ms;
  struct roost_list sensors; /* of struct roost_sensor_config */
  struct roost_list peers;   /* of struct roost_bytes, 6 each */
  struct roost_text ntp;
};
#define ROOST_CONFIG_HAS_PEERS 1u
#define ROOST_CONFIG_HAS_NTP 2u

/* Every command; a shape fills only the fields of its own type. */
struct roost_command {
  uint32_t has;
  uint32_t rid;
  uint64_t deadline_ms;
  uint64_t t_ms;             /* time */
  struct roost_list sensors; /* read: of struct roost_text; none means all */
  struct roost_text id;      /* calibrate: the sensor; actuate: the actuator */
  double value;              /* calibrate */
  double position;           /* actuate: percent */
  uint32_t seconds;          /* identify: how long; restart: after; actuate: ramp */
  uint8_t step;              /* calibrate: enum roost_calibrate_step */
};
#define ROOST_COMMAND_HAS_DEADLINE 1u
#define ROOST_COMMAND_HAS_SECONDS 2u
#define ROOST_COMMAND_HAS_VALUE 4u

enum roost_calibrate_step { ROOST_CALIBRATE_ZERO, ROOST_CALIBRATE_SPAN, ROOST_CALIBRATE_RESET };

enum roost_ota_phase {
  ROOST_PHASE_ACCEPT,
  ROOST_PHASE_REJECT,
  ROOST_PHASE_DOWNLOAD,
  ROOST_PHASE_VERIFY,
  ROOST_PHASE_BOOT,
  ROOST_PHASE_CONFIRM,
  ROOST_PHASE_ROLLBACK,
  ROOST_PHASE_FAIL,
};

struct roost_ota_offer {
  uint32_t has;
  uint32_t id;
  struct roost_text version;
  struct roost_text chip;
  struct roost_text url;
  struct roost_bytes sha256;
  uint32_t secure_version;
  uint32_t size_bytes;
  uint32_t deadline_s;
  uint16_t chunk_bytes;
  uint16_t chunks;
  bool force;
};
#define ROOST_OFFER_HAS_URL 1u
#define ROOST_OFFER_HAS_FORCE 2u

struct roost_ota_status {
  uint32_t has;
  uint32_t id;
  struct roost_text text;
  uint16_t got;
  uint16_t total;
  uint16_t code;
  uint8_t phase;
};
#define ROOST_STATUS_HAS_GOT 1u
#define ROOST_STATUS_HAS_TOTAL 2u
#define ROOST_STATUS_HAS_CODE 4u
#define ROOST_STATUS_HAS_TEXT 8u

struct roost_ota_request {
  uint32_t has;
  uint32_t id;
  uint16_t from;
  uint16_t count;
};

struct roost_ota_chunk {
  uint32_t has;
  uint32_t id;
  uint16_t n;
  struct roost_bytes d;
};

struct roost_ota_cancel {
  uint32_t has;
  uint32_t id;
};

extern const struct roost_shape roost_shape_data;
extern const struct roost_shape roost_shape_heartbeat;
extern const struct roost_shape roost_shape_system;
extern const struct roost_shape roost_shape_diag;
extern const struct roost_shape roost_shape_reply;
extern const struct roost_shape roost_shape_config;
extern const struct roost_shape roost_shape_read;
extern const struct roost_shape roost_shape_identify;
extern const struct roost_shape roost_shape_restart;
extern const struct roost_shape roost_shape_calibrate;
extern const struct roost_shape roost_shape_actuate;
extern const struct roost_shape roost_shape_rotate_key;
extern const struct roost_shape roost_shape_time;
extern const struct roost_shape roost_shape_ota_offer;
extern const struct roost_shape roost_shape_ota_status;
extern const struct roost_shape roost_shape_ota_request;
extern const struct roost_shape roost_shape_ota_chunk;
extern const struct roost_shape roost_shape_ota_cancel;

/* `[A-Za-z0-9_][A-Za-z0-9_.:-]{0,63}` */
bool roost_is_sensor_id(struct roost_text text);
/* `[a-z0-9][a-z0-9-]{0,31}` */
bool roost_is_place_part(struct roost_text text);

#endif
