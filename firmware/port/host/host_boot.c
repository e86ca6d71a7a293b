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
  if (!err) err = host_flash_open(&boot->slots[1], dir, "ota_1.flash", ROOST_OTA_IMAGE_MAX_BYTES);
  boot->slots[0].is_lazy = boot->slots[1].is_lazy = true;
  return err;
}

enum { DESC_AT = 32, DESC_BYTES = 256, DESC_SECURE_AT = 4, DESC_VERSION_AT = 16, DESC_ELF_AT = 144, WORDS_BYTES = 64 };

/* What the image in a slot says of itself; an erased slot is the image that the node was made with. */
static void read_image(const struct host_boot *boot, unsigned slot, struct host_image *image) {
  char head[DESC_AT + DESC_BYTES + WORDS_BYTES + 1] = "";
  static const uint8_t desc_magic[] = {0x32, 0x54, 0xcd, 0xab};
  const struct roost_flash *flash = &boot->slots[slot].port;
  memset(image, 0, sizeof *image);
  snprintf(image->version, sizeof image->version, "%s", FIRST_VERSION);
  if (flash->read(flash->ctx, 0, head, sizeof head - 1)) return;
  if ((uint8_t)head[0] != 0xe9 || memcmp(head + DESC_AT, desc_magic, sizeof desc_magic) != 0) {
    (void)sscanf(head, "ROOST-NODE %32[^\n]\n%16[^\n]", image->version, image->behaviour);
    return;
  }
  const char *desc = head + DESC_AT;
  memcpy(image->version, desc + DESC_VERSION_AT, sizeof image->version - 1);
  memcpy(image->elf_sha256, desc + DESC_ELF_AT, sizeof image->elf_sha256);
  memcpy(&image->secure_version, desc + DESC_SECURE_AT, sizeof image->secure_version);
  image->has_elf_sha256 = true;
  (void)sscanf(desc + DESC_BYTES, "ROOST-HOST %16[^\n]", image->behaviour);
}

bool host_image_is(const struct host_image *image, const char *behaviour) { return strcmp(image->behaviour, behaviour) == 0; }

void host_boot_start(struct host_boot *boot) {
  if (boot->kept.trial == HOST_TRIAL_PENDING) {
    boot->kept.trial = HOST_TRIAL_INVALID;
    boot->kept.next = (uint8_t)(1 - boot->kept.next);
  }
  if (boot->kept.trial == HOST_TRIAL_NEW) boot->kept.trial = HOST_TRIAL_PENDING;
  boot->kept.running = boot->kept.next;
  (void)keep(boot);
  read_image(boot, boot->kept.running, &boot->image);
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
  struct host_image image;
  (void)size_bytes;
  read_image(boot, 1u - boot->kept.running, &image);
  return host_image_is(&image, "unsigned") ? ROOST_ERR_SEAL : ROOST_OK;
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
