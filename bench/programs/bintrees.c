// Memory: binary trees of depth 4 to n, built and walked, from an allocator with a free list; n % 100 is the depth, n / 100
// how often. run returns the number of nodes seen.
#include "bench.h"
typedef struct tree { struct tree *left, *right; } tree;
static tree *unused;
#ifdef __wasm__
static tree *more(int n) { return (tree *)(__builtin_wasm_memory_grow(0, (n * sizeof(tree) + 65535) / 65536) * 65536); }
#else
#include <stdlib.h>
static tree *more(int n) { return malloc(n * sizeof(tree)); }
#endif
static NOINLINE void refill(void) {
  int n = 65536;
  for (tree *t = more(n); n--; t++) { t->left = unused; unused = t; }
}
static NOINLINE tree *new_tree(tree *l, tree *r) {
  if (!unused) refill();
  tree *t = unused;
  unused = t->left;
  t->left = l; t->right = r;
  return t;
}
static NOINLINE void free_tree(tree *t) {
  if (t->left) { free_tree(t->left); free_tree(t->right); }
  t->left = unused; unused = t;
}
static NOINLINE tree *bottom_up(int d) { return d == 0 ? new_tree(0, 0) : new_tree(bottom_up(d - 1), bottom_up(d - 1)); }
static NOINLINE int check(const tree *t) { return t->left ? 1 + check(t->left) + check(t->right) : 1; }
EXPORT("run") int32_t run(int32_t n) {
  int depth = n % 100, sum = 0;
  for (int r = 0; r < n / 100; r++) {
    tree *stretch = bottom_up(depth + 1), *lived = bottom_up(depth);
    sum += check(stretch);
    free_tree(stretch);
    for (int d = 4; d <= depth; d += 4)
      for (int i = 0; i < 1 << (depth - d + 4); i++) {
        tree *t = bottom_up(d);
        sum += check(t);
        free_tree(t);
      }
    sum += check(lived);
    free_tree(lived);
  }
  return sum;
}
