/* See host_pki.h. */
#include "host_pki.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <string.h>

static BIO *reader(const char *pem) { return BIO_new_mem_buf(pem, -1); }

static X509 *read_cert(const char *pem) {
  BIO *bio = reader(pem);
  X509 *cert = bio ? PEM_read_bio_X509(bio, NULL, NULL, NULL) : NULL;
  BIO_free(bio);
  return cert;
}

static EVP_PKEY *read_key(const char *pem) {
  BIO *bio = reader(pem);
  EVP_PKEY *key = bio ? PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL) : NULL;
  BIO_free(bio);
  return key;
}

/* What was written to `bio`, as text; frees it. */
static int take_text(BIO *bio, bool is_good, char *pem, size_t room_bytes) {
  int size = bio && is_good ? BIO_read(bio, pem, (int)room_bytes) : -1;
  BIO_free(bio);
  ERR_clear_error();
  if (size < 0) return ROOST_ERR_STATE;
  if ((size_t)size >= room_bytes) return ROOST_ERR_ROOM;
  pem[size] = 0;
  return ROOST_OK;
}

int host_pki_make_key(void *ctx, char *pem, size_t room_bytes) {
  (void)ctx;
  EVP_PKEY *key = EVP_EC_gen("P-256");
  BIO *bio = BIO_new(BIO_s_mem());
  bool is_good = key && bio && PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL) == 1;
  EVP_PKEY_free(key);
  return take_text(bio, is_good, pem, room_bytes);
}

int host_pki_make_csr(void *ctx, const char *key_pem, const char *uid, char *pem, size_t room_bytes) {
  (void)ctx;
  EVP_PKEY *key = read_key(key_pem);
  X509_REQ *csr = X509_REQ_new();
  BIO *bio = BIO_new(BIO_s_mem());
  bool is_good = key && csr && bio && X509_REQ_set_pubkey(csr, key) == 1 &&
                 X509_NAME_add_entry_by_txt(X509_REQ_get_subject_name(csr), "CN", MBSTRING_ASC, (const unsigned char *)uid, -1, -1, 0) == 1 &&
                 X509_REQ_sign(csr, key, EVP_sha256()) > 0 && PEM_write_bio_X509_REQ(bio, csr) == 1;
  X509_REQ_free(csr);
  EVP_PKEY_free(key);
  return take_text(bio, is_good, pem, room_bytes);
}

int host_pki_digest_ca(void *ctx, const char *ca_pem, uint8_t sha256[32]) {
  unsigned size = 32;
  (void)ctx;
  X509 *cert = read_cert(ca_pem);
  bool is_good = cert && X509_digest(cert, EVP_sha256(), sha256, &size) == 1;
  X509_free(cert);
  ERR_clear_error();
  return is_good ? ROOST_OK : ROOST_ERR_PAYLOAD;
}

/* Whether one of the CAs in the text signed it. */
static bool is_signed(X509 *cert, const char *ca_pem) {
  BIO *bio = reader(ca_pem);
  bool is_found = false;
  for (X509 *ca; bio && !is_found && (ca = PEM_read_bio_X509(bio, NULL, NULL, NULL)) != NULL; X509_free(ca)) {
    is_found = X509_verify(cert, X509_get0_pubkey(ca)) == 1;
  }
  BIO_free(bio);
  return is_found;
}

int host_pki_check(void *ctx, const struct roost_identity *identity, const char *uid) {
  char name[64] = "";
  (void)ctx;
  X509 *cert = read_cert(identity->cert_pem);
  EVP_PKEY *key = read_key(identity->key_pem);
  bool is_good = cert && key && X509_check_private_key(cert, key) == 1 && is_signed(cert, identity->ca_pem);
  if (is_good) X509_NAME_get_text_by_NID(X509_get_subject_name(cert), NID_commonName, name, sizeof name);
  X509_free(cert);
  EVP_PKEY_free(key);
  ERR_clear_error();
  return is_good && strcmp(name, uid) == 0 ? ROOST_OK : ROOST_ERR_SEAL;
}

static int read_file(const char *dir, const char *name, char *out, size_t room_bytes) {
  char path[512];
  snprintf(path, sizeof path, "%s/%s", dir, name);
  FILE *file = fopen(path, "rb");
  if (!file) return ROOST_ERR_EMPTY;
  size_t size = fread(out, 1, room_bytes, file);
  fclose(file);
  if (size == room_bytes) return ROOST_ERR_ROOM;
  out[size] = 0;
  return ROOST_OK;
}

int host_pki_read(struct roost_identity *identity, const char *dir) {
  int err = read_file(dir, "node.key.pem", identity->key_pem, sizeof identity->key_pem);
  if (!err) err = read_file(dir, "node.crt.pem", identity->cert_pem, sizeof identity->cert_pem);
  if (!err) err = read_file(dir, "ca.crt.pem", identity->ca_pem, sizeof identity->ca_pem);
  return err;
}

static bool trust(SSL_CTX *tls, const char *ca_pem) {
  BIO *bio = reader(ca_pem);
  bool is_good = bio != NULL, has_one = false;
  for (X509 *ca; is_good && (ca = PEM_read_bio_X509(bio, NULL, NULL, NULL)) != NULL; X509_free(ca)) {
    is_good = has_one = X509_STORE_add_cert(SSL_CTX_get_cert_store(tls), ca) == 1;
  }
  BIO_free(bio);
  ERR_clear_error(); /* the end of the text is one */
  return is_good && has_one;
}

static bool show(SSL_CTX *tls, const struct roost_identity *identity) {
  X509 *cert = read_cert(identity->cert_pem);
  EVP_PKEY *key = read_key(identity->key_pem);
  bool is_good = cert && key && SSL_CTX_use_certificate(tls, cert) == 1 && SSL_CTX_use_PrivateKey(tls, key) == 1;
  X509_free(cert);
  EVP_PKEY_free(key);
  return is_good;
}

SSL_CTX *host_pki_tls(const struct roost_identity *identity) {
  SSL_CTX *tls = SSL_CTX_new(TLS_client_method());
  if (!tls) return NULL;
  SSL_CTX_set_min_proto_version(tls, TLS1_2_VERSION);
  SSL_CTX_set_verify(tls, identity->ca_pem[0] ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, NULL);
  SSL_CTX_set_mode(tls, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  bool is_good = !identity->ca_pem[0] || trust(tls, identity->ca_pem);
  is_good = is_good && (!identity->cert_pem[0] || show(tls, identity));
  if (is_good) return tls;
  ERR_print_errors_fp(stderr);
  SSL_CTX_free(tls);
  return NULL;
}
