// Integer: base64, encoded and decoded again. run returns a checksum.
#include "bench.h"
#define N 49152
static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static uint8_t in[N], text[N / 3 * 4], out[N];
static int8_t value[256];
static NOINLINE void encode(const uint8_t *s, int n, uint8_t *d) {
  for (int i = 0; i < n; i += 3) {
    uint32_t v = s[i] << 16 | s[i + 1] << 8 | s[i + 2];
    *d++ = digits[v >> 18]; *d++ = digits[v >> 12 & 63]; *d++ = digits[v >> 6 & 63]; *d++ = digits[v & 63];
  }
}
static NOINLINE int decode(const uint8_t *s, int n, uint8_t *d) {
  for (int i = 0; i < n; i += 4) {
    int a = value[s[i]], b = value[s[i + 1]], c = value[s[i + 2]], e = value[s[i + 3]];
    if ((a | b | c | e) < 0) return 0;
    uint32_t v = a << 18 | b << 12 | c << 6 | e;
    *d++ = v >> 16; *d++ = v >> 8; *d++ = v;
  }
  return 1;
}
EXPORT("run") int32_t run(int32_t n) {
  for (int i = 0; i < 256; i++) value[i] = -1;
  for (int i = 0; i < 64; i++) value[(uint8_t)digits[i]] = i;
  for (int i = 0; i < N; i++) in[i] = rnd();
  uint32_t sum = 0;
  for (int r = 0; r < n; r++) {
    in[r % N] ^= r;
    encode(in, N, text);
    if (!decode(text, sizeof text, out)) return -1;
    sum = mix(sum, out[r * 31 % N] + text[r * 17 % N]);
  }
  return equal(in, out, N) ? sum : -1;
}
