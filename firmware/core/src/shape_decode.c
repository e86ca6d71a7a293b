/* A payload into a struct, by its table: the bytes first, then the version, then the fields in the table's order. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "roost/wire.h"

struct decode {
  struct roost_flaw *flaw;
  const char *parent;
};

static int refuse(const struct decode *decode, enum roost_reason reason, const char *field) {
  *decode->flaw = (struct roost_flaw){.reason = reason, .parent = decode->parent, .field = field};
  return ROOST_ERR_PAYLOAD;
}

static int decode_map(const struct decode *decode, const struct roost_shape *shape, const struct roost_reader *map,
                      const char *name, void *into);

/* The integer that an item is; a float without a fraction is one. */
static bool read_int(const struct roost_item *item, int64_t *value) {
  if (item->kind == ROOST_KIND_INT) {
    *value = item->as.number;
    return true;
  }
  if (item->kind != ROOST_KIND_FLOAT || !isfinite(item->as.real) || item->as.real != trunc(item->as.real)) return false;
  /* Larger than any bound of the contract is as good as exact. */
  *value = item->as.real > 9e18 ? INT64_MAX : item->as.real < -9e18 ? INT64_MIN : (int64_t)item->as.real;
  return true;
}

static bool read_number(const struct roost_item *item, double *value) {
  if (item->kind == ROOST_KIND_INT) *value = (double)item->as.number;
  else if (item->kind == ROOST_KIND_FLOAT) *value = item->as.real;
  else return false;
  return true;
}

static void store_int(uint8_t *at, uint8_t width, int64_t value) {
  if (width == 1) *at = (uint8_t)value;
  else if (width == 2) memcpy(at, &(uint16_t){(uint16_t)value}, 2);
  else if (width == 4) memcpy(at, &(uint32_t){(uint32_t)value}, 4);
  else memcpy(at, &value, 8);
}

static int decode_name(const struct decode *decode, const struct roost_field *field, struct roost_text text, uint8_t *at) {
  for (uint8_t i = 0; field->names[i]; i++) {
    if (!roost_text_equals(text, field->names[i])) continue;
    *at = i;
    return ROOST_OK;
  }
  return refuse(decode, ROOST_REASON_RANGE, field->name);
}

static int decode_int_or_text(const struct decode *decode, const struct roost_field *field, const struct roost_item *item,
                              uint8_t *at) {
  struct roost_int_or_text value = {.is_text = item->kind == ROOST_KIND_TEXT};
  int64_t number = 0;
  if (value.is_text) {
    if (item->as.slice.size > 256) return refuse(decode, ROOST_REASON_RANGE, field->name);
    value.text = (struct roost_text){.at = (const char *)item->as.slice.at, .size = (uint16_t)item->as.slice.size};
  } else if (!read_int(item, &number)) {
    return refuse(decode, ROOST_REASON_TYPE, field->name);
  } else if (number < INT32_MIN || number > INT32_MAX) {
    return refuse(decode, ROOST_REASON_RANGE, field->name);
  }
  value.number = (int32_t)number;
  memcpy(at, &value, sizeof value);
  return ROOST_OK;
}

static int decode_sample(const struct decode *decode, struct roost_reader *from, uint32_t last_dt_ms, struct roost_sample *sample) {
  struct roost_item item = roost_reader_next(from);
  if (item.kind != ROOST_KIND_ARRAY) return refuse(decode, ROOST_REASON_TYPE, "sample");
  if (item.as.count != 4) return refuse(decode, ROOST_REASON_RANGE, "sample");
  int64_t dt = 0, state = 0, flags = 0;
  item = roost_reader_next(from);
  if (!read_int(&item, &dt)) return refuse(decode, ROOST_REASON_TYPE, "dt");
  if (dt < 0 || dt > UINT32_MAX) return refuse(decode, ROOST_REASON_RANGE, "dt");
  if (dt < last_dt_ms) return refuse(decode, ROOST_REASON_ORDER, "dt");
  item = roost_reader_next(from);
  double value = (double)NAN;
  if (item.kind != ROOST_KIND_NULL) {
    if (!read_number(&item, &value)) return refuse(decode, ROOST_REASON_TYPE, "value");
    if (!isfinite(value)) return refuse(decode, ROOST_REASON_RANGE, "value");
  }
  item = roost_reader_next(from);
  if (!read_int(&item, &state)) return refuse(decode, ROOST_REASON_TYPE, "state");
  if (state < 0 || state > 4) return refuse(decode, ROOST_REASON_RANGE, "state");
  item = roost_reader_next(from);
  if (!read_int(&item, &flags)) return refuse(decode, ROOST_REASON_TYPE, "flags");
  if (flags < 0 || flags > 255) return refuse(decode, ROOST_REASON_RANGE, "flags");
  *sample = (struct roost_sample){.value = value, .dt_ms = (uint32_t)dt, .state = (uint8_t)state, .flags = (uint8_t)flags};
  return ROOST_OK;
}

