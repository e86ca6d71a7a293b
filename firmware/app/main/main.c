/*
 * Tasks: `node` (this file; all of the core, priority 5, 8 KB, on the task watchdog). Those of esp-mqtt, Wi-Fi, SNTP, a fetch and the supply only
 * leave events in its inbox. The node's identity lies in encrypted NVS as the factory or the enrolment put it there.
 */
#include <stdlib.h>

#include "esp_app_desc.h"
#include "esp_efuse.h"
#include "esp_log.h"
#include "esp_ota_ops.h"
#include "esp_system.h"
#include "esp_task_wdt.h"
#include "nvs.h"
#include "freertos/FreeRTOS.h"
#include "freertos/task.h"

#include "app.h"
#include "esp32_enrol.h"
#include "esp32_inbox.h"

enum { TASK_STACK_BYTES = 8192, TASK_PRIORITY = 5, LOOK_MS = 50 };

static const char TAG[] = "roost";

static struct {
  char uid[16];
  struct app_farm farm;
  struct roost_enrol enrol;
  struct roost_node node;
  struct roost_ota ota;
  struct roost_flash queue, slot;
  struct roost_aes128 peer_aes;
  struct roost_peers peers;
} app;

/* A renewed certificate is for the next connection. */
static void on_renewed(void *ctx, int err) {
  (void)ctx;
  if (err == ROOST_OK) app.node.setup.net.disconnect(NULL);
  else roost_node_raise(&app.node, ROOST_CODE_SEC_KEY_ROTATION_FAILED, NULL, 0);
}

static int rotate_key(void *ctx) {
  (void)ctx;
  return roost_enrol_renew(&app.enrol, app.node.setup.clock.up_ms(app.node.setup.clock.ctx));
}

/* A node without an identity does nothing else until it has one; then it restarts. */
static void come_to_the_farm(void) {
  struct roost_clock clock = esp32_clock();
  for (;;) {
    app_onboarding_step();
    esp32_enrol_pump(clock.up_ms(clock.ctx));
    esp32_inbox_pump(LOOK_MS);
  }
}

static void node_task(void *ctx) {
  const struct roost_clock *clock = &app.node.setup.clock;
  (void)ctx;
  ESP_ERROR_CHECK(esp_task_wdt_add(NULL));
  for (;;) {
    uint32_t wait_ms = roost_node_step(&app.node);
    app_devices_step(&app.node, clock->up_ms(clock->ctx));
    app_onboarding_step();
    esp32_enrol_pump(clock->up_ms(clock->ctx));
    esp_task_wdt_reset();
    esp32_inbox_pump(wait_ms < LOOK_MS ? wait_ms : LOOK_MS);
  }
}

static void open_updates(struct roost_node_setup *setup) {
  if (esp32_flash_open_other_slot(&app.slot) != ROOST_OK) return;
  setup->ota = &app.ota;
  setup->ota_setup = (struct roost_ota_setup){
      .chip = CONFIG_IDF_TARGET, .secure_version = esp_efuse_read_secure_version(), .slot = &app.slot, .boot = esp32_boot()};
  esp32_fetch_create(&setup->ota_setup, &app.ota, &app.farm.identity);
}

#if CONFIG_ROOST_NEIGHBOURS
/* Neighbours share a key that the factory gave them; a node without it has none. */
static void open_neighbours(struct roost_node_setup *setup) {
  struct roost_radio radio;
  uint8_t address[6];
  if (!app.farm.has_peer_key || esp32_espnow_open(&radio, &app.node, address) != ROOST_OK) return;
  roost_aes128_set_key(&app.peer_aes, app.farm.peer_key);
  const struct roost_cipher cipher = roost_aes128_cipher(&app.peer_aes);
  roost_peers_create(&app.peers, address, &cipher, &setup->nvs, &radio, &setup->random);
  setup->peers = &app.peers;
}
#endif

void app_main(void) {
  struct roost_node_setup setup = {
      .fw_version = esp_app_get_description()->version,
      .partition = esp_ota_get_running_partition()->label,
      .sample_ms = CONFIG_ROOST_SAMPLE_MS,
      .publish_ms = CONFIG_ROOST_PUBLISH_MS,
      .clock = esp32_clock(),
      .random = esp32_random(),
      .board = esp32_board(),
      .flash = &app.queue,
  };
  struct roost_identity *identity = &app.farm.identity;
  esp32_read_uid(app.uid);
  setup.uid = app.uid;
  ESP_ERROR_CHECK(esp32_inbox_create() == ROOST_OK ? ESP_OK : ESP_ERR_NO_MEM);
  if (esp32_brownout_watch(&app.node) != ROOST_OK) ESP_LOGE(TAG, "the supply is not watched");
  setup.reset_reason = esp32_reset_reason();
  ESP_ERROR_CHECK(esp32_nvs_open(&setup.nvs) == ROOST_OK ? ESP_OK : ESP_ERR_NVS_NOT_INITIALIZED);
  app_identity_read(&app.farm, &setup.nvs);
  app.enrol.nvs = setup.nvs;
  app.enrol.random = setup.random;
  app.enrol.identity = identity;
  app.enrol.uid = app.uid;
  app.enrol.chip = CONFIG_IDF_TARGET;
  app.enrol.fw_version = setup.fw_version;
  if (esp32_wifi_start() != ROOST_OK) ESP_LOGE(TAG, "no Wi-Fi: readings are stored");
  app_done *on_enrolled = app_onboarding_start(&app.farm, &app.enrol, app.uid);
  bool is_new = !identity->cert_pem[0];
  esp32_enrol_create(&app.enrol, is_new ? on_enrolled : on_renewed);
  if (is_new) come_to_the_farm();
  roost_enrol_start(&app.enrol, 0);
  setup.board.rotate_key = rotate_key;
  if (identity->place[0]) setup.place = identity->place;
  ESP_ERROR_CHECK(esp32_flash_open(&app.queue, "queue") == ROOST_OK ? ESP_OK : ESP_ERR_NOT_FOUND);
  open_updates(&setup);
#if CONFIG_ROOST_NEIGHBOURS
  open_neighbours(&setup);
#endif
  app_devices_open(&setup);
  const struct esp32_net_settings net = {.host = identity->host,
                                         .port = (uint16_t)strtoul(identity->mqtts_port, NULL, 10),
                                         .ca_pem = identity->ca_pem,
                                         .cert_pem = identity->cert_pem,
                                         .key_pem = identity->key_pem};
  esp32_net_create(&setup.net, &app.node, &net);
  ESP_ERROR_CHECK(roost_node_create(&app.node, &setup) == ROOST_OK ? ESP_OK : ESP_FAIL);
  if (esp32_sntp_start(&app.node, identity->ntp[0] ? identity->ntp : identity->host) != ROOST_OK) ESP_LOGE(TAG, "no SNTP: the hub's cmd/time sets the clock");
  xTaskCreate(node_task, "node", TASK_STACK_BYTES, NULL, TASK_PRIORITY, NULL);
}
