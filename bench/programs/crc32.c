// Integer: CRC-32 of a buffer, by table a byte at a time and four bytes at a time. run returns a checksum.
#include "bench.h"
#define N (1 << 16)
static uint32_t table[4][256];
static uint8_t buf[N];
static void init(void) {
  for (uint32_t i = 0; i < 256; i++) {
    uint32_t c = i;
    for (int k = 0; k < 8; k++) c = c & 1 ? 0xEDB88320u ^ (c >> 1) : c >> 1;
    table[0][i] = c;
  }
  for (int t = 1; t < 4; t++)
    for (int i = 0; i < 256; i++) table[t][i] = (table[t - 1][i] >> 8) ^ table[0][table[t - 1][i] & 255];
}
static NOINLINE uint32_t bytewise(const uint8_t *p, int n, uint32_t c) {
  c = ~c;
  for (int i = 0; i < n; i++) c = table[0][(c ^ p[i]) & 255] ^ (c >> 8);
  return ~c;
}
static NOINLINE uint32_t sliced(const uint8_t *p, int n, uint32_t c) {
  c = ~c;
  for (; n >= 4; n -= 4, p += 4) {
    c ^= p[0] | p[1] << 8 | p[2] << 16 | (uint32_t)p[3] << 24;
    c = table[3][c & 255] ^ table[2][c >> 8 & 255] ^ table[1][c >> 16 & 255] ^ table[0][c >> 24];
  }
  return ~c;
}
EXPORT("run") int32_t run(int32_t n) {
  init();
  for (int i = 0; i < N; i++) buf[i] = rnd();
  uint32_t c = 0;
  for (int r = 0; r < n; r++) c = sliced(buf, N, bytewise(buf, N, c));
  return c;
}
