/* The application's own files: main.c (start and tasks), identity.c (who the node is), devices.c (what hangs on its pins). */
#ifndef ROOST_APP_H
#define ROOST_APP_H

#include "esp32_port.h"
#include "gpio_map.h"
#include "sdkconfig.h"

#define PIN_ENUM(name, number) PIN_##name = (number),
enum pin {
#if CONFIG_IDF_TARGET_ESP32S3
  ROOST_GPIO_ESP32S3(PIN_ENUM)
#else
  ROOST_GPIO_ESP32C3(PIN_ENUM)
#endif
};
#undef PIN_ENUM

/* What the factory and the enrolment left in NVS. Strings end with 0 because there is one byte more than they may have. */
struct app_farm {
  char ssid[33], password[65], code[40];
  char ap_password[65]; /* of the node's own Wi-Fi, on its label; "": it has no page */
  uint8_t fingerprint[32];
  bool has_peer_key;
  uint8_t peer_key[16];
  struct roost_identity identity;
};
/* Whatever there is: a node that knows nothing has its page. */
void app_identity_read(struct app_farm *farm, const struct roost_nvs *nvs);

/* Begins with what is known; what the enrolment that follows has to tell goes to what this gives. */
typedef void app_done(void *ctx, int err);
app_done *app_onboarding_start(struct app_farm *farm, struct roost_enrol *enrol, const char *uid);
/* Every 100 ms or so: button, page, Wi-Fi. */
void app_onboarding_step(void);

/* Sensors and actuators of this build into the setup of a node. */
void app_devices_open(struct roost_node_setup *setup);
/* What the node's task does between its steps: the microphone, the machine's contacts, the window. */
void app_devices_step(struct roost_node *node, uint64_t now_ms);

#endif
