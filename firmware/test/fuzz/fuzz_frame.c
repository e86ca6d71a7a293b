/* Radio frames with a good seal around any body, and with none. */
#include <string.h>

#include "roost/frame.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  static const uint8_t KEY[16] = {0};
  uint8_t packet[ROOST_PEER_FRAME_MAX_BYTES + 8];
  struct roost_aes128 aes;
  struct roost_frame frame;
  struct roost_peer_body peer;
  struct roost_lora_body lora;
  roost_aes128_set_key(&aes, KEY);
  struct roost_cipher cipher = roost_aes128_cipher(&aes);
  if (size > sizeof packet) return 0;
  if (size > 0) memcpy(packet, bytes, size);
  (void)roost_frame_open(packet, size, &cipher, ROOST_PEER_FRAME_MAX_BYTES, &frame);
  if (size < 2 || size > ROOST_LORA_BODY_MAX_BYTES) return 0;
  struct roost_frame sealed = {.type = bytes[0], .counter = bytes[1], .body = bytes + 1, .body_bytes = (uint8_t)(size - 1)};
  size_t packet_bytes = 0;
  if (roost_frame_seal(&sealed, &cipher, packet, ROOST_PEER_FRAME_MAX_BYTES, &packet_bytes)) return 0;
  if (roost_frame_open(packet, packet_bytes, &cipher, ROOST_PEER_FRAME_MAX_BYTES, &frame)) __builtin_trap();
  (void)roost_peer_body_read(&frame, &peer);
  (void)roost_lora_body_read(&frame, &lora);
  return 0;
}
