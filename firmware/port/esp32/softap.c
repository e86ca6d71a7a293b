/*
 * The node's own Wi-Fi with its page (roost/portal.h): an access point beside the station, a web server that answers every path with the page,
 * and a name server that leads every name to it. What is filled in goes to the node's task through the inbox.
 */
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "esp_http_server.h"
#include "esp_netif.h"
#include "esp_wifi.h"
#include "freertos/FreeRTOS.h"
#include "freertos/task.h"
#include "lwip/sockets.h"

#include "esp32_inbox.h"
#include "esp32_port.h"
#include "roost/portal.h"

enum { DNS_PORT = 53, DNS_STACK_BYTES = 4608, DNS_PRIORITY = 3, DNS_WAIT_S = 1, PHONES_MAX = 2, CHANNEL = 6, HTTPD_STACK_BYTES = 6144, WAIT_MS = 1000 };
/* ESP-IDF gives its access point this address. */
static const uint8_t ADDRESS[4] = {192, 168, 4, 1};

static struct {
  httpd_handle_t server;
  const char *uid;
  char ssids[ROOST_PORTAL_SSIDS_MAX][33];
  atomic_uchar ssid_count, trouble;
  atomic_bool is_open, is_trying, has_task;
} ap;

static esp_err_t send_page(httpd_req_t *request, enum roost_portal_field wrong, const char *typed, size_t typed_bytes) {
  char *page = malloc(ROOST_PORTAL_PAGE_MAX_BYTES);
  struct roost_portal_view view = {.uid = ap.uid,
                                   .ssid_count = atomic_load(&ap.ssid_count),
                                   .wrong = wrong,
                                   .typed = typed,
                                   .typed_bytes = typed_bytes,
                                   .trouble = atomic_load(&ap.trouble),
                                   .is_trying = atomic_load(&ap.is_trying)};
  if (!page) return ESP_ERR_NO_MEM;
  for (uint8_t i = 0; i < view.ssid_count; i++) view.ssids[i] = ap.ssids[i];
  size_t size = roost_portal_page(&view, page);
  esp_err_t err = httpd_resp_set_type(request, "text/html; charset=utf-8");
  if (err == ESP_OK) err = httpd_resp_set_hdr(request, "Cache-Control", "no-store");
  if (err == ESP_OK) err = httpd_resp_send(request, page, (ssize_t)size);
  free(page);
  return err;
}

static esp_err_t on_get(httpd_req_t *request) { return send_page(request, ROOST_PORTAL_FINE, NULL, 0); }

static esp_err_t on_post(httpd_req_t *request) {
  char body[ROOST_PORTAL_FORM_MAX_BYTES];
  struct roost_portal_form form;
  size_t used = 0;
  if (request->content_len > sizeof body) return send_page(request, ROOST_PORTAL_SSID, NULL, 0);
  while (used < request->content_len) {
    int got = httpd_req_recv(request, body + used, request->content_len - used);
    if (got <= 0) return ESP_FAIL;
    used += (size_t)got;
  }
  enum roost_portal_field wrong = roost_portal_read(body, used, &form);
  if (!wrong) {
    atomic_store(&ap.is_trying, true);
    (void)esp32_inbox_put(ESP32_EVENT_FORM, 0, &form, sizeof form, NULL, 0, WAIT_MS);
  }
  esp_err_t err = send_page(request, wrong, wrong ? body : NULL, used);
  memset(&form, 0, sizeof form);
  memset(body, 0, sizeof body);
  return err;
}

static void look_around(void) {
  wifi_ap_record_t found[ROOST_PORTAL_SSIDS_MAX];
  uint16_t count = ROOST_PORTAL_SSIDS_MAX;
  if (esp_wifi_scan_start(NULL, true) != ESP_OK || esp_wifi_scan_get_ap_records(&count, found) != ESP_OK) return;
  uint8_t kept = 0;
  for (uint16_t i = 0; i < count; i++) {
    bool is_new = found[i].ssid[0] != 0;
    for (uint8_t k = 0; k < kept; k++) is_new = is_new && strcmp(ap.ssids[k], (const char *)found[i].ssid) != 0;
    if (is_new) memcpy(ap.ssids[kept++], found[i].ssid, sizeof *ap.ssids);
  }
  atomic_store(&ap.ssid_count, kept);
}

