/* Reading and writing single CBOR items. Heads are written in the shortest form (RFC 8949 section 4.2.1). */
#include "roost/cbor.h"

#include <math.h>
#include <string.h>

struct roost_text roost_text_of(const char *text) {
  return (struct roost_text){.at = text, .size = (uint16_t)strlen(text)};
}

bool roost_text_equals(struct roost_text text, const char *other) {
  return strlen(other) == text.size && memcmp(text.at, other, text.size) == 0;
}

static const struct roost_item NOTHING = {.kind = ROOST_KIND_NOTHING};

static double double_of_bits(uint64_t bits) {
  double value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

static double float_of_bits(uint32_t bits) {
  float value;
  memcpy(&value, &bits, sizeof value);
  return (double)value;
}

/* IEEE 754 half precision, RFC 8949 appendix D. */
static double half_of_bits(uint16_t bits) {
  int exponent = bits >> 10 & 31;
  double mantissa = bits & 1023;
  double size = exponent == 0    ? ldexp(mantissa, -24)
                : exponent == 31 ? (mantissa > 0 ? (double)NAN : (double)INFINITY)
                                 : ldexp(mantissa + 1024, exponent - 25);
  return bits & 0x8000 ? -size : size;
}

static struct roost_item read_simple(unsigned size_code, uint64_t argument) {
  switch (size_code) {
    case 20:
    case 21:
      return (struct roost_item){.kind = ROOST_KIND_BOOL, .as.number = size_code == 21};
    case 22:
      return (struct roost_item){.kind = ROOST_KIND_NULL};
    case 25:
      return (struct roost_item){.kind = ROOST_KIND_FLOAT, .as.real = half_of_bits((uint16_t)argument)};
    case 26:
      return (struct roost_item){.kind = ROOST_KIND_FLOAT, .as.real = float_of_bits((uint32_t)argument)};
    case 27:
      return (struct roost_item){.kind = ROOST_KIND_FLOAT, .as.real = double_of_bits(argument)};
    default:
      return NOTHING;
  }
}

struct roost_item roost_reader_next(struct roost_reader *reader) {
  if (reader->at >= reader->end) return NOTHING;
  unsigned major = *reader->at >> 5, size_code = *reader->at & 31u;
  reader->at++;
  if (size_code > 27) return NOTHING;
  uint64_t argument = size_code;
  if (size_code >= 24) {
    ptrdiff_t width = (ptrdiff_t)1 << (size_code - 24);
    if (width > reader->end - reader->at) return NOTHING;
    for (argument = 0; width > 0; width--) argument = argument << 8 | *reader->at++;
  }
  if (major == 7) return read_simple(size_code, argument);
  uint64_t most = major < 2 ? (uint64_t)ROOST_INT_MAX : (uint64_t)(reader->end - reader->at);
  if (argument > most) return NOTHING;
  switch (major) {
    case 0:
      return (struct roost_item){.kind = ROOST_KIND_INT, .as.number = (int64_t)argument};
    case 1:
      return (struct roost_item){.kind = ROOST_KIND_INT, .as.number = -1 - (int64_t)argument};
    case 2:
    case 3: {
      struct roost_item item = {.kind = major == 2 ? ROOST_KIND_BYTES : ROOST_KIND_TEXT};
      item.as.slice.at = reader->at;
      item.as.slice.size = (uint32_t)argument;
      reader->at += argument;
      return item;
    }
    case 4:
    case 5:
      return (struct roost_item){.kind = major == 4 ? ROOST_KIND_ARRAY : ROOST_KIND_MAP, .as.count = (uint32_t)argument};
    default:
      return NOTHING;
  }
}

void roost_reader_skip(struct roost_reader *reader) {
  /* Each head is at least one byte, so the loop ends with the bytes whatever the counts claim. */
  for (uint64_t pending = 1; pending > 0 && reader->at < reader->end; pending--) {
    struct roost_item item = roost_reader_next(reader);
    if (item.kind == ROOST_KIND_ARRAY) pending += item.as.count;
    if (item.kind == ROOST_KIND_MAP) pending += 2ull * item.as.count;
  }
}

static uint8_t *take_room(struct roost_writer *writer, size_t size) {
  if (writer->is_full || size > writer->room_bytes - writer->used_bytes) {
    writer->is_full = true;
    return NULL;
  }
  uint8_t *at = writer->out + writer->used_bytes;
  writer->used_bytes += size;
  return at;
}

/* An initial byte and `width` bytes of the argument after it. */
static void write_head(struct roost_writer *writer, unsigned initial, uint64_t argument, unsigned width) {
  uint8_t *at = take_room(writer, 1 + (size_t)width);
  if (!at) return;
  at[0] = (uint8_t)initial;
  for (unsigned i = width; i > 0; i--, argument >>= 8) at[i] = (uint8_t)argument;
}

static void write_shortest(struct roost_writer *writer, unsigned major, uint64_t argument) {
  unsigned top = major << 5;
  if (argument < 24) write_head(writer, top | (unsigned)argument, 0, 0);
  else if (argument <= UINT8_MAX) write_head(writer, top | 24, argument, 1);
  else if (argument <= UINT16_MAX) write_head(writer, top | 25, argument, 2);
  else if (argument <= UINT32_MAX) write_head(writer, top | 26, argument, 4);
  else write_head(writer, top | 27, argument, 8);
}

void roost_writer_map(struct roost_writer *writer, uint32_t pairs) { write_shortest(writer, 5, pairs); }
void roost_writer_array(struct roost_writer *writer, uint32_t items) { write_shortest(writer, 4, items); }
void roost_writer_bool(struct roost_writer *writer, bool value) { write_head(writer, value ? 0xf5 : 0xf4, 0, 0); }

void roost_writer_int(struct roost_writer *writer, int64_t value) {
  if (value >= 0) write_shortest(writer, 0, (uint64_t)value);
  else write_shortest(writer, 1, (uint64_t)(-1 - value));
}

/* The bits of a half that is exactly `value`, or -1 when there is none; `bits` are those of the same float. */
static int32_t half_bits(double value, uint32_t bits) {
  int exponent = (int)(bits >> 23 & 255) - 127 + 15;
  uint32_t mantissa = bits & 0x7fffff;
  uint32_t half = bits >> 16 & 0x8000;
  if (exponent >= 31) return -1;
  if (exponent > 0) half |= (uint32_t)exponent << 10 | mantissa >> 13;
  else if (exponent > -11) half |= (mantissa | 0x800000) >> (14 - exponent);
  else return -1;
  return half_of_bits((uint16_t)half) == value ? (int32_t)half : -1;
}

void roost_writer_number(struct roost_writer *writer, double value) {
  if (!isfinite(value)) {
    write_head(writer, 0xf6, 0, 0);
    return;
  }
  if (fabs(value) <= (double)ROOST_INT_MAX && value == trunc(value)) {
    roost_writer_int(writer, (int64_t)value);
    return;
  }
  uint64_t bits64;
  memcpy(&bits64, &value, sizeof bits64);
  /* A double above the largest float would be infinite, and the conversion of it undefined. */
  if (fabs(value) > 3.4028234663852886e38 || (double)(float)value != value) {
    write_head(writer, 0xfb, bits64, 8);
    return;
  }
  float narrow = (float)value;
  uint32_t bits32;
  memcpy(&bits32, &narrow, sizeof bits32);
  int32_t half = half_bits(value, bits32);
  if (half >= 0) write_head(writer, 0xf9, (uint64_t)half, 2);
  else write_head(writer, 0xfa, bits32, 4);
}

static void write_slice(struct roost_writer *writer, unsigned major, const void *from, uint16_t size) {
  write_shortest(writer, major, size);
  uint8_t *at = take_room(writer, size);
  if (at && size > 0) memcpy(at, from, size);
}

void roost_writer_text(struct roost_writer *writer, struct roost_text text) { write_slice(writer, 3, text.at, text.size); }
void roost_writer_bytes(struct roost_writer *writer, struct roost_bytes bytes) {
  write_slice(writer, 2, bytes.at, bytes.size);
}
