/* The node's page: what comes back from it is read or refused by field, what it shows is safe and whole, and every name leads to it. */
#include "roost/portal.h"

#include <stdio.h>
#include <string.h>

#include "roost/onboard.h"
#include "test.h"

#define CA "00112233445566778899aabbccddeeff00112233445566778899AABBCCDDEEFF"
#define LINE "roost-enrol%3A1%3Fcode%3DABCD-EFGH%26port%3D8443%26ca%3D" CA

static struct roost_portal_form form;
static char page[ROOST_PORTAL_PAGE_MAX_BYTES];

static enum roost_portal_field read(const char *body) { return roost_portal_read(body, strlen(body), &form); }

static void a_form_that_is_filled_in_gives_wifi_code_and_fingerprint(void) {
  CHECK_EQUAL(read("ssid=Hill+Farm&other=&password=correct+horse%21&enrol=" LINE "&host="), ROOST_PORTAL_FINE);
  CHECK(strcmp(form.ssid, "Hill Farm") == 0 && strcmp(form.password, "correct horse!") == 0 && strcmp(form.host, "roost.local") == 0);
  CHECK(strcmp(form.code, "ABCD-EFGH") == 0 && strcmp(form.port, "8443") == 0);
  CHECK(form.ca_sha256[1] == 0x11 && form.ca_sha256[31] == 0xff);
  /* A name that is not in the list, blanks that a phone has pasted along, another hub. */
  CHECK_EQUAL(read("ssid=&other=Stall+%C3%BC&password=12345678&enrol=%0A+" LINE "%0D%0A&host=192.168.1.5"), ROOST_PORTAL_FINE);
  CHECK(strcmp(form.ssid, "Stall \xc3\xbc") == 0 && strcmp(form.host, "192.168.1.5") == 0);
}

static void what_is_wrong_is_named_and_nothing_of_it_is_kept(void) {
  static const struct {
    const char *body;
    enum roost_portal_field wrong;
  } CASES[] = {
      {"", ROOST_PORTAL_SSID},
      {"ssid=&password=12345678&enrol=" LINE, ROOST_PORTAL_SSID},
      {"ssid=aaaaaaaaaabbbbbbbbbbccccccccccddd&password=12345678&enrol=" LINE, ROOST_PORTAL_SSID},
      {"ssid=a&ssid=b&password=12345678&enrol=" LINE, ROOST_PORTAL_SSID},
      {"ssid=a%&password=12345678&enrol=" LINE, ROOST_PORTAL_SSID},
      {"ssid=a%4&password=12345678&enrol=" LINE, ROOST_PORTAL_SSID},
      {"ssid=a%00b&password=12345678&enrol=" LINE, ROOST_PORTAL_SSID},
      {"ssid=a&password=1234567&enrol=" LINE, ROOST_PORTAL_PASSWORD},
      {"ssid=a&password=p%C3%A4ssword&enrol=" LINE, ROOST_PORTAL_PASSWORD},
      {"ssid=a&password=12345678", ROOST_PORTAL_ENROL},
      {"ssid=a&password=12345678&enrol=ABCD-EFGH", ROOST_PORTAL_ENROL},
      {"ssid=a&password=12345678&enrol=roost-enrol%3A2%3Fcode%3DABCD", ROOST_PORTAL_ENROL},
      {"ssid=a&password=12345678&enrol=roost-enrol%3A1%3Fcode%3DABCD-EFGH%26port%3D70000%26ca%3D" CA, ROOST_PORTAL_ENROL},
      {"ssid=a&password=12345678&enrol=roost-enrol%3A1%3Fcode%3DABCD-EFGH%26port%3D8443%26ca%3D00", ROOST_PORTAL_ENROL},
      {"ssid=a&password=12345678&enrol=" LINE "&host=a%2Fb", ROOST_PORTAL_HOST},
  };
  static const struct roost_portal_form EMPTY;
  for (unsigned i = 0; i < sizeof CASES / sizeof *CASES; i++) {
    CHECK_EQUAL(read(CASES[i].body), CASES[i].wrong);
    CHECK(memcmp(&form, &EMPTY, sizeof form) == 0);
    const struct roost_portal_view view = {.uid = "rn-0a0b0c0d0e0f", .wrong = CASES[i].wrong};
    CHECK(roost_portal_page(&view, page) > 0 && strstr(page, "role=alert") != NULL);
  }
  static char long_body[ROOST_PORTAL_FORM_MAX_BYTES + 2];
  memset(long_body, 'a', sizeof long_body - 1);
  CHECK_EQUAL(read(long_body), ROOST_PORTAL_SSID);
}

