/*
 * LoRa when everything else is gone: alerts and a little data, sealed, acknowledged, within the airtime that the band allows
 * (EU868, 1 % of each hour). Alerts go before data, the newest data before old.
 */
#ifndef ROOST_LORA_H
#define ROOST_LORA_H

#include "roost/counter.h"
#include "roost/frame.h"
#include "roost/peer.h"

#define ROOST_LORA_QUEUE 4u
#define ROOST_LORA_TRIES 3u
#define ROOST_LORA_ACK_MS 3000u
#define ROOST_LORA_BUDGET_MS 36000u /* of airtime an hour */

struct roost_lora_settings {
  uint8_t spreading_factor; /* 7 … 12 */
  uint32_t bandwidth_hz;    /* 125000 */
  uint8_t coding_rate;      /* 1: 4/5 … 4: 4/8 */
  uint8_t preamble_symbols; /* 8 */
};

/* Time on air in microseconds of a packet with explicit header and CRC (Semtech AN1200.13, section 4). */
uint32_t roost_lora_airtime_us(const struct roost_lora_settings *settings, uint32_t size_bytes);

struct roost_lora_message {
  uint8_t type; /* 0: free */
  uint8_t tries;
  uint8_t body_bytes;
  uint8_t body[ROOST_LORA_BODY_MAX_BYTES];
};

struct roost_lora {
  uint8_t address[6];
  uint8_t hub[6];
  struct roost_cipher cipher;
  struct roost_counter counter;
  struct roost_radio radio;
  struct roost_random random;
  struct roost_lora_settings settings;
  struct roost_replay replay; /* of the hub */
  struct roost_lora_message queue[ROOST_LORA_QUEUE];
  uint8_t open;              /* index + 1 of the message that waits for its ACK, 0: none */
  uint64_t open_counters[ROOST_LORA_TRIES];
  uint64_t sent_at_ms, wait_ms;
  uint32_t budget_us;        /* airtime that is left; refills by 1 % of the time */
  uint64_t refilled_at_ms;
  uint32_t delivered, failed, held_back, refused;
};

void roost_lora_create(struct roost_lora *lora, const uint8_t address[6], const uint8_t hub[6], const struct roost_cipher *cipher,
                       const struct roost_nvs *nvs, const struct roost_radio *radio, const struct roost_random *random,
                       const struct roost_lora_settings *settings);
/* Takes a message (ROOST_LORA_ALERT or BACKUP). A full queue gives up its oldest BACKUP for an alert; else ROOST_ERR_ROOM. */
int roost_lora_put(struct roost_lora *lora, uint8_t type, const struct roost_lora_body *body);
void roost_lora_step(struct roost_lora *lora, uint64_t up_ms);
/* A packet that was received; only the hub's ACKs mean anything here. */
void roost_lora_on_frame(struct roost_lora *lora, uint8_t *bytes, size_t size_bytes);
uint8_t roost_lora_count(const struct roost_lora *lora);
/* Gives up what waits: there is a better way now. The airtime that was used stays used. */
void roost_lora_clear(struct roost_lora *lora);

#endif
