/* Store-and-forward on simulated NOR flash; the sweeps cut the power at every single operation. */
#include <string.h>

#include "fakes/nor_flash.h"
#include "roost/queue.h"
#include "test.h"

enum { SECTOR = 512, SECTORS = 6, MESSAGE_MAX = 512 };

/* Message `number` of a size and content that follow from it. */
static uint32_t make_message(uint32_t number, uint8_t *out) {
  uint32_t size = 4 + number * 37 % 90;
  memcpy(out, &number, 4);
  for (uint32_t i = 4; i < size; i++) out[i] = (uint8_t)(number + i);
  return size;
}

static uint32_t number_of(const uint8_t *message, uint32_t size) {
  uint32_t number;
  uint8_t expected[MESSAGE_MAX];
  memcpy(&number, message, 4);
  CHECK_EQUAL(size, make_message(number, expected));
  CHECK(memcmp(message, expected, size) == 0);
  return number;
}

static int push(struct roost_queue *queue, uint32_t number) {
  uint8_t message[MESSAGE_MAX];
  uint32_t size = make_message(number, message);
  return roost_queue_push(queue, message, size);
}

/* Reads one message at the cursor; 0 at the end. */
static uint32_t read_one(struct roost_queue *queue, struct roost_cursor *cursor, uint32_t *id) {
  uint8_t message[MESSAGE_MAX];
  uint32_t size = 0;
  int err = roost_queue_read(queue, cursor, message, sizeof message, &size, id);
  if (err == ROOST_ERR_EMPTY) return 0;
  CHECK_EQUAL(err, ROOST_OK);
  return number_of(message, size);
}

static void what_is_pushed_is_read_in_order_and_again_until_acknowledged(void) {
  struct nor_flash flash;
  struct roost_queue queue;
  nor_flash_create(&flash, SECTOR * SECTORS, SECTOR, 1);
  CHECK_EQUAL(roost_queue_open(&queue, &flash.port), ROOST_OK);
  CHECK_EQUAL(roost_queue_count(&queue), 0);
  struct roost_cursor cursor = roost_queue_first(&queue);
  uint32_t id = 0;
  CHECK_EQUAL(read_one(&queue, &cursor, &id), 0);
  for (uint32_t n = 1; n <= 20; n++) CHECK_EQUAL(push(&queue, n), ROOST_OK);
  for (uint32_t n = 1; n <= 20; n++) CHECK_EQUAL(read_one(&queue, &cursor, &id), n);
  CHECK_EQUAL(read_one(&queue, &cursor, &id), 0);
  CHECK_EQUAL(push(&queue, 21), ROOST_OK); /* a cursor at the end goes on */
  CHECK_EQUAL(read_one(&queue, &cursor, &id), 21);
  cursor = roost_queue_first(&queue);
  for (uint32_t n = 1; n <= 7; n++) CHECK_EQUAL(read_one(&queue, &cursor, &id), n);
  CHECK_EQUAL(roost_queue_ack(&queue, id), ROOST_OK);
  CHECK_EQUAL(roost_queue_ack(&queue, id), ROOST_OK); /* twice is once */
  CHECK_EQUAL(roost_queue_count(&queue), 14);
  cursor = roost_queue_first(&queue);
  CHECK_EQUAL(read_one(&queue, &cursor, &id), 8);
  CHECK_EQUAL(roost_queue_ack(&queue, 99), ROOST_ERR_VALUE);
  uint8_t small[2];
  uint32_t size;
  CHECK_EQUAL(roost_queue_read(&queue, &cursor, small, sizeof small, &size, &id), ROOST_ERR_ROOM);
  CHECK_EQUAL(roost_queue_push(&queue, small, 0), ROOST_ERR_VALUE);
  CHECK_EQUAL(roost_queue_push(&queue, flash.bytes, roost_queue_message_max_bytes(&queue) + 1), ROOST_ERR_VALUE);
  nor_flash_destroy(&flash);
}

static void a_full_ring_drops_its_oldest_and_counts_them(void) {
  struct nor_flash flash;
  struct roost_queue queue;
  nor_flash_create(&flash, SECTOR * SECTORS, SECTOR, 1);
  CHECK_EQUAL(roost_queue_open(&queue, &flash.port), ROOST_OK);
  for (uint32_t n = 1; n <= 500; n++) {
    CHECK_EQUAL(push(&queue, n), ROOST_OK);
    CHECK_EQUAL(roost_queue_count(&queue) + queue.dropped, n);
  }
  struct roost_cursor cursor = roost_queue_first(&queue);
  uint32_t id = 0, kept = roost_queue_count(&queue);
  CHECK(kept > 20);
  for (uint32_t n = 500 - kept + 1; n <= 500; n++) CHECK_EQUAL(read_one(&queue, &cursor, &id), n);
  CHECK_EQUAL(queue.damaged, 0);
  unsigned least = flash.erase_counts[0], most = flash.erase_counts[0];
  for (unsigned i = 1; i < SECTORS; i++) {
    if (flash.erase_counts[i] < least) least = flash.erase_counts[i];
    if (flash.erase_counts[i] > most) most = flash.erase_counts[i];
  }
  CHECK(most - least <= 1); /* the wear is even */
  nor_flash_destroy(&flash);
}

