// pingpong [rounds [threads]]: a token goes round a ring of threads, each asleep in memory.atomic.wait32 until its own word
// is 1. A word has one waiter, so that every wake must be one that a notification counted, and none may be missing.
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define MAX 64
#define LIMIT 30000000000ll  // ns that a wait lasts at most: then the wake is taken for lost

static struct {
  _Alignas(64) int32_t token;
  uint32_t woken;     // waits that ended by a notification
  uint32_t notified;  // what notify returned to this thread, added up
  uint32_t unequal;   // waits that found the token already there
  uint32_t extra;     // wakes without the token: no fault, as a thread may be held up between its store and its notify
  uint32_t lost;      // time-outs
} ring[MAX];
static uint32_t rounds, threads;

static void *run(void *arg) {
  uint32_t me = (uint32_t)(uintptr_t)arg, next = (me + 1) % threads;
  for (uint32_t i = 0; i < rounds; i++) {
    while (__atomic_load_n(&ring[me].token, __ATOMIC_SEQ_CST) == 0) {
      switch (__builtin_wasm_memory_atomic_wait32(&ring[me].token, 0, LIMIT)) {
      case 0:
        ring[me].woken++;
        ring[me].extra += __atomic_load_n(&ring[me].token, __ATOMIC_SEQ_CST) == 0;
        break;
      case 1: ring[me].unequal++; break;
      default:
        ring[me].lost++;
        fprintf(stderr, "thread %u: no wake in round %u\n", me, i);
        exit(1);
      }
    }
    __atomic_store_n(&ring[me].token, 0, __ATOMIC_SEQ_CST);
    __atomic_store_n(&ring[next].token, 1, __ATOMIC_SEQ_CST);
    ring[me].notified += __builtin_wasm_memory_atomic_notify(&ring[next].token, 1);
  }
  return 0;
}

int main(int argc, char **argv) {
  rounds = argc > 1 ? strtoul(argv[1], 0, 10) : 1000;
  threads = argc > 2 ? strtoul(argv[2], 0, 10) : 4;
  if (threads < 1 || threads > MAX) return fprintf(stderr, "1 to %d threads\n", MAX), 2;
  pthread_t t[MAX];
  for (uint32_t i = 0; i < threads; i++)
    if (pthread_create(&t[i], 0, run, (void *)(uintptr_t)i)) return fprintf(stderr, "no thread %u\n", i), 1;
  __atomic_store_n(&ring[0].token, 1, __ATOMIC_SEQ_CST);
  uint32_t first = __builtin_wasm_memory_atomic_notify(&ring[0].token, 1);
  uint32_t woken = 0, notified = first, extra = 0, lost = 0;
  for (uint32_t i = 0; i < threads; i++) {
    pthread_join(t[i], 0);
    woken += ring[i].woken, notified += ring[i].notified, extra += ring[i].extra, lost += ring[i].lost;
  }
  int ok = woken == notified && !lost && ring[0].token == 1;
  if (ok) printf("rounds %u threads %u ok\n", rounds, threads);
  else printf("rounds %u threads %u: woken %u notified %u extra %u lost %u\n", rounds, threads, woken, notified, extra, lost);
  return !ok;
}
