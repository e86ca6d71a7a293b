/* What a hub, or somebody who says to be one, answers to an enrolment. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "roost/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  static const char *const KEYS[] = {"cert", "place", "node", "ntp"};
  char out[64], *text = malloc(size > 0 ? size : 1); /* of exactly this size, so that a byte too far is seen */
  if (!text) return 0;
  if (size > 0) memcpy(text, bytes, size);
  for (unsigned i = 0; i < 4; i++) {
    struct roost_json value, inner;
    if (roost_json_find((struct roost_json){.at = text, .size = size}, KEYS[i], &value)) continue;
    if (roost_json_text(value, out, sizeof out) == ROOST_OK && strlen(out) >= sizeof out) abort();
    (void)roost_json_find(value, "node", &inner);
  }
  free(text);
  return 0;
}
