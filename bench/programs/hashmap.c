// Memory: a hash map with chains and string keys, and one with open addressing that grows. run returns a checksum.
#include "bench.h"
typedef struct entry { struct entry *next; uint32_t hash, value; char key[12]; } entry;
static entry pool[30000], *buckets[16384];
static int used;
static uint32_t hash(const char *s) { uint32_t h = 2166136261u; for (; *s; s++) h = mix(h, (uint8_t)*s); return h; }
static int same(const char *a, const char *b) { while (*a && *a == *b) a++, b++; return *a == *b; }
static void text(uint32_t v, char *s) { do *s++ = 'a' + v % 26; while (v /= 26); *s = 0; }
static NOINLINE entry *find(const char *key, int make) {
  uint32_t h = hash(key);
  entry **at = &buckets[h & 16383];
  for (entry *e = *at; e; e = e->next) if (e->hash == h && same(e->key, key)) return e;
  if (!make || used == 30000) return 0;
  entry *e = &pool[used++];
  e->hash = h; e->value = 0; e->next = *at; *at = e;
  for (char *d = e->key; (*d++ = *key++);) {}
  return e;
}
static uint64_t space[2][1 << 17], *slots = space[0];
static uint32_t cap, count;
static uint32_t slot(uint64_t k) { return (k * 0x9E3779B97F4A7C15u) >> 40 & (cap - 1); }
static NOINLINE int insert(uint64_t k) {
  uint32_t i = slot(k);
  while (slots[i]) { if (slots[i] == k) return 0; i = (i + 1) & (cap - 1); }
  slots[i] = k;
  return 1;
}
static void put(uint64_t k) {
  if (count * 4 >= cap * 3) {
    uint64_t *old = slots; uint32_t n = cap;
    slots = slots == space[0] ? space[1] : space[0]; cap *= 2;
    for (uint32_t i = 0; i < cap; i++) slots[i] = 0;
    for (uint32_t i = 0; i < n; i++) if (old[i]) insert(old[i]);
  }
  count += insert(k);
}
EXPORT("run") int32_t run(int32_t n) {
  uint32_t sum = 0;
  char key[12];
  for (int r = 0; r < n; r++) {
    used = 0;
    for (int i = 0; i < 16384; i++) buckets[i] = 0;
    for (int i = 0; i < 60000; i++) {
      text(rnd() % 40000 * 77, key);
      entry *e = find(key, 1);
      if (e) e->value += i;
    }
    for (int i = 0; i < 40000; i++) { text(i * 77, key); entry *e = find(key, 0); if (e) sum = mix(sum, e->value); }
    cap = 64; count = 0;
    for (int i = 0; i < 64; i++) slots[i] = 0;
    for (int i = 0; i < 90000; i++) put((uint64_t)(rnd() % 120000) * 0x10001 + 1);
    sum = mix(sum, count);
  }
  return sum;
}
