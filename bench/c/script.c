// The program around the JavaScript engine of quickjs-wasi, translated by wasm2c 1.0.32, as package quickjs has it: its arguments
// are the file of the script and N.
#include "wasi.h"

// The script asks nothing of the host.
#define HOST(type, name, ...) type Z_envZ_host_##name(struct Z_env_instance_t *e, ##__VA_ARGS__) { return (type)0; }
HOST(u32, get_timezone_offset, u32 a, u32 b)
HOST(u32, interrupt)
HOST(void, promise_rejection, u32 a, u32 b, u32 c)
HOST(u32, module_normalize, u32 a, u32 b)
HOST(u32, module_load, u32 a, u32 b)
HOST(u32, call, u32 a, u32 b, u32 c, u32 d, u32 f)

#define JS(name, ...) NAME(Z_, MODULE, Z_##name)(&instance, ##__VA_ARGS__)

// text returns the script behind a declaration of N.
static char *text(const char *file, const char *n) {
  static char buf[1 << 16];
  int size = snprintf(buf, sizeof buf, "const N = %s;\n", n);
  FILE *f = fopen(file, "rb");
  if (!f) { perror(file); exit(1); }
  fread(buf + size, 1, sizeof buf - 1 - size, f);
  fclose(f);
  return buf;
}

int main(int argc, char **argv) {
  wasm_rt_init();
  NAME(Z_, MODULE, _init_module)();
  NAME(Z_, MODULE, _instantiate)(&instance, NULL, &host);
  JS(_initialize);
  char *script = text(argv[1], argv[2]);
  report_begin();
  u32 runtime = JS(JS_NewRuntime);
  u32 context = JS(JS_NewContext, runtime);
  u32 size = strlen(script);
  u32 addr = JS(wasm_malloc, size + 1);
  memcpy(at(addr), script, size + 1);
  u64 value = JS(JS_Eval, context, addr, size, addr + size, 0);
  u32 to = JS(wasm_malloc, 8);
  if (JS(JS_ToFloat64, context, to, value)) { fprintf(stderr, "%s fails\n", argv[1]); exit(1); }
  double result;
  memcpy(&result, at(to), 8);
  printf("%.0f\n", result);
  report_end();
}
