// JSON: a document is generated, parsed to a tree, walked, and written again. run returns a checksum.
#include "bench.h"
typedef enum { NUL, FALSE, TRUE, NUMBER, STRING, ARRAY, OBJECT } kind;
typedef struct value { kind kind; uint32_t len; struct value *first, *next; const char *key, *text; uint32_t keylen; double number; } value;
static value pool[40000];
static int used;
static char doc[1 << 18], again[1 << 18], strings[1 << 18], *heap;
static const char *at;
static value *parse(int depth);
static void space(void) { while (*at == ' ' || *at == '\n' || *at == '\t' || *at == '\r') at++; }
static int digit(char c) { return c >= '0' && c <= '9'; }
static double number(void) {
  int neg = *at == '-', exp = 0;
  double v = 0;
  if (neg) at++;
  while (digit(*at)) v = v * 10 + (*at++ - '0');
  if (*at == '.') for (at++; digit(*at); exp--) v = v * 10 + (*at++ - '0');
  if (*at == 'e' || *at == 'E') {
    int e = 0, minus = *++at == '-';
    if (*at == '-' || *at == '+') at++;
    while (digit(*at)) e = e * 10 + (*at++ - '0');
    exp += minus ? -e : e;
  }
  for (; exp < 0; exp++) v /= 10;
  for (; exp > 0; exp--) v *= 10;
  return neg ? -v : v;
}
static int hex(char c) { return digit(c) ? c - '0' : (c | 32) - 'a' + 10; }
static NOINLINE const char *string(uint32_t *len) { // at the quote; unescaped
  char *s = heap;
  for (at++; *at != '"'; at++) {
    if (!*at) return 0;
    if (*at != '\\') { *heap++ = *at; continue; }
    switch (*++at) {
    case 'n': *heap++ = '\n'; break;
    case 't': *heap++ = '\t'; break;
    case 'r': *heap++ = '\r'; break;
    case 'b': *heap++ = '\b'; break;
    case 'f': *heap++ = '\f'; break;
    case 'u': {
      uint32_t c = hex(at[1]) << 12 | hex(at[2]) << 8 | hex(at[3]) << 4 | hex(at[4]);
      at += 4;
      if (c < 0x80) *heap++ = c;
      else if (c < 0x800) { *heap++ = 0xc0 | c >> 6; *heap++ = 0x80 | (c & 63); }
      else { *heap++ = 0xe0 | c >> 12; *heap++ = 0x80 | (c >> 6 & 63); *heap++ = 0x80 | (c & 63); }
      break;
    }
    default: *heap++ = *at;
    }
  }
  at++;
  *len = heap - s;
  *heap++ = 0;
  return s;
}
static int word(const char *w) { const char *p = at; while (*w) if (*p++ != *w++) return 0; at = p; return 1; }
static value *list(value *v, char end, int depth) {
  value **tail = &v->first;
  at++;
  for (space(); *at != end; space()) {
    const char *key = 0; uint32_t keylen = 0;
    if (end == '}') {
      if (*at != '"' || !(key = string(&keylen))) return 0;
      space();
      if (*at++ != ':') return 0;
    }
    value *e = parse(depth + 1);
    if (!e) return 0;
    e->key = key; e->keylen = keylen;
    *tail = e; tail = &e->next;
    v->len++;
    space();
    if (*at == ',') at++; else if (*at != end) return 0;
  }
  at++;
  return v;
}
static NOINLINE value *parse(int depth) {
  if (used == 40000 || depth > 100) return 0;
  value *v = &pool[used++];
  *v = (value){0};
  space();
  switch (*at) {
  case '{': v->kind = OBJECT; return list(v, '}', depth);
  case '[': v->kind = ARRAY; return list(v, ']', depth);
  case '"': v->kind = STRING; v->text = string(&v->len); return v->text ? v : 0;
  case 't': v->kind = TRUE; return word("true") ? v : 0;
  case 'f': v->kind = FALSE; return word("false") ? v : 0;
  case 'n': return word("null") ? v : 0;
  default: if (*at != '-' && !digit(*at)) return 0; v->kind = NUMBER; v->number = number(); return v;
  }
}
static char *put(char *d, const char *s) { while (*s) *d++ = *s++; return d; }
static char *decimal(char *d, uint32_t v) {
  char b[10]; int n = 0;
  do b[n++] = '0' + v % 10; while (v /= 10);
  while (n) *d++ = b[--n];
  return d;
}
static char *quote(char *d, const char *s, uint32_t n) {
  *d++ = '"';
  for (; n--; s++) {
    if (*s == '"' || *s == '\\') { *d++ = '\\'; *d++ = *s; }
    else if (*s == '\n') { *d++ = '\\'; *d++ = 'n'; }
    else *d++ = *s;
  }
  *d++ = '"';
  return d;
}
static NOINLINE char *write(char *d, const value *v) {
  static const char *const words[] = {"null", "false", "true"};
  switch (v->kind) {
  case NUMBER: {
    double x = v->number;
    if (x < 0) { *d++ = '-'; x = -x; }
    uint32_t whole = x, part = (x - whole) * 1000 + 0.5;
    d = decimal(d, whole);
    if (part) { *d++ = '.'; *d++ = '0' + part / 100; *d++ = '0' + part / 10 % 10; *d++ = '0' + part % 10; }
    return d;
  }
  case STRING: return quote(d, v->text, v->len);
  case ARRAY: case OBJECT:
    *d++ = v->kind == ARRAY ? '[' : '{';
    for (const value *e = v->first; e; e = e->next) {
      if (v->kind == OBJECT) { d = quote(d, e->key, e->keylen); *d++ = ':'; }
      d = write(d, e);
      if (e->next) *d++ = ',';
    }
    *d++ = v->kind == ARRAY ? ']' : '}';
    return d;
  default: return put(d, words[v->kind]);
  }
}
static void generate(void) {
  char *d = put(doc, "{\"rows\": [");
  for (int i = 0; i < 1500; i++) {
    d = put(d, i ? ",\n  {\"id\": " : "\n  {\"id\": ");
    d = decimal(d, rnd() % 1000000);
    d = put(d, ", \"name\": \"row \\\"");
    d = decimal(d, i);
    d = put(d, "\\\" \\u00e9\\n\", \"price\": -");
    d = decimal(d, rnd() % 1000);
    *d++ = '.';
    d = decimal(d, 125 + rnd() % 500);
    d = put(d, rnd() & 1 ? ", \"open\": true" : ", \"open\": null, \"rate\": 12.5e-1");
    d = put(d, ", \"tags\": [\"a\", \"tag\", {\"deep\": [1, 2, [3]]}]}");
  }
  d = put(d, "\n], \"end\": false}");
  *d = 0;
}
static double walk(const value *v) {
  double s = v->kind == NUMBER ? v->number : v->len;
  for (const value *e = v->first; e; e = e->next) s += walk(e) + e->keylen;
  return s;
}
EXPORT("run") int32_t run(int32_t n) {
  uint32_t sum = 0;
  for (int r = 0; r < n; r++) {
    if (r % 8 == 0) generate();
    used = 0; at = doc; heap = strings;
    value *v = parse(0);
    if (!v) return -1;
    char *end = write(again, v);
    sum = mix(sum, (uint32_t)walk(v) + (end - again));
    for (char *p = again; p < end; p += 997) sum = mix(sum, *p);
  }
  return sum;
}
