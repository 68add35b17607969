// Memory: memcpy, memmove and memset of sizes from 8 bytes to 64 KiB. run returns a checksum.
#include "bench.h"
#define N (1 << 18)
static uint8_t a[N], b[N];
EXPORT("run") int32_t run(int32_t n) {
  for (int i = 0; i < N; i++) a[i] = rnd();
  uint32_t sum = 0;
  for (int r = 0; r < n; r++)
    for (uint32_t size = 8; size <= 65536; size *= 4) {
      uint32_t times = 16384 / size + 1;
      for (uint32_t i = 0; i < times; i++) {
        uint32_t x = rnd() % (N - 65536 - 8), y = rnd() % (N - 65536 - 8);
        __builtin_memcpy(b + x, a + y, size + (i & 7));
        __builtin_memmove(a + x + 1, a + x, size);
        __builtin_memset(b + y, i, size);
        sum = mix(sum, a[y] + b[x]);
      }
    }
  return sum;
}
