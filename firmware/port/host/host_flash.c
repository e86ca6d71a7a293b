/* See host_flash.h. */
#include "host_flash.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { SECTOR_BYTES = 4096 };

static int flash_read(void *ctx, uint32_t at, void *out, uint32_t size) {
  struct host_flash *flash = ctx;
  return pread(flash->fd, out, size, at) == (ssize_t)size ? ROOST_OK : ROOST_ERR_FLASH;
}

static int flash_write(void *ctx, uint32_t at, const void *bytes, uint32_t size) {
  struct host_flash *flash = ctx;
  if (flash->is_full || pwrite(flash->fd, bytes, size, at) != (ssize_t)size) return ROOST_ERR_FLASH;
  return flash->is_lazy || fdatasync(flash->fd) == 0 ? ROOST_OK : ROOST_ERR_FLASH;
}

static int flash_erase(void *ctx, uint32_t at) {
  uint8_t erased[SECTOR_BYTES];
  memset(erased, 0xff, sizeof erased);
  return flash_write(ctx, at, erased, sizeof erased);
}

int host_flash_open(struct host_flash *flash, const char *dir, const char *name, uint32_t size_bytes) {
  char path[512];
  snprintf(path, sizeof path, "%s/%s", dir, name);
  *flash = (struct host_flash){.fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600)};
  flash->port = (struct roost_flash){.ctx = flash, .size_bytes = size_bytes, .sector_bytes = SECTOR_BYTES,
                                     .read = flash_read, .write = flash_write, .erase = flash_erase};
  if (flash->fd < 0) return ROOST_ERR_FLASH;
  uint8_t erased[SECTOR_BYTES];
  memset(erased, 0xff, sizeof erased);
  for (off_t at = lseek(flash->fd, 0, SEEK_END); at < (off_t)size_bytes; at += SECTOR_BYTES) {
    if (pwrite(flash->fd, erased, sizeof erased, at) != SECTOR_BYTES) return ROOST_ERR_FLASH;
  }
  return ROOST_OK;
}

void host_flash_rot(struct host_flash *flash, uint32_t at) {
  uint8_t byte = 0;
  if (pread(flash->fd, &byte, 1, at) != 1) return;
  byte ^= 1;
  if (pwrite(flash->fd, &byte, 1, at) != 1) return;
}

static int nvs_get(void *ctx, const char *key, void *out, size_t room, size_t *size) {
  char path[512];
  snprintf(path, sizeof path, "%s/nvs-%s", (const char *)ctx, key);
  FILE *file = fopen(path, "rb");
  if (!file) return ROOST_ERR_EMPTY;
  *size = fread(out, 1, room, file);
  bool has_more = fgetc(file) != EOF;
  fclose(file);
  return has_more ? ROOST_ERR_ROOM : ROOST_OK;
}

static int nvs_set(void *ctx, const char *key, const void *bytes, size_t size) {
  char path[512], fresh[520];
  snprintf(path, sizeof path, "%s/nvs-%s", (const char *)ctx, key);
  snprintf(fresh, sizeof fresh, "%s.new", path);
  FILE *file = fopen(fresh, "wb");
  if (!file) return ROOST_ERR_FLASH;
  bool is_good = fwrite(bytes, 1, size, file) == size && fflush(file) == 0 && fsync(fileno(file)) == 0;
  is_good = fclose(file) == 0 && is_good;
  return is_good && rename(fresh, path) == 0 ? ROOST_OK : ROOST_ERR_FLASH;
}

struct roost_nvs host_nvs(const char *dir) {
  union {
    const char *in;
    void *out;
  } ctx = {.in = dir};
  return (struct roost_nvs){.ctx = ctx.out, .get = nvs_get, .set = nvs_set};
}
