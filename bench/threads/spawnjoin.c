// spawnjoin [n]: pthread_create and pthread_join, one thread at a time, then 8 at a time. ns for each thread.
#include "bench.h"

static void *nothing(void *arg) { return arg; }

int main(int argc, char **argv) {
  uint32_t n = number(argc, argv, 1, 1000);
  for (uint32_t together = 1; together <= 8; together += 7) {
    pthread_t t[8];
    double from = now();
    for (uint32_t i = 0; i < n; i += together) {
      for (uint32_t j = 0; j < together; j++) start(&t[j], nothing, 0);
      for (uint32_t j = 0; j < together; j++) pthread_join(t[j], 0);
    }
    report("spawn_join", together, (now() - from) / n);
  }
}
