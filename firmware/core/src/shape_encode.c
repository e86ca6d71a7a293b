/* A struct into the one deterministic encoding of its payload: keys sorted by length, then by bytes (RFC 8949 section 4.2.1). */
#include <math.h>
#include <string.h>

#include "roost/wire.h"

static int encode_map(struct roost_writer *to, const struct roost_shape *shape, const void *from);

static int64_t load_int(const struct roost_field *field, const uint8_t *at) {
  uint16_t value16;
  uint32_t value32;
  int64_t value64;
  switch (field->width) {
    case 1:
      return *at;
    case 2:
      memcpy(&value16, at, sizeof value16);
      return value16;
    case 4:
      memcpy(&value32, at, sizeof value32);
      return field->min < 0 ? (int64_t)(int32_t)value32 : (int64_t)value32;
    default:
      memcpy(&value64, at, sizeof value64);
      return value64;
  }
}

static int encode_samples(struct roost_writer *to, const struct roost_list *list) {
  const struct roost_sample *samples = list->items;
  for (uint16_t i = 0; i < list->count; i++) {
    if (samples[i].state > ROOST_SENSOR_FAILED) return ROOST_ERR_VALUE;
    if (i > 0 && samples[i].dt_ms < samples[i - 1].dt_ms) return ROOST_ERR_VALUE;
    roost_writer_array(to, 4);
    roost_writer_int(to, samples[i].dt_ms);
    roost_writer_number(to, samples[i].value);
    roost_writer_int(to, samples[i].state);
    roost_writer_int(to, samples[i].flags);
  }
  return ROOST_OK;
}

static int encode_text(struct roost_writer *to, const struct roost_field *field, struct roost_text text) {
  if (text.size < field->min || text.size > field->max) return ROOST_ERR_VALUE;
  if (field->is_text && !field->is_text(text)) return ROOST_ERR_VALUE;
  roost_writer_text(to, text);
  return ROOST_OK;
}

static int encode_bytes(struct roost_writer *to, const struct roost_field *field, struct roost_bytes bytes) {
  if (bytes.size < field->min || bytes.size > field->max) return ROOST_ERR_VALUE;
  roost_writer_bytes(to, bytes);
  return ROOST_OK;
}

/* Whether key `a` is written before key `b`. */
static bool is_before(struct roost_text a, struct roost_text b) {
  return a.size != b.size ? a.size < b.size : memcmp(a.at, b.at, a.size) < 0;
}

static struct roost_text key_of(const struct roost_shape *shape, const struct roost_list *list, uint16_t index) {
  struct roost_text key;
  const uint8_t *at = (const uint8_t *)list->items + (size_t)index * shape->struct_bytes;
  memcpy(&key, at + offsetof(struct roost_sensor_config, id), sizeof key);
  return key;
}

static int encode_record(struct roost_writer *to, const struct roost_shape *shape, const struct roost_list *list) {
  struct roost_text last = {.at = "", .size = 0};
  for (uint16_t done = 0; done < list->count; done++) {
    uint16_t next = list->count;
    for (uint16_t i = 0; i < list->count; i++) {
      struct roost_text key = key_of(shape, list, i);
      if (!is_before(last, key)) continue;
      if (next == list->count || is_before(key, key_of(shape, list, next))) next = i;
    }
    if (next == list->count) return ROOST_ERR_VALUE; /* an empty name, or one that comes twice */
    last = key_of(shape, list, next);
    if (!roost_is_sensor_id(last)) return ROOST_ERR_VALUE;
    roost_writer_text(to, last);
    int err = encode_map(to, shape, (const uint8_t *)list->items + (size_t)next * shape->struct_bytes);
    if (err) return err;
  }
  return ROOST_OK;
}

static int encode_list(struct roost_writer *to, const struct roost_field *field, const struct roost_list *list) {
  if (list->count < field->min || list->count > field->max) return ROOST_ERR_VALUE;
  if (field->type == ROOST_FIELD_RECORD) {
    roost_writer_map(to, list->count);
    return encode_record(to, field->shape, list);
  }
  roost_writer_array(to, list->count);
  if (field->type == ROOST_FIELD_SAMPLES) return encode_samples(to, list);
  for (uint16_t i = 0; i < list->count; i++) {
    int err;
    if (field->shape) err = encode_map(to, field->shape, (const uint8_t *)list->items + (size_t)i * field->shape->struct_bytes);
    else if (field->item->type == ROOST_FIELD_BYTES) err = encode_bytes(to, field->item, ((struct roost_bytes *)list->items)[i]);
    else err = encode_text(to, field->item, ((struct roost_text *)list->items)[i]);
    if (err) return err;
  }
  return ROOST_OK;
}

