// handoff [n]: two threads hand a token to each other n times, asleep in between: notify and wait32, or futex. ns for one way.
#include "bench.h"

static struct {
  _Alignas(64) int32_t token;
} side[2];
static uint32_t n;

static void *run(void *arg) {
  uint32_t me = (uint32_t)(uintptr_t)arg;
  for (uint32_t i = 0; i < n; i++) {
    while (__atomic_load_n(&side[me].token, __ATOMIC_SEQ_CST) == 0) wait_while(&side[me].token, 0);
    __atomic_store_n(&side[me].token, 0, __ATOMIC_SEQ_CST);
    __atomic_store_n(&side[!me].token, 1, __ATOMIC_SEQ_CST);
    wake_one(&side[!me].token);
  }
  return 0;
}

int main(int argc, char **argv) {
  n = number(argc, argv, 1, 100000);
  pthread_t other;
  start(&other, run, (void *)1);
  side[0].token = 1;
  double from = now();
  run(0);
  pthread_join(other, 0);
  report("handoff", 2, (now() - from) / n / 2);
}
