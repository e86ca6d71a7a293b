/* See host_boot.h. */
#include "host_boot.h"

#include <stdio.h>
#include <string.h>

static const char KEY[] = "boot";
static const char FIRST_VERSION[] = "1.0.0";

static int keep(struct host_boot *boot) { return boot->nvs.set(boot->nvs.ctx, KEY, &boot->kept, sizeof boot->kept); }

int host_boot_open(struct host_boot *boot, const char *dir) {
  memset(boot, 0, sizeof *boot);
  boot->nvs = host_nvs(dir);
  size_t size = 0;
  if (boot->nvs.get(boot->nvs.ctx, KEY, &boot->kept, sizeof boot->kept, &size)) memset(&boot->kept, 0, sizeof boot->kept);
  int err = host_flash_open(&boot->slots[0], dir, "ota_0.flash", ROOST_OTA_IMAGE_MAX_BYTES);
  return err ? err : host_flash_open(&boot->slots[1], dir, "ota_1.flash", ROOST_OTA_IMAGE_MAX_BYTES);
}

/* The first lines of the image in a slot; an erased slot is the image that the node was made with. */
static void read_image(const struct host_boot *boot, unsigned slot, char *version, char *second) {
  char head[96] = "";
  const struct roost_flash *flash = &boot->slots[slot].port;
  if (flash->read(flash->ctx, 0, head, sizeof head - 1)) head[0] = 0;
  head[sizeof head - 1] = 0;
  second[0] = 0;
  if (sscanf(head, "ROOST-NODE %32[^\n]\n%16[^\n]", version, second) < 1) snprintf(version, 33, "%s", FIRST_VERSION);
}

void host_boot_start(struct host_boot *boot) {
  if (boot->kept.trial == HOST_TRIAL_PENDING) {
    boot->kept.trial = HOST_TRIAL_INVALID;
    boot->kept.next = (uint8_t)(1 - boot->kept.next);
  }
  if (boot->kept.trial == HOST_TRIAL_NEW) boot->kept.trial = HOST_TRIAL_PENDING;
  boot->kept.running = boot->kept.next;
  (void)keep(boot);
  char second[17];
  read_image(boot, boot->kept.running, boot->version, second);
  boot->is_healthy = strcmp(second, "unhealthy") != 0;
  snprintf(boot->partition, sizeof boot->partition, "ota_%u", boot->kept.running);
}

const struct roost_flash *host_boot_other(const struct host_boot *boot) { return &boot->slots[1 - boot->kept.running].port; }

static enum roost_boot_state state(void *ctx) {
  const struct host_boot *boot = ctx;
  if (boot->kept.trial == HOST_TRIAL_PENDING) return ROOST_BOOT_TRIAL;
  return boot->kept.trial == HOST_TRIAL_INVALID ? ROOST_BOOT_REVERTED : ROOST_BOOT_NORMAL;
}

static int check_signature(void *ctx, uint32_t size_bytes) {
  const struct host_boot *boot = ctx;
  char version[33], second[17];
  (void)size_bytes;
  read_image(boot, 1u - boot->kept.running, version, second);
  return strcmp(second, "unsigned") == 0 ? ROOST_ERR_SEAL : ROOST_OK;
}

static int set_trial(void *ctx) {
  struct host_boot *boot = ctx;
  boot->kept.next = (uint8_t)(1 - boot->kept.running);
  boot->kept.trial = HOST_TRIAL_NEW;
  return keep(boot);
}

static int confirm(void *ctx) {
  struct host_boot *boot = ctx;
  boot->kept.trial = HOST_TRIAL_NONE;
  return keep(boot);
}

static int roll_back(void *ctx) {
  struct host_boot *boot = ctx;
  boot->kept.next = (uint8_t)(1 - boot->kept.running);
  boot->kept.trial = HOST_TRIAL_INVALID;
  return keep(boot);
}

struct roost_boot host_boot_port(struct host_boot *boot) {
  return (struct roost_boot){.ctx = boot, .state = state, .check_signature = check_signature,
                             .set_trial = set_trial, .confirm = confirm, .roll_back = roll_back};
}
