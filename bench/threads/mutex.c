// mutex [n [threads]]: threads take one mutex n times in all, for a few instructions. ns for each time. Without a number of
// threads: 1, 2 and 8.
#include "bench.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static volatile uint64_t counter;
static uint32_t each;

static void *run(void *arg) {
  for (uint32_t i = 0; i < each; i++) {
    pthread_mutex_lock(&lock);
    counter++;
    pthread_mutex_unlock(&lock);
  }
  return arg;
}

static void measure(uint32_t n, uint32_t threads) {
  pthread_t t[64];
  each = n / threads, counter = 0;
  double from = now();
  for (uint32_t i = 0; i < threads; i++) start(&t[i], run, 0);
  for (uint32_t i = 0; i < threads; i++) pthread_join(t[i], 0);
  report("mutex", threads, (now() - from) / n);
  if (counter != (uint64_t)each * threads) fprintf(stderr, "mutex: wrong count\n"), exit(1);
}

int main(int argc, char **argv) {
  uint32_t n = number(argc, argv, 1, 2000000), threads = number(argc, argv, 2, 0);
  if (threads) measure(n, threads > 64 ? 64 : threads);
  else measure(n, 1), measure(n, 2), measure(n, 8);
}
