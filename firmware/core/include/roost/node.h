/*
 * A node: everything of it but the chip. The port calls roost_node_step often (every 20 ms or when the given time has come), and tells
 * it what comes from the network. One thread. Nothing here waits.
 */
#ifndef ROOST_NODE_H
#define ROOST_NODE_H

#include "roost/diag.h"
#include "roost/lora.h"
#include "roost/ota.h"
#include "roost/outbox.h"
#include "roost/peer.h"
#include "roost/sensor.h"

#define ROOST_NODE_CHANNELS_MAX 16u
#define ROOST_NODE_SENSORS_MAX 24u /* settings that one configuration may have for this node */
#define ROOST_NODE_ACTUATORS_MAX 4u
#define ROOST_HEARTBEAT_MS 10000u
#define ROOST_CONFIG_MAX_BYTES 2048u
#define ROOST_LORA_READINGS_AFTER_MS 60000u /* a hub that restarts is back before */
#define ROOST_LORA_READING_MS 120000u /* half of an hour's airtime at spreading factor 9; alerts and repeats have the other */
#define ROOST_HEALTHY_LINK_MS 5000u /* a trial image holds the link for so long before it is confirmed */
#define ROOST_BACKOFF_FIRST_MS 500u
#define ROOST_BACKOFF_MAX_MS 8000u /* a hub that is back has its nodes back within 10 s */

/* What the chip knows about itself. */
struct roost_vitals {
  uint32_t free_heap_bytes;
  uint32_t min_heap_bytes;
  int32_t rssi_dbm;
  uint32_t conditions; /* enum roost_condition: what only the port can see */
};

struct roost_board {
  void *ctx;
  void (*measure)(void *ctx, struct roost_vitals *vitals);
  void (*restart)(void *ctx);
  int (*identify)(void *ctx, uint32_t seconds); /* ROOST_ERR_STATE: there is nothing to see or hear on this board */
  int (*rotate_key)(void *ctx); /* starts a renewal of key and certificate; NULL: this build cannot */
};

struct roost_actuator {
  const char *id;
  void *ctx;
  /* Starts to move; ROOST_ERR_STATE when it cannot now. */
  int (*move)(void *ctx, double percent, uint32_t ramp_s);
  double (*position)(void *ctx);
};

/* All that a node is made of; the strings and parts live as long as the node. */
struct roost_node_setup {
  const char *uid; /* "rn-" and 12 hex digits */
  const char *fw_version;
  const char *partition;
  const char *reset_reason;
  const uint8_t *fw_sha256; /* 32 bytes or NULL */
  const char *place;        /* "site/house/node" as told at onboarding, NULL: none yet; a configuration overrules it */
  uint32_t sample_ms;       /* until a configuration says otherwise */
  uint32_t publish_ms;
  struct roost_clock clock;
  struct roost_random random;
  struct roost_nvs nvs;
  struct roost_net net;
  struct roost_board board;
  const struct roost_flash *flash; /* of the store-and-forward queue */
  struct roost_channel *channels;
  uint8_t channel_count;
  struct roost_ota *ota; /* created by roost_node_create from ota_setup; NULL: this build takes no updates */
  struct roost_ota_setup ota_setup; /* the port fills chip to boot, the node the rest */
  struct roost_peers *peers; /* made by the port with its radio and key; who they are says the configuration; NULL: this build has no ESP-NOW */
  struct roost_lora *lora;   /* made by the port with its radio and key; NULL: this node has none */
  struct roost_actuator *actuators;
  uint8_t actuator_count;
};

/* The samples of one channel that wait to be published. */
struct roost_batch {
  struct roost_sample samples[ROOST_BATCH_MAX];
  uint64_t start_up_ms; /* dt is counted from here */
  uint64_t last_up_ms;
  uint32_t seq;
  uint16_t count;
  bool has_last;
};

struct roost_backoff {
  uint8_t attempt;
};
/* Full jitter between half and all of 0.5 s × 2^attempt, at most 8 s. */
uint32_t roost_backoff_next_ms(struct roost_backoff *backoff, const struct roost_random *random);

