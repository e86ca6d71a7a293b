/* Station on 2.4 GHz, 802.11b/g/n, no power save, networks below -85 dBm are not joined (R-COM-13). */
#include <string.h>

#include "esp_event.h"
#include "esp_netif.h"
#include "esp_wifi.h"

#include "esp32_port.h"

enum { JOIN_MIN_DBM = -85 };

static volatile bool is_up, has_network; /* joined; told which one to join */

static void on_event(void *ctx, esp_event_base_t base, int32_t id, void *data) {
  (void)ctx;
  (void)data;
  if (base == IP_EVENT && id == IP_EVENT_STA_GOT_IP) is_up = true;
  if (base != WIFI_EVENT || id != WIFI_EVENT_STA_DISCONNECTED) return;
  is_up = false;
  if (has_network) esp_wifi_connect();
}

int esp32_wifi_start(void) {
  wifi_init_config_t init = WIFI_INIT_CONFIG_DEFAULT();
  esp_err_t err = esp_netif_init();
  if (err == ESP_OK) err = esp_event_loop_create_default();
  if (err == ESP_OK && !esp_netif_create_default_wifi_sta()) err = ESP_ERR_NO_MEM;
  if (err == ESP_OK) err = esp_wifi_init(&init);
  if (err == ESP_OK) err = esp_event_handler_register(WIFI_EVENT, ESP_EVENT_ANY_ID, on_event, NULL);
  if (err == ESP_OK) err = esp_event_handler_register(IP_EVENT, IP_EVENT_STA_GOT_IP, on_event, NULL);
  if (err == ESP_OK) err = esp_wifi_set_storage(WIFI_STORAGE_RAM); /* the password lies in our own encrypted NVS */
  if (err == ESP_OK) err = esp_wifi_set_mode(WIFI_MODE_STA);
  if (err == ESP_OK) err = esp_wifi_start();
  if (err == ESP_OK) err = esp_wifi_set_ps(WIFI_PS_NONE);
  return esp32_error(err, "Wi-Fi");
}

int esp32_wifi_join(const char *ssid, const char *password) {
  wifi_config_t config = {.sta = {.scan_method = WIFI_ALL_CHANNEL_SCAN, .sort_method = WIFI_CONNECT_AP_BY_SIGNAL,
                                  .threshold = {.rssi = JOIN_MIN_DBM, .authmode = WIFI_AUTH_WPA2_PSK}}};
  strncpy((char *)config.sta.ssid, ssid, sizeof config.sta.ssid);
  strncpy((char *)config.sta.password, password, sizeof config.sta.password);
  has_network = false;
  is_up = false;
  (void)esp_wifi_disconnect(); /* of the one before */
  esp_err_t err = esp_wifi_set_config(WIFI_IF_STA, &config);
  has_network = err == ESP_OK;
  if (err == ESP_OK) err = esp_wifi_connect();
  return esp32_error(err, "Wi-Fi");
}

bool esp32_wifi_is_up(void) { return is_up; }

int esp32_wifi_rssi_dbm(void) {
  int rssi_dbm = 0;
  return is_up && esp_wifi_sta_get_rssi(&rssi_dbm) == ESP_OK ? rssi_dbm : -127;
}
