// Floating point: the spectral norm of an infinite matrix, its part of n x n. run returns it in 1e-8 units.
#include "bench.h"
#define MAX 2000
static double u[MAX], v[MAX], t[MAX];
static inline double A(int i, int j) { return 1.0 / ((i + j) * (i + j + 1) / 2 + i + 1); }
static NOINLINE void mulA(int n, const double *x, double *y) {
  for (int i = 0; i < n; i++) { double s = 0; for (int j = 0; j < n; j++) s += A(i, j) * x[j]; y[i] = s; }
}
static NOINLINE void mulAt(int n, const double *x, double *y) {
  for (int i = 0; i < n; i++) { double s = 0; for (int j = 0; j < n; j++) s += A(j, i) * x[j]; y[i] = s; }
}
EXPORT("run") int32_t run(int32_t n) {
  double uv = 0, vv = 0;
  for (int i = 0; i < n; i++) u[i] = 1;
  for (int r = 0; r < 10; r++) { mulA(n, u, t); mulAt(n, t, v); mulA(n, v, t); mulAt(n, t, u); }
  for (int i = 0; i < n; i++) { uv += u[i] * v[i]; vv += v[i] * v[i]; }
  return __builtin_sqrt(uv / vv) * 1e8;
}
