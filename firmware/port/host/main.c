/*
 * A virtual node: the firmware's core as a process of its own, over mutual TLS to a real hub. Its flash and NVS are files in --state.
 * Tests and people steer it by lines on stdin; what happens to it comes as lines of JSON on stdout. See usage() for both.
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "host_boot.h"
#include "host_enrol.h"
#include "host_flash.h"
#include "host_portal.h"
#include "host_radio.h"
#include "host_sensors.h"
#include "mqtt.h"
#include "roost/node.h"

enum { CRASH_MS = 500 };

struct app {
  struct roost_node node;
  struct roost_ota ota;
  struct mqtt mqtt;
  struct https https;
  struct host_enrol enrol;
  SSL_CTX *tls; /* of the identity */
  struct host_flash flash;
  struct host_boot loader;
  struct host_sensors sensors;
  struct host_radio radio;
  struct host_portal portal;
  struct roost_node_setup setup;
  const char *chip, *place;
  bool has_https;
  char will_topic[160], command_filter[160], ota_filter[160];
  uint8_t will[256];
  bool has_network, has_clock, wants_boot;
  uint64_t booted_ms;
  double window_percent;
};

static uint64_t clock_ms(clockid_t clock) {
  struct timespec now;
  clock_gettime(clock, &now);
  return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static uint64_t up_ms(void *ctx) { return clock_ms(CLOCK_BOOTTIME) - ((struct app *)ctx)->booted_ms; }

static uint32_t next_random(void *ctx) {
  uint32_t value = 0;
  (void)ctx;
  FILE *file = fopen("/dev/urandom", "rb");
  if (!file || fread(&value, sizeof value, 1, file) != 1) abort();
  fclose(file);
  return value;
}

static void say(const char *event, const char *detail) {
  printf("{\"event\":\"%s\"%s%s}\n", event, *detail ? "," : "", detail);
  fflush(stdout);
}

static int net_connect(void *ctx) {
  struct app *app = ctx;
  size_t will_bytes = 0;
  if (!app->has_network || !app->tls || host_image_is(&app->loader.image, "deaf") || roost_node_will(&app->node, app->will, sizeof app->will, &will_bytes)) return ROOST_ERR_NET;
  const char *prefix = roost_node_prefix(&app->node);
  snprintf(app->will_topic, sizeof app->will_topic, "%s/status/system", prefix);
  snprintf(app->command_filter, sizeof app->command_filter, "%s/cmd/#", prefix);
  snprintf(app->ota_filter, sizeof app->ota_filter, "%s/ota/#", prefix);
  struct mqtt_options options = {.host = app->enrol.identity.host, .port = app->enrol.identity.mqtts_port, .name = "localhost", .client_id = app->setup.uid,
                                 .will_topic = app->will_topic, .will = app->will, .will_bytes = will_bytes,
                                 .filters = {app->command_filter, app->ota_filter}};
  return mqtt_connect(&app->mqtt, &options, clock_ms(CLOCK_BOOTTIME)) == 0 ? ROOST_OK : ROOST_ERR_NET;
}

static void net_disconnect(void *ctx) { mqtt_drop(&((struct app *)ctx)->mqtt); }

static int net_publish(void *ctx, const char *topic, const uint8_t *payload, size_t size, uint32_t token) {
  return mqtt_publish(&((struct app *)ctx)->mqtt, topic, payload, size, token) ? ROOST_OK : ROOST_ERR_NET;
}

static void on_link(void *ctx, bool is_up) {
  struct app *app = ctx;
  say("link", is_up ? "\"up\":true" : "\"up\":false");
  if (is_up && app->has_clock) roost_node_set_time(&app->node, clock_ms(CLOCK_REALTIME), ROOST_CLK_HUB);
  roost_node_on_link(&app->node, is_up);
}
static void on_ack(void *ctx, uint32_t token) { roost_node_on_ack(&((struct app *)ctx)->node, token); }
static void on_message(void *ctx, const char *topic, const uint8_t *payload, size_t size) {
  roost_node_on_message(&((struct app *)ctx)->node, topic, payload, size);
}

static int fetch(void *ctx, const char *url, uint32_t from_bytes) {
  struct app *app = ctx;
  if (!url) {
    https_stop(&app->https);
    return ROOST_OK;
  }
  if (!app->has_network || !app->tls) return ROOST_ERR_NET;
  char detail[64];
  snprintf(detail, sizeof detail, "\"from\":%u", from_bytes);
  say("fetch", detail);
  return https_get(&app->https, app->enrol.identity.host, "localhost", url, from_bytes, clock_ms(CLOCK_BOOTTIME)) == 0 ? ROOST_OK : ROOST_ERR_NET;
}
static void on_body(void *ctx, const uint8_t *bytes, size_t size) {
  struct app *app = ctx;
  roost_ota_on_bytes(&app->ota, bytes, size, up_ms(app));
}
static void on_fetch_end(void *ctx) { roost_ota_on_fetch_end(&((struct app *)ctx)->ota); }

static void measure(void *ctx, struct roost_vitals *vitals) {
  (void)ctx;
  *vitals = (struct roost_vitals){.free_heap_bytes = 180000, .min_heap_bytes = 160000, .rssi_dbm = -58};
}
static void restart(void *ctx) { ((struct app *)ctx)->wants_boot = true; }
static int identify(void *ctx, uint32_t seconds) {
  char detail[32];
  (void)ctx;
  snprintf(detail, sizeof detail, "\"seconds\":%u", seconds);
  say("identify", detail);
  return ROOST_OK;
}
static int move(void *ctx, double percent, uint32_t ramp_s) {
  char detail[64];
  ((struct app *)ctx)->window_percent = percent;
  snprintf(detail, sizeof detail, "\"percent\":%.1f,\"rampS\":%u", percent, ramp_s);
  say("window", detail);
  return ROOST_OK;
}
static double position(void *ctx) { return ((struct app *)ctx)->window_percent; }

static int rotate_key(void *ctx) {
  struct app *app = ctx;
  return roost_enrol_renew(&app->enrol.enrol, up_ms(app));
}

static struct roost_actuator window;

/* New connections are made with the identity as it is now. */
static bool use_identity(struct app *app) {
  SSL_CTX *tls = host_pki_tls(&app->enrol.identity);
  if (!tls) return false;
  SSL_CTX_free(app->tls);
  app->tls = app->mqtt.tls = app->https.tls = tls;
  return true;
}

static void on_identity(void *ctx, bool is_first) {
  struct app *app = ctx;
  if (!use_identity(app)) return;
  if (is_first) { /* the place is the node's name: it begins anew with it, and with what it has measured */
    roost_node_flush(&app->node);
    app->wants_boot = true;
    return;
  }
  mqtt_drop(&app->mqtt);
}

static void on_renewal_failed(void *ctx) { roost_node_raise(&((struct app *)ctx)->node, ROOST_CODE_SEC_KEY_ROTATION_FAILED, NULL, 0); }

static void forget(void *ctx) {
  struct app *app = ctx;
  struct roost_nvs nvs = app->setup.nvs;
  static const char *const KEYS[] = {"identity", "id-next", "config"};
  for (unsigned i = 0; i < sizeof KEYS / sizeof *KEYS; i++) (void)nvs.set(nvs.ctx, KEYS[i], "", 0);
  memset(&app->enrol.identity, 0, sizeof app->enrol.identity);
  SSL_CTX_free(app->tls);
  app->tls = app->mqtt.tls = app->https.tls = NULL;
  app->place = NULL;
  say("forgotten", "");
  app->wants_boot = true;
}

static bool boot(struct app *app, const char *reason) {
  mqtt_drop(&app->mqtt);
  https_stop(&app->https);
  app->booted_ms = clock_ms(CLOCK_BOOTTIME);
  app->wants_boot = false;
  app->setup.reset_reason = reason;
  host_boot_start(&app->loader);
  host_sensors_create(&app->sensors);
  for (unsigned i = 0; i < HOST_SENSORS; i++) app->sensors.sensors[i].is_dead = host_image_is(&app->loader.image, "unhealthy");
  app->setup.fw_version = app->loader.image.version;
  app->setup.fw_sha256 = app->loader.image.has_elf_sha256 ? app->loader.image.elf_sha256 : NULL;
  app->setup.partition = app->loader.partition;
  app->setup.ota = &app->ota;
  app->setup.ota_setup = (struct roost_ota_setup){.chip = app->chip,
                                                   .secure_version = app->loader.image.secure_version,
                                                   .slot = host_boot_other(&app->loader),
                                                   .boot = host_boot_port(&app->loader),
                                                   .fetch = app->has_https ? fetch : NULL,
                                                   .fetch_ctx = app};
  app->setup.peers = host_radio_boot(&app->radio, &app->setup.nvs, &app->setup.random);
  window = (struct roost_actuator){.id = "window-1", .ctx = app, .move = move, .position = position};
  app->setup.actuators = &window;
  app->setup.actuator_count = 1;
  app->setup.channels = app->sensors.channels;
  app->setup.channel_count = HOST_CHANNELS;
  app->setup.place = app->place ? app->place : app->enrol.identity.place[0] ? app->enrol.identity.place : NULL;
  if (roost_node_create(&app->node, &app->setup)) return false;
  char detail[160];
  snprintf(detail, sizeof detail, "\"boot\":%u,\"backlog\":%u,\"version\":\"%s\",\"partition\":\"%s\"", app->node.boot,
           roost_outbox_count(&app->node.outbox), app->loader.image.version, app->loader.partition);
  say("boot", detail);
  app->enrol.enrol.fw_version = app->setup.fw_version;
  host_enrol_boot(&app->enrol);
  return true;
}

static void print_status(struct app *app) {
  char detail[240];
  snprintf(detail, sizeof detail, "\"up\":%s,\"backlog\":%u,\"lost\":%u,\"dropped\":%u,\"damaged\":%u,\"rev\":%u,\"samples\":%u,\"overruns\":%u",
           app->node.is_up ? "true" : "false", roost_outbox_count(&app->node.outbox), app->node.outbox.lost, app->node.queue.dropped,
           app->node.queue.damaged, app->node.config_rev, app->node.samples, app->node.overruns);
  say("status", detail);
}

/* What the radio is worth: how far the node's clock is off, what it refused, what was answered. */
static void print_radio(struct app *app) {
  const struct roost_peers *peers = &app->radio.peers;
  char detail[240];
  uint32_t answered = 0, unanswered = 0;
  for (unsigned i = 0; i < peers->count; i++) {
    answered += peers->peers[i].answered;
    unanswered += peers->peers[i].unanswered;
  }
  long long off_ms = (long long)roost_time_stamp(&app->node.time, up_ms(app)) - (long long)clock_ms(CLOCK_REALTIME);
  snprintf(detail, sizeof detail, "\"clk\":%u,\"offMs\":%lld,\"answered\":%u,\"unanswered\":%u,\"refusedSeal\":%u,\"refusedReplay\":%u,\"refusedOther\":%u",
           app->node.time.clk, off_ms, answered, unanswered, peers->refused_seal, peers->refused_replay, peers->refused_other);
  say("radio", detail);
}

static void take_frames(struct app *app) {
  uint8_t bytes[ROOST_PEER_FRAME_MAX_BYTES + 1];
  for (size_t size; (size = host_radio_take(&app->radio, bytes, sizeof bytes)) > 0;) roost_node_on_peer_frame(&app->node, bytes, size);
}

/* One line of stdin; false: it is not understood. */
static bool obey(struct app *app, char *line) {
  char *word = strtok(line, " \n"), *first = strtok(NULL, " \n"), *second = strtok(NULL, " \n");
  if (!word) return true;
  if (strcmp(word, "network") == 0 && first) {
    app->has_network = app->enrol.has_network = strcmp(first, "on") == 0;
    if (!app->has_network) mqtt_drop(&app->mqtt);
    if (!app->has_network && app->https.state != HTTPS_IDLE) {
      https_stop(&app->https);
      on_fetch_end(app);
    }
  } else if (strcmp(word, "clock") == 0 && first) {
    app->has_clock = strcmp(first, "set") == 0;
    if (app->has_clock) roost_node_set_time(&app->node, clock_ms(CLOCK_REALTIME), ROOST_CLK_HUB);
  } else if (strcmp(word, "sensor") == 0 && first && second) {
    struct host_sensor *sensor = host_sensors_find(&app->sensors, first);
    if (!sensor) return false;
    sensor->is_dead = strcmp(second, "dead") == 0;
    if (strcmp(second, "dead") != 0 && strcmp(second, "alive") != 0) sensor->value = strtod(second, NULL);
  } else if (strcmp(word, "flash") == 0 && first) {
    app->flash.is_full = strcmp(first, "full") == 0;
    if (strcmp(first, "rot") == 0 && second) host_flash_rot(&app->flash, (uint32_t)strtoul(second, NULL, 10));
  } else if (strcmp(word, "slots") == 0 && first) {
    for (unsigned i = 0; i < 2; i++) app->loader.slots[i].is_full = strcmp(first, "full") == 0;
  } else if (strcmp(word, "age") == 0 && first) {
    app->booted_ms -= strtoul(first, NULL, 10);
  } else if (strcmp(word, "code") == 0 && first) {
    return host_enrol_submit(&app->enrol, first);
  } else if (strcmp(word, "button") == 0 && first) {
    app->enrol.is_button_pressed = strcmp(first, "press") == 0;
  } else if (strcmp(word, "brownout") == 0) {
    roost_node_flush(&app->node);
    return boot(app, "brownout");
  } else if (strcmp(word, "reset") == 0) {
    return boot(app, "poweron");
  } else if (strcmp(word, "status") == 0) {
    print_status(app);
  } else if (strcmp(word, "radio") == 0) {
    print_radio(app);
  } else if (strcmp(word, "stop") == 0) {
    roost_node_flush(&app->node);
    mqtt_step(&app->mqtt, clock_ms(CLOCK_BOOTTIME));
    exit(0);
  } else {
    return false;
  }
  return true;
}

/* Reads what is there on stdin and obeys its whole lines; at its end the node stops. */
static void take_orders(struct app *app) {
  static char lines[1024];
  static size_t used;
  ssize_t got = read(STDIN_FILENO, lines + used, sizeof lines - 1 - used);
  if (got <= 0) exit(0);
  used += (size_t)got;
  lines[used] = 0;
  for (char *end; (end = strchr(lines, '\n')) != NULL;) {
    *end = 0;
    char line[sizeof lines];
    memcpy(line, lines, (size_t)(end - lines) + 1);
    if (!obey(app, line)) say("unknown", "");
    used -= (size_t)(end + 1 - lines);
    memmove(lines, end + 1, used + 1);
  }
  if (used == sizeof lines - 1) used = 0; /* no line is so long */
}

static void run(struct app *app) {
  for (;;) {
    uint32_t wait_ms = roost_node_step(&app->node);
    mqtt_step(&app->mqtt, clock_ms(CLOCK_BOOTTIME));
    https_step(&app->https, clock_ms(CLOCK_BOOTTIME));
    host_enrol_step(&app->enrol);
    if (host_image_is(&app->loader.image, "crash") && up_ms(app) > CRASH_MS && !boot(app, "panic")) exit(1);
    if (app->wants_boot && !boot(app, "software")) exit(1);
    /* poll passes over the -1 of a connection that is down */
    struct pollfd polled[6] = {{.fd = STDIN_FILENO, .events = POLLIN},
                               {.fd = app->mqtt.fd, .events = mqtt_poll_events(&app->mqtt)},
                               {.fd = app->https.fd, .events = https_poll_events(&app->https)},
                               {.fd = app->enrol.https.fd, .events = https_poll_events(&app->enrol.https)},
                               {.fd = app->radio.fd, .events = POLLIN},
                               {.fd = app->portal.fd, .events = POLLIN}};
    if (wait_ms > 100) wait_ms = 100; /* time-outs of the connection */
    if (poll(polled, 6, (int)wait_ms) < 0) exit(1);
    if (polled[0].revents) take_orders(app);
    take_frames(app);
    host_portal_step(&app->portal, &app->enrol);
    https_step(&app->https, clock_ms(CLOCK_BOOTTIME));
    mqtt_step(&app->mqtt, clock_ms(CLOCK_BOOTTIME));
  }
}

static const char USAGE[] =
    "usage: roost-node --uid rn-XXXXXXXXXXXX --state DIR --place SITE/HOUSE/NODE --hub HOST:PORT --certs DIR [--enrol PORT]\n"
    "   or: roost-node --uid rn-XXXXXXXXXXXX --state DIR --enrol HOST:PORT --code CODE --ca-sha256 HEX   (a node that is new)\n"
    "   or: roost-node --uid rn-XXXXXXXXXXXX --state DIR --portal PORT   (a node out of the box: it has its page on 127.0.0.1)\n"
    "                  [--sample-ms N] [--publish-ms N] [--flash-kb N] [--no-clock] [--no-network] [--chip NAME] [--no-https]\n"
    "                  [--air PORT --peer-key HEX --peers UID,UID…]   (a radio: datagrams to who plays the air)\n"
    "orders on stdin: network on|off, clock set|unset, sensor ID dead|alive|VALUE, flash full|ok|rot OFFSET,\n"
    "                 slots full|ok, age MS, code CODE, button press|release, reset, brownout, status, radio, stop\n";

static const char *option(int argc, char **argv, const char *name, const char *otherwise) {
  for (int i = 1; i + 1 < argc; i++) {
    if (strcmp(argv[i], name) == 0) return argv[i + 1];
  }
  return otherwise;
}

static bool has_flag(int argc, char **argv, const char *name) {
  for (int i = 1; i < argc; i++) {
    if (strcmp(argv[i], name) == 0) return true;
  }
  return false;
}

/* What the node knows of its hub and of itself: from NVS, else from files; the command line overrules where the hub is. */
static bool read_identity(struct app *app, int argc, char **argv) {
  struct roost_identity *identity = &app->enrol.identity;
  const char *certs = option(argc, argv, "--certs", NULL), *hub = option(argc, argv, "--hub", NULL);
  const char *enrol = option(argc, argv, "--enrol", ""), *enrol_colon = strrchr(enrol, ':'), *hub_colon = hub ? strrchr(hub, ':') : NULL;
  bool has_identity = roost_identity_load(identity, &app->setup.nvs) == ROOST_OK;
  if (!has_identity && certs) has_identity = host_pki_read(identity, certs) == ROOST_OK;
  if (hub_colon) {
    snprintf(identity->host, sizeof identity->host, "%.*s", (int)(hub_colon - hub), hub);
    snprintf(identity->mqtts_port, sizeof identity->mqtts_port, "%s", hub_colon + 1);
  }
  snprintf(app->enrol.host, sizeof app->enrol.host, "%.*s", enrol_colon ? (int)(enrol_colon - enrol) : 0, enrol);
  snprintf(app->enrol.port, sizeof app->enrol.port, "%s", enrol_colon ? enrol_colon + 1 : enrol);
  if (*enrol) memcpy(identity->enrol_port, app->enrol.port, sizeof identity->enrol_port);
  snprintf(app->enrol.code, sizeof app->enrol.code, "%s", has_identity ? "" : option(argc, argv, "--code", ""));
  if (has_identity) return identity->host[0] && use_identity(app);
  if (app->portal.fd >= 0) return true;
  return enrol_colon && app->enrol.code[0] && host_enrol_set_fingerprint(&app->enrol, option(argc, argv, "--ca-sha256", ""));
}

int main(int argc, char **argv) {
  static struct app app;
  const char *state = option(argc, argv, "--state", NULL), *uid = option(argc, argv, "--uid", NULL);
  if (!state || !uid) {
    fputs(USAGE, stderr);
    return 2;
  }
  app.has_network = app.enrol.has_network = !has_flag(argc, argv, "--no-network");
  app.place = option(argc, argv, "--place", NULL);
  app.chip = option(argc, argv, "--chip", "host");
  app.has_https = !has_flag(argc, argv, "--no-https");
  app.has_clock = !has_flag(argc, argv, "--no-clock");
  app.setup = (struct roost_node_setup){
      .uid = uid,
      .sample_ms = (uint32_t)strtoul(option(argc, argv, "--sample-ms", "1000"), NULL, 10),
      .publish_ms = (uint32_t)strtoul(option(argc, argv, "--publish-ms", "5000"), NULL, 10),
      .clock = {.ctx = &app, .up_ms = up_ms},
      .random = {.ctx = &app, .next = next_random},
      .nvs = host_nvs(state),
      .net = {.ctx = &app, .connect = net_connect, .disconnect = net_disconnect, .publish = net_publish},
      .board = {.ctx = &app, .measure = measure, .restart = restart, .identify = identify, .rotate_key = rotate_key},
      .flash = &app.flash.port,
  };
  uint32_t flash_bytes = (uint32_t)strtoul(option(argc, argv, "--flash-kb", "512"), NULL, 10) * 1024;
  if (host_boot_open(&app.loader, state) || host_flash_open(&app.flash, state, "queue.flash", flash_bytes)) return 1;
  mqtt_create(&app.mqtt, NULL, &(struct mqtt_handlers){.ctx = &app, .on_link = on_link, .on_ack = on_ack, .on_message = on_message});
  https_create(&app.https, NULL, &(struct https_handlers){.ctx = &app, .on_body = on_body, .on_end = on_fetch_end});
  app.enrol.clock = app.setup.clock;
  app.enrol.ctx = &app;
  app.enrol.say = say;
  app.enrol.on_identity = on_identity;
  app.enrol.on_renewal_failed = on_renewal_failed;
  app.enrol.forget = forget;
  app.enrol.enrol.nvs = app.setup.nvs;
  app.enrol.enrol.random = app.setup.random;
  app.enrol.enrol.uid = uid;
  app.enrol.enrol.chip = app.chip;
  bool has_radio = host_radio_open(&app.radio, uid, option(argc, argv, "--air", NULL), option(argc, argv, "--peer-key", NULL), option(argc, argv, "--peers", NULL));
  bool has_portal = host_portal_open(&app.portal, option(argc, argv, "--portal", NULL), uid, say);
  if (!has_radio || !has_portal || !read_identity(&app, argc, argv)) {
    fputs(USAGE, stderr);
    return 2;
  }
  if (!boot(&app, "poweron")) return 1;
  run(&app);
}
