// A small library: the Levenshtein distance between two strings in linear memory.
//
//	clang --target=wasm32 -O2 -nostdlib -Wl,--no-entry -o distance.wasm distance.c
#include <stddef.h>
#include <stdint.h>

__attribute__((import_module("host"), import_name("progress"))) void progress(int32_t row, int32_t rows);

static uint32_t row[1025];
static char buffers[2][1024];

// buffer returns the address of one of two buffers of 1024 bytes.
__attribute__((export_name("buffer"))) char *buffer(int32_t which) { return buffers[which & 1]; }

// distance compares the first n bytes of buffer 0 with the first m bytes of buffer 1. Lengths beyond a buffer trap.
__attribute__((export_name("distance"))) int32_t distance(int32_t n, int32_t m) {
  if ((uint32_t)n > 1024 || (uint32_t)m > 1024) __builtin_trap();
  for (int32_t j = 0; j <= m; j++) row[j] = j;
  for (int32_t i = 1; i <= n; i++) {
    uint32_t diagonal = row[0];
    row[0] = i;
    for (int32_t j = 1; j <= m; j++) {
      uint32_t change = diagonal + (buffers[0][i - 1] != buffers[1][j - 1]);
      diagonal = row[j];
      uint32_t best = row[j] < row[j - 1] ? row[j] + 1 : row[j - 1] + 1;
      row[j] = change < best ? change : best;
    }
    progress(i, n);
  }
  return row[m];
}
