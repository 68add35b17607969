// narrow [rounds [threads]]: atomic read-modify-write of bytes and halves that share words with others, by all threads at
// once. Each operation works on cells of its own, and every second cell is a bystander that must keep its value.
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define MAX 8  // threads: each owns one bit of a byte
enum { ADD, SUB, AND, OR, XOR, XCHG, CMPXCHG, OPS };
static const char *const names[] = {"add", "sub", "and", "or", "xor", "xchg", "cmpxchg"};

static volatile uint8_t bytes[2 * OPS + 2];
static volatile uint16_t halves[2 * OPS + 2];
static uint32_t rounds, threads, wrong[2][OPS];
static uint16_t held[2][MAX];  // what a thread has in its hands at the end of its exchanges

// Every operation sees its thread's own bit, or its own number, as it left it.
#define WORK(cells, T, w)                                                                                             \
  do {                                                                                                                \
    T bit = (T)(1u << me), hand = (T)(100 + me);                                                                      \
    for (uint32_t i = 0; i < rounds; i++) {                                                                           \
      __atomic_fetch_add(&cells[2 * ADD], 3, __ATOMIC_SEQ_CST);                                                       \
      __atomic_fetch_sub(&cells[2 * SUB], 5, __ATOMIC_SEQ_CST);                                                       \
      if (!(__atomic_fetch_and(&cells[2 * AND], (T)~bit, __ATOMIC_SEQ_CST) & bit)) FAIL(w, AND);                      \
      if (__atomic_fetch_or(&cells[2 * AND], bit, __ATOMIC_SEQ_CST) & bit) FAIL(w, AND);                              \
      if (__atomic_fetch_or(&cells[2 * OR], bit, __ATOMIC_SEQ_CST) & bit) FAIL(w, OR);                                \
      if (!(__atomic_fetch_and(&cells[2 * OR], (T)~bit, __ATOMIC_SEQ_CST) & bit)) FAIL(w, OR);                        \
      if (!!(__atomic_fetch_xor(&cells[2 * XOR], bit, __ATOMIC_SEQ_CST) & bit) != i % 2) FAIL(w, XOR);                \
      hand = __atomic_exchange_n(&cells[2 * XCHG], hand, __ATOMIC_SEQ_CST);                                           \
      T old = cells[2 * CMPXCHG];                                                                                     \
      while (!__atomic_compare_exchange_n(&cells[2 * CMPXCHG], &old, (T)(old + 7), 0, __ATOMIC_SEQ_CST,               \
                                          __ATOMIC_SEQ_CST)) {                                                        \
      }                                                                                                               \
    }                                                                                                                 \
    held[w][me] = hand;                                                                                               \
  } while (0)
#define FAIL(w, op) __atomic_fetch_add(&wrong[w][op], 1, __ATOMIC_SEQ_CST)

static void *run(void *arg) {
  uint32_t me = (uint32_t)(uintptr_t)arg;
  WORK(bytes, uint8_t, 0);
  WORK(halves, uint16_t, 1);
  return 0;
}

static void fill(void) {
  for (int i = 0; i < 2 * OPS + 2; i++) bytes[i] = i % 2 ? 0xa5 : 0, halves[i] = i % 2 ? 0xa55a : 0;
  bytes[2 * AND] = 0xff, halves[2 * AND] = 0xffff;
  bytes[2 * XCHG] = halves[2 * XCHG] = 99;
}

// The numbers 99, 100, 100+1... are all still there, each once.
static int kept(int w, uint32_t cell) {
  uint32_t seen = 1u << (cell - 99);
  for (uint32_t i = 0; i < threads; i++) seen |= 1u << (held[w][i] - 99);
  return seen == (2u << threads) - 1;
}

int main(int argc, char **argv) {
  rounds = argc > 1 ? strtoul(argv[1], 0, 10) : 1000;
  threads = argc > 2 ? strtoul(argv[2], 0, 10) : 4;
  if (threads < 1 || threads > MAX) return fprintf(stderr, "1 to %d threads\n", MAX), 2;
  fill();
  pthread_t t[MAX];
  for (uint32_t i = 0; i < threads; i++)
    if (pthread_create(&t[i], 0, run, (void *)(uintptr_t)i)) return fprintf(stderr, "no thread %u\n", i), 1;
  for (uint32_t i = 0; i < threads; i++) pthread_join(t[i], 0);
  uint32_t all = rounds * threads, bits = rounds % 2 ? (1u << threads) - 1 : 0;
  uint32_t want[] = {3 * all, -5 * all, 0xffff, 0, bits, 0, 7 * all};
  int bad = 0;
  for (int op = 0; op < OPS; op++) {
    for (int w = 0; w < 2; w++) {
      uint32_t got = w ? halves[2 * op] : bytes[2 * op], mask = w ? 0xffff : 0xff;
      int right = op == XCHG ? kept(w, got) : got == (want[op] & mask);
      if (!right || wrong[w][op]) printf("%s %d: %u, %u wrong results\n", names[op], 8 << w, got, wrong[w][op]), bad = 1;
    }
  }
  for (int i = 1; i < 2 * OPS + 2; i += 2)
    if (bytes[i] != 0xa5 || halves[i] != 0xa55a) printf("bystander %d: %x %x\n", i, bytes[i], halves[i]), bad = 1;
  if (!bad) printf("rounds %u threads %u ok\n", rounds, threads);
  return bad;
}
