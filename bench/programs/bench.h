// What all programs share: no libc, so that every toolchain compiles the same code.
#include <stddef.h>
#include <stdint.h>

#define EXPORT(n) __attribute__((export_name(n)))
#define NOINLINE __attribute__((noinline))

static uint32_t rng = 1;
static inline uint32_t rnd(void) { // xorshift
  rng ^= rng << 13; rng ^= rng >> 17; rng ^= rng << 5;
  return rng;
}

static inline uint32_t mix(uint32_t h, uint32_t v) { return (h ^ v) * 16777619u; } // FNV-1a

static inline int equal(const void *a, const void *b, size_t n) {
  const uint8_t *p = a, *q = b;
  for (size_t i = 0; i < n; i++) if (p[i] != q[i]) return 0;
  return 1;
}
