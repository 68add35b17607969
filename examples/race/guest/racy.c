// racy [rounds]: two threads add to a counter without a lock, a data race, and to one with a lock, which is none.
//
//	TOOLCHAIN/cc -O2 racy.c -o racy.wasm && llvm-objcopy-22 --strip-debug racy.wasm
//
// TOOLCHAIN/cc is clang 22 with a wasi-libc for wasm32-wasip1-threads, -pthread and
// -Wl,--import-memory,--export-memory,--max-memory=67108864. This libc was compiled with -fms-volatile: it reads its lock
// words as volatile variables, which so become atomic loads, and the race detector knows who waits for whom.
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t both;  // without it one thread may end before the other starts
static uint32_t guarded, rounds;
// The race detector remembers the last 4 accesses to each 8 bytes. With 8 bytes of its own, and few rounds, the race is found
// however the threads take turns.
static _Alignas(8) volatile uint32_t unguarded[2];

__attribute__((noinline)) static void add_unguarded(void) { unguarded[0]++; }

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
  rounds = argc > 1 ? strtoul(argv[1], 0, 10) : 100;
  pthread_t t[2];
  pthread_barrier_init(&both, 0, 2);
  for (int i = 0; i < 2; i++)
    if (pthread_create(&t[i], 0, adder, 0)) return fprintf(stderr, "no thread %d\n", i), 1;
  for (int i = 0; i < 2; i++) pthread_join(t[i], 0);
  printf("expected %u guarded %u unguarded %u\n", 2 * rounds, guarded, unguarded[0]);
  return guarded != 2 * rounds;
}
