// The program around a WASI command translated by wasm2c 1.0.32.
#include "wasi.h"

int main(int argc, char **argv) {
  host.argc = argc;
  host.argv = argv;
  wasm_rt_init();
  NAME(Z_, MODULE, _init_module)();
  NAME(Z_, MODULE, _instantiate)(&instance, &host);
  report_begin();
  NAME(Z_, MODULE, Z__start)(&instance);
  report_end();
}