static void the_page_is_whole_and_a_neighbours_wifi_cannot_write_on_it(void) {
  struct roost_portal_view view = {.uid = "rn-0a0b0c0d0e0f", .ssid_count = ROOST_PORTAL_SSIDS_MAX};
  for (unsigned i = 0; i < ROOST_PORTAL_SSIDS_MAX; i++) view.ssids[i] = "<script>'\"&<script>'\"&<script>'\"&";
  size_t size = roost_portal_page(&view, page);
  CHECK(size < ROOST_PORTAL_PAGE_MAX_BYTES && strlen(page) == size && strstr(page, "</form>") == page + size - strlen("</form>"));
  CHECK(strstr(page, "<script") == NULL && strstr(page, "&lt;script&gt;&#39;&quot;&amp;") != NULL && strstr(page, "role=alert") == NULL);
  static const char TYPED[] = "ssid=%3Cb%3E&other=%22x&password=a%26b&enrol=%3C%2Ftextarea%3E&host=%27";
  view = (struct roost_portal_view){.uid = "rn-0a0b0c0d0e0f", .ssids = {"<b>"}, .ssid_count = 1, .wrong = ROOST_PORTAL_PASSWORD, .typed = TYPED, .typed_bytes = sizeof TYPED - 1};
  CHECK(roost_portal_page(&view, page) > 0 && strstr(page, "<option selected>&lt;b&gt;") && strstr(page, "value=\"&quot;x\""));
  CHECK(strstr(page, "value=\"a&amp;b\"") && strstr(page, ">&lt;/textarea&gt;</textarea>") && strstr(page, "value=\"&#39;\""));
  /* As long as it gets: it is whole all the same. */
  static char longest[ROOST_PORTAL_FORM_MAX_BYTES];
  snprintf(longest, sizeof longest, "other=%0*d&password=%0*d&enrol=%0*d&host=%0*d", 254, 0, 254, 0, 254, 0, 200, 0);
  for (char *at = longest; (at = strchr(at, '0')) != NULL;) *at = '"';
  view.typed = longest;
  view.typed_bytes = strlen(longest);
  view.ssid_count = ROOST_PORTAL_SSIDS_MAX;
  for (unsigned i = 0; i < ROOST_PORTAL_SSIDS_MAX; i++) view.ssids[i] = "\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"";
  size = roost_portal_page(&view, page);
  CHECK(size < ROOST_PORTAL_PAGE_MAX_BYTES && strcmp(page + size - strlen("</form>"), "</form>") == 0);
  for (uint8_t trouble = ROOST_TROUBLE_WIFI; trouble <= ROOST_TROUBLE_CODE; trouble++) {
    view = (struct roost_portal_view){.uid = "rn-0a0b0c0d0e0f", .trouble = trouble};
    CHECK(roost_portal_page(&view, page) > 0 && strstr(page, "role=alert") != NULL);
    view.is_trying = true;
    CHECK(roost_portal_page(&view, page) > 0 && strstr(page, "role=alert") == NULL && strstr(page, "http-equiv=refresh") != NULL);
  }
}

static void every_name_is_at_the_node_and_what_is_no_question_gets_no_answer(void) {
  static const uint8_t ADDRESS[4] = {192, 168, 4, 1};
  static const uint8_t QUERY[] = {0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 7, 'e', 'x', 'a', 'm', 'p', 'l', 'e', 3, 'c', 'o', 'm', 0, 0, 1, 0, 1};
  uint8_t query[sizeof QUERY], out[ROOST_PORTAL_DNS_MAX_BYTES];
  CHECK_EQUAL(roost_portal_dns(QUERY, sizeof QUERY, ADDRESS, out), sizeof QUERY + 16);
  CHECK(out[0] == 0x12 && out[1] == 0x34 && out[2] == 0x85 && out[3] == 0 && out[7] == 1);
  CHECK(memcmp(out + sizeof QUERY + 12, ADDRESS, 4) == 0 && out[sizeof QUERY + 1] == 12);
  memcpy(query, QUERY, sizeof QUERY);
  query[26] = 28; /* AAAA: no answer, and no error */
  CHECK_EQUAL(roost_portal_dns(query, sizeof query, ADDRESS, out), sizeof QUERY);
  CHECK(out[7] == 0 && (out[3] & 15) == 0);
  static const struct {
    unsigned at;
    uint8_t value;
  } BAD[] = {{2, 0x81}, {2, 0x10}, {5, 2}, {5, 0}, {12, 0xc0}, {12, 40}};
  for (unsigned i = 0; i < sizeof BAD / sizeof *BAD; i++) {
    memcpy(query, QUERY, sizeof QUERY);
    query[BAD[i].at] = BAD[i].value;
    CHECK_EQUAL(roost_portal_dns(query, sizeof query, ADDRESS, out), 0);
  }
  for (size_t size = 0; size < sizeof QUERY; size++) CHECK_EQUAL(roost_portal_dns(QUERY, size, ADDRESS, out), 0);
}

int main(void) {
  PROMISE(a_form_that_is_filled_in_gives_wifi_code_and_fingerprint);
  PROMISE(what_is_wrong_is_named_and_nothing_of_it_is_kept);
  PROMISE(the_page_is_whole_and_a_neighbours_wifi_cannot_write_on_it);
  PROMISE(every_name_is_at_the_node_and_what_is_no_question_gets_no_answer);
}
