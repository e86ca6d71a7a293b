/* The wires that drivers speak over; each port answers within a millisecond, and drivers keep their state between two calls instead of waiting. */
#ifndef ROOST_BUS_H
#define ROOST_BUS_H

#include "roost/port.h"

struct roost_i2c {
  void *ctx;
  /* Writes, pauses (at most 1,000 us), reads. ROOST_ERR_BUS without an acknowledgement. Either size may be 0. */
  int (*transfer)(void *ctx, uint8_t address, const uint8_t *out, size_t out_bytes, uint32_t pause_us, uint8_t *in, size_t in_bytes);
};

struct roost_uart {
  void *ctx;
  int (*write)(void *ctx, const uint8_t *bytes, size_t size_bytes);
  size_t (*read)(void *ctx, uint8_t *out, size_t room_bytes); /* what has come so far */
};

struct roost_one_wire {
  void *ctx;
  bool (*reset)(void *ctx); /* true: somebody is there */
  void (*write)(void *ctx, uint8_t byte);
  uint8_t (*read)(void *ctx);
};

/* A single line whose pulses the chip times (RMT on the ESP32). */
struct roost_pulse_line {
  void *ctx;
  /* Pulls the line low for `low_us`, lets go, and listens from then on. */
  int (*request)(void *ctx, uint32_t low_us);
  /* Lengths of the high pulses since then, in us; gives their count. */
  size_t (*highs)(void *ctx, uint16_t *out_us, size_t room);
};

struct roost_input {
  void *ctx;
  bool (*is_high)(void *ctx);
};

/* Modbus RTU on a shared UART: one request is on its way at a time, and nobody is served twice while somebody waits. */
#define ROOST_MODBUS_MAX_BYTES 32u
#define ROOST_MODBUS_TIMEOUT_MS 500u
struct roost_modbus {
  struct roost_uart uart;
  uint8_t owner;      /* address of who asked, 0: the bus is free */
  uint8_t last_owner;
  uint8_t waiting;    /* address of somebody who was turned away, 0: nobody */
  uint8_t wanted_bytes;
  uint8_t got_bytes;
  uint64_t asked_at_ms;
  uint8_t answer[ROOST_MODBUS_MAX_BYTES];
};
/* Reads `count` input registers from `first` on. OK: asked; ROOST_ERR_NOT_READY: the bus is somebody else's. */
int roost_modbus_ask(struct roost_modbus *bus, uint8_t address, uint16_t first, uint8_t count, uint64_t now_ms);
/* The registers of the answer. ROOST_ERR_NOT_READY until it is complete, then OK, CHECKSUM, BUS (an exception) or TIMEOUT. */
int roost_modbus_answer(struct roost_modbus *bus, uint8_t address, uint64_t now_ms, uint16_t *registers, uint8_t count);

/* CRC-16/MODBUS: polynomial 0x8005 reflected, start 0xffff. */
uint16_t roost_crc16_modbus(const uint8_t *bytes, size_t size_bytes);
/* CRC-8 of Maxim's 1-Wire (0x31 reflected, start 0). */
uint8_t roost_crc8_maxim(const uint8_t *bytes, size_t size_bytes);
/* CRC-8 of Sensirion (0x31, start 0xff). */
uint8_t roost_crc8_sensirion(const uint8_t *bytes, size_t size_bytes);

#endif