static int decode_samples(const struct decode *decode, uint32_t count, struct roost_reader *from, struct roost_list *list) {
  struct roost_sample *samples = list->items;
  uint32_t last_dt_ms = 0;
  for (uint32_t i = 0; i < count; i++) {
    int err = decode_sample(decode, from, last_dt_ms, &samples[i]);
    if (err) return err;
    last_dt_ms = samples[i].dt_ms;
  }
  return ROOST_OK;
}

static int decode_field(const struct decode *decode, const struct roost_field *field, struct roost_reader *from, uint8_t *at);

static size_t size_of_item(const struct roost_field *item) {
  return item->type == ROOST_FIELD_BYTES ? sizeof(struct roost_bytes) : sizeof(struct roost_text);
}

/* LIST and RECORD: the container's head was read, `from` stands at its first item. */
static int decode_list(const struct decode *decode, const struct roost_field *field, uint32_t count, struct roost_reader *from,
                       struct roost_list *list) {
  uint8_t *at = list->items;
  if (field->type == ROOST_FIELD_RECORD) { /* all names before any value, as the hub does */
    struct roost_reader keys = *from;
    for (uint32_t i = 0; i < count; i++) {
      struct roost_item key = roost_reader_next(&keys);
      struct roost_text name = {.at = (const char *)key.as.slice.at, .size = (uint16_t)key.as.slice.size};
      if (!roost_is_sensor_id(name)) return refuse(decode, ROOST_REASON_RANGE, field->name);
      roost_reader_skip(&keys);
    }
  }
  for (uint32_t i = 0; i < count; i++) {
    if (field->type == ROOST_FIELD_RECORD) {
      struct roost_item key = roost_reader_next(from);
      struct roost_text name = {.at = (const char *)key.as.slice.at, .size = (uint16_t)key.as.slice.size};
      memset(at, 0, field->shape->struct_bytes);
      memcpy(at + offsetof(struct roost_sensor_config, id), &name, sizeof name);
    }
    if (field->shape) {
      int err = decode_map(decode, field->shape, from, field->name, at);
      if (err) return err;
      roost_reader_skip(from);
      at += field->shape->struct_bytes;
    } else {
      int err = decode_field(decode, field->item, from, at);
      if (err) return err;
      at += size_of_item(field->item);
    }
  }
  return ROOST_OK;
}

static int decode_container(const struct decode *decode, const struct roost_field *field, const struct roost_item *item,
                            struct roost_reader *from, uint8_t *at) {
  enum roost_kind wanted = field->type == ROOST_FIELD_RECORD ? ROOST_KIND_MAP : ROOST_KIND_ARRAY;
  if (item->kind != wanted) return refuse(decode, ROOST_REASON_TYPE, field->name);
  if (item->as.count < field->min || item->as.count > field->max) return refuse(decode, ROOST_REASON_RANGE, field->name);
  struct roost_list list;
  memcpy(&list, at, sizeof list);
  if (item->as.count > list.room) return ROOST_ERR_ROOM;
  list.count = (uint16_t)item->as.count;
  memcpy(at, &list, sizeof list);
  if (field->type == ROOST_FIELD_SAMPLES) return decode_samples(decode, item->as.count, from, &list);
  return decode_list(decode, field, item->as.count, from, &list);
}

static int decode_slice(const struct decode *decode, const struct roost_field *field, const struct roost_item *item, uint8_t *at) {
  enum roost_kind wanted = field->type == ROOST_FIELD_BYTES ? ROOST_KIND_BYTES : ROOST_KIND_TEXT;
  if (item->kind != wanted) return refuse(decode, ROOST_REASON_TYPE, field->name);
  if (field->type == ROOST_FIELD_BYTES) {
    struct roost_bytes bytes = {.at = item->as.slice.at, .size = (uint16_t)item->as.slice.size};
    if (bytes.size < field->min || bytes.size > field->max) return refuse(decode, ROOST_REASON_RANGE, field->name);
    memcpy(at, &bytes, sizeof bytes);
    return ROOST_OK;
  }
  struct roost_text text = {.at = (const char *)item->as.slice.at, .size = (uint16_t)item->as.slice.size};
  if (field->type == ROOST_FIELD_NAME) return decode_name(decode, field, text, at);
  if (text.size < field->min || text.size > field->max) return refuse(decode, ROOST_REASON_RANGE, field->name);
  if (field->is_text && !field->is_text(text)) return refuse(decode, ROOST_REASON_RANGE, field->name);
  memcpy(at, &text, sizeof text);
  return ROOST_OK;
}

