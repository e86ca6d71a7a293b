/* From the box to the farm, and back to the page when the network has gone. */
#include "roost/onboard.h"

#include "test.h"

static struct roost_onboard onboard;
static uint64_t now_ms;

/* Steps for so long; all actions that came. */
static uint32_t run(uint64_t ms, bool is_pressed) {
  uint32_t actions = 0;
  for (uint64_t until = now_ms + ms; now_ms < until;) {
    now_ms += 100;
    actions |= roost_onboard_step(&onboard, is_pressed, now_ms);
  }
  return actions;
}

static void a_new_node_joins_enrols_and_runs(void) {
  now_ms = 0;
  CHECK_EQUAL(roost_onboard_start(&onboard, false, false, now_ms), ROOST_DO_OPEN_PORTAL);
  CHECK_EQUAL(run(3600000, false), 0); /* it waits for ever */
  CHECK_EQUAL(roost_onboard_on(&onboard, ROOST_ON_SUBMIT, now_ms), ROOST_DO_JOIN);
  CHECK_EQUAL(roost_onboard_on(&onboard, ROOST_ON_WIFI_UP, now_ms), ROOST_DO_KEEP_WIFI | ROOST_DO_ENROL);
  CHECK_EQUAL(roost_onboard_on(&onboard, ROOST_ON_ENROLLED, now_ms), ROOST_DO_CLOSE_PORTAL);
  CHECK(onboard.state == ROOST_ONBOARD_RUN && onboard.has_identity);
  CHECK_EQUAL(run(3600000, false), 0);
  CHECK_EQUAL(roost_onboard_on(&onboard, ROOST_ON_SUBMIT, now_ms), 0); /* no page is open */
}

static void a_wrong_password_or_code_leads_back_to_the_page_which_says_so(void) {
  now_ms = 0;
  roost_onboard_start(&onboard, false, false, now_ms);
  roost_onboard_on(&onboard, ROOST_ON_SUBMIT, now_ms);
  CHECK_EQUAL(run(31000, false), 0); /* the page is still open */
  CHECK(onboard.state == ROOST_ONBOARD_PORTAL && onboard.trouble == ROOST_TROUBLE_WIFI);
  CHECK_EQUAL(roost_onboard_on(&onboard, ROOST_ON_WIFI_UP, now_ms), 0); /* too late */
  roost_onboard_on(&onboard, ROOST_ON_SUBMIT, now_ms);
  roost_onboard_on(&onboard, ROOST_ON_WIFI_UP, now_ms);
  roost_onboard_on(&onboard, ROOST_ON_REFUSED, now_ms);
  CHECK(onboard.state == ROOST_ONBOARD_PORTAL && onboard.trouble == ROOST_TROUBLE_CODE);
  CHECK_EQUAL(roost_onboard_on(&onboard, ROOST_ON_REFUSED, now_ms), 0);
  CHECK_EQUAL(roost_onboard_on(&onboard, ROOST_ON_ENROLLED, now_ms), 0);
}

static void a_hub_that_does_not_answer_is_asked_five_times(void) {
  now_ms = 0;
  roost_onboard_start(&onboard, true, false, now_ms);
  CHECK(onboard.state == ROOST_ONBOARD_JOINING && onboard.is_portal_open);
  CHECK(roost_onboard_on(&onboard, ROOST_ON_WIFI_UP, now_ms) & ROOST_DO_ENROL);
  unsigned asked = 1;
  for (unsigned i = 0; i < 600; i++) asked += (run(100, false) & ROOST_DO_ENROL) != 0;
  CHECK(asked == ROOST_ENROL_TRIES && onboard.trouble == ROOST_TROUBLE_HUB && onboard.state == ROOST_ONBOARD_PORTAL);
  roost_onboard_on(&onboard, ROOST_ON_SUBMIT, now_ms);
  roost_onboard_on(&onboard, ROOST_ON_WIFI_UP, now_ms);
  onboard.enrol_tries = ROOST_ENROL_TRIES;
  roost_onboard_on(&onboard, ROOST_ON_NO_ANSWER, now_ms);
  CHECK_EQUAL(onboard.trouble, ROOST_TROUBLE_HUB);
  CHECK_EQUAL(roost_onboard_on(&onboard, ROOST_ON_NO_ANSWER, now_ms), 0);
}

