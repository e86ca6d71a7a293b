/* The time from the hub: lwIP asks it, and the node's task is told when the clock is right. */
#include <stdio.h>
#include <string.h>
#include <sys/time.h>

#include "esp_netif_sntp.h"

#include "esp32_inbox.h"
#include "esp32_port.h"

static char host[128]; /* lwIP keeps the pointer */

static void on_time(struct timeval *now) {
  (void)now;
  (void)esp32_inbox_put(ESP32_EVENT_TIME, 0, NULL, 0, NULL, 0, 0); /* the next one is an hour away, and cmd/time is there too */
}

static void take_time(void *node, int32_t id, uint8_t *bytes, size_t size_bytes) {
  struct timeval now;
  (void)id;
  (void)bytes;
  (void)size_bytes;
  gettimeofday(&now, NULL);
  roost_node_set_time(node, (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_usec / 1000, ROOST_CLK_HUB);
}

int esp32_sntp_start(struct roost_node *node, const char *server) {
  size_t host_bytes = strcspn(server, ":"); /* lwIP asks port 123, as the hub answers it on the box */
  if (host_bytes == 0 || host_bytes >= sizeof host) return ROOST_ERR_VALUE;
  memcpy(host, server, host_bytes);
  esp_sntp_config_t config = ESP_NETIF_SNTP_DEFAULT_CONFIG(host);
  config.sync_cb = on_time;
  config.wait_for_sync = false;
  esp32_inbox_handle(ESP32_EVENT_TIME, take_time, node);
  return esp32_error(esp_netif_sntp_init(&config), "SNTP");
}
