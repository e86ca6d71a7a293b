/* The little JSON that a node needs to come into its farm: strings and objects by name, bounded, without recursion into foreign depth. */
#ifndef ROOST_JSON_H
#define ROOST_JSON_H

#include <stddef.h>

#include "roost/err.h"

/* A piece of a text that lies with the caller. */
struct roost_json {
  const char *at;
  size_t size;
};

/* The value of `key` in an object. ROOST_ERR_EMPTY without it; ROOST_ERR_PAYLOAD when the text is no whole object or has the key twice. */
int roost_json_find(struct roost_json object, const char *key, struct roost_json *value);
/* A string, its escapes undone, with a 0 at its end. ROOST_ERR_PAYLOAD when it is none or holds more than ASCII in \u; ROOST_ERR_ROOM. */
int roost_json_text(struct roost_json value, char *out, size_t room_bytes);
/* Appends `text` with its escapes, without quotation marks, at `*used` and moves that. ROOST_ERR_ROOM, ROOST_ERR_VALUE for control characters. */
int roost_json_append(char *out, size_t room_bytes, size_t *used, const char *text);

#endif
