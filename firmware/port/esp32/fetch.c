/*
 * An image over HTTPS with a range, from the hub that the node is connected to. esp_http_client waits, so it has a task for the length of the
 * fetch; what comes goes through the inbox, which holds the connection back while flash is written.
 */
#include <stdatomic.h>
#include <stdio.h>

#include "esp_http_client.h"
#include "freertos/FreeRTOS.h"
#include "freertos/task.h"

#include "esp32_inbox.h"
#include "esp32_port.h"

enum { TASK_STACK_BYTES = 8192, TASK_PRIORITY = 4, TIMEOUT_MS = 15000, PIECE_BYTES = 2048, WAIT_MS = 15000, HTTP_PARTIAL = 206 };

static struct {
  struct roost_ota *ota;
  struct roost_clock clock;
  const struct roost_identity *identity;
  char url[256], range[32];
  atomic_int wanted; /* the number of the fetch that is meant; another one ends */
  atomic_bool is_busy;
} fetch;

static void read_all(esp_http_client_handle_t client, int id) {
  static char piece[PIECE_BYTES];
  for (int got; atomic_load(&fetch.wanted) == id && (got = esp_http_client_read(client, piece, sizeof piece)) > 0;) {
    if (!esp32_inbox_put(ESP32_EVENT_BODY, id, piece, (size_t)got, NULL, 0, WAIT_MS)) return;
  }
}

static void run(void *ctx) {
  int id = (int)(intptr_t)ctx;
  const esp_http_client_config_t config = {.url = fetch.url,
                                           .cert_pem = fetch.identity->ca_pem,
                                           .client_cert_pem = fetch.identity->cert_pem,
                                           .client_key_pem = fetch.identity->key_pem,
                                           .timeout_ms = TIMEOUT_MS,
                                           .buffer_size = PIECE_BYTES};
  esp_http_client_handle_t client = esp_http_client_init(&config);
  esp_err_t err = client ? esp_http_client_set_header(client, "Range", fetch.range) : ESP_ERR_NO_MEM;
  if (err == ESP_OK) err = esp_http_client_open(client, 0);
  if (err == ESP_OK && esp_http_client_fetch_headers(client) < 0) err = ESP_FAIL;
  /* Without the range it would be the whole image from its beginning. */
  if (err == ESP_OK && esp_http_client_get_status_code(client) == HTTP_PARTIAL) read_all(client, id);
  if (client) esp_http_client_cleanup(client);
  (void)esp32_error(err, "image");
  (void)esp32_inbox_put(ESP32_EVENT_FETCH_END, id, NULL, 0, NULL, 0, WAIT_MS);
  atomic_store(&fetch.is_busy, false);
  vTaskDelete(NULL);
}

static void take_body(void *ctx, int32_t id, uint8_t *bytes, size_t size_bytes) {
  (void)ctx;
  if (id == atomic_load(&fetch.wanted)) roost_ota_on_bytes(fetch.ota, bytes, size_bytes, fetch.clock.up_ms(fetch.clock.ctx));
}

static void take_end(void *ctx, int32_t id, uint8_t *bytes, size_t size_bytes) {
  (void)ctx;
  (void)bytes;
  (void)size_bytes;
  if (id == atomic_load(&fetch.wanted)) roost_ota_on_fetch_end(fetch.ota);
}

/* `path` is ":PORT/path" at the hub; NULL: stop. One at a time: the next one waits until the task of the one before has ended. */
static int start(void *ctx, const char *path, uint32_t from_bytes) {
  (void)ctx;
  int id = atomic_fetch_add(&fetch.wanted, 1) + 1;
  if (!path) return ROOST_OK;
  if (!esp32_wifi_is_up() || atomic_load(&fetch.is_busy)) return ROOST_ERR_NET;
  int url_bytes = snprintf(fetch.url, sizeof fetch.url, "https://%s%s", fetch.identity->host, path);
  if (url_bytes < 0 || (size_t)url_bytes >= sizeof fetch.url) return ROOST_ERR_VALUE;
  snprintf(fetch.range, sizeof fetch.range, "bytes=%lu-", (unsigned long)from_bytes);
  atomic_store(&fetch.is_busy, true);
  if (xTaskCreate(run, "image", TASK_STACK_BYTES, (void *)(intptr_t)id, TASK_PRIORITY, NULL) == pdPASS) return ROOST_OK;
  atomic_store(&fetch.is_busy, false);
  return ROOST_ERR_ROOM;
}

void esp32_fetch_create(struct roost_ota_setup *setup, struct roost_ota *ota, const struct roost_identity *identity) {
  fetch.ota = ota;
  fetch.clock = esp32_clock();
  fetch.identity = identity;
  setup->fetch = start;
  esp32_inbox_handle(ESP32_EVENT_BODY, take_body, NULL);
  esp32_inbox_handle(ESP32_EVENT_FETCH_END, take_end, NULL);
}
