// Floating point: products of 200 x 200 matrices of double, plain and in blocks. run returns a checksum.
#include "bench.h"
#define N 200
#define B 40
static double a[N][N], b[N][N], c[N][N];
static NOINLINE void plain(void) {
  for (int i = 0; i < N; i++)
    for (int j = 0; j < N; j++) {
      double s = 0;
      for (int k = 0; k < N; k++) s += a[i][k] * b[k][j];
      c[i][j] = s;
    }
}
static NOINLINE void blocked(void) {
  for (int i = 0; i < N; i++) for (int j = 0; j < N; j++) c[i][j] = 0;
  for (int kk = 0; kk < N; kk += B)
    for (int jj = 0; jj < N; jj += B)
      for (int i = 0; i < N; i++)
        for (int k = kk; k < kk + B; k++) {
          double x = a[i][k];
          for (int j = jj; j < jj + B; j++) c[i][j] += x * b[k][j];
        }
}
EXPORT("run") int32_t run(int32_t n) {
  for (int i = 0; i < N; i++) for (int j = 0; j < N; j++) { a[i][j] = (i * 3 + j) % 17 - 8; b[i][j] = (i + j * 5) % 13 * 0.25; }
  uint32_t sum = 0;
  for (int r = 0; r < n; r++) {
    a[r % N][0] += 1;
    if (r & 1) plain(); else blocked();
    sum = mix(sum, (int32_t)c[r % N][r * 7 % N]);
  }
  return sum;
}