/* Scans once, then answers questions for names until the page closes. */
static void run(void *ctx) {
  uint8_t query[ROOST_PORTAL_DNS_MAX_BYTES], answer[ROOST_PORTAL_DNS_MAX_BYTES];
  const struct sockaddr_in own = {.sin_family = AF_INET, .sin_port = htons(DNS_PORT), .sin_addr.s_addr = htonl(INADDR_ANY)};
  const struct timeval patience = {.tv_sec = DNS_WAIT_S};
  (void)ctx;
  look_around();
  int fd = socket(AF_INET, SOCK_DGRAM, 0);
  bool is_bound = fd >= 0 && bind(fd, (const struct sockaddr *)&own, sizeof own) == 0;
  (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  while (is_bound && atomic_load(&ap.is_open)) {
    struct sockaddr_in from;
    socklen_t from_bytes = sizeof from;
    ssize_t got = recvfrom(fd, query, sizeof query, 0, (struct sockaddr *)&from, &from_bytes);
    size_t size = got > 0 ? roost_portal_dns(query, (size_t)got, ADDRESS, answer) : 0;
    if (size > 0) (void)sendto(fd, answer, size, 0, (const struct sockaddr *)&from, from_bytes);
  }
  if (fd >= 0) close(fd);
  atomic_store(&ap.has_task, false);
  vTaskDelete(NULL);
}

static esp_err_t open_radio(const char *uid, const char *password) {
  static esp_netif_t *netif;
  wifi_config_t config = {.ap = {.channel = CHANNEL, .authmode = WIFI_AUTH_WPA2_PSK, .max_connection = PHONES_MAX}};
  strncpy((char *)config.ap.ssid, uid, sizeof config.ap.ssid);
  strncpy((char *)config.ap.password, password, sizeof config.ap.password);
  if (!netif) netif = esp_netif_create_default_wifi_ap();
  esp_err_t err = netif ? esp_wifi_set_mode(WIFI_MODE_APSTA) : ESP_ERR_NO_MEM;
  return err == ESP_OK ? esp_wifi_set_config(WIFI_IF_AP, &config) : err;
}

static esp_err_t open_server(void) {
  httpd_config_t config = HTTPD_DEFAULT_CONFIG();
  const httpd_uri_t get = {.uri = "/*", .method = HTTP_GET, .handler = on_get}, post = {.uri = "/*", .method = HTTP_POST, .handler = on_post};
  config.uri_match_fn = httpd_uri_match_wildcard;
  config.stack_size = HTTPD_STACK_BYTES;
  config.lru_purge_enable = true;
  esp_err_t err = httpd_start(&ap.server, &config);
  if (err == ESP_OK) err = httpd_register_uri_handler(ap.server, &get);
  if (err == ESP_OK) err = httpd_register_uri_handler(ap.server, &post);
  return err;
}

int esp32_softap_open(const char *uid, const char *password) {
  if (atomic_load(&ap.is_open) || atomic_load(&ap.has_task)) return ROOST_ERR_STATE;
  ap.uid = uid;
  esp_err_t err = open_radio(uid, password);
  if (err == ESP_OK) err = open_server();
  atomic_store(&ap.is_open, err == ESP_OK);
  if (err != ESP_OK) return esp32_error(err, "page");
  atomic_store(&ap.has_task, true);
  if (xTaskCreate(run, "page", DNS_STACK_BYTES, NULL, DNS_PRIORITY, NULL) == pdPASS) return ROOST_OK;
  atomic_store(&ap.has_task, false);
  return ROOST_OK; /* without names and a list: who types the address gets the page */
}

void esp32_softap_close(void) {
  if (!atomic_exchange(&ap.is_open, false)) return;
  (void)httpd_stop(ap.server);
  (void)esp_wifi_set_mode(WIFI_MODE_STA);
}

void esp32_softap_show(uint8_t trouble, bool is_trying) {
  atomic_store(&ap.trouble, trouble);
  atomic_store(&ap.is_trying, is_trying);
}
