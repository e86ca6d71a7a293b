/* The core's questions answered by ESP-IDF v5.4; one small file per question. Nothing here decides anything. */
#ifndef ROOST_ESP32_PORT_H
#define ROOST_ESP32_PORT_H

#include "esp_err.h"
#include "roost/bus.h"
#include "roost/node.h"

/* ROOST_OK, or the error of ours that says the same; the number of ESP-IDF goes to the log. */
int esp32_error(esp_err_t err, const char *what);

struct roost_clock esp32_clock(void);
struct roost_random esp32_random(void);

/* Opens the namespace "roost" of the encrypted NVS. A broken one is reported, not erased: it holds the node's identity. */
int esp32_nvs_open(struct roost_nvs *nvs);

/* A data partition by its label, or the application slot that does not run. */
int esp32_flash_open(struct roost_flash *flash, const char *label);
int esp32_flash_open_other_slot(struct roost_flash *flash);
struct roost_boot esp32_boot(void);

struct roost_board esp32_board(void);
const char *esp32_reset_reason(void);
void esp32_read_uid(char uid[16]);

/* Joins the Wi-Fi for good: it reconnects by itself. `on_change` is called in the event task. */
int esp32_wifi_start(const char *ssid, const char *password, void (*on_change)(bool is_up));
bool esp32_wifi_is_up(void);
int esp32_wifi_rssi_dbm(void);

/* MQTT over mutual TLS. Events wait until the node's own task asks for them. PEM texts must stay. */
struct esp32_net_settings {
  const char *host;
  uint16_t port;
  const char *ca_pem;
  const char *cert_pem;
  const char *key_pem;
};
int esp32_net_create(struct roost_net *net, struct roost_node *node, const struct esp32_net_settings *settings);
/* Hands the node what has come; waits for it at most so long. */
void esp32_net_pump(uint32_t wait_ms);

int esp32_i2c_open(struct roost_i2c *i2c, int sda_gpio, int scl_gpio);
int esp32_uart_open(struct roost_uart *uart, int port, int tx_gpio, int rx_gpio, uint32_t baud);
int esp32_one_wire_open(struct roost_one_wire *wire, int gpio);
int esp32_input_open(struct roost_input *input, int gpio);

#endif
