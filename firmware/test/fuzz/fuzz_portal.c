/* What somebody near sends to a node's own Wi-Fi: a form, and questions for names. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "roost/portal.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  static const uint8_t ADDRESS[4] = {192, 168, 4, 1};
  static char page[ROOST_PORTAL_PAGE_MAX_BYTES];
  struct roost_portal_form form;
  uint8_t out[ROOST_PORTAL_DNS_MAX_BYTES];
  uint8_t *exact = malloc(size > 0 ? size : 1); /* of exactly this size, so that a byte too far is seen */
  if (!exact) return 0;
  if (size > 0) memcpy(exact, bytes, size);
  enum roost_portal_field wrong = roost_portal_read((const char *)exact, size, &form);
  const struct roost_portal_view view = {.uid = "rn-0a0b0c0d0e0f", .ssids = {form.ssid}, .ssid_count = 1, .wrong = wrong, .typed = (const char *)exact, .typed_bytes = size};
  if (roost_portal_page(&view, page) >= sizeof page) abort();
  if (roost_portal_dns(exact, size, ADDRESS, out) > sizeof out) abort();
  free(exact);
  return 0;
}