static int encode_number(struct roost_writer *to, const struct roost_field *field, double value) {
  if (!isfinite(value)) return ROOST_ERR_VALUE;
  if (field->min <= field->max && (value < (double)field->min || value > (double)field->max)) return ROOST_ERR_VALUE;
  roost_writer_number(to, value);
  return ROOST_OK;
}

static int encode_int(struct roost_writer *to, const struct roost_field *field, int64_t value) {
  if (value < field->min || value > field->max) return ROOST_ERR_VALUE;
  roost_writer_int(to, value);
  return ROOST_OK;
}

static int encode_int_or_text(struct roost_writer *to, const struct roost_int_or_text *value) {
  if (value->is_text && value->text.size > 256) return ROOST_ERR_VALUE;
  if (value->is_text) roost_writer_text(to, value->text);
  else roost_writer_int(to, value->number);
  return ROOST_OK;
}

static int encode_name(struct roost_writer *to, const struct roost_field *field, uint8_t index) {
  for (uint8_t i = 0; field->names[i]; i++) {
    if (i != index) continue;
    roost_writer_text(to, roost_text_of(field->names[i]));
    return ROOST_OK;
  }
  return ROOST_ERR_VALUE;
}

/* Members are aligned where they stand: `at` comes from offsetof in a struct of the caller. */
static int encode_field(struct roost_writer *to, const struct roost_field *field, const uint8_t *at) {
  const void *member = at;
  switch (field->type) {
    case ROOST_FIELD_VERSION:
      roost_writer_int(to, 1);
      return ROOST_OK;
    case ROOST_FIELD_INT:
      return encode_int(to, field, load_int(field, at));
    case ROOST_FIELD_NUMBER:
      return encode_number(to, field, *(const double *)member);
    case ROOST_FIELD_BOOL:
      roost_writer_bool(to, *(const bool *)member);
      return ROOST_OK;
    case ROOST_FIELD_TEXT:
      return encode_text(to, field, *(const struct roost_text *)member);
    case ROOST_FIELD_BYTES:
      return encode_bytes(to, field, *(const struct roost_bytes *)member);
    case ROOST_FIELD_NAME:
      return encode_name(to, field, *at);
    case ROOST_FIELD_INT_OR_TEXT:
      return encode_int_or_text(to, member);
    case ROOST_FIELD_MAP:
      return encode_map(to, field->shape, member);
    default:
      return encode_list(to, field, member);
  }
}

static int encode_map(struct roost_writer *to, const struct roost_shape *shape, const void *from) {
  uint32_t has, left = 0, pairs = 0;
  memcpy(&has, from, sizeof has);
  for (uint8_t f = 0; f < shape->field_count; f++) {
    if (shape->fields[f].has && !(shape->fields[f].has & has)) continue;
    left |= 1u << f;
    pairs++;
  }
  if (shape->is_whole && !shape->is_whole(from)) return ROOST_ERR_VALUE;
  roost_writer_map(to, pairs);
  for (; pairs > 0; pairs--) {
    uint8_t next = ROOST_FIELDS_MAX;
    for (uint8_t f = 0; f < shape->field_count; f++) {
      if (!(left >> f & 1)) continue;
      if (next == ROOST_FIELDS_MAX ||
          is_before(roost_text_of(shape->fields[f].name), roost_text_of(shape->fields[next].name)))
        next = f;
    }
    left &= ~(1u << next);
    const struct roost_field *field = &shape->fields[next];
    roost_writer_text(to, roost_text_of(field->name));
    int err = encode_field(to, field, (const uint8_t *)from + field->at);
    if (err) return err;
  }
  return ROOST_OK;
}

int roost_shape_encode(const struct roost_shape *shape, const void *from, uint8_t *out, size_t room_bytes,
                       size_t *size_bytes) {
  struct roost_writer writer = {.out = out, .room_bytes = room_bytes};
  int err = encode_map(&writer, shape, from);
  if (err) return err;
  if (writer.is_full || writer.used_bytes > ROOST_PAYLOAD_MAX_BYTES) return ROOST_ERR_ROOM;
  *size_bytes = writer.used_bytes;
  return ROOST_OK;
}
