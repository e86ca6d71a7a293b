/* The counter of sealed frames: rises over reboots, because a block of numbers is taken in NVS before any of it is used. */
#ifndef ROOST_COUNTER_H
#define ROOST_COUNTER_H

#include "roost/port.h"

#define ROOST_COUNTER_BLOCK 1024u

struct roost_counter {
  struct roost_nvs nvs;
  const char *key; /* in NVS; one per radio key */
  uint64_t next;
  uint64_t end; /* of the block that is taken; equal to next: none is */
};

void roost_counter_create(struct roost_counter *counter, const struct roost_nvs *nvs, const char *key);
/* A number that was never given before. ROOST_ERR_STATE when NVS cannot promise that: then nothing may be sealed. */
int roost_counter_take(struct roost_counter *counter, uint64_t *value);

#endif
