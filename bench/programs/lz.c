// Compression: an LZ77 compressor with hash chains and a byte-oriented format, and its decompressor, over generated text. run
// returns a checksum.
#include "bench.h"
#define N (1 << 17)
static uint8_t text[N], packed[N + N / 8 + 16], back[N];
static int32_t head[1 << 15], prev[N];
static const char *const words[16] = {"the ", "memory", " of ", "linear", "table", " is ", "function", " and ", "instance", "\n",
                                      "module ", "value", " in ", "stack", "result, ", "index. "};
static void generate(void) {
  int n = 0;
  while (n < N) {
    const char *w = words[rnd() >> 8 & 15 & rnd()];
    while (*w && n < N) text[n++] = *w++;
    if ((rnd() & 7) == 0 && n < N) text[n++] = 'a' + rnd() % 26;
  }
}
static uint32_t key(const uint8_t *p) { return ((p[0] | p[1] << 8 | p[2] << 16) * 2654435761u) >> 17; }
static uint8_t *number(uint8_t *d, uint32_t v) { for (; v > 127; v >>= 7) *d++ = v | 128; *d++ = v; return d; }
// A sequence is a number of literals, the literals, the length of a match less 3 (none at the end) and its distance.
static NOINLINE int compress(const uint8_t *s, int n, uint8_t *out) {
  uint8_t *d = out;
  int literal = 0, i = 0;
  for (int k = 0; k < 1 << 15; k++) head[k] = -1;
  while (i + 3 < n) {
    uint32_t h = key(s + i);
    int best = 0, from = 0, tries = 16;
    for (int c = head[h]; c >= 0 && tries--; c = prev[c]) {
      int len = 0;
      if (s[c + best] != s[i + best]) continue;
      while (i + len < n - 1 && s[c + len] == s[i + len]) len++;
      if (len > best) { best = len; from = c; }
    }
    int step = best >= 4 ? best : 1;
    if (best >= 4) {
      d = number(d, i - literal);
      while (literal < i) *d++ = s[literal++];
      d = number(d, best - 3);
      d = number(d, i - from);
      literal = i + best;
    }
    for (; step--; i++) if (i + 3 < n) { h = key(s + i); prev[i] = head[h]; head[h] = i; }
  }
  d = number(d, n - literal);
  while (literal < n) *d++ = s[literal++];
  return d - out;
}
static const uint8_t *read_number(const uint8_t *s, uint32_t *v) {
  int shift = 0;
  *v = 0;
  do *v |= (uint32_t)(*s & 127) << shift, shift += 7; while (*s++ & 128);
  return s;
}
static NOINLINE int decompress(const uint8_t *s, int n, uint8_t *out) {
  const uint8_t *end = s + n;
  uint8_t *d = out;
  while (s < end) {
    uint32_t len, dist;
    s = read_number(s, &len);
    while (len--) *d++ = *s++;
    if (s >= end) break;
    s = read_number(s, &len);
    s = read_number(s, &dist);
    for (len += 3; len--; d++) *d = d[-(int)dist];
  }
  return d - out;
}
EXPORT("run") int32_t run(int32_t n) {
  uint32_t sum = 0;
  for (int r = 0; r < n; r++) {
    generate();
    int size = compress(text, N, packed);
    for (int k = 0; k < 4; k++) if (decompress(packed, size, back) != N || !equal(text, back, N)) return -1;
    sum = mix(sum, size);
  }
  return sum;
}
