// overflow [thread]: recursion that needs more than the shadow stack, in main or in a thread. Nothing traps: below main's
// stack lies static data (linked with --no-stack-first), below a thread's stack other memory of the heap.
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FRAME 1024
#define BELOW (16 << 10)  // bytes that are watched; the recursion ends in their middle

static unsigned char global[BELOW], *watched;

// Writes its frame where that lies in the watched area. What is between the stack and the area (data of libc, a header of
// the heap) is spared: the program is to go on.
__attribute__((noinline)) static uint32_t dive(uint32_t depth) {
  volatile unsigned char frame[FRAME];
  uintptr_t at = (uintptr_t)frame;
  if (at < (uintptr_t)watched + BELOW - FRAME)
    for (int i = 0; i < FRAME; i++) frame[i] = 0xee;
  return depth == 0 ? at : dive(depth - 1) ^ frame[depth % FRAME];
}

static void *run(void *arg) {
  volatile unsigned char here = 0;
  dive(((uintptr_t)&here - (uintptr_t)watched - BELOW / 2) / FRAME);
  return arg;
}

static const char *damage(void) {
  for (uint32_t i = 0; i < BELOW; i++)
    if (watched[i] != 0x11) return "overwritten";
  return "intact";
}

int main(int argc, char **argv) {
  if (argc > 1 && !strcmp(argv[1], "thread")) {
    pthread_attr_t attr;
    pthread_t t;
    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, 32 << 10);
    watched = malloc(BELOW);  // the stack comes from the heap too, right above
    memset(watched, 0x11, BELOW);
    if (pthread_create(&t, &attr, run, 0)) return fprintf(stderr, "no thread\n"), 1;
    pthread_join(t, 0);
    printf("thread: heap %s\n", damage());
    return 0;
  }
  watched = global;
  memset(watched, 0x11, BELOW);
  run(0);
  printf("main: static data %s\n", damage());
  return 0;
}
