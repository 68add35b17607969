// Memory-heavy: a sieve, an open-addressing hash table, byte copies. run returns a checksum.
#include <stdint.h>
#define EXPORT(n) __attribute__((export_name(n)))
#define N (1 << 20)
static uint8_t sieve[N];
static uint32_t keys[1 << 16], vals[1 << 16];
static uint64_t words[1 << 15];
EXPORT("run") int32_t run(int32_t n) {
  uint32_t sum = 0;
  for (int r = 0; r < n; r++) {
    for (int i = 0; i < N; i++) sieve[i] = 1;
    for (int i = 2; i * i < N; i++)
      if (sieve[i]) for (int j = i * i; j < N; j += i) sieve[j] = 0;
    for (int i = 2; i < N; i++) sum += sieve[i];
    for (int i = 0; i < 1 << 16; i++) keys[i] = 0;
    uint32_t x = r + 1;
    for (int i = 0; i < 40000; i++) {
      x ^= x << 13; x ^= x >> 17; x ^= x << 5;
      uint32_t h = (x * 2654435761u) >> 16;
      while (keys[h] && keys[h] != x) h = (h + 1) & 0xffff;
      keys[h] = x; vals[h] += i;
    }
    for (int i = 0; i < 1 << 16; i++) sum += vals[i] ^ keys[i];
    for (int i = 0; i < 1 << 15; i++) words[i] = words[(i * 7) & 0x7fff] * 3 + i;
    sum += (uint32_t)words[r & 0x7fff];
  }
  return sum;
}
