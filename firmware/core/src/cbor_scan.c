/* One strict pass over foreign CBOR that proves it well-formed and within bounds before any value is made of it. */
#include <string.h>

#include "roost/cbor.h"

struct scan {
  const uint8_t *bytes;
  size_t size;
  size_t at;
  uint64_t argument;
};

static enum roost_reason scan_item(struct scan *scan, unsigned depth);

/* RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF. */
static bool is_utf8(const uint8_t *at, size_t size) {
  size_t i = 0;
  while (i < size) {
    uint8_t first = at[i++];
    if (first < 0x80) continue;
    unsigned more = first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : 1;
    if (first < 0xc2 || first > 0xf4 || size - i < more) return false;
    uint8_t low = 0x80, high = 0xbf;
    if (first == 0xe0) low = 0xa0;
    if (first == 0xed) high = 0x9f;
    if (first == 0xf0) low = 0x90;
    if (first == 0xf4) high = 0x8f;
    for (; more > 0; more--, low = 0x80, high = 0xbf) {
      if (at[i] < low || at[i] > high) return false;
      i++;
    }
  }
  return true;
}

static enum roost_reason scan_argument(struct scan *scan, unsigned major, unsigned size_code) {
  scan->argument = size_code;
  if (size_code < 24) return ROOST_REASON_NONE;
  if (size_code == 31) return major < 2 ? ROOST_REASON_NOT_CBOR : ROOST_REASON_INDEFINITE_LENGTH;
  if (size_code > 27) return ROOST_REASON_NOT_CBOR;
  size_t width = (size_t)1 << (size_code - 24);
  if (width > scan->size - scan->at) return ROOST_REASON_TRUNCATED;
  scan->argument = 0;
  for (; width > 0; width--) scan->argument = scan->argument << 8 | scan->bytes[scan->at++];
  return ROOST_REASON_NONE;
}

static enum roost_reason scan_simple(struct scan *scan, unsigned size_code) {
  if (size_code >= 20 && size_code <= 22) return ROOST_REASON_NONE; /* false, true, null */
  if (size_code < 24) return ROOST_REASON_SIMPLE;
  if (size_code > 27) return ROOST_REASON_NOT_CBOR; /* reserved, or a break without a beginning */
  size_t width = (size_t)1 << (size_code - 24);
  if (width > scan->size - scan->at) return ROOST_REASON_TRUNCATED;
  uint8_t first = scan->bytes[scan->at];
  scan->at += width;
  if (size_code == 24) return first < 32 ? ROOST_REASON_NOT_CBOR : ROOST_REASON_SIMPLE;
  return ROOST_REASON_NONE;
}

static enum roost_reason scan_text(struct scan *scan, bool is_text) {
  if (scan->argument > scan->size - scan->at) return ROOST_REASON_TRUNCATED;
  const uint8_t *from = scan->bytes + scan->at;
  scan->at += (size_t)scan->argument;
  return is_text && !is_utf8(from, (size_t)scan->argument) ? ROOST_REASON_UTF8 : ROOST_REASON_NONE;
}

static enum roost_reason scan_array(struct scan *scan, unsigned depth) {
  uint64_t count = scan->argument;
  if (depth > ROOST_DEPTH_MAX) return ROOST_REASON_TOO_DEEP;
  if (count > scan->size - scan->at) return ROOST_REASON_TRUNCATED;
  for (; count > 0; count--) {
    enum roost_reason reason = scan_item(scan, depth);
    if (reason) return reason;
  }
  return ROOST_REASON_NONE;
}

/* Whether the key of `size` bytes that ends at scan->at is one of the `count` pairs before it, all of which were scanned. */
static bool is_repeated(const struct scan *scan, size_t first_at, uint64_t count, size_t size) {
  const uint8_t *key = scan->bytes + scan->at - size;
  struct roost_reader reader = {.at = scan->bytes + first_at, .end = scan->bytes + scan->at};
  for (; count > 0; count--) {
    struct roost_item other = roost_reader_next(&reader);
    if (other.as.slice.size == size && memcmp(other.as.slice.at, key, size) == 0) return true;
    roost_reader_skip(&reader);
  }
  return false;
}

static enum roost_reason scan_map(struct scan *scan, unsigned depth) {
  uint64_t count = scan->argument;
  size_t first_at = scan->at;
  if (depth > ROOST_DEPTH_MAX) return ROOST_REASON_TOO_DEEP;
  if (count > (scan->size - scan->at) / 2) return ROOST_REASON_TRUNCATED;
  for (uint64_t i = 0; i < count; i++) {
    bool is_text = scan->at < scan->size && scan->bytes[scan->at] >> 5 == 3;
    enum roost_reason reason = scan_item(scan, depth);
    if (reason) return reason;
    if (!is_text) return ROOST_REASON_KEY_TYPE;
    if (is_repeated(scan, first_at, i, (size_t)scan->argument)) return ROOST_REASON_DUPLICATE_KEY;
    reason = scan_item(scan, depth);
    if (reason) return reason;
  }
  return ROOST_REASON_NONE;
}

static enum roost_reason scan_item(struct scan *scan, unsigned depth) {
  if (scan->at >= scan->size) return ROOST_REASON_TRUNCATED;
  unsigned major = scan->bytes[scan->at] >> 5;
  unsigned size_code = scan->bytes[scan->at] & 31u;
  scan->at++;
  if (major == 7) return scan_simple(scan, size_code);
  if (major == 6) return ROOST_REASON_TAG;
  enum roost_reason reason = scan_argument(scan, major, size_code);
  if (reason) return reason;
  switch (major) {
    case 0:
      return scan->argument > (uint64_t)ROOST_INT_MAX ? ROOST_REASON_INTEGER_TOO_LARGE : ROOST_REASON_NONE;
    case 1:
      return scan->argument >= (uint64_t)ROOST_INT_MAX ? ROOST_REASON_INTEGER_TOO_LARGE : ROOST_REASON_NONE;
    case 2:
    case 3:
      return scan_text(scan, major == 3);
    case 4:
      return scan_array(scan, depth + 1);
    default:
      return scan_map(scan, depth + 1);
  }
}

enum roost_reason roost_cbor_scan(const uint8_t *bytes, size_t size_bytes) {
  if (size_bytes > ROOST_PAYLOAD_MAX_BYTES) return ROOST_REASON_TOO_LONG;
  struct scan scan = {.bytes = bytes, .size = size_bytes};
  enum roost_reason reason = scan_item(&scan, 0);
  if (reason) return reason;
  if (scan.at < size_bytes) return ROOST_REASON_TRAILING_BYTES;
  return bytes[0] >> 5 == 5 ? ROOST_REASON_NONE : ROOST_REASON_NOT_MAP;
}
