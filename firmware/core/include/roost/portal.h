/*
 * The page that a node shows on its own Wi-Fi, what comes back from it, and the names that lead a phone to it. Bytes in, bytes out: the port has
 * the radio and the sockets.
 */
#ifndef ROOST_PORTAL_H
#define ROOST_PORTAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "roost/err.h"

#define ROOST_PORTAL_FORM_MAX_BYTES 1024u
#define ROOST_PORTAL_PAGE_MAX_BYTES 12288u /* with everything that somebody can have typed, and each sign of it escaped */
#define ROOST_PORTAL_SSIDS_MAX 12u
#define ROOST_PORTAL_DNS_MAX_BYTES 512u

/* What staff gave: the farm's Wi-Fi, and what the box shows on "Add a node" (roost-enrol:1?code=…&port=…&ca=…). */
struct roost_portal_form {
  char ssid[33], password[64];
  char host[128]; /* of the hub: "roost.local" when they gave none */
  char code[33], port[6];
  uint8_t ca_sha256[32];
};

/* Fields by the order on the page; which one is not as it should be. */
enum roost_portal_field { ROOST_PORTAL_FINE, ROOST_PORTAL_SSID, ROOST_PORTAL_PASSWORD, ROOST_PORTAL_ENROL, ROOST_PORTAL_HOST };

/* Reads application/x-www-form-urlencoded. ROOST_PORTAL_FINE and the whole form, else the first field that is wrong and nothing in `form`. */
enum roost_portal_field roost_portal_read(const char *body, size_t size_bytes, struct roost_portal_form *form);

struct roost_portal_view {
  const char *uid;
  const char *ssids[ROOST_PORTAL_SSIDS_MAX]; /* in reach */
  uint8_t ssid_count;
  enum roost_portal_field wrong;
  const char *typed; /* the body that was wrong: nobody types twice */
  size_t typed_bytes;
  uint8_t trouble; /* enum roost_onboard_trouble: what came of the last try */
  bool is_trying;
};
/* The page as HTML with a 0 at its end; gives its size. Never longer than ROOST_PORTAL_PAGE_MAX_BYTES. */
size_t roost_portal_page(const struct roost_portal_view *view, char out[ROOST_PORTAL_PAGE_MAX_BYTES]);

/* The answer to a DNS query (RFC 1035): every name is at `address`. Its size, 0 for what is no single question. */
size_t roost_portal_dns(const uint8_t *query, size_t size_bytes, const uint8_t address[4], uint8_t out[ROOST_PORTAL_DNS_MAX_BYTES]);

#endif
