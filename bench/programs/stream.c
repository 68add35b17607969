// Memory: copy, scale, add and triad over arrays of double, as in STREAM. run returns a checksum.
#include "bench.h"
#define N 300000
static double a[N], b[N], c[N];
static NOINLINE void copy(void) { for (int i = 0; i < N; i++) c[i] = a[i]; }
static NOINLINE void scale(double s) { for (int i = 0; i < N; i++) b[i] = s * c[i]; }
static NOINLINE void add(void) { for (int i = 0; i < N; i++) c[i] = a[i] + b[i]; }
static NOINLINE void triad(double s) { for (int i = 0; i < N; i++) a[i] = b[i] + s * c[i]; }
EXPORT("run") int32_t run(int32_t n) {
  for (int i = 0; i < N; i++) { a[i] = 1 + i % 7; b[i] = 2; c[i] = 0; }
  for (int r = 0; r < n; r++) { copy(); scale(0.25); add(); triad(0.6); }
  double s = 0;
  for (int i = 0; i < N; i++) s += a[i] + b[i] + c[i];
  return s;
}
