/* AES-128, encryption only (FIPS 197), and AES-128-CCM over any block cipher (RFC 3610). */
#include <string.h>

#include "roost/crypto.h"

static const uint8_t S_BOX[256] = {
    0x63, 0x7c, 0x77, 0x7b, 0xf2, 0x6b, 0x6f, 0xc5, 0x30, 0x01, 0x67, 0x2b, 0xfe, 0xd7, 0xab, 0x76, 0xca, 0x82, 0xc9, 0x7d,
    0xfa, 0x59, 0x47, 0xf0, 0xad, 0xd4, 0xa2, 0xaf, 0x9c, 0xa4, 0x72, 0xc0, 0xb7, 0xfd, 0x93, 0x26, 0x36, 0x3f, 0xf7, 0xcc,
    0x34, 0xa5, 0xe5, 0xf1, 0x71, 0xd8, 0x31, 0x15, 0x04, 0xc7, 0x23, 0xc3, 0x18, 0x96, 0x05, 0x9a, 0x07, 0x12, 0x80, 0xe2,
    0xeb, 0x27, 0xb2, 0x75, 0x09, 0x83, 0x2c, 0x1a, 0x1b, 0x6e, 0x5a, 0xa0, 0x52, 0x3b, 0xd6, 0xb3, 0x29, 0xe3, 0x2f, 0x84,
    0x53, 0xd1, 0x00, 0xed, 0x20, 0xfc, 0xb1, 0x5b, 0x6a, 0xcb, 0xbe, 0x39, 0x4a, 0x4c, 0x58, 0xcf, 0xd0, 0xef, 0xaa, 0xfb,
    0x43, 0x4d, 0x33, 0x85, 0x45, 0xf9, 0x02, 0x7f, 0x50, 0x3c, 0x9f, 0xa8, 0x51, 0xa3, 0x40, 0x8f, 0x92, 0x9d, 0x38, 0xf5,
    0xbc, 0xb6, 0xda, 0x21, 0x10, 0xff, 0xf3, 0xd2, 0xcd, 0x0c, 0x13, 0xec, 0x5f, 0x97, 0x44, 0x17, 0xc4, 0xa7, 0x7e, 0x3d,
    0x64, 0x5d, 0x19, 0x73, 0x60, 0x81, 0x4f, 0xdc, 0x22, 0x2a, 0x90, 0x88, 0x46, 0xee, 0xb8, 0x14, 0xde, 0x5e, 0x0b, 0xdb,
    0xe0, 0x32, 0x3a, 0x0a, 0x49, 0x06, 0x24, 0x5c, 0xc2, 0xd3, 0xac, 0x62, 0x91, 0x95, 0xe4, 0x79, 0xe7, 0xc8, 0x37, 0x6d,
    0x8d, 0xd5, 0x4e, 0xa9, 0x6c, 0x56, 0xf4, 0xea, 0x65, 0x7a, 0xae, 0x08, 0xba, 0x78, 0x25, 0x2e, 0x1c, 0xa6, 0xb4, 0xc6,
    0xe8, 0xdd, 0x74, 0x1f, 0x4b, 0xbd, 0x8b, 0x8a, 0x70, 0x3e, 0xb5, 0x66, 0x48, 0x03, 0xf6, 0x0e, 0x61, 0x35, 0x57, 0xb9,
    0x86, 0xc1, 0x1d, 0x9e, 0xe1, 0xf8, 0x98, 0x11, 0x69, 0xd9, 0x8e, 0x94, 0x9b, 0x1e, 0x87, 0xe9, 0xce, 0x55, 0x28, 0xdf,
    0x8c, 0xa1, 0x89, 0x0d, 0xbf, 0xe6, 0x42, 0x68, 0x41, 0x99, 0x2d, 0x0f, 0xb0, 0x54, 0xbb, 0x16,
};

static uint8_t times_two(uint8_t value) { return (uint8_t)(value << 1 ^ (value & 0x80 ? 0x1b : 0)); }

void roost_aes128_set_key(struct roost_aes128 *aes, const uint8_t key[16]) {
  uint8_t *w = aes->round_keys;
  uint8_t round = 1;
  memcpy(w, key, 16);
  for (unsigned i = 16; i < 176; i += 4) {
    uint8_t word[4] = {w[i - 4], w[i - 3], w[i - 2], w[i - 1]};
    if (i % 16 == 0) {
      uint8_t first = word[0];
      word[0] = S_BOX[word[1]] ^ round;
      word[1] = S_BOX[word[2]];
      word[2] = S_BOX[word[3]];
      word[3] = S_BOX[first];
      round = times_two(round);
    }
    for (unsigned b = 0; b < 4; b++) w[i + b] = w[i + b - 16] ^ word[b];
  }
}

static void mix_columns(uint8_t s[16]) {
  for (unsigned c = 0; c < 16; c += 4) {
    uint8_t all = s[c] ^ s[c + 1] ^ s[c + 2] ^ s[c + 3], first = s[c];
    for (unsigned r = 0; r < 4; r++) {
      uint8_t next = r < 3 ? s[c + r + 1] : first;
      s[c + r] ^= all ^ times_two(s[c + r] ^ next);
    }
  }
}

