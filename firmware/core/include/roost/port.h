/*
 * The questions that the core asks the world. Each is a struct of functions with a context; the firmware answers them on the chip
 * (port/esp32), the virtual node on a PC (port/host), the tests with fakes that fail (test/fakes). Functions that give an int give
 * enum roost_err. None is called from an interrupt.
 */
#ifndef ROOST_PORT_H
#define ROOST_PORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "roost/err.h"

/* Milliseconds since boot; never goes back, does not wrap. */
struct roost_clock {
  void *ctx;
  uint64_t (*up_ms)(void *ctx);
};

/* Unpredictable numbers from the chip. */
struct roost_random {
  void *ctx;
  uint32_t (*next)(void *ctx);
};

/*
 * NOR flash, or anything that behaves like it (a file of fixed size on the memory card). Erased bytes are 0xff; a place is written once
 * between two erases, in whole units of ROOST_FLASH_UNIT_BYTES: so the same code runs where flash encryption forbids more.
 * After a power cut the bytes of the operation that was cut may be anything; all others are as they were.
 */
#define ROOST_FLASH_UNIT_BYTES 16u
struct roost_flash {
  void *ctx;
  uint32_t size_bytes;   /* a multiple of the sector */
  uint32_t sector_bytes; /* what is erased at once: 4096 */
  int (*read)(void *ctx, uint32_t at, void *out, uint32_t size_bytes);
  int (*write)(void *ctx, uint32_t at, const void *bytes, uint32_t size_bytes);
  int (*erase)(void *ctx, uint32_t sector_at);
};

/* Small values by name that survive a power cut as a whole: the old one or the new one. */
struct roost_nvs {
  void *ctx;
  /* ROOST_ERR_EMPTY when there is none; ROOST_ERR_ROOM when it is longer than the room. */
  int (*get)(void *ctx, const char *key, void *out, size_t room_bytes, size_t *size_bytes);
  int (*set)(void *ctx, const char *key, const void *bytes, size_t size_bytes);
};

/* The connection to the hub. Sending is asynchronous: `token` comes back through roost_node_on_ack once the broker has it. */
struct roost_net {
  void *ctx;
  int (*connect)(void *ctx); /* starts; the node is told the end by roost_node_on_link */
  void (*disconnect)(void *ctx); /* the node is told the end as well */
  int (*publish)(void *ctx, const char *topic, const uint8_t *payload, size_t size_bytes, uint32_t token);
};

#endif
