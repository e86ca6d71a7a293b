/* Diagnostics: each code of each sensor is told at once, then at most once a minute with how often it came up. */
#ifndef ROOST_DIAG_H
#define ROOST_DIAG_H

#include "roost/codes.h"
#include "roost/wire.h"

#define ROOST_DIAG_ENTRIES 16u
#define ROOST_DIAG_REPEAT_MS 60000u

struct roost_diag_entry {
  uint16_t code; /* 0: free */
  uint32_t count;
  int32_t arg;
  struct roost_text sensor; /* of a sensor that lives as long as the node; size 0: none */
  uint64_t told_at_ms;
  bool was_told;
};

struct roost_diags {
  struct roost_diag_entry entries[ROOST_DIAG_ENTRIES];
  uint32_t dropped; /* raised when all entries waited to be told */
};

/* 1 … 4 of a code of the table, 0 for a number that is none. */
uint8_t roost_code_severity(uint16_t code);
void roost_diag_raise(struct roost_diags *diags, uint16_t code, struct roost_text sensor, int32_t arg);
/* The next one that is due, the most severe first; false when there is none. It counts as told. */
bool roost_diag_take(struct roost_diags *diags, uint64_t now_ms, struct roost_diag *diag);

#endif
