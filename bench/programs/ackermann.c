// Calls: Ackermann's function of (3, 8), deep recursion. run returns the sum of n results.
#include "bench.h"
static NOINLINE int ack(int m, int n) { return m == 0 ? n + 1 : n == 0 ? ack(m - 1, 1) : ack(m - 1, ack(m, n - 1)); }
static volatile int three = 3;
EXPORT("run") int32_t run(int32_t n) {
  int sum = 0;
  for (int i = 0; i < n; i++) sum += ack(three, 8);
  return sum;
}
