/* Payloads as tables: one table per message says its keys, types and bounds; it decodes, checks and encodes (hub/wire/shape.ts). */
#ifndef ROOST_SHAPE_H
#define ROOST_SHAPE_H

#include "roost/cbor.h"
#include "roost/err.h"

enum roost_field_type {
  ROOST_FIELD_VERSION,     /* the key `v` = 1, in no struct */
  ROOST_FIELD_INT,         /* uint8_t … uint64_t, or int32_t when `min` is below 0 */
  ROOST_FIELD_NUMBER,      /* double; finite, within min … max unless min > max */
  ROOST_FIELD_BOOL,        /* bool */
  ROOST_FIELD_TEXT,        /* struct roost_text of min … max bytes; `is_text` may say more */
  ROOST_FIELD_BYTES,       /* struct roost_bytes of min … max bytes */
  ROOST_FIELD_NAME,        /* uint8_t: index into `names`, a list that ends with NULL */
  ROOST_FIELD_INT_OR_TEXT, /* struct roost_int_or_text */
  ROOST_FIELD_MAP,         /* a struct with a shape of its own */
  ROOST_FIELD_LIST,        /* struct roost_list of min … max items, of `shape`, else of `item` */
  ROOST_FIELD_RECORD,      /* struct roost_list of `shape`, whose first field after `has` is the key, a struct roost_text */
  ROOST_FIELD_SAMPLES,     /* struct roost_list of struct roost_sample */
};

struct roost_shape;

struct roost_field {
  const char *name;
  uint8_t type;
  uint8_t width; /* bytes of the member, for INT */
  uint16_t at;   /* offset of the member */
  uint32_t has;  /* bit in the struct's first member, `uint32_t has`; 0: the field is required */
  int64_t min;
  int64_t max;
  const struct roost_shape *shape;
  const struct roost_field *item;
  const char *const *names;
  bool (*is_text)(struct roost_text text);
};

struct roost_shape {
  const struct roost_field *fields; /* in the order in which flaws are looked for */
  uint8_t field_count;              /* at most ROOST_FIELDS_MAX */
  uint16_t struct_bytes;
  bool (*is_whole)(const void *from); /* a last check of the whole struct, or NULL; false is `range` of the map */
};
#define ROOST_FIELDS_MAX 20u

/* Items that the caller keeps: decoding writes at most `room` of them, encoding reads `count`. */
struct roost_list {
  void *items;
  uint16_t count;
  uint16_t room;
};

struct roost_int_or_text {
  bool is_text;
  int32_t number;
  struct roost_text text;
};

/* What is wrong with a payload; `parent` is "" but for a field within a map. */
struct roost_flaw {
  enum roost_reason reason;
  const char *parent;
  const char *field;
};

/* The flaw as the hub names it ("truncated", "range:link.rssi"); gives its length, `out` is cut to fit and always ends with 0. */
size_t roost_flaw_text(const struct roost_flaw *flaw, char *out, size_t room_bytes);

/*
 * Decodes a payload into the struct of `shape`. Text and bytes point into `payload`, which must stay as long as they are used.
 * ROOST_ERR_PAYLOAD: it breaks the contract, `flaw` says how and `into` holds nothing of use. ROOST_ERR_ROOM: a list of `into` is too short.
 */
int roost_shape_decode(const struct roost_shape *shape, const uint8_t *payload, size_t size_bytes, void *into,
                       struct roost_flaw *flaw);

/* The deterministic encoding. ROOST_ERR_ROOM when it is longer than the room; ROOST_ERR_VALUE when a field is out of bounds. */
int roost_shape_encode(const struct roost_shape *shape, const void *from, uint8_t *out, size_t room_bytes,
                       size_t *size_bytes);

#endif
