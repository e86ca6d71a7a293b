/* The core's questions answered by ESP-IDF v5.4; one small file per question. Nothing here decides anything. */
#ifndef ROOST_ESP32_PORT_H
#define ROOST_ESP32_PORT_H

#include "esp_err.h"
#include "roost/bus.h"
#include "roost/drivers.h"
#include "roost/enrol.h"
#include "roost/node.h"
#include "roost/window.h"

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

/* A queue of days on the memory card. ROOST_ERR_FLASH without a card, or with one that cannot be written. */
struct esp32_card_pins {
  int clk, cmd, d0, d1, d2, d3;
};
int esp32_card_open(struct roost_flash *flash, const struct esp32_card_pins *pins, uint32_t size_bytes);

struct roost_board esp32_board(void);
/* A board without one answers `identify` that it has no lamp: ROOST_ERR_STATE. */
int esp32_lamp_open(int gpio);
int esp32_lamp_blink(uint32_t seconds);
/* From now on a falling supply leads to a flush of the node and a restart; `was`: one led to this start. */
int esp32_brownout_watch(struct roost_node *node);
bool esp32_brownout_was(void);
const char *esp32_reset_reason(void);
void esp32_read_uid(char uid[16]);

/* Starts the radio as a station that is nowhere yet. */
int esp32_wifi_start(void);
/* Joins a Wi-Fi, leaving another: it reconnects by itself. */
int esp32_wifi_join(const char *ssid, const char *password);
/* The node's own Wi-Fi, named by its uid, with its page; `password` of at least 8 characters. ROOST_ERR_STATE while it is open or closing. */
int esp32_softap_open(const char *uid, const char *password);
void esp32_softap_close(void);
/* What the page says of the last try (enum roost_onboard_trouble). */
void esp32_softap_show(uint8_t trouble, bool is_trying);
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
void esp32_net_create(struct roost_net *net, struct roost_node *node, const struct esp32_net_settings *settings);
/* Images over HTTPS from the hub of `identity`, beside MQTT. */
void esp32_fetch_create(struct roost_ota_setup *setup, struct roost_ota *ota, const struct roost_identity *identity);
/* The clock from the hub; `server` is "host:port". */
int esp32_sntp_start(struct roost_node *node, const char *server);
/* After the Wi-Fi has started; gives the node's own address. */
int esp32_espnow_open(struct roost_radio *radio, struct roost_node *node, uint8_t address[6]);

int esp32_i2c_open(struct roost_i2c *i2c, int sda_gpio, int scl_gpio);
int esp32_uart_open(struct roost_uart *uart, int port, int tx_gpio, int rx_gpio, uint32_t baud);
int esp32_one_wire_open(struct roost_one_wire *wire, int gpio);
int esp32_input_open(struct roost_input *input, int gpio);
int esp32_pulse_open(struct roost_pulse_line *line, int gpio);
int esp32_motor_open(struct roost_motor *motor, int step_gpio, int direction_gpio, int closed_gpio);
int esp32_microphone_open(int bclk_gpio, int ws_gpio, int data_gpio);
/* What has been heard since the last call. */
void esp32_microphone_take(struct roost_microphone *device);

#endif