static void a_hundred_messages_of_a_usual_size_fit_into_64_kilobytes(void) {
  struct nor_flash flash;
  struct roost_queue queue;
  uint8_t message[300] = {1};
  nor_flash_create(&flash, 65536, 4096, 1);
  CHECK_EQUAL(roost_queue_open(&queue, &flash.port), ROOST_OK);
  for (unsigned n = 0; n < 1000; n++) CHECK_EQUAL(roost_queue_push(&queue, message, sizeof message), ROOST_OK);
  CHECK(roost_queue_count(&queue) >= 100);
  nor_flash_destroy(&flash);
}

static void a_sector_that_cannot_be_erased_is_passed_over(void) {
  struct nor_flash flash;
  struct roost_queue queue;
  nor_flash_create(&flash, SECTOR * SECTORS, SECTOR, 1);
  flash.fail_sector = 2;
  CHECK_EQUAL(roost_queue_open(&queue, &flash.port), ROOST_OK);
  uint32_t id = 0, expected = 1;
  for (uint32_t n = 1; n <= 200; n++) {
    CHECK_EQUAL(push(&queue, n), ROOST_OK);
    if (n % 3) continue;
    struct roost_cursor cursor = roost_queue_first(&queue);
    for (uint32_t found; (found = read_one(&queue, &cursor, &id)) > 0; expected++) CHECK_EQUAL(found, expected);
    CHECK_EQUAL(roost_queue_ack(&queue, id), ROOST_OK);
  }
  CHECK_EQUAL(queue.dropped + queue.damaged, 0);
  nor_flash_destroy(&flash);
}

static void rot_costs_the_message_it_hits_and_is_counted(void) {
  for (uint32_t at = 0; at < SECTOR * 2; at += 7) {
    struct nor_flash flash;
    struct roost_queue queue;
    nor_flash_create(&flash, SECTOR * SECTORS, SECTOR, 1);
    CHECK_EQUAL(roost_queue_open(&queue, &flash.port), ROOST_OK);
    for (uint32_t n = 1; n <= 20; n++) CHECK_EQUAL(push(&queue, n), ROOST_OK);
    flash.bytes[at] ^= 0x10;
    CHECK_EQUAL(roost_queue_open(&queue, &flash.port), ROOST_OK);
    struct roost_cursor cursor = roost_queue_first(&queue);
    uint32_t id = 0, last = 0, found, count = 0;
    for (; (found = read_one(&queue, &cursor, &id)) > 0; last = found, count++) CHECK(found > last);
    if (at % SECTOR >= 32) CHECK(count >= 19); /* a sector's own header may cost all that is in it */
    CHECK(count + queue.damaged <= 20);
    nor_flash_destroy(&flash);
  }
}

/* One life: pushes and acknowledges until the flash fails. The caller keeps what was promised. */
struct promise {
  uint32_t pushed;    /* highest number whose push was taken */
  uint32_t attempted; /* highest number that was tried */
  uint32_t acked;     /* highest number that was acknowledged in the calls that came back */
};

static void live(struct nor_flash *flash, struct promise *promise, uint32_t until) {
  struct roost_queue queue;
  if (roost_queue_open(&queue, &flash->port)) return;
  struct roost_cursor cursor = roost_queue_first(&queue);
  uint32_t id = 0;
  while (promise->pushed < until) {
    promise->attempted = promise->pushed + 1;
    if (push(&queue, promise->attempted)) return;
    promise->pushed = promise->attempted;
    if (promise->pushed % 4 == 0 || flash->is_off) continue;
    uint32_t number = read_one(&queue, &cursor, &id);
    if (number == 0) continue;
    promise->acked = number; /* sent and confirmed by the broker, whatever the flash then does */
    if (roost_queue_ack(&queue, id)) return;
  }
}

