/* SHA-256 (FIPS 180-4). */
#include <string.h>

#include "roost/crypto.h"

static const uint32_t K[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01,
    0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc,
    0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147,
    0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08,
    0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208,
    0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static uint32_t rotate_right(uint32_t value, unsigned by) { return value >> by | value << (32 - by); }

static void take_block(struct roost_sha256 *sha, const uint8_t *block) {
  uint32_t w[64], s[8];
  for (unsigned i = 0; i < 16; i++, block += 4)
    w[i] = (uint32_t)block[0] << 24 | (uint32_t)block[1] << 16 | (uint32_t)block[2] << 8 | block[3];
  for (unsigned i = 16; i < 64; i++) {
    uint32_t s0 = rotate_right(w[i - 15], 7) ^ rotate_right(w[i - 15], 18) ^ w[i - 15] >> 3;
    uint32_t s1 = rotate_right(w[i - 2], 17) ^ rotate_right(w[i - 2], 19) ^ w[i - 2] >> 10;
    w[i] = w[i - 16] + s0 + w[i - 7] + s1;
  }
  memcpy(s, sha->state, sizeof s);
  for (unsigned i = 0; i < 64; i++) {
    uint32_t sum1 = rotate_right(s[4], 6) ^ rotate_right(s[4], 11) ^ rotate_right(s[4], 25);
    uint32_t choice = (s[4] & s[5]) ^ (~s[4] & s[6]);
    uint32_t t1 = s[7] + sum1 + choice + K[i] + w[i];
    uint32_t sum0 = rotate_right(s[0], 2) ^ rotate_right(s[0], 13) ^ rotate_right(s[0], 22);
    uint32_t t2 = sum0 + ((s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]));
    memmove(s + 1, s, 7 * sizeof *s);
    s[4] += t1;
    s[0] = t1 + t2;
  }
  for (unsigned i = 0; i < 8; i++) sha->state[i] += s[i];
}

void roost_sha256_start(struct roost_sha256 *sha) {
  *sha = (struct roost_sha256){.state = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab,
                                         0x5be0cd19}};
}

void roost_sha256_update(struct roost_sha256 *sha, const uint8_t *bytes, size_t size_bytes) {
  while (size_bytes > 0) {
    size_t used = (size_t)(sha->size_bytes % sizeof sha->block);
    size_t part = sizeof sha->block - used;
    if (part > size_bytes) part = size_bytes;
    memcpy(sha->block + used, bytes, part);
    sha->size_bytes += part;
    bytes += part;
    size_bytes -= part;
    if (used + part == sizeof sha->block) take_block(sha, sha->block);
  }
}

void roost_sha256_finish(struct roost_sha256 *sha, uint8_t digest[ROOST_SHA256_BYTES]) {
  static const uint8_t padding[64] = {0x80};
  uint64_t size_bits = sha->size_bytes * 8;
  size_t used = (size_t)(sha->size_bytes % sizeof sha->block);
  roost_sha256_update(sha, padding, used < 56 ? 56 - used : 120 - used);
  uint8_t tail[8];
  for (unsigned i = 8; i > 0; i--, size_bits >>= 8) tail[i - 1] = (uint8_t)size_bits;
  roost_sha256_update(sha, tail, sizeof tail);
  for (unsigned i = 0; i < 32; i++) digest[i] = (uint8_t)(sha->state[i / 4] >> (24 - 8 * (i % 4)));
}
