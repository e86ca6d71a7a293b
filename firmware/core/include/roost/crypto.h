/*
 * SHA-256; AES-128 in the one direction that CCM needs; AES-128-CCM with L = 2 and an 8-byte tag. Portable versions: a port
 * whose chip has these in hardware gives its own block function. Tables make the software AES unfit where others share the cache.
 */
#ifndef ROOST_CRYPTO_H
#define ROOST_CRYPTO_H

#include <stddef.h>
#include <stdint.h>

#include "roost/err.h"

#define ROOST_SHA256_BYTES 32u
struct roost_sha256 {
  uint32_t state[8];
  uint64_t size_bytes;
  uint8_t block[64];
};
void roost_sha256_start(struct roost_sha256 *sha);
void roost_sha256_update(struct roost_sha256 *sha, const uint8_t *bytes, size_t size_bytes);
void roost_sha256_finish(struct roost_sha256 *sha, uint8_t digest[ROOST_SHA256_BYTES]);

#define ROOST_AES_BLOCK_BYTES 16u
/* Encrypts one block in place with the key that `ctx` holds. */
struct roost_cipher {
  const void *ctx;
  void (*encrypt_block)(const void *ctx, uint8_t block[ROOST_AES_BLOCK_BYTES]);
};

struct roost_aes128 {
  uint8_t round_keys[176];
};
void roost_aes128_set_key(struct roost_aes128 *aes, const uint8_t key[16]);
/* A cipher over the software AES; `aes` must stay as long as the cipher is used. */
struct roost_cipher roost_aes128_cipher(const struct roost_aes128 *aes);

#define ROOST_CCM_NONCE_BYTES 13u
#define ROOST_CCM_TAG_BYTES 8u
/* RFC 3610. Encrypts `body` in place and writes the tag. At most 65,279 bytes of `extra`. */
void roost_ccm_seal(const struct roost_cipher *cipher, const uint8_t nonce[ROOST_CCM_NONCE_BYTES], const uint8_t *extra,
                    size_t extra_bytes, uint8_t *body, size_t body_bytes, uint8_t tag[ROOST_CCM_TAG_BYTES]);
/* Decrypts `body` in place. ROOST_ERR_SEAL when the tag is wrong; the body is then all zero. */
int roost_ccm_open(const struct roost_cipher *cipher, const uint8_t nonce[ROOST_CCM_NONCE_BYTES], const uint8_t *extra,
                   size_t extra_bytes, uint8_t *body, size_t body_bytes, const uint8_t tag[ROOST_CCM_TAG_BYTES]);

/* CRC-32 (IEEE 802.3, as in zlib); start with 0. */
uint32_t roost_crc32(uint32_t crc, const void *bytes, size_t size_bytes);

#endif
