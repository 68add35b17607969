// Call-heavy: fib, Ackermann, tak, and a sort through a function pointer. run returns a checksum.
#include <stdint.h>
#define EXPORT(n) __attribute__((export_name(n)))
#define NOINLINE __attribute__((noinline))
static NOINLINE int fib(int n) { return n < 2 ? n : fib(n - 1) + fib(n - 2); }
static NOINLINE int ack(int m, int n) { return m == 0 ? n + 1 : n == 0 ? ack(m - 1, 1) : ack(m - 1, ack(m, n - 1)); }
static NOINLINE int tak(int x, int y, int z) { return y >= x ? z : tak(tak(x - 1, y, z), tak(y - 1, z, x), tak(z - 1, x, y)); }
static int up(const void *a, const void *b) { return *(const int *)a - *(const int *)b; }
static int down(const void *a, const void *b) { return *(const int *)b - *(const int *)a; }
static int (*volatile cmps[2])(const void *, const void *) = {up, down};
static int data[4096];
static NOINLINE void heap(int *a, int n, int (*cmp)(const void *, const void *)) {
  for (int end = n, start = n / 2; end > 1;) {
    if (start > 0) start--; else { end--; int t = a[end]; a[end] = a[0]; a[0] = t; }
    int root = start, child;
    while ((child = 2 * root + 1) < end) {
      if (child + 1 < end && cmp(&a[child], &a[child + 1]) < 0) child++;
      if (cmp(&a[root], &a[child]) >= 0) break;
      int t = a[root]; a[root] = a[child]; a[child] = t; root = child;
    }
  }
}
EXPORT("run") int32_t run(int32_t n) {
  int s = 0;
  for (int r = 0; r < n; r++) {
    s += fib(24) + ack(2, 200) + tak(14, 8, 3);
    uint32_t x = r + 1;
    for (int i = 0; i < 4096; i++) { x = x * 1664525 + 1013904223; data[i] = x >> 8; }
    heap(data, 4096, cmps[r & 1]);
    s = s * 31 + data[r & 4095];
  }
  return s;
}
