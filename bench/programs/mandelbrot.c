// Floating point: the Mandelbrot set on n x n points. run returns a checksum of the numbers of iterations.
#include "bench.h"
static NOINLINE int point(double cr, double ci) {
  double x = 0, y = 0;
  for (int i = 0; i < 200; i++) {
    double xx = x * x, yy = y * y;
    if (xx + yy > 4) return i;
    y = 2 * x * y + ci; x = xx - yy + cr;
  }
  return 200;
}
EXPORT("run") int32_t run(int32_t n) {
  uint32_t sum = 0;
  for (int i = 0; i < n; i++)
    for (int j = 0; j < n; j++) sum = mix(sum, point(j * 2.5 / n - 2, i * 2.0 / n - 1));
  return sum;
}
