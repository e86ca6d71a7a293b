/* Checksums and the shared Modbus. */
#include "roost/bus.h"

uint16_t roost_crc16_modbus(const uint8_t *bytes, size_t size_bytes) {
  uint16_t crc = 0xffff;
  for (; size_bytes > 0; size_bytes--) {
    crc ^= *bytes++;
    for (unsigned bit = 0; bit < 8; bit++) crc = (uint16_t)(crc & 1 ? crc >> 1 ^ 0xa001 : crc >> 1);
  }
  return crc;
}

uint8_t roost_crc8_maxim(const uint8_t *bytes, size_t size_bytes) {
  uint8_t crc = 0;
  for (; size_bytes > 0; size_bytes--) {
    crc ^= *bytes++;
    for (unsigned bit = 0; bit < 8; bit++) crc = (uint8_t)(crc & 1 ? crc >> 1 ^ 0x8c : crc >> 1);
  }
  return crc;
}

uint8_t roost_crc8_sensirion(const uint8_t *bytes, size_t size_bytes) {
  uint8_t crc = 0xff;
  for (; size_bytes > 0; size_bytes--) {
    crc ^= *bytes++;
    for (unsigned bit = 0; bit < 8; bit++) crc = (uint8_t)(crc & 0x80 ? crc << 1 ^ 0x31 : crc << 1);
  }
  return crc;
}

int roost_modbus_ask(struct roost_modbus *bus, uint8_t address, uint16_t first, uint8_t count, uint64_t now_ms) {
  if (5u + 2u * count > ROOST_MODBUS_MAX_BYTES) return ROOST_ERR_ROOM;
  bool is_stale = bus->owner && now_ms - bus->asked_at_ms > 2 * ROOST_MODBUS_TIMEOUT_MS; /* its owner does not care any more */
  bool is_taken = bus->owner && !is_stale;
  bool is_greedy = bus->last_owner == address && bus->waiting && bus->waiting != address;
  if (is_taken || is_greedy) {
    if (is_taken && bus->owner != address) bus->waiting = address;
    if (is_greedy && !is_taken) bus->waiting = 0; /* once is enough: whoever waited may be gone */
    return ROOST_ERR_NOT_READY;
  }
  uint8_t request[8] = {address, 4, (uint8_t)(first >> 8), (uint8_t)first, 0, count};
  uint16_t crc = roost_crc16_modbus(request, 6);
  request[6] = (uint8_t)crc;
  request[7] = (uint8_t)(crc >> 8);
  uint8_t old[ROOST_MODBUS_MAX_BYTES];
  for (unsigned i = 0; i < 8 && bus->uart.read(bus->uart.ctx, old, sizeof old) > 0; i++) continue; /* of an answer that came too late */
  if (bus->waiting == address) bus->waiting = 0;
  int err = bus->uart.write(bus->uart.ctx, request, sizeof request);
  if (err) return err;
  bus->owner = bus->last_owner = address;
  bus->wanted_bytes = (uint8_t)(5 + 2 * count);
  bus->got_bytes = 0;
  bus->asked_at_ms = now_ms;
  return ROOST_OK;
}

static int check_answer(const struct roost_modbus *bus, uint8_t address, uint8_t count) {
  const uint8_t *answer = bus->answer;
  bool is_exception = bus->got_bytes >= 5 && answer[1] == 0x84;
  uint8_t size = is_exception ? 5 : bus->wanted_bytes;
  uint16_t crc = roost_crc16_modbus(answer, size - 2u);
  if (answer[size - 2] != (uint8_t)crc || answer[size - 1] != (uint8_t)(crc >> 8)) return ROOST_ERR_CHECKSUM;
  return is_exception || answer[0] != address || answer[1] != 4 || answer[2] != 2 * count ? ROOST_ERR_BUS : ROOST_OK;
}

int roost_modbus_answer(struct roost_modbus *bus, uint8_t address, uint64_t now_ms, uint16_t *registers, uint8_t count) {
  if (bus->owner != address) return ROOST_ERR_NOT_READY;
  bus->got_bytes = (uint8_t)(bus->got_bytes + bus->uart.read(bus->uart.ctx, bus->answer + bus->got_bytes, (size_t)bus->wanted_bytes - bus->got_bytes));
  bool is_exception = bus->got_bytes >= 5 && bus->answer[1] == 0x84;
  if (bus->got_bytes < bus->wanted_bytes && !is_exception) {
    if (now_ms - bus->asked_at_ms < ROOST_MODBUS_TIMEOUT_MS) return ROOST_ERR_NOT_READY;
    bus->owner = 0;
    return ROOST_ERR_TIMEOUT;
  }
  bus->owner = 0;
  int err = check_answer(bus, address, count);
  if (err) return err;
  for (uint8_t i = 0; i < count; i++) registers[i] = (uint16_t)(bus->answer[3 + 2 * i] << 8 | bus->answer[4 + 2 * i]);
  return ROOST_OK;
}
