/*
 * HTTPS with the hub's enrolment port. esp_http_client waits, so it has a task of its own that lives as long as the request; what it brings
 * lies in a buffer until the node's task asks for it. Acquisition is never held up.
 */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "esp_http_client.h"
#include "freertos/FreeRTOS.h"
#include "freertos/task.h"

#include "esp32_enrol.h"
#include "esp32_port.h"

enum { TASK_STACK_BYTES = 8192, TASK_PRIORITY = 4, TIMEOUT_MS = 15000, ANSWER_MAX_BYTES = ROOST_IDENTITY_MAX_BYTES };

static struct {
  struct roost_enrol *enrol;
  const struct roost_identity *as;
  const char *body;
  char url[192];
  uint8_t *answer; /* while a request runs */
  size_t answer_bytes;
  unsigned status;
  atomic_bool is_over;
} https;

static esp_err_t on_event(esp_http_client_event_t *event) {
  if (event->event_id != HTTP_EVENT_ON_DATA) return ESP_OK;
  size_t size = (size_t)event->data_len;
  if (size > ANSWER_MAX_BYTES - https.answer_bytes) return ESP_FAIL;
  memcpy(https.answer + https.answer_bytes, event->data, size);
  https.answer_bytes += size;
  return ESP_OK;
}

static void run(void *ctx) {
  const struct roost_identity *as = https.as;
  (void)ctx;
  const esp_http_client_config_t config = {
      .url = https.url,
      .method = https.body ? HTTP_METHOD_POST : HTTP_METHOD_GET,
      .cert_pem = as->ca_pem[0] ? as->ca_pem : NULL,
      .client_cert_pem = as->cert_pem[0] ? as->cert_pem : NULL,
      .client_key_pem = as->cert_pem[0] ? as->key_pem : NULL,
      .skip_cert_common_name_check = !as->ca_pem[0],
      .timeout_ms = TIMEOUT_MS,
      .event_handler = on_event,
  };
  esp_http_client_handle_t client = esp_http_client_init(&config);
  esp_err_t err = client ? ESP_OK : ESP_ERR_NO_MEM;
  if (err == ESP_OK && https.body) err = esp_http_client_set_header(client, "Content-Type", "application/json");
  if (err == ESP_OK && https.body) err = esp_http_client_set_post_field(client, https.body, (int)strlen(https.body));
  if (err == ESP_OK) err = esp_http_client_perform(client);
  https.status = err == ESP_OK ? (unsigned)esp_http_client_get_status_code(client) : 0;
  if (client) esp_http_client_cleanup(client);
  (void)esp32_error(err, "enrolment");
  atomic_store(&https.is_over, true);
  vTaskDelete(NULL);
}

static int ask(void *ctx, const struct roost_identity *as, const char *path, const char *body) {
  (void)ctx;
  if (!esp32_wifi_is_up() || https.answer) return ROOST_ERR_NET;
  https.answer = malloc(ANSWER_MAX_BYTES);
  if (!https.answer) return ROOST_ERR_ROOM;
  https.as = as;
  https.body = body;
  https.answer_bytes = 0;
  https.status = 0;
  atomic_store(&https.is_over, false);
  snprintf(https.url, sizeof https.url, "https://%s:%s%s", as->host, as->enrol_port, path);
  if (xTaskCreate(run, "enrol", TASK_STACK_BYTES, NULL, TASK_PRIORITY, NULL) == pdPASS) return ROOST_OK;
  free(https.answer);
  https.answer = NULL;
  return ROOST_ERR_ROOM;
}

/* Of the heap, and only while something is asked: TLS needs that memory too, but not at the same time as an update does. */
static struct roost_enrol_room *lend(void *ctx) {
  (void)ctx;
  return malloc(sizeof(struct roost_enrol_room));
}
static void give_back(void *ctx, struct roost_enrol_room *room) {
  (void)ctx;
  free(room);
}

void esp32_enrol_create(struct roost_enrol *enrol, void (*done)(void *ctx, int err)) {
  https.enrol = enrol;
  enrol->port = (struct roost_enrol_port){.lend = lend, .give_back = give_back, .make_key = esp32_pki_make_key, .make_csr = esp32_pki_make_csr,
                                          .digest_ca = esp32_pki_digest_ca, .check = esp32_pki_check, .ask = ask, .done = done};
}

void esp32_enrol_pump(uint64_t now_ms) {
  if (https.answer && atomic_load(&https.is_over)) {
    uint8_t *answer = https.answer;
    roost_enrol_on_body(https.enrol, answer, https.answer_bytes);
    https.answer = NULL; /* the end may ask anew */
    free(answer);
    roost_enrol_on_end(https.enrol, https.status, now_ms);
  }
  roost_enrol_step(https.enrol, now_ms);
}
