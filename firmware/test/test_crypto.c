/* The published examples of FIPS 197, FIPS 180-4 and RFC 3610. */
#include <string.h>

#include "roost/crypto.h"
#include "roost/frame.h"
#include "test.h"

static void from_hex(const char *hex, uint8_t *out) {
  for (; *hex; hex += 2) *out++ = (uint8_t)strtoul((char[]){hex[0], hex[1], 0}, NULL, 16);
}

static int equals_hex(const uint8_t *bytes, const char *hex) {
  uint8_t wanted[128];
  from_hex(hex, wanted);
  return memcmp(bytes, wanted, strlen(hex) / 2) == 0;
}

static void aes_gives_the_example_of_fips_197_appendix_c(void) {
  uint8_t key[16], block[16];
  from_hex("000102030405060708090a0b0c0d0e0f", key);
  from_hex("00112233445566778899aabbccddeeff", block);
  struct roost_aes128 aes;
  roost_aes128_set_key(&aes, key);
  struct roost_cipher cipher = roost_aes128_cipher(&aes);
  cipher.encrypt_block(cipher.ctx, block);
  CHECK(equals_hex(block, "69c4e0d86a7b0430d8cdb78070b4c55a"));
}

static void ccm_gives_packet_vector_1_of_rfc_3610(void) {
  uint8_t key[16], nonce[13], packet[39];
  from_hex("c0c1c2c3c4c5c6c7c8c9cacbcccdcecf", key);
  from_hex("00000003020100a0a1a2a3a4a5", nonce);
  for (uint8_t i = 0; i < 31; i++) packet[i] = i;
  struct roost_aes128 aes;
  roost_aes128_set_key(&aes, key);
  struct roost_cipher cipher = roost_aes128_cipher(&aes);
  roost_ccm_seal(&cipher, nonce, packet, 8, packet + 8, 23, packet + 31);
  CHECK(equals_hex(packet, "0001020304050607588c979a61c663d2f066d0c2c0f989806d5f6b61dac38417e8d12cfdf926e0"));
  uint8_t changed[39];
  for (unsigned i = 0; i < 39; i++) { /* any changed byte of header, body and tag */
    memcpy(changed, packet, 39);
    changed[i] ^= 1;
    CHECK_EQUAL(roost_ccm_open(&cipher, nonce, changed, 8, changed + 8, 23, changed + 31), ROOST_ERR_SEAL);
    for (unsigned b = 8; b < 31; b++) CHECK_EQUAL(changed[b], 0);
  }
  CHECK_EQUAL(roost_ccm_open(&cipher, nonce, packet, 8, packet + 8, 23, packet + 31), ROOST_OK);
  for (uint8_t i = 0; i < 31; i++) CHECK_EQUAL(packet[i], i);
}

static void sha256_gives_the_examples_of_fips_180(void) {
  struct roost_sha256 sha;
  uint8_t digest[32];
  roost_sha256_start(&sha);
  roost_sha256_update(&sha, (const uint8_t *)"abc", 3);
  roost_sha256_finish(&sha, digest);
  CHECK(equals_hex(digest, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"));
  const char *two_blocks = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
  for (size_t cut = 0; cut <= 56; cut += 7) {
    roost_sha256_start(&sha);
    roost_sha256_update(&sha, (const uint8_t *)two_blocks, cut);
    roost_sha256_update(&sha, (const uint8_t *)two_blocks + cut, 56 - cut);
    roost_sha256_finish(&sha, digest);
    CHECK(equals_hex(digest, "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"));
  }
}

static void crc32_gives_the_check_value(void) { CHECK_EQUAL(roost_crc32(0, "123456789", 9), 0xcbf43926); }

static void a_counter_is_taken_once_and_never_below_the_window(void) {
  struct roost_replay replay = {0};
  CHECK(roost_replay_take(&replay, 0));
  CHECK(!roost_replay_take(&replay, 0));
  CHECK(roost_replay_take(&replay, 100));
  CHECK(!roost_replay_take(&replay, 36)); /* 64 behind */
  CHECK(roost_replay_take(&replay, 37));
  CHECK(!roost_replay_take(&replay, 37));
  CHECK(roost_replay_take(&replay, 163));
  CHECK(!roost_replay_take(&replay, 100));
  CHECK(roost_replay_take(&replay, 101));
  CHECK(roost_replay_take(&replay, ROOST_COUNTER_MAX));
  CHECK(!roost_replay_take(&replay, 163));
}

int main(void) {
  PROMISE(aes_gives_the_example_of_fips_197_appendix_c);
  PROMISE(ccm_gives_packet_vector_1_of_rfc_3610);
  PROMISE(sha256_gives_the_examples_of_fips_180);
  PROMISE(crc32_gives_the_check_value);
  PROMISE(a_counter_is_taken_once_and_never_below_the_window);
}