static void check_after_cut(struct nor_flash *flash, const struct promise *promise) {
  struct roost_queue queue;
  CHECK_EQUAL(roost_queue_open(&queue, &flash->port), ROOST_OK);
  struct roost_cursor cursor = roost_queue_first(&queue);
  uint32_t id = 0, first = read_one(&queue, &cursor, &id), last = first;
  if (first == 0) CHECK(promise->acked >= promise->pushed);
  if (first > 0) {
    CHECK(first <= promise->acked + 1);                          /* nothing that waits is lost */
    CHECK(first + ROOST_QUEUE_ACK_EVERY + 1 > promise->acked);   /* the redelivery is bounded */
    for (uint32_t found; (found = read_one(&queue, &cursor, &id)) > 0; last = found) CHECK_EQUAL(found, last + 1);
    CHECK(last == promise->pushed || last == promise->attempted); /* the one that was cut may have landed */
  }
  CHECK_EQUAL(queue.damaged, 0);
  CHECK_EQUAL(push(&queue, 1000), ROOST_OK); /* and it goes on */
  cursor = roost_queue_first(&queue);
  while ((first = read_one(&queue, &cursor, &id)) > 0) last = first;
  CHECK_EQUAL(last, 1000);
}

static void a_power_cut_at_any_operation_loses_nothing(void) {
  unsigned sweeps = 0;
  for (unsigned seed = 1; seed <= 20; seed++) {
    bool was_cut = true;
    for (unsigned cut_at = 1; was_cut; cut_at++, sweeps++) {
      struct nor_flash flash;
      struct promise promise = {0};
      nor_flash_create(&flash, SECTOR * SECTORS, SECTOR, seed * 7919 + cut_at);
      flash.cut_at = cut_at;
      live(&flash, &promise, 45);
      was_cut = flash.is_off;
      nor_flash_power_on(&flash);
      check_after_cut(&flash, &promise);
      nor_flash_destroy(&flash);
    }
  }
  printf("%u lives with a cut\n", sweeps);
}

static void a_second_cut_while_it_recovers_loses_nothing(void) {
  for (unsigned cut_at = 3; cut_at < 120; cut_at += 2) {
    for (unsigned second = 1; second <= 12; second++) {
      struct nor_flash flash;
      struct promise promise = {0};
      nor_flash_create(&flash, SECTOR * SECTORS, SECTOR, cut_at * 31 + second);
      flash.cut_at = cut_at;
      live(&flash, &promise, 40);
      nor_flash_power_on(&flash);
      struct roost_queue queue;
      CHECK_EQUAL(roost_queue_open(&queue, &flash.port), ROOST_OK);
      flash.operations = 0;
      flash.cut_at = second;
      uint32_t extra = 500, taken = 499;
      for (; extra < 520 && push(&queue, extra) == ROOST_OK; extra++) taken = extra;
      nor_flash_power_on(&flash);
      CHECK_EQUAL(roost_queue_open(&queue, &flash.port), ROOST_OK);
      struct roost_cursor cursor = roost_queue_first(&queue);
      uint32_t id = 0, last = 0, next_extra = 500;
      for (uint32_t found; (found = read_one(&queue, &cursor, &id)) > 0; last = found) {
        CHECK(found > last);
        if (found >= 500) CHECK_EQUAL(found, next_extra++);
      }
      CHECK(next_extra > taken);
      nor_flash_destroy(&flash);
    }
  }
}

static void foreign_bytes_are_an_empty_queue(void) {
  struct nor_flash flash;
  struct roost_queue queue;
  nor_flash_create(&flash, SECTOR * SECTORS, SECTOR, 1);
  unsigned seed = 77;
  for (uint32_t i = 0; i < SECTOR * SECTORS; i++) flash.bytes[i] = (uint8_t)test_random(&seed);
  CHECK_EQUAL(roost_queue_open(&queue, &flash.port), ROOST_OK);
  CHECK_EQUAL(roost_queue_count(&queue), 0);
  CHECK_EQUAL(push(&queue, 5), ROOST_OK);
  struct roost_cursor cursor = roost_queue_first(&queue);
  uint32_t id = 0;
  CHECK_EQUAL(read_one(&queue, &cursor, &id), 5);
  flash.is_off = true;
  CHECK_EQUAL(roost_queue_open(&queue, &flash.port), ROOST_ERR_FLASH);
  nor_flash_destroy(&flash);
}

int main(void) {
  PROMISE(what_is_pushed_is_read_in_order_and_again_until_acknowledged);
  PROMISE(a_full_ring_drops_its_oldest_and_counts_them);
  PROMISE(a_hundred_messages_of_a_usual_size_fit_into_64_kilobytes);
  PROMISE(a_sector_that_cannot_be_erased_is_passed_over);
  PROMISE(rot_costs_the_message_it_hits_and_is_counted);
  PROMISE(a_power_cut_at_any_operation_loses_nothing);
  PROMISE(a_second_cut_while_it_recovers_loses_nothing);
  PROMISE(foreign_bytes_are_an_empty_queue);
}