static void encrypt_block(const void *ctx, uint8_t s[ROOST_AES_BLOCK_BYTES]) {
  const struct roost_aes128 *aes = ctx;
  for (unsigned i = 0; i < 16; i++) s[i] ^= aes->round_keys[i];
  for (unsigned round = 1; round <= 10; round++) {
    uint8_t shifted[16]; /* SubBytes and ShiftRows: row r moves r columns to the left */
    for (unsigned i = 0; i < 16; i++) shifted[i] = S_BOX[s[(i + 4 * (i % 4)) % 16]];
    if (round < 10) mix_columns(shifted);
    for (unsigned i = 0; i < 16; i++) s[i] = shifted[i] ^ aes->round_keys[16 * round + i];
  }
}

struct roost_cipher roost_aes128_cipher(const struct roost_aes128 *aes) {
  return (struct roost_cipher){.ctx = aes, .encrypt_block = encrypt_block};
}

enum { LENGTH_BYTES = 2 };

/* CBC-MAC over B0, the extra data with its length, and the body, each padded with zeros to whole blocks. */
static void make_mac(const struct roost_cipher *cipher, const uint8_t *nonce, const uint8_t *extra, size_t extra_bytes,
                     const uint8_t *body, size_t body_bytes, uint8_t mac[16]) {
  mac[0] = (uint8_t)((extra_bytes > 0 ? 64 : 0) | (ROOST_CCM_TAG_BYTES - 2) / 2 << 3 | (LENGTH_BYTES - 1));
  memcpy(mac + 1, nonce, ROOST_CCM_NONCE_BYTES);
  mac[14] = (uint8_t)(body_bytes >> 8);
  mac[15] = (uint8_t)body_bytes;
  cipher->encrypt_block(cipher->ctx, mac);
  if (extra_bytes > 0) {
    mac[0] ^= (uint8_t)(extra_bytes >> 8);
    mac[1] ^= (uint8_t)extra_bytes;
    size_t at = 2;
    for (size_t i = 0; i < extra_bytes; i++) {
      mac[at++] ^= extra[i];
      if (at < 16 && i + 1 < extra_bytes) continue;
      cipher->encrypt_block(cipher->ctx, mac);
      at = 0;
    }
  }
  for (size_t i = 0; i < body_bytes; i++) {
    mac[i % 16] ^= body[i];
    if (i % 16 == 15 || i + 1 == body_bytes) cipher->encrypt_block(cipher->ctx, mac);
  }
}

/* Key stream block `counter` of CTR mode. */
static void make_stream(const struct roost_cipher *cipher, const uint8_t *nonce, size_t counter, uint8_t stream[16]) {
  stream[0] = LENGTH_BYTES - 1;
  memcpy(stream + 1, nonce, ROOST_CCM_NONCE_BYTES);
  stream[14] = (uint8_t)(counter >> 8);
  stream[15] = (uint8_t)counter;
  cipher->encrypt_block(cipher->ctx, stream);
}

static void crypt(const struct roost_cipher *cipher, const uint8_t *nonce, uint8_t *body, size_t body_bytes) {
  uint8_t stream[16];
  for (size_t i = 0; i < body_bytes; i++) {
    if (i % 16 == 0) make_stream(cipher, nonce, i / 16 + 1, stream);
    body[i] ^= stream[i % 16];
  }
}

void roost_ccm_seal(const struct roost_cipher *cipher, const uint8_t nonce[ROOST_CCM_NONCE_BYTES], const uint8_t *extra,
                    size_t extra_bytes, uint8_t *body, size_t body_bytes, uint8_t tag[ROOST_CCM_TAG_BYTES]) {
  uint8_t mac[16], stream[16];
  make_mac(cipher, nonce, extra, extra_bytes, body, body_bytes, mac);
  crypt(cipher, nonce, body, body_bytes);
  make_stream(cipher, nonce, 0, stream);
  for (unsigned i = 0; i < ROOST_CCM_TAG_BYTES; i++) tag[i] = mac[i] ^ stream[i];
}

int roost_ccm_open(const struct roost_cipher *cipher, const uint8_t nonce[ROOST_CCM_NONCE_BYTES], const uint8_t *extra,
                   size_t extra_bytes, uint8_t *body, size_t body_bytes, const uint8_t tag[ROOST_CCM_TAG_BYTES]) {
  uint8_t mac[16], stream[16], wrong = 0;
  crypt(cipher, nonce, body, body_bytes);
  make_mac(cipher, nonce, extra, extra_bytes, body, body_bytes, mac);
  make_stream(cipher, nonce, 0, stream);
  for (unsigned i = 0; i < ROOST_CCM_TAG_BYTES; i++) wrong |= (uint8_t)(mac[i] ^ stream[i] ^ tag[i]); /* no early end */
  if (wrong == 0) return ROOST_OK;
  if (body_bytes > 0) memset(body, 0, body_bytes);
  return ROOST_ERR_SEAL;
}

uint32_t roost_crc32(uint32_t crc, const void *bytes, size_t size_bytes) {
  static const uint32_t NIBBLE[16] = {0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4,
                                      0x4db26158, 0x5005713c, 0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
                                      0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c};
  const uint8_t *at = bytes;
  crc = ~crc;
  for (; size_bytes > 0; size_bytes--) {
    crc ^= *at++;
    crc = crc >> 4 ^ NIBBLE[crc & 15];
    crc = crc >> 4 ^ NIBBLE[crc & 15];
  }
  return ~crc;
}
