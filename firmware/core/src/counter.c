/* See counter.h. A nonce that came twice would break the seal of both frames, so in doubt there is none. */
#include "roost/counter.h"

#include "roost/frame.h"

void roost_counter_create(struct roost_counter *counter, const struct roost_nvs *nvs, const char *key) {
  *counter = (struct roost_counter){.nvs = *nvs, .key = key};
}

int roost_counter_take(struct roost_counter *counter, uint64_t *value) {
  if (counter->next == counter->end) {
    uint64_t from = counter->end;
    size_t size = 0;
    int err = counter->nvs.get(counter->nvs.ctx, counter->key, &from, sizeof from, &size);
    if (err == ROOST_ERR_EMPTY) from = counter->end;
    else if (err || size != sizeof from || from < counter->end) return ROOST_ERR_STATE;
    if (from > ROOST_COUNTER_MAX - ROOST_COUNTER_BLOCK) return ROOST_ERR_STATE;
    uint64_t end = from + ROOST_COUNTER_BLOCK;
    if (counter->nvs.set(counter->nvs.ctx, counter->key, &end, sizeof end)) return ROOST_ERR_STATE;
    counter->next = from;
    counter->end = end;
  }
  *value = counter->next++;
  return ROOST_OK;
}
