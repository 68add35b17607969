// mandelbrot [size [threads]]: rows of a square picture, shared out by an atomic counter. ns for each pixel, and a checksum
// that must not depend on the number of threads. Without a number of threads: 1, 2, 4 and 8.
#include "bench.h"

#define ITERATIONS 200

static uint32_t size, row, checksum;

static void *run(void *arg) {
  uint32_t y, sum = 0;
  while ((y = __atomic_fetch_add(&row, 1, __ATOMIC_SEQ_CST)) < size) {
    for (uint32_t x = 0; x < size; x++) {
      double cr = 3.0 * x / size - 2.25, ci = 3.0 * y / size - 1.5, zr = 0, zi = 0;
      uint32_t i = 0;
      while (i < ITERATIONS && zr * zr + zi * zi < 4) {
        double t = zr * zr - zi * zi + cr;
        zi = 2 * zr * zi + ci, zr = t, i++;
      }
      sum += i * (x + 1) ^ y;
    }
  }
  __atomic_fetch_add(&checksum, sum, __ATOMIC_SEQ_CST);
  return arg;
}

static void measure(uint32_t threads) {
  pthread_t t[64];
  row = checksum = 0;
  double from = now();
  for (uint32_t i = 0; i < threads; i++) start(&t[i], run, 0);
  for (uint32_t i = 0; i < threads; i++) pthread_join(t[i], 0);
  report("mandelbrot", threads, (now() - from) / size / size);
  printf("# mandelbrot/%u checksum %08x\n", threads, checksum);
}

int main(int argc, char **argv) {
  size = number(argc, argv, 1, 1000);
  uint32_t threads = number(argc, argv, 2, 0);
  if (threads) measure(threads > 64 ? 64 : threads);
  else measure(1), measure(2), measure(4), measure(8);
}
