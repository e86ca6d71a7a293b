/* See diag.h. An entry that was told and is quiet makes room for a new code. */
#include "roost/diag.h"

#include <string.h>

static const struct {
  uint16_t code;
  uint8_t severity;
} CODES[] = {
#define CODE_ROW(name, number, severity, meaning) {number, severity},
    ROOST_CODE_LIST(CODE_ROW)
#undef CODE_ROW
};

uint8_t roost_code_severity(uint16_t code) {
  for (unsigned i = 0; i < sizeof CODES / sizeof *CODES; i++) {
    if (CODES[i].code == code) return CODES[i].severity;
  }
  return 0;
}

static bool is_same(struct roost_text a, struct roost_text b) {
  return a.size == b.size && (a.size == 0 || memcmp(a.at, b.at, a.size) == 0);
}

void roost_diag_raise(struct roost_diags *diags, uint16_t code, struct roost_text sensor, int32_t arg) {
  struct roost_diag_entry *place = NULL;
  for (unsigned i = 0; i < ROOST_DIAG_ENTRIES; i++) {
    struct roost_diag_entry *entry = &diags->entries[i];
    if (entry->code == code && is_same(entry->sensor, sensor)) {
      if (entry->count < UINT32_MAX) entry->count++;
      entry->arg = arg;
      return;
    }
    bool is_quiet = entry->code == 0 || entry->count == 0;
    if (is_quiet && (!place || entry->told_at_ms < place->told_at_ms)) place = entry;
  }
  if (!place) {
    diags->dropped++;
    return;
  }
  *place = (struct roost_diag_entry){.code = code, .count = 1, .arg = arg, .sensor = sensor};
}

bool roost_diag_take(struct roost_diags *diags, uint64_t now_ms, struct roost_diag *diag) {
  struct roost_diag_entry *next = NULL;
  for (unsigned i = 0; i < ROOST_DIAG_ENTRIES; i++) {
    struct roost_diag_entry *entry = &diags->entries[i];
    bool is_due = entry->count > 0 && (!entry->was_told || now_ms - entry->told_at_ms >= ROOST_DIAG_REPEAT_MS);
    if (is_due && (!next || roost_code_severity(entry->code) > roost_code_severity(next->code))) next = entry;
  }
  if (!next) return false;
  *diag = (struct roost_diag){.code = next->code, .sev = roost_code_severity(next->code), .count = next->count, .sensor = next->sensor};
  diag->arg.number = next->arg;
  diag->has = (next->sensor.size > 0 ? ROOST_DIAG_HAS_SENSOR : 0) | (next->arg != 0 ? ROOST_DIAG_HAS_ARG : 0);
  next->count = 0;
  next->was_told = true;
  next->told_at_ms = now_ms;
  return true;
}
