// What the programs share: arguments, the clock, the line that reports a figure, and waiting on a word.
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static inline uint32_t number(int argc, char **argv, int i, uint32_t otherwise) {
  return argc > i ? strtoul(argv[i], 0, 10) : otherwise;
}

static inline double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1e9 + t.tv_nsec;
}

static inline void report(const char *name, uint32_t threads, double ns) {
  printf("%s/%u %.1f ns\n", name, threads, ns);
  fflush(stdout);
}

static inline void start(pthread_t *t, void *(*run)(void *), void *arg) {
  if (pthread_create(t, 0, run, arg)) fprintf(stderr, "no thread\n"), exit(1);
}

#ifdef __wasm__
static inline void wait_while(int32_t *word, int32_t value) { __builtin_wasm_memory_atomic_wait32(word, value, -1); }
static inline void wake_one(int32_t *word) { __builtin_wasm_memory_atomic_notify(word, 1); }
#else
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>
static inline void wait_while(int32_t *word, int32_t value) { syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, value, 0, 0, 0); }
static inline void wake_one(int32_t *word) { syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, 1, 0, 0, 0); }
#endif
