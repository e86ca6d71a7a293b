/*
 * Tasks: `node` (this file; all of the core, priority 5, 8 KB, on the task watchdog), esp-mqtt (5) and Wi-Fi (23) of ESP-IDF, which
 * only leave events. The node's identity lies in encrypted NVS as the factory or the enrolment put it there.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "esp_app_desc.h"
#include "esp_efuse.h"
#include "esp_log.h"
#include "esp_ota_ops.h"
#include "esp_system.h"
#include "esp_task_wdt.h"
#include "freertos/FreeRTOS.h"
#include "freertos/task.h"
#include "sdkconfig.h"

#include "esp32_enrol.h"
#include "esp32_port.h"
#include "gpio_map.h"
#include "roost/drivers.h"

enum { TASK_STACK_BYTES = 8192, TASK_PRIORITY = 5 };

#define PIN_ENUM(name, number) PIN_##name = (number),
enum pin {
#if CONFIG_IDF_TARGET_ESP32S3
  ROOST_GPIO_ESP32S3(PIN_ENUM)
#else
  ROOST_GPIO_ESP32C3(PIN_ENUM)
#endif
};

static const char TAG[] = "roost";

/* Strings from NVS end with 0 because there is one byte more than they may have. */
static struct {
  char ssid[33], password[65], code[40];
  uint8_t fingerprint[32];
  struct roost_identity identity;
  struct roost_enrol enrol;
} farm;

static struct {
  char uid[16];
  struct roost_node node;
  struct roost_ota ota;
  struct roost_flash queue, slot;
  struct roost_i2c i2c;
  struct roost_bme280 bme280;
  struct roost_driver bme280_driver;
  struct roost_sensor sensors[6];
  struct roost_channel channels[4];
  uint8_t sensor_count, channel_count;
#if !CONFIG_ROOST_PROFILE_MINIMAL
  struct roost_scd41 scd41;
  struct roost_driver scd41_driver;
  struct roost_modbus co2_bus;
  struct roost_s8 s8;
  struct roost_driver s8_driver;
  struct roost_one_wire one_wire;
  struct roost_ds18b20 probe;
  struct roost_driver probe_driver;
#endif
} app;

static struct roost_sensor *add_sensor(const char *id, const struct roost_driver *driver, uint8_t quantity, const struct roost_sensor_traits *traits) {
  struct roost_sensor *sensor = &app.sensors[app.sensor_count++];
  roost_sensor_create(sensor, id, driver, quantity, &traits[quantity]);
  return sensor;
}

static void add_channel(struct roost_sensor *main_sensor, struct roost_sensor *backup) {
  roost_channel_create(&app.channels[app.channel_count++], main_sensor, backup);
}

static void add_sensors(void) {
  if (esp32_i2c_open(&app.i2c, PIN_I2C_SDA, PIN_I2C_SCL) != ROOST_OK) ESP_LOGE(TAG, "no I2C");
  roost_bme280_create(&app.bme280, &app.i2c, 0x76);
  app.bme280_driver = roost_bme280_driver(&app.bme280);
  struct roost_sensor *temp = add_sensor("temp", &app.bme280_driver, ROOST_BME280_TEMP, roost_bme280_traits);
  add_channel(add_sensor("rh", &app.bme280_driver, ROOST_BME280_RH, roost_bme280_traits), NULL);
#if CONFIG_ROOST_PROFILE_MINIMAL
  add_channel(temp, NULL);
#else
  static const uint8_t ALONE[8] = {0};
  roost_scd41_create(&app.scd41, &app.i2c);
  app.scd41_driver = roost_scd41_driver(&app.scd41);
  if (esp32_uart_open(&app.co2_bus.uart, 1, PIN_CO2_TX, PIN_CO2_RX, 9600) != ROOST_OK) ESP_LOGE(TAG, "no UART");
  roost_s8_create(&app.s8, &app.co2_bus);
  app.s8_driver = roost_s8_driver(&app.s8);
  struct roost_sensor *co2 = add_sensor("co2", &app.scd41_driver, ROOST_SCD41_CO2, roost_scd41_traits);
  add_channel(co2, add_sensor("co2-b", &app.s8_driver, 0, roost_s8_traits));
  if (esp32_one_wire_open(&app.one_wire, PIN_ONE_WIRE) != ROOST_OK) ESP_LOGE(TAG, "no 1-Wire");
  roost_ds18b20_create(&app.probe, &app.one_wire, ALONE);
  app.probe_driver = roost_ds18b20_driver(&app.probe);
  add_channel(temp, add_sensor("temp-b", &app.probe_driver, 0, roost_ds18b20_traits));
#endif
}

