/* RFC 8259, read strictly where a string or an object is, and skipped by its brackets where not. */
#include "roost/json.h"

#include <stdbool.h>
#include <string.h>

enum { DEPTH_MAX = 8 };

struct scan {
  const char *at, *end;
};

static void skip_blank(struct scan *scan) {
  while (scan->at < scan->end && strchr(" \t\r\n", *scan->at) && *scan->at) scan->at++;
}

static bool take(struct scan *scan, char c) {
  skip_blank(scan);
  if (scan->at == scan->end || *scan->at != c) return false;
  scan->at++;
  return true;
}

/* From the opening quotation mark to behind the closing one. */
static bool skip_string(struct scan *scan) {
  if (!take(scan, '"')) return false;
  while (scan->at < scan->end) {
    char c = *scan->at++;
    if (c == '"') return true;
    if ((unsigned char)c < ' ') return false;
    if (c == '\\' && scan->at++ == scan->end) return false;
  }
  return false;
}

static bool skip_plain(struct scan *scan) {
  const char *from = scan->at;
  while (scan->at < scan->end && *scan->at && strchr("+-.0123456789aeflnrstuE", *scan->at)) scan->at++;
  return scan->at > from;
}

/* Any value; what is inside of brackets is only counted, because nobody reads it. */
static bool skip_value(struct scan *scan) {
  char open[DEPTH_MAX];
  unsigned depth = 0;
  do {
    skip_blank(scan);
    if (scan->at == scan->end) return false;
    char c = *scan->at;
    if (c == '"') {
      if (!skip_string(scan)) return false;
    } else if (c == '{' || c == '[') {
      if (depth == DEPTH_MAX) return false;
      open[depth++] = c;
      scan->at++;
    } else if (c == '}' || c == ']') {
      if (depth == 0 || open[--depth] != (c == '}' ? '{' : '[')) return false;
      scan->at++;
    } else if (depth > 0 && (c == ',' || c == ':')) {
      scan->at++;
    } else if (!skip_plain(scan)) {
      return false;
    }
  } while (depth > 0);
  return true;
}

int roost_json_find(struct roost_json object, const char *key, struct roost_json *value) {
  struct scan scan = {.at = object.at, .end = object.at + object.size};
  bool is_found = false;
  if (!take(&scan, '{')) return ROOST_ERR_PAYLOAD;
  bool is_end = take(&scan, '}');
  while (!is_end) {
    skip_blank(&scan);
    const char *name = scan.at + 1;
    if (!skip_string(&scan)) return ROOST_ERR_PAYLOAD;
    size_t name_size = (size_t)(scan.at - 1 - name);
    if (!take(&scan, ':')) return ROOST_ERR_PAYLOAD;
    skip_blank(&scan);
    const char *from = scan.at;
    if (!skip_value(&scan)) return ROOST_ERR_PAYLOAD;
    if (name_size == strlen(key) && memcmp(name, key, name_size) == 0) {
      if (is_found) return ROOST_ERR_PAYLOAD;
      is_found = true;
      *value = (struct roost_json){.at = from, .size = (size_t)(scan.at - from)};
    }
    is_end = take(&scan, '}');
    if (!is_end && !take(&scan, ',')) return ROOST_ERR_PAYLOAD;
  }
  skip_blank(&scan);
  if (scan.at != scan.end) return ROOST_ERR_PAYLOAD;
  return is_found ? ROOST_OK : ROOST_ERR_EMPTY;
}

/* The character of \u and its four digits, 0 when it is not ASCII. */
static char unicode(const char *digits, const char *end) {
  unsigned code = 0;
  if (end - digits < 4) return 0;
  for (unsigned i = 0; i < 4; i++) {
    const char *all = "0123456789abcdef0123456789ABCDEF", *found = digits[i] ? strchr(all, digits[i]) : NULL;
    if (!found) return 0;
    code = code << 4 | ((unsigned)(found - all) & 15);
  }
  return code < 0x80 ? (char)code : 0;
}

int roost_json_text(struct roost_json value, char *out, size_t room_bytes) {
  struct scan scan = {.at = value.at, .end = value.at + value.size};
  size_t used = 0;
  if (!skip_string(&scan) || scan.at != scan.end) return ROOST_ERR_PAYLOAD;
  const char *end = scan.end - 1;
  for (const char *at = value.at + 1; at < end; at++) {
    char c = *at;
    if (c == '\\') {
      static const char NAMES[] = "\"\\/bfnrt", MEANT[] = "\"\\/\b\f\n\r\t";
      const char *name = *++at ? strchr(NAMES, *at) : NULL;
      c = name ? MEANT[name - NAMES] : *at == 'u' ? unicode(at + 1, end) : 0;
      if (!c) return ROOST_ERR_PAYLOAD;
      if (!name) at += 4;
    }
    if (used + 1 >= room_bytes) return ROOST_ERR_ROOM;
    out[used++] = c;
  }
  if (used >= room_bytes) return ROOST_ERR_ROOM;
  out[used] = 0;
  return ROOST_OK;
}

int roost_json_append(char *out, size_t room_bytes, size_t *used, const char *text) {
  for (; *text; text++) {
    bool is_escaped = *text == '"' || *text == '\\' || *text == '\n';
    if ((unsigned char)*text < ' ' && *text != '\n') return ROOST_ERR_VALUE;
    if (*used + 3 > room_bytes) return ROOST_ERR_ROOM;
    if (is_escaped) out[(*used)++] = '\\';
    out[(*used)++] = *text == '\n' ? 'n' : *text;
  }
  out[*used] = 0;
  return ROOST_OK;
}
