// Calls: objects of eight classes behind tables of methods, and an expression tree walked through function pointers. run
// returns a checksum.
#include "bench.h"
typedef struct object object;
typedef struct { int (*step)(object *, int); int (*value)(const object *); } class;
struct object { const class *class; int a, b; };
static int step0(object *o, int x) { o->a += x; return o->a; }
static int step1(object *o, int x) { o->b ^= x; return o->b; }
static int step2(object *o, int x) { o->a = o->b + x; return x; }
static int step3(object *o, int x) { o->a = o->a * 3 + x; return o->a >> 3; }
static int value0(const object *o) { return o->a; }
static int value1(const object *o) { return o->b; }
static int value2(const object *o) { return o->a - o->b; }
static const class classes[8] = {{step0, value0}, {step1, value1}, {step2, value2}, {step3, value0},
                                 {step0, value1}, {step1, value2}, {step2, value0}, {step3, value1}};
typedef struct node { int (*eval)(struct node *); struct node *l, *r; int v; } node;
static int leaf(node *n) { return n->v; }
static int plus(node *n) { return n->l->eval(n->l) + n->r->eval(n->r); }
static int minus(node *n) { return n->l->eval(n->l) - n->r->eval(n->r); }
static int times(node *n) { return n->l->eval(n->l) * n->r->eval(n->r); }
static int (*const ops[3])(node *) = {plus, minus, times};
static node nodes[1023];
static object objects[1000];
EXPORT("run") int32_t run(int32_t n) {
  for (int i = 0; i < 1000; i++) objects[i] = (object){&classes[rnd() & 7], i, ~i};
  for (int i = 0; i < 1023; i++)
    nodes[i] = i < 511 ? (node){ops[rnd() % 3], &nodes[2 * i + 1], &nodes[2 * i + 2], 0} : (node){leaf, 0, 0, i};
  int sum = 0;
  for (int r = 0; r < n; r++) {
    for (int i = 0; i < 1000; i++) sum += objects[i].class->step(&objects[i], sum & 0xff);
    for (int i = 0; i < 1000; i++) sum ^= objects[i].class->value(&objects[i]);
    nodes[511 + r % 512].v = sum;
    sum += nodes[0].eval(&nodes[0]);
  }
  return sum;
}
