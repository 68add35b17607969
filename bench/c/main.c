// The program around an export run(n): of a module translated by wasm2c 1.0.32 (MODULE), or of the C source itself (SOURCE).
#include "report.h"

#ifdef SOURCE
#include SOURCE
#define CALL(n) run(n)
#else
#include HEADER
#define PASTE(a, b, c) a##b##c
#define NAME(a, m, c) PASTE(a, m, c)
#define CALL(n) NAME(Z_, MODULE, Z_run)(&instance, n)
static NAME(Z_, MODULE, _instance_t) instance;
#endif

int main(int argc, char **argv) {
  int n = argc > 1 ? atoi(argv[1]) : 0;
#ifndef SOURCE
  wasm_rt_init();
  NAME(Z_, MODULE, _init_module)();
  NAME(Z_, MODULE, _instantiate)(&instance);
#endif
  report_begin();
  int r = CALL(n);
  printf("%d\n", r);
  report_end();
}
