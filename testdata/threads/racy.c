// racy [rounds]: two threads add to a counter without a lock, a data race, and to one with a lock, which is none.
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static volatile uint32_t unguarded;
static uint32_t guarded, rounds;
static pthread_barrier_t both;  // without it one thread may end before the other starts

__attribute__((noinline)) static void add_unguarded(void) { unguarded++; }

__attribute__((noinline)) static void add_guarded(void) {
  pthread_mutex_lock(&lock);
  guarded++;
  pthread_mutex_unlock(&lock);
}

static void *adder(void *arg) {
  pthread_barrier_wait(&both);
  for (uint32_t i = 0; i < rounds; i++) add_unguarded();
  for (uint32_t i = 0; i < rounds; i++) add_guarded();
  return 0;
}

int main(int argc, char **argv) {
  rounds = argc > 1 ? strtoul(argv[1], 0, 10) : 100000;
  pthread_t t[2];
  pthread_barrier_init(&both, 0, 2);
  for (int i = 0; i < 2; i++)
    if (pthread_create(&t[i], 0, adder, 0)) return fprintf(stderr, "no thread %d\n", i), 1;
  for (int i = 0; i < 2; i++) pthread_join(t[i], 0);
  printf("expected %u guarded %u unguarded %u\n", 2 * rounds, guarded, unguarded);
  return guarded != 2 * rounds;
}