static bool read_text(const struct roost_nvs *nvs, const char *key, char *out, size_t room_bytes) {
  size_t size = 0;
  return nvs->get(nvs->ctx, key, out, room_bytes - 1, &size) == ROOST_OK && size > 0;
}

/*
 * The factory gives Wi-Fi and host, and either a whole identity (ca, cert, key, place) or what a node needs to get one (code, ca-sha256).
 * What the node enrolled or renewed itself comes before what the factory gave.
 */
static bool read_identity(const struct roost_nvs *nvs) {
  struct roost_identity *identity = &farm.identity;
  size_t size = 0;
  bool has_wifi = read_text(nvs, "ssid", farm.ssid, sizeof farm.ssid) && read_text(nvs, "password", farm.password, sizeof farm.password);
  if (roost_identity_load(identity, nvs) == ROOST_OK) return has_wifi;
  bool has_host = read_text(nvs, "host", identity->host, sizeof identity->host);
  snprintf(identity->mqtts_port, sizeof identity->mqtts_port, "8883");
  snprintf(identity->enrol_port, sizeof identity->enrol_port, "8443");
  bool has_certs = read_text(nvs, "ca", identity->ca_pem, sizeof identity->ca_pem) && read_text(nvs, "key", identity->key_pem, sizeof identity->key_pem) &&
                   read_text(nvs, "cert", identity->cert_pem, sizeof identity->cert_pem);
  (void)read_text(nvs, "place", identity->place, sizeof identity->place);
  bool has_code = read_text(nvs, "code", farm.code, sizeof farm.code) &&
                  nvs->get(nvs->ctx, "ca-sha256", farm.fingerprint, sizeof farm.fingerprint, &size) == ROOST_OK && size == sizeof farm.fingerprint;
  if (!has_certs) identity->cert_pem[0] = 0;
  return has_wifi && has_host && (has_certs || has_code);
}

/* The place is the node's name, so a new node begins anew with it. */
static void on_enrolled(void *ctx, int err) {
  (void)ctx;
  if (err == ROOST_OK) esp_restart();
  ESP_LOGW(TAG, "%s", err == ROOST_ERR_SEAL ? "the hub refuses the code, or is another one" : "the hub does not answer");
}

/* A renewed certificate is for the next connection. */
static void on_renewed(void *ctx, int err) {
  (void)ctx;
  if (err == ROOST_OK) app.node.setup.net.disconnect(NULL);
  else roost_node_raise(&app.node, ROOST_CODE_SEC_KEY_ROTATION_FAILED, NULL, 0);
}

static int rotate_key(void *ctx) {
  (void)ctx;
  return roost_enrol_renew(&farm.enrol, app.node.setup.clock.up_ms(app.node.setup.clock.ctx));
}

/* One try after the other: a hub that does not know the code yet may know it in a while. */
static void enrol(void) {
  enum { TRY_MS = 5000 };
  struct roost_clock clock = esp32_clock();
  for (uint64_t next_ms = 0;; vTaskDelay(pdMS_TO_TICKS(100))) {
    uint64_t now_ms = clock.up_ms(clock.ctx);
    esp32_enrol_pump(now_ms);
    if (now_ms < next_ms) continue;
    next_ms = now_ms + TRY_MS;
    (void)roost_enrol_begin(&farm.enrol, farm.identity.host, farm.identity.enrol_port, farm.code, farm.fingerprint);
  }
}

