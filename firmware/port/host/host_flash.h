/* Flash and NVS of a virtual node: files that outlast the process, and that may be told to fail. */
#ifndef ROOST_HOST_FLASH_H
#define ROOST_HOST_FLASH_H

#include "roost/port.h"

struct host_flash {
  struct roost_flash port;
  int fd;
  bool is_full; /* every write fails */
  bool is_lazy; /* leaves the syncing to the system: what a killed process wrote is there all the same */
};

/* Opens or makes a file of erased flash. ROOST_ERR_FLASH when it cannot. */
int host_flash_open(struct host_flash *flash, const char *dir, const char *name, uint32_t size_bytes);
/* Turns one bit over. */
void host_flash_rot(struct host_flash *flash, uint32_t at);

/* A file per key in `dir`, replaced as a whole. */
struct roost_nvs host_nvs(const char *dir);

#endif
