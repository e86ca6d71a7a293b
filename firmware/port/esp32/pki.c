/* mbedTLS 3.6, as ESP-IDF v5.4 has it. Random numbers are the chip's, which are true ones while Wi-Fi runs, as it does here. */
#include <string.h>

#include "esp_random.h"
#include "mbedtls/ecp.h"
#include "mbedtls/pk.h"
#include "mbedtls/x509_crt.h"
#include "mbedtls/x509_csr.h"

#include "esp32_enrol.h"
#include "roost/crypto.h"

static int next_random(void *ctx, unsigned char *out, size_t size) {
  (void)ctx;
  esp_fill_random(out, size);
  return 0;
}

/* mbedTLS counts the 0 at the end of a PEM text. */
static int read_key(mbedtls_pk_context *key, const char *pem) {
  mbedtls_pk_init(key);
  return mbedtls_pk_parse_key(key, (const unsigned char *)pem, strlen(pem) + 1, NULL, 0, next_random, NULL);
}

static int read_certs(mbedtls_x509_crt *certs, const char *pem) {
  mbedtls_x509_crt_init(certs);
  return mbedtls_x509_crt_parse(certs, (const unsigned char *)pem, strlen(pem) + 1);
}

int esp32_pki_make_key(void *ctx, char *pem, size_t room_bytes) {
  mbedtls_pk_context key;
  (void)ctx;
  mbedtls_pk_init(&key);
  int err = mbedtls_pk_setup(&key, mbedtls_pk_info_from_type(MBEDTLS_PK_ECKEY));
  if (!err) err = mbedtls_ecp_gen_key(MBEDTLS_ECP_DP_SECP256R1, mbedtls_pk_ec(key), next_random, NULL);
  if (!err) err = mbedtls_pk_write_key_pem(&key, (unsigned char *)pem, room_bytes);
  mbedtls_pk_free(&key);
  return err ? ROOST_ERR_STATE : ROOST_OK;
}

int esp32_pki_make_csr(void *ctx, const char *key_pem, const char *uid, char *pem, size_t room_bytes) {
  mbedtls_pk_context key;
  mbedtls_x509write_csr csr;
  char subject[32] = "CN=";
  (void)ctx;
  strncat(subject, uid, sizeof subject - 4);
  mbedtls_x509write_csr_init(&csr);
  int err = read_key(&key, key_pem);
  mbedtls_x509write_csr_set_md_alg(&csr, MBEDTLS_MD_SHA256);
  mbedtls_x509write_csr_set_key(&csr, &key);
  if (!err) err = mbedtls_x509write_csr_set_subject_name(&csr, subject);
  if (!err) err = mbedtls_x509write_csr_pem(&csr, (unsigned char *)pem, room_bytes, next_random, NULL);
  mbedtls_x509write_csr_free(&csr);
  mbedtls_pk_free(&key);
  return err ? ROOST_ERR_STATE : ROOST_OK;
}

int esp32_pki_digest_ca(void *ctx, const char *ca_pem, uint8_t sha256[32]) {
  mbedtls_x509_crt ca;
  struct roost_sha256 sha;
  (void)ctx;
  int err = read_certs(&ca, ca_pem);
  if (!err) {
    roost_sha256_start(&sha);
    roost_sha256_update(&sha, ca.raw.p, ca.raw.len);
    roost_sha256_finish(&sha, sha256);
  }
  mbedtls_x509_crt_free(&ca);
  return err ? ROOST_ERR_PAYLOAD : ROOST_OK;
}

int esp32_pki_check(void *ctx, const struct roost_identity *identity, const char *uid) {
  mbedtls_x509_crt cert, ca;
  mbedtls_pk_context key;
  uint32_t flags = 0;
  (void)ctx;
  int err = read_certs(&cert, identity->cert_pem);
  int ca_err = read_certs(&ca, identity->ca_pem), key_err = read_key(&key, identity->key_pem);
  if (!err) err = ca_err ? ca_err : key_err;
  if (!err) err = mbedtls_pk_check_pair(&cert.pk, &key, next_random, NULL);
  if (!err) err = mbedtls_x509_crt_verify(&cert, &ca, NULL, uid, &flags, NULL, NULL); /* the common name is the uid */
  mbedtls_x509_crt_free(&cert);
  mbedtls_x509_crt_free(&ca);
  mbedtls_pk_free(&key);
  return err ? ROOST_ERR_SEAL : ROOST_OK;
}