/* Reads one value at `from` into the member at `at`. */
static int decode_field(const struct decode *decode, const struct roost_field *field, struct roost_reader *from, uint8_t *at) {
  if (field->type == ROOST_FIELD_MAP) return decode_map(decode, field->shape, from, field->name, at);
  struct roost_item item = roost_reader_next(from);
  int64_t number = 0;
  double real = 0;
  switch (field->type) {
    case ROOST_FIELD_VERSION:
      if (!read_int(&item, &number)) return refuse(decode, ROOST_REASON_TYPE, field->name);
      return number == 1 ? ROOST_OK : refuse(decode, ROOST_REASON_VERSION, NULL);
    case ROOST_FIELD_INT:
      if (!read_int(&item, &number)) return refuse(decode, ROOST_REASON_TYPE, field->name);
      if (number < field->min || number > field->max) return refuse(decode, ROOST_REASON_RANGE, field->name);
      store_int(at, field->width, number);
      return ROOST_OK;
    case ROOST_FIELD_NUMBER:
      if (!read_number(&item, &real)) return refuse(decode, ROOST_REASON_TYPE, field->name);
      if (!isfinite(real)) return refuse(decode, ROOST_REASON_RANGE, field->name);
      if (field->min <= field->max && (real < (double)field->min || real > (double)field->max))
        return refuse(decode, ROOST_REASON_RANGE, field->name);
      memcpy(at, &real, sizeof real);
      return ROOST_OK;
    case ROOST_FIELD_BOOL:
      if (item.kind != ROOST_KIND_BOOL) return refuse(decode, ROOST_REASON_TYPE, field->name);
      *at = item.as.number != 0;
      return ROOST_OK;
    case ROOST_FIELD_INT_OR_TEXT:
      return decode_int_or_text(decode, field, &item, at);
    case ROOST_FIELD_TEXT:
    case ROOST_FIELD_BYTES:
    case ROOST_FIELD_NAME:
      return decode_slice(decode, field, &item, at);
    default:
      return decode_container(decode, field, &item, from, at);
  }
}

/* A map of a known shape; `name` is the field that holds it, "" for a payload. Only bytes that the scan has passed come here. */
static int decode_map(const struct decode *outer, const struct roost_shape *shape, const struct roost_reader *map,
                      const char *name, void *into) {
  struct roost_reader reader = *map;
  struct roost_item head = roost_reader_next(&reader);
  if (head.kind != ROOST_KIND_MAP) return refuse(outer, ROOST_REASON_TYPE, name);
  const uint8_t *value_at[ROOST_FIELDS_MAX] = {NULL};
  for (uint32_t i = 0; i < head.as.count; i++) {
    struct roost_item key = roost_reader_next(&reader);
    struct roost_text text = {.at = (const char *)key.as.slice.at, .size = (uint16_t)key.as.slice.size};
    for (uint8_t f = 0; f < shape->field_count; f++) {
      if (roost_text_equals(text, shape->fields[f].name)) value_at[f] = reader.at;
    }
    roost_reader_skip(&reader);
  }
  struct decode inner = {.flaw = outer->flaw, .parent = name};
  uint32_t has = 0;
  for (uint8_t f = 0; f < shape->field_count; f++) {
    const struct roost_field *field = &shape->fields[f];
    if (!value_at[f]) {
      if (field->has) continue;
      return refuse(&inner, ROOST_REASON_MISSING, field->name);
    }
    struct roost_reader value = {.at = value_at[f], .end = map->end};
    int err = decode_field(&inner, field, &value, (uint8_t *)into + field->at);
    if (err) return err;
    has |= field->has;
  }
  memcpy(into, &has, sizeof has);
  if (shape->is_whole && !shape->is_whole(into)) return refuse(outer, ROOST_REASON_RANGE, name);
  return ROOST_OK;
}

int roost_shape_decode(const struct roost_shape *shape, const uint8_t *payload, size_t size_bytes, void *into,
                       struct roost_flaw *flaw) {
  struct decode decode = {.flaw = flaw, .parent = ""};
  *flaw = (struct roost_flaw){.reason = ROOST_REASON_NONE, .parent = "", .field = NULL};
  enum roost_reason reason = roost_cbor_scan(payload, size_bytes);
  if (reason) return refuse(&decode, reason, NULL);
  struct roost_reader reader = {.at = payload, .end = payload + size_bytes};
  return decode_map(&decode, shape, &reader, "", into);
}

size_t roost_flaw_text(const struct roost_flaw *flaw, char *out, size_t room_bytes) {
  static const char *const NAMES[] = {
      "ok",        "too-long", "truncated",         "not-cbor", "trailing-bytes", "indefinite-length", "too-deep",
      "tag",       "simple",   "integer-too-large", "utf8",     "key-type",       "duplicate-key",     "not-map",
      "version",   "missing",  "type",              "range",    "order",
  };
  const char *name = NAMES[flaw->reason];
  int size = !flaw->field         ? snprintf(out, room_bytes, "%s", name)
             : *flaw->parent == 0 ? snprintf(out, room_bytes, "%s:%s", name, flaw->field)
                                  : snprintf(out, room_bytes, "%s:%s.%s", name, flaw->parent, flaw->field);
  return size < 0 ? 0 : (size_t)size;
}
