// Integer: quicksort, merge sort and radix sort of the same numbers. run returns a checksum.
#include "bench.h"
#define N 20000
static int32_t a[N], b[N], c[N], tmp[N];
static void quick(int32_t *v, int lo, int hi) {
  while (hi - lo > 12) {
    int32_t p = v[lo + (hi - lo) / 2];
    int i = lo, j = hi;
    while (i <= j) {
      while (v[i] < p) i++;
      while (v[j] > p) j--;
      if (i <= j) { int32_t t = v[i]; v[i++] = v[j]; v[j--] = t; }
    }
    if (j - lo < hi - i) { quick(v, lo, j); lo = i; } else { quick(v, i, hi); hi = j; }
  }
  for (int i = lo + 1; i <= hi; i++) {
    int32_t t = v[i]; int j = i;
    for (; j > lo && v[j - 1] > t; j--) v[j] = v[j - 1];
    v[j] = t;
  }
}
static void merge(int32_t *v, int n) {
  if (n < 2) return;
  int h = n / 2, i = 0, j = h, k = 0;
  merge(v, h); merge(v + h, n - h);
  while (i < h && j < n) tmp[k++] = v[j] < v[i] ? v[j++] : v[i++];
  while (i < h) tmp[k++] = v[i++];
  for (i = 0; i < k; i++) v[i] = tmp[i];
}
static void radix(uint32_t *v, uint32_t *t, int n) {
  for (int shift = 0; shift < 32; shift += 8) {
    int count[257] = {0};
    for (int i = 0; i < n; i++) count[(v[i] >> shift & 255) + 1]++;
    for (int i = 0; i < 256; i++) count[i + 1] += count[i];
    for (int i = 0; i < n; i++) t[count[v[i] >> shift & 255]++] = v[i];
    uint32_t *x = v; v = t; t = x;
  }
}
EXPORT("run") int32_t run(int32_t n) {
  uint32_t sum = 0;
  for (int r = 0; r < n; r++) {
    for (int i = 0; i < N; i++) a[i] = b[i] = c[i] = rnd() >> 1;
    quick(a, 0, N - 1); merge(b, N); radix((uint32_t *)c, (uint32_t *)tmp, N);
    if (!equal(a, b, sizeof a) || !equal(a, c, sizeof a)) return -1;
    sum = mix(sum, a[r % N]);
  }
  return sum;
}
