/* OpenSSL's answers to what roost/enrol.h asks, and a TLS context of an identity. */
#ifndef ROOST_HOST_PKI_H
#define ROOST_HOST_PKI_H

#include <openssl/ssl.h>

#include "roost/enrol.h"

/* Fills key, certificate and CA from the files that `roost node add` writes. ROOST_ERR_EMPTY when one is missing, ROOST_ERR_ROOM. */
int host_pki_read(struct roost_identity *identity, const char *dir);
/* Without a CA it trusts anybody, without a certificate it shows none. NULL and a message on stderr when OpenSSL cannot use them. */
SSL_CTX *host_pki_tls(const struct roost_identity *identity);

int host_pki_make_key(void *ctx, char *pem, size_t room_bytes);
int host_pki_make_csr(void *ctx, const char *key_pem, const char *uid, char *pem, size_t room_bytes);
int host_pki_digest_ca(void *ctx, const char *ca_pem, uint8_t sha256[32]);
int host_pki_check(void *ctx, const struct roost_identity *identity, const char *uid);

#endif
