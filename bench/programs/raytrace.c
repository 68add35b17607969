// Floating point: a ray tracer with spheres, a floor, shadows and mirrors, n x n pixels. run returns a checksum.
#include "bench.h"
typedef struct { double x, y, z; } vec;
typedef struct { vec c; double r, mirror; vec colour; } sphere;
static vec add(vec a, vec b) { return (vec){a.x + b.x, a.y + b.y, a.z + b.z}; }
static vec sub(vec a, vec b) { return (vec){a.x - b.x, a.y - b.y, a.z - b.z}; }
static vec scale(vec a, double k) { return (vec){a.x * k, a.y * k, a.z * k}; }
static double dot(vec a, vec b) { return a.x * b.x + a.y * b.y + a.z * b.z; }
static vec unit(vec a) { return scale(a, 1 / __builtin_sqrt(dot(a, a))); }
static sphere world[24];
static const vec light = {0.577, 0.577, -0.577};
static double hit(const sphere *s, vec o, vec d) {
  vec oc = sub(o, s->c);
  double b = dot(oc, d), disc = b * b - dot(oc, oc) + s->r * s->r;
  if (disc < 0) return -1;
  double q = __builtin_sqrt(disc), t = -b - q;
  return t > 1e-6 ? t : -b + q > 1e-6 ? -b + q : -1;
}
static const sphere *nearest(vec o, vec d, double *t) {
  const sphere *best = 0;
  for (int i = 0; i < 24; i++) {
    double k = hit(&world[i], o, d);
    if (k > 0 && (!best || k < *t)) { best = &world[i]; *t = k; }
  }
  return best;
}
static NOINLINE vec trace(vec o, vec d, int depth) {
  double t = 0;
  const sphere *s = nearest(o, d, &t);
  vec p, n, colour; double mirror;
  if (s) {
    p = add(o, scale(d, t)); n = unit(sub(p, s->c)); colour = s->colour; mirror = s->mirror;
  } else if (d.y < -1e-3) {
    p = add(o, scale(d, (-1 - o.y) / d.y)); n = (vec){0, 1, 0}; mirror = 0.2;
    int odd = ((int)__builtin_floor(p.x) + (int)__builtin_floor(p.z)) & 1;
    colour = odd ? (vec){0.9, 0.9, 0.9} : (vec){0.1, 0.1, 0.3};
  } else {
    return scale((vec){0.4, 0.6, 1}, 0.5 + 0.5 * d.y);
  }
  double shade = dot(n, light), k;
  if (shade < 0.1 || nearest(p, light, &k)) shade = 0.1;
  vec c = scale(colour, shade);
  if (depth > 0 && mirror > 0) {
    vec r = sub(d, scale(n, 2 * dot(n, d)));
    c = add(scale(c, 1 - mirror), scale(trace(p, r, depth - 1), mirror));
  }
  return c;
}
EXPORT("run") int32_t run(int32_t n) {
  for (int i = 0; i < 24; i++) {
    world[i] = (sphere){{(i % 6) * 1.5 - 3.75, (i / 6) * 0.9 - 0.6, 4 + i % 5}, 0.5 + (i % 3) * 0.1, (i % 4) * 0.2,
                        {(i % 3) * 0.4 + 0.1, (i % 5) * 0.2 + 0.1, (i % 7) * 0.1 + 0.2}};
  }
  uint32_t sum = 0;
  for (int y = 0; y < n; y++)
    for (int x = 0; x < n; x++) {
      vec c = trace((vec){0, 0.5, -3}, unit((vec){(x - n / 2.0) / n, (n / 2.0 - y) / n, 1}), 4);
      sum = mix(sum, (int)(c.x * 255) << 16 | (int)(c.y * 255) << 8 | (int)(c.z * 255));
    }
  return sum;
}