struct roost_node {
  struct roost_node_setup setup;
  char prefix[112];
  char next_prefix[112]; /* where a configuration moved the node, until the reconnection */
  uint32_t boot;
  struct roost_time time;
  struct roost_queue queue;
  struct roost_outbox outbox;
  struct roost_diags diags;
  struct roost_batch batches[ROOST_NODE_CHANNELS_MAX];
  uint32_t config_rev;
  bool has_config;
  uint32_t sample_ms, publish_ms;
  uint64_t next_sample_ms, next_publish_ms, next_beat_ms, next_connect_ms, link_since_ms, down_since_ms;
  uint64_t next_peer_ms;  /* when a neighbour is asked for the time */
  uint8_t next_peer;
  uint64_t next_lora_ms; /* of the next reading that goes by LoRa */
  uint8_t next_lora_channel;
  uint64_t restart_at_ms; /* 0: not asked */
  struct roost_backoff backoff;
  bool is_up, is_connecting, has_told_boot, has_told_lora, wants_reconnect, was_unreachable;
  uint8_t state; /* enum roost_node_state, as the port or OTA sets it; 0 boot until the first sample */
  uint32_t reconnects, beat_seq, diag_seqs[5], overruns, told_dropped;
  uint32_t samples; /* taken from channels since the start */
  uint32_t answered_rids[4];
  bool answers_were_ok[4];
  uint8_t answered_next, answered_count;
  uint32_t bad_commands; /* that broke the contract */
  uint8_t scratch[4096]; /* a payload that is made or read */
  union {
    struct roost_sensor_config configs[ROOST_NODE_SENSORS_MAX];
    struct roost_sensor_info infos[ROOST_NODE_SENSORS_MAX];
    struct roost_text names[ROOST_SENSORS_MAX];
  } lists;
  struct roost_bytes peers[ROOST_PEERS_MAX]; /* of the configuration that is being read */
};

/* Opens the queue, reads the stored configuration and calibrations. Works with an empty or broken NVS; ROOST_ERR_FLASH without flash. */
int roost_node_create(struct roost_node *node, const struct roost_node_setup *setup);
/* Does what is due; gives the milliseconds until something is due again, at most 1,000. */
uint32_t roost_node_step(struct roost_node *node);

/* What the port tells. A connection that failed is a link that is down. */
void roost_node_on_link(struct roost_node *node, bool is_up);
void roost_node_on_ack(struct roost_node *node, uint32_t token);
void roost_node_on_message(struct roost_node *node, const char *topic, const uint8_t *payload, size_t size_bytes);
/* A frame from the radio of setup.peers; the bytes are deciphered in place. */
void roost_node_on_peer_frame(struct roost_node *node, uint8_t *bytes, size_t size_bytes);
/* A packet from the radio of setup.lora; the bytes are deciphered in place. */
void roost_node_on_lora_frame(struct roost_node *node, uint8_t *bytes, size_t size_bytes);
/* The clock was set by somebody: ROOST_CLK_HUB (SNTP from the hub, cmd/time) or ROOST_CLK_PEER. A peer never overrules the hub. */
void roost_node_set_time(struct roost_node *node, uint64_t wall_ms, enum roost_clk clk);
/* Everything measured to flash, and a word of farewell when there is a link: before a restart and on brownout. */
void roost_node_flush(struct roost_node *node);
void roost_node_raise(struct roost_node *node, uint16_t code, const char *sensor, int32_t arg);

/* The Last Will; made for a connection that is about to be opened. */
int roost_node_will(struct roost_node *node, uint8_t *out, size_t room_bytes, size_t *size_bytes);
const char *roost_node_prefix(const struct roost_node *node);

/* Between the files of the node (node.c, node_peer.c, node_lora.c, node_report.c, node_config.c, node_command.c). */
/* Gives the milliseconds until the radio needs another look. */
uint32_t roost_node_step_peers(struct roost_node *node, uint64_t now_ms);
uint32_t roost_node_step_lora(struct roost_node *node, uint64_t now_ms);
/* A diagnostic that is in the queue already. */
void roost_node_alert_by_lora(struct roost_node *node, uint8_t severity, const uint8_t *payload, size_t size_bytes);
void roost_node_send_beat(struct roost_node *node, uint64_t now_ms);
void roost_node_send_system(struct roost_node *node, enum roost_system_event event);
void roost_node_origin(const struct roost_node *node, uint64_t at_up_ms, struct roost_origin *origin, uint32_t *has);
int roost_node_send(struct roost_node *node, const struct roost_shape *shape, const void *message, const char *suffix);
void roost_node_publish_all(struct roost_node *node);
/* Takes a reading now and sends it; ROOST_ERR_EMPTY when the channel does not measure. */
int roost_node_answer_read(struct roost_node *node, uint8_t channel, uint32_t rid);
/* Takes a reading now into the queue as a message of its own, which lies in the node's scratch until the next one. */
int roost_node_keep_reading(struct roost_node *node, uint8_t channel, const uint8_t **payload, size_t *size_bytes);
void roost_node_load_config(struct roost_node *node);
void roost_node_take_config(struct roost_node *node, const uint8_t *payload, size_t size_bytes);
void roost_node_take_command(struct roost_node *node, const char *type, const uint8_t *payload, size_t size_bytes);
void roost_node_reply(struct roost_node *node, uint32_t rid, bool is_ok, uint16_t code, const char *text);
/* A sensor or backup sensor by its id, NULL when this node has none. */
struct roost_sensor *roost_node_find_sensor(struct roost_node *node, struct roost_text id);
void roost_node_load_calibration(struct roost_node *node, struct roost_sensor *sensor);
int roost_node_save_calibration(struct roost_node *node, const struct roost_sensor *sensor);

#endif