static void a_node_whose_network_is_gone_opens_its_page_now_and_then(void) {
  now_ms = 0;
  CHECK_EQUAL(roost_onboard_start(&onboard, true, true, now_ms), ROOST_DO_JOIN);
  roost_onboard_on(&onboard, ROOST_ON_WIFI_UP, now_ms);
  run(60000, false);
  roost_onboard_on(&onboard, ROOST_ON_WIFI_DOWN, now_ms);
  roost_onboard_on(&onboard, ROOST_ON_WIFI_DOWN, now_ms);
  CHECK_EQUAL(run(599000, false), 0);
  CHECK_EQUAL(run(2000, false), ROOST_DO_OPEN_PORTAL);
  CHECK_EQUAL(run(600000, false), ROOST_DO_CLOSE_PORTAL);
  CHECK_EQUAL(run(1190000, false), 0);
  CHECK_EQUAL(run(20000, false), ROOST_DO_OPEN_PORTAL);
  /* A new network that does not work leaves the node with its old one. */
  CHECK_EQUAL(roost_onboard_on(&onboard, ROOST_ON_SUBMIT, now_ms), ROOST_DO_JOIN);
  CHECK_EQUAL(run(31000, false), ROOST_DO_JOIN);
  CHECK(onboard.state == ROOST_ONBOARD_RUN && onboard.trouble == ROOST_TROUBLE_WIFI);
  CHECK_EQUAL(roost_onboard_on(&onboard, ROOST_ON_WIFI_UP, now_ms), ROOST_DO_CLOSE_PORTAL);
  /* One that works needs no second enrolment. */
  run(100, false);
  run(4000, true);
  CHECK_EQUAL(run(100, false), ROOST_DO_OPEN_PORTAL);
  roost_onboard_on(&onboard, ROOST_ON_SUBMIT, now_ms);
  CHECK_EQUAL(roost_onboard_on(&onboard, ROOST_ON_WIFI_UP, now_ms), ROOST_DO_KEEP_WIFI | ROOST_DO_CLOSE_PORTAL);
}

static void the_button_needs_a_firm_will(void) {
  now_ms = 0;
  roost_onboard_start(&onboard, true, true, now_ms);
  roost_onboard_on(&onboard, ROOST_ON_WIFI_UP, now_ms);
  CHECK_EQUAL(run(2000, true) | run(1000, false), 0);
  CHECK_EQUAL(run(5000, true), 0);
  CHECK_EQUAL(run(100, false), ROOST_DO_OPEN_PORTAL);
  CHECK_EQUAL(run(9000, true), 0);
  CHECK_EQUAL(run(2000, true), ROOST_DO_FORGET);
  CHECK_EQUAL(run(20000, true) | run(100, false), 0); /* once */
}

static void what_the_page_takes(void) {
  CHECK(roost_is_ssid("Farm") && !roost_is_ssid("") && !roost_is_ssid("a name of more than thirty-two bytes"));
  CHECK(roost_is_wifi_password("12345678") && !roost_is_wifi_password("1234567") && !roost_is_wifi_password("12345678\n"));
  CHECK(!roost_is_wifi_password("\x7f" "2345678") && !roost_is_wifi_password("a password of more than sixty-three characters is no password of WPA2"));
  CHECK(roost_is_enrol_code("AB12-cd34") && !roost_is_enrol_code("abc") && !roost_is_enrol_code("ab cd") && !roost_is_enrol_code("ab/cd"));
  CHECK(!roost_is_enrol_code("a-code-of-more-than-thirty-two-bytes"));
}

int main(void) {
  PROMISE(a_new_node_joins_enrols_and_runs);
  PROMISE(a_wrong_password_or_code_leads_back_to_the_page_which_says_so);
  PROMISE(a_hub_that_does_not_answer_is_asked_five_times);
  PROMISE(a_node_whose_network_is_gone_opens_its_page_now_and_then);
  PROMISE(the_button_needs_a_firm_will);
  PROMISE(what_the_page_takes);
}
