// A mix in the manner of CoreMark: linked list, integer matrix, state machine, CRC. run returns a checksum.
#include <stdint.h>
#define EXPORT(n) __attribute__((export_name(n)))
typedef struct node { struct node *next; int16_t key, val; } node;
static node pool[512];
static int16_t A[32 * 32], B[32 * 32];
static int32_t C[32 * 32];
static uint16_t crc16(uint16_t d, uint16_t crc) {
  for (int i = 0; i < 16; i++) {
    int x = (d ^ crc) & 1;
    d >>= 1; crc >>= 1;
    if (x) crc ^= 0xA001;
  }
  return crc;
}
static node *build(int n, uint32_t seed) {
  node *head = 0;
  for (int i = 0; i < n; i++) {
    seed = seed * 1103515245 + 12345;
    pool[i].key = seed >> 16; pool[i].val = i; pool[i].next = head; head = &pool[i];
  }
  return head;
}
static node *sort(node *list) { // bottom-up merge sort
  for (int k = 1;; k *= 2) {
    node *p = list, *tail = 0; list = 0; int merges = 0;
    while (p) {
      merges++;
      node *q = p; int ps = 0, qs = k;
      for (int i = 0; i < k && q; i++) { ps++; q = q->next; }
      while (ps > 0 || (qs > 0 && q)) {
        node *e;
        if (ps == 0) { e = q; q = q->next; qs--; }
        else if (qs == 0 || !q || p->key <= q->key) { e = p; p = p->next; ps--; }
        else { e = q; q = q->next; qs--; }
        if (tail) tail->next = e; else list = e;
        tail = e;
      }
      p = q;
    }
    tail->next = 0;
    if (merges <= 1) return list;
  }
}
static uint32_t matrix(int n, int seed) {
  for (int i = 0; i < n * n; i++) { A[i] = (seed + i) & 0x7f; B[i] = (seed ^ i) & 0x3f; }
  for (int i = 0; i < n; i++)
    for (int j = 0; j < n; j++) {
      int32_t s = 0;
      for (int k = 0; k < n; k++) s += A[i * n + k] * B[k * n + j];
      C[i * n + j] = s;
    }
  uint32_t r = 0;
  for (int i = 0; i < n * n; i++) r = r * 31 + C[i];
  return r;
}
static const char text[] = "5012 -374 35.54400 .1234500 +0.5e-3 T0.3e-1F 1e99 -110.700 +0.64400 x";
enum { START, INT, FLOAT, EXP, SCI, BAD };
static uint32_t states(uint32_t seed) {
  uint32_t count[6] = {0}; int st = START;
  for (int r = 0; r < 8; r++)
    for (const char *p = text; *p; p++) {
      char c = *p ^ (r && ((seed >> r) & 1) ? 1 : 0);
      switch (st) {
      case START: st = c >= '0' && c <= '9' ? INT : c == '+' || c == '-' ? INT : c == '.' ? FLOAT : c == ' ' ? START : BAD; break;
      case INT: st = c >= '0' && c <= '9' ? INT : c == '.' ? FLOAT : c == ' ' ? START : BAD; break;
      case FLOAT: st = c >= '0' && c <= '9' ? FLOAT : c == 'e' || c == 'E' ? EXP : c == ' ' ? START : BAD; break;
      case EXP: st = c == '+' || c == '-' ? SCI : c >= '0' && c <= '9' ? SCI : BAD; break;
      case SCI: st = c >= '0' && c <= '9' ? SCI : c == ' ' ? START : BAD; break;
      default: st = c == ' ' ? START : BAD;
      }
      count[st]++;
    }
  uint32_t h = 0;
  for (int i = 0; i < 6; i++) h = h * 33 + count[i];
  return h;
}
EXPORT("run") int32_t run(int32_t n) {
  uint16_t crc = 0;
  for (int i = 0; i < n; i++) {
    node *l = sort(build(400, i));
    for (node *p = l; p; p = p->next) crc = crc16(p->key ^ p->val, crc);
    crc = crc16(matrix(24, i), crc);
    crc = crc16(states(i * 2654435761u), crc);
  }
  return crc;
}
