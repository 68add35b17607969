// CoreMark-like work (bench/programs/core.c) as a command that checks its own result: what gcc makes of it natively.
#include "../../bench/programs/core.c"
#include <stdio.h>

int main(void) {
  int32_t got = run(20), want = 65267;
  printf("checksum %d, want %d\n", got, want);
  return got != want;
}
