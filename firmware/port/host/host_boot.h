/*
 * The boot loader of a virtual node: two slots as files, a trial that must be confirmed, as ESP-IDF's. An image for it is an ESP32 image,
 * whose version and ELF SHA-256 it takes, or text that begins with "ROOST-NODE <version>\n". How it behaves stands behind the
 * description as "ROOST-HOST <behaviour>\n", or in the text's second line: "unhealthy" never finds its sensors, "unsigned" is refused,
 * "crash" falls over after half a second, "deaf" never reaches the hub.
 */
#ifndef ROOST_HOST_BOOT_H
#define ROOST_HOST_BOOT_H

#include "host_flash.h"
#include "roost/ota.h"

struct host_boot {
  struct host_flash slots[2];
  struct roost_nvs nvs;
  struct {
    uint8_t next;  /* the slot that the next boot takes */
    uint8_t trial; /* of it: enum host_trial */
    uint8_t running;
  } kept; /* as it is in NVS */
  struct host_image {
    char version[33];
    char behaviour[17];
    bool has_elf_sha256;
    uint8_t elf_sha256[32];
    uint32_t secure_version;
  } image; /* that runs */
  char partition[8];
};

enum host_trial { HOST_TRIAL_NONE, HOST_TRIAL_NEW, HOST_TRIAL_PENDING, HOST_TRIAL_INVALID };

bool host_image_is(const struct host_image *image, const char *behaviour);
int host_boot_open(struct host_boot *boot, const char *dir);
/* What happens between reset and main(): chooses the slot, gives a version up that was not confirmed. */
void host_boot_start(struct host_boot *boot);
struct roost_boot host_boot_port(struct host_boot *boot);
/* The slot that does not run. */
const struct roost_flash *host_boot_other(const struct host_boot *boot);

#endif
