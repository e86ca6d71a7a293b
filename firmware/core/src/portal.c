/* See portal.h. */
#include "roost/portal.h"

#include <string.h>

#include "roost/onboard.h"

enum { VALUE_MAX_BYTES = 256 };

static int hex_of(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/* Undoes %XX and +. False when it is cut short, does not fit, or holds a 0. */
static bool undo(const char *at, size_t size, char *out, size_t room) {
  size_t used = 0;
  for (size_t i = 0; i < size; i++) {
    int c = at[i] == '+' ? ' ' : at[i];
    if (at[i] == '%') {
      int high = i + 2 < size ? hex_of(at[i + 1]) : -1;
      int low = i + 2 < size ? hex_of(at[i + 2]) : -1;
      if (high < 0 || low < 0) return false;
      c = high * 16 + low;
      i += 2;
    }
    if (c == 0 || used + 1 >= room) return false;
    out[used++] = (char)c;
  }
  out[used] = 0;
  return true;
}

/* The value of a field, undone. False when it is there and cannot be read, or there twice; empty when it is not there. */
static bool find(const char *body, size_t size, const char *name, char out[VALUE_MAX_BYTES]) {
  size_t name_bytes = strlen(name);
  bool is_found = false;
  out[0] = 0;
  for (size_t at = 0; at < size;) {
    const char *end = memchr(body + at, '&', size - at);
    size_t pair_bytes = end ? (size_t)(end - (body + at)) : size - at;
    if (pair_bytes > name_bytes && memcmp(body + at, name, name_bytes) == 0 && body[at + name_bytes] == '=') {
      if (is_found || !undo(body + at + name_bytes + 1, pair_bytes - name_bytes - 1, out, VALUE_MAX_BYTES)) return false;
      is_found = true;
    }
    at += pair_bytes + 1;
  }
  return true;
}

/* False when it does not fit. */
static bool keep(char *out, size_t room, const char *text) {
  size_t size = strlen(text);
  if (size >= room) return false;
  memcpy(out, text, size + 1);
  return true;
}

static bool is_host(const char *text) {
  size_t size = strlen(text);
  for (size_t i = 0; i < size; i++) {
    char c = text[i];
    bool is_fine = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-';
    if (!is_fine) return false;
  }
  return size >= 1 && size <= 127;
}

static bool is_port(const char *text) {
  uint32_t port = 0;
  size_t size = strlen(text);
  for (size_t i = 0; i < size && size <= 5; i++) {
    if (text[i] < '0' || text[i] > '9') return false;
    port = port * 10 + (uint32_t)(text[i] - '0');
  }
  return size <= 5 && port >= 1 && port <= 65535;
}

/* "roost-enrol:1?code=…&port=…&ca=…", as the box's page shows it; blanks around it are a phone's. */
static bool read_enrol(char *text, struct roost_portal_form *form) {
  static const char SCHEME[] = "roost-enrol:1?";
  char value[VALUE_MAX_BYTES];
  while (*text == ' ' || *text == '\r' || *text == '\n') text++;
  size_t size = strlen(text);
  while (size > 0 && (text[size - 1] == ' ' || text[size - 1] == '\r' || text[size - 1] == '\n')) size--;
  if (size < sizeof SCHEME - 1 || memcmp(text, SCHEME, sizeof SCHEME - 1) != 0) return false;
  text += sizeof SCHEME - 1;
  size -= sizeof SCHEME - 1;
  if (!find(text, size, "code", value) || !roost_is_enrol_code(value) || !keep(form->code, sizeof form->code, value)) return false;
  if (!find(text, size, "port", value) || !is_port(value) || !keep(form->port, sizeof form->port, value)) return false;
  if (!find(text, size, "ca", value) || strlen(value) != 2 * sizeof form->ca_sha256) return false;
  for (size_t i = 0; i < sizeof form->ca_sha256; i++) {
    int high = hex_of(value[2 * i]), low = hex_of(value[2 * i + 1]);
    if (high < 0 || low < 0) return false;
    form->ca_sha256[i] = (uint8_t)(high * 16 + low);
  }
  return true;
}

static enum roost_portal_field read_fields(const char *body, size_t size, struct roost_portal_form *form) {
  char value[VALUE_MAX_BYTES];
  if (!find(body, size, "ssid", value)) return ROOST_PORTAL_SSID;
  if (!value[0] && !find(body, size, "other", value)) return ROOST_PORTAL_SSID;
  if (!roost_is_ssid(value) || !keep(form->ssid, sizeof form->ssid, value)) return ROOST_PORTAL_SSID;
  if (!find(body, size, "password", value) || !roost_is_wifi_password(value)) return ROOST_PORTAL_PASSWORD;
  if (!keep(form->password, sizeof form->password, value)) return ROOST_PORTAL_PASSWORD;
  if (!find(body, size, "enrol", value) || !read_enrol(value, form)) return ROOST_PORTAL_ENROL;
  bool is_fine = find(body, size, "host", value) && (!value[0] || is_host(value)) && keep(form->host, sizeof form->host, value[0] ? value : "roost.local");
  return is_fine ? ROOST_PORTAL_FINE : ROOST_PORTAL_HOST;
}

enum roost_portal_field roost_portal_read(const char *body, size_t size_bytes, struct roost_portal_form *form) {
  memset(form, 0, sizeof *form);
  enum roost_portal_field wrong = size_bytes > ROOST_PORTAL_FORM_MAX_BYTES ? ROOST_PORTAL_SSID : read_fields(body, size_bytes, form);
  if (wrong) memset(form, 0, sizeof *form);
  return wrong;
}

/* Text that is being put together; what does not fit is left out as a whole. */
struct page {
  char *out;
  size_t used;
};

static void put(struct page *page, const char *text) {
  size_t size = strlen(text);
  if (page->used + size >= ROOST_PORTAL_PAGE_MAX_BYTES) return;
  memcpy(page->out + page->used, text, size);
  page->used += size;
}

/* A name that somebody else chose, safe between tags and in quotation marks. */
static void put_safe(struct page *page, const char *text) {
  for (; *text; text++) {
    char plain[2] = {*text, 0};
    const char *safe = *text == '<' ? "&lt;" : *text == '>' ? "&gt;" : *text == '&' ? "&amp;" : *text == '"' ? "&quot;" : *text == '\'' ? "&#39;" : plain;
    put(page, safe);
  }
}

static const char HEAD[] =
    "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content=\"width=device-width\"><title>Roost node</title><style>"
    "body{font:1.1rem/1.4 sans-serif;max-width:26rem;margin:1.5rem auto;padding:0 1rem}label{display:block;margin:1rem 0 .2rem;font-weight:600}"
    "input,select,textarea,button{font:inherit;width:100%;box-sizing:border-box;min-height:48px;padding:.5rem}button{margin-top:1.2rem}"
    ".bad{color:#9b1020;font-weight:600}</style><h1>This node</h1><p>";
static const char *const WRONG[] = {"", "Choose the Wi-Fi of the farm, or write its name.", "A Wi-Fi password has 8 to 63 letters, digits and signs.",
                                    "Copy the whole line from “Add a node” on the box: it begins with roost-enrol.",
                                    "The address of the box has letters, digits, dots and hyphens only."};
static const char *const TROUBLE[] = {"", "The Wi-Fi could not be joined. Is the password right, and is the node near enough?",
                                      "The Wi-Fi is fine, but the box did not answer. Is it in the same network?",
                                      "The box does not take this code: it is used or too old. Make a new one on “Add a node”."};

static const char *typed(const struct roost_portal_view *view, const char *name, char value[VALUE_MAX_BYTES]) {
  value[0] = 0;
  if (view->typed && !find(view->typed, view->typed_bytes, name, value)) value[0] = 0;
  return value;
}

size_t roost_portal_page(const struct roost_portal_view *view, char out[ROOST_PORTAL_PAGE_MAX_BYTES]) {
  struct page page = {.out = out};
  put(&page, HEAD);
  put_safe(&page, view->uid);
  put(&page, "</p>");
  if (view->is_trying) put(&page, "<meta http-equiv=refresh content=5><p><b>Trying it. When this page goes away, the node has found its box.</b></p>");
  bool is_told = view->wrong != ROOST_PORTAL_FINE || (view->trouble != ROOST_TROUBLE_NONE && !view->is_trying);
  if (is_told) {
    put(&page, "<p class=bad role=alert>");
    put(&page, view->wrong ? WRONG[view->wrong] : TROUBLE[view->trouble <= ROOST_TROUBLE_CODE ? view->trouble : 0]);
    put(&page, "</p>");
  }
  put(&page, "<form method=post action=/><label for=s>Wi-Fi of the farm</label><select id=s name=ssid><option value=\"\">another one");
  char value[VALUE_MAX_BYTES];
  typed(view, "ssid", value);
  for (uint8_t i = 0; i < view->ssid_count && i < ROOST_PORTAL_SSIDS_MAX; i++) {
    put(&page, strcmp(value, view->ssids[i]) == 0 ? "<option selected>" : "<option>");
    put_safe(&page, view->ssids[i]);
  }
  put(&page, "</select><label for=o>If it is not in the list: its name</label><input id=o name=other maxlength=32 autocapitalize=none autocomplete=off value=\"");
  put_safe(&page, typed(view, "other", value));
  put(&page, "\"><label for=p>Its password</label><input id=p name=password maxlength=63 required autocapitalize=none autocomplete=off value=\"");
  put_safe(&page, typed(view, "password", value));
  put(&page, "\"><label for=e>The line from “Add a node”</label><textarea id=e name=enrol rows=4 required autocapitalize=none autocomplete=off>");
  put_safe(&page, typed(view, "enrol", value));
  put(&page, "</textarea><details><summary>The box has another address</summary><label for=h>Its address</label>"
             "<input id=h name=host placeholder=roost.local maxlength=127 autocapitalize=none autocomplete=off value=\"");
  put_safe(&page, typed(view, "host", value));
  put(&page, "\"></details><button>Join the farm</button></form>");
  out[page.used] = 0;
  return page.used;
}

enum { DNS_HEADER_BYTES = 12, DNS_LABEL_MAX = 63, TYPE_A = 1, CLASS_IN = 1, ANSWER_BYTES = 16 };

/* Behind the name that begins at `at`, 0 when it is none: labels only, since a question needs no pointers. */
static size_t skip_name(const uint8_t *query, size_t size, size_t at) {
  while (at < size && query[at] != 0) {
    if (query[at] > DNS_LABEL_MAX) return 0;
    at += query[at] + 1u;
  }
  return at < size ? at + 1 : 0;
}

size_t roost_portal_dns(const uint8_t *query, size_t size_bytes, const uint8_t address[4], uint8_t out[ROOST_PORTAL_DNS_MAX_BYTES]) {
  if (size_bytes < DNS_HEADER_BYTES || size_bytes > ROOST_PORTAL_DNS_MAX_BYTES - ANSWER_BYTES) return 0;
  bool is_question = (query[2] & 0xf8) == 0 && query[4] == 0 && query[5] == 1; /* a standard query with one question */
  size_t end = is_question ? skip_name(query, size_bytes, DNS_HEADER_BYTES) : 0;
  if (end == 0 || end + 4 > size_bytes) return 0;
  bool is_address = query[end] == 0 && query[end + 1] == TYPE_A && query[end + 2] == 0 && query[end + 3] == CLASS_IN;
  end += 4;
  memcpy(out, query, end);
  out[2] = (uint8_t)(0x84 | (query[2] & 1)); /* a response, and we decide about this name */
  out[3] = 0;
  memset(out + 6, 0, 6);
  if (!is_address) return end; /* there is such a name, and nothing of this kind */
  out[7] = 1;
  const uint8_t answer[ANSWER_BYTES] = {0xc0, DNS_HEADER_BYTES, 0, TYPE_A, 0, CLASS_IN, 0, 0, 0, 0, 0, 4, address[0], address[1], address[2], address[3]};
  memcpy(out + end, answer, sizeof answer);
  return end + sizeof answer;
}
