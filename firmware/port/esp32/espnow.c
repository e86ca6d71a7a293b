/* Neighbours by ESP-NOW on the channel of the Wi-Fi. Sealing is the core's (AES-128-CCM): ESP-NOW's own encryption knows seven peers only. */
#include <string.h>

#include "esp_mac.h"
#include "esp_now.h"

#include "esp32_inbox.h"
#include "esp32_port.h"

static void on_receive(const esp_now_recv_info_t *info, const uint8_t *data, int data_len) {
  (void)info; /* who it is from says the sealed header */
  if (data_len > 0) (void)esp32_inbox_put(ESP32_EVENT_PEER_FRAME, 0, data, (size_t)data_len, NULL, 0, 0);
}

static void take_frame(void *node, int32_t id, uint8_t *bytes, size_t size_bytes) {
  (void)id;
  roost_node_on_peer_frame(node, bytes, size_bytes);
}

/* ESP-NOW sends only to whom it knows, so each is made known with the first frame. */
static int send_frame(void *ctx, const uint8_t destination[6], const uint8_t *bytes, size_t size_bytes) {
  (void)ctx;
  if (!esp_now_is_peer_exist(destination)) {
    esp_now_peer_info_t peer = {.ifidx = WIFI_IF_STA};
    memcpy(peer.peer_addr, destination, sizeof peer.peer_addr);
    if (esp_now_add_peer(&peer) != ESP_OK) return ROOST_ERR_NET;
  }
  return esp_now_send(destination, bytes, size_bytes) == ESP_OK ? ROOST_OK : ROOST_ERR_NET;
}

int esp32_espnow_open(struct roost_radio *radio, struct roost_node *node, uint8_t address[6]) {
  *radio = (struct roost_radio){.send = send_frame};
  esp32_inbox_handle(ESP32_EVENT_PEER_FRAME, take_frame, node);
  esp_err_t err = esp_efuse_mac_get_default(address);
  if (err == ESP_OK) err = esp_now_init();
  if (err == ESP_OK) err = esp_now_register_recv_cb(on_receive);
  return esp32_error(err, "ESP-NOW");
}
