/* A few lines instead of a test framework: each test_<module>.c is a program; a failed CHECK says where and ends with 1. */
#ifndef ROOST_TEST_H
#define ROOST_TEST_H

#include <stdio.h>
#include <stdlib.h>

#define CHECK(condition)                                                              \
  do {                                                                                \
    if (!(condition)) {                                                               \
      fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition);         \
      exit(1);                                                                        \
    }                                                                                 \
  } while (0)

#define CHECK_EQUAL(actual, expected)                                                                                \
  do {                                                                                                               \
    long long actual_ = (long long)(actual), expected_ = (long long)(expected);                                      \
    if (actual_ != expected_) {                                                                                      \
      fprintf(stderr, "%s:%d: %s is %lld, not %lld\n", __FILE__, __LINE__, #actual, actual_, expected_);             \
      exit(1);                                                                                                       \
    }                                                                                                                \
  } while (0)

/* Runs one test; its name is a promise. */
#define PROMISE(test) \
  do {                \
    test();           \
    puts("ok " #test);\
  } while (0)

/* xorshift32: the same numbers for the same seed everywhere; the state is never 0. */
static inline unsigned test_random(unsigned *state) {
  *state ^= *state << 13;
  *state ^= *state >> 17;
  *state ^= *state << 5;
  return *state;
}

#endif