static void node_task(void *ctx) {
  (void)ctx;
  ESP_ERROR_CHECK(esp_task_wdt_add(NULL));
  for (;;) {
    uint32_t wait_ms = roost_node_step(&app.node);
    esp32_enrol_pump(app.node.setup.clock.up_ms(app.node.setup.clock.ctx));
    esp_task_wdt_reset();
    esp32_net_pump(wait_ms);
  }
}

void app_main(void) {
  struct roost_node_setup setup = {
      .fw_version = esp_app_get_description()->version,
      .partition = esp_ota_get_running_partition()->label,
      .reset_reason = esp32_reset_reason(),
      .sample_ms = CONFIG_ROOST_SAMPLE_MS,
      .publish_ms = CONFIG_ROOST_PUBLISH_MS,
      .clock = esp32_clock(),
      .random = esp32_random(),
      .board = esp32_board(),
      .flash = &app.queue,
  };
  esp32_read_uid(app.uid);
  setup.uid = app.uid;
  if (esp32_nvs_open(&setup.nvs) != ROOST_OK || !read_identity(&setup.nvs)) {
    ESP_LOGE(TAG, "%s has no identity: provision it first", app.uid);
    return;
  }
  farm.enrol.nvs = setup.nvs;
  farm.enrol.random = setup.random;
  farm.enrol.identity = &farm.identity;
  farm.enrol.uid = app.uid;
  farm.enrol.chip = CONFIG_IDF_TARGET;
  farm.enrol.fw_version = setup.fw_version;
  if (!farm.identity.cert_pem[0]) {
    if (esp32_wifi_start(farm.ssid, farm.password, NULL) != ROOST_OK) ESP_LOGE(TAG, "no Wi-Fi");
    esp32_enrol_create(&farm.enrol, on_enrolled);
    enrol();
  }
  esp32_enrol_create(&farm.enrol, on_renewed);
  roost_enrol_start(&farm.enrol, 0);
  setup.board.rotate_key = rotate_key;
  if (farm.identity.place[0]) setup.place = farm.identity.place;
  ESP_ERROR_CHECK(esp32_flash_open(&app.queue, "queue") == ROOST_OK ? ESP_OK : ESP_ERR_NOT_FOUND);
  if (esp32_flash_open_other_slot(&app.slot) == ROOST_OK) {
    setup.ota = &app.ota;
    setup.ota_setup = (struct roost_ota_setup){
        .chip = CONFIG_IDF_TARGET, .secure_version = esp_efuse_read_secure_version(), .slot = &app.slot, .boot = esp32_boot()};
  }
  add_sensors();
  setup.channels = app.channels;
  setup.channel_count = app.channel_count;
  const struct esp32_net_settings net = {
      .host = farm.identity.host, .port = (uint16_t)strtoul(farm.identity.mqtts_port, NULL, 10), .ca_pem = farm.identity.ca_pem,
      .cert_pem = farm.identity.cert_pem, .key_pem = farm.identity.key_pem};
  ESP_ERROR_CHECK(esp32_net_create(&setup.net, &app.node, &net) == ROOST_OK ? ESP_OK : ESP_ERR_NO_MEM);
  ESP_ERROR_CHECK(roost_node_create(&app.node, &setup) == ROOST_OK ? ESP_OK : ESP_FAIL);
  if (esp32_wifi_start(farm.ssid, farm.password, NULL) != ROOST_OK) ESP_LOGE(TAG, "no Wi-Fi: readings are stored");
  xTaskCreate(node_task, "node", TASK_STACK_BYTES, NULL, TASK_PRIORITY, NULL);
}
