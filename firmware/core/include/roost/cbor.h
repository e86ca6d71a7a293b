/* The part of CBOR (RFC 8949) that the farm speaks: definite lengths, text keys, no tags; see hub/wire/FORMAT.md. */
#ifndef ROOST_CBOR_H
#define ROOST_CBOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ROOST_PAYLOAD_MAX_BYTES 8192u
#define ROOST_DEPTH_MAX 4u
#define ROOST_INT_MAX 9007199254740991ll /* 2^53 - 1 */

/* Text and bytes are slices: they point into the payload, or wherever the caller keeps them. */
struct roost_text {
  const char *at;
  uint16_t size;
};
struct roost_bytes {
  const uint8_t *at;
  uint16_t size;
};

/* A C string as a slice. */
struct roost_text roost_text_of(const char *text);
bool roost_text_equals(struct roost_text text, const char *other);

/* Why bytes are no CBOR that the farm speaks, the first flaw in reading order (hub/wire/scan.ts), then what a field breaks. */
enum roost_reason {
  ROOST_REASON_NONE,
  ROOST_REASON_TOO_LONG,
  ROOST_REASON_TRUNCATED,
  ROOST_REASON_NOT_CBOR,
  ROOST_REASON_TRAILING_BYTES,
  ROOST_REASON_INDEFINITE_LENGTH,
  ROOST_REASON_TOO_DEEP,
  ROOST_REASON_TAG,
  ROOST_REASON_SIMPLE,
  ROOST_REASON_INTEGER_TOO_LARGE,
  ROOST_REASON_UTF8,
  ROOST_REASON_KEY_TYPE,
  ROOST_REASON_DUPLICATE_KEY,
  ROOST_REASON_NOT_MAP,
  ROOST_REASON_VERSION,
  ROOST_REASON_MISSING, /* from here on a field is named */
  ROOST_REASON_TYPE,
  ROOST_REASON_RANGE,
  ROOST_REASON_ORDER,
};

/* ROOST_REASON_NONE when `bytes` are exactly one map within all bounds of the common rules. Quadratic in the keys of one map. */
enum roost_reason roost_cbor_scan(const uint8_t *bytes, size_t size_bytes);

enum roost_kind {
  ROOST_KIND_INT,
  ROOST_KIND_FLOAT,
  ROOST_KIND_BYTES,
  ROOST_KIND_TEXT,
  ROOST_KIND_ARRAY,
  ROOST_KIND_MAP,
  ROOST_KIND_BOOL,
  ROOST_KIND_NULL,
  ROOST_KIND_NOTHING, /* the end, or bytes that the scan would refuse */
};

struct roost_item {
  enum roost_kind kind;
  union {
    int64_t number;  /* INT; also the value of BOOL */
    double real;     /* FLOAT */
    uint32_t count;  /* ARRAY: items, MAP: pairs */
    struct {
      const uint8_t *at;
      uint32_t size;
    } slice; /* BYTES, TEXT */
  } as;
};

struct roost_reader {
  const uint8_t *at;
  const uint8_t *end;
};

/* Reads one head, and the content of text and bytes; the items of arrays and maps follow. Safe on any bytes. */
struct roost_item roost_reader_next(struct roost_reader *reader);
/* Passes over one whole item with everything in it. */
void roost_reader_skip(struct roost_reader *reader);

/* Writes into `out`; once something did not fit, `is_full` stays set and nothing more is written. */
struct roost_writer {
  uint8_t *out;
  size_t room_bytes;
  size_t used_bytes;
  bool is_full;
};

void roost_writer_map(struct roost_writer *writer, uint32_t pairs);
void roost_writer_array(struct roost_writer *writer, uint32_t items);
void roost_writer_int(struct roost_writer *writer, int64_t value);
/* An integer when the value is one within 2^53 - 1, else the shortest float that keeps it; what is not finite is written as null. */
void roost_writer_number(struct roost_writer *writer, double value);
void roost_writer_bool(struct roost_writer *writer, bool value);
void roost_writer_text(struct roost_writer *writer, struct roost_text text);
void roost_writer_bytes(struct roost_writer *writer, struct roost_bytes bytes);

#endif
