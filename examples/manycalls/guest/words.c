// A library that many threads of the host call at once: it counts the distinct words of texts in a table under a mutex.
//
//	TOOLCHAIN/cc -O2 -mexec-model=reactor words.c -o words.wasm (and, on the same line:)
//	  -Wl,--export=__wasm_init_tls,--export=__tls_size,--export=__tls_align,--export=__stack_pointer
//	  -Wl,--export=malloc,--export=free
//	llvm-objcopy-22 --strip-debug words.wasm
//
// TOOLCHAIN/cc is clang 22 with a wasi-libc for wasm32-wasip1-threads, -pthread and
// -Wl,--import-memory,--export-memory,--max-memory=67108864. Its threads are the host's: each needs an instance, a stack and
// a TLS block of its own. Of pthreads only what does not ask who the thread is may be used: mutexes of the normal kind,
// condition variables, semaphores, read-write locks; not keys, recursive mutexes, stdio or pthread_create. Its malloc has to
// lock: that of wasi-libc's emmalloc does so when compiled with -D__EMSCRIPTEN_PTHREADS__ only.
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define EXPORT(name) __attribute__((export_name(#name)))

struct word {
  struct word *next;
  uint32_t n;
  char text[];
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;  // guards table and words
static struct word *table[4096];
static uint32_t words;
static _Thread_local uint32_t calls;

static int letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c & 0x80); }

// Adds the word unless the table has it. The lock is held.
static void add(const char *text, uint32_t n) {
  uint32_t h = 2166136261u;
  for (uint32_t i = 0; i < n; i++) h = (h ^ (uint8_t)text[i]) * 16777619u;
  struct word **place = &table[h % 4096];
  for (struct word *w = *place; w; w = w->next)
    if (w->n == n && !memcmp(w->text, text, n)) return;
  struct word *w = malloc(sizeof *w + n);
  if (!w) __builtin_trap();
  w->next = *place, w->n = n;
  memcpy(w->text, text, n);
  *place = w, words++;
}

// count_words returns the number of words in n bytes of text, and adds those that are new to the table.
EXPORT(count_words) uint32_t count_words(const char *text, uint32_t n) {
  uint32_t found = 0;
  calls++;
  for (uint32_t i = 0; i < n;) {
    uint32_t from = i;
    while (i < n && letter(text[i])) i++;
    if (i > from) {
      found++;
      pthread_mutex_lock(&lock);
      add(text + from, i - from);
      pthread_mutex_unlock(&lock);
    } else {
      i++;
    }
  }
  return found;
}

// distinct returns the number of words in the table.
EXPORT(distinct) uint32_t distinct(void) {
  calls++;
  pthread_mutex_lock(&lock);
  uint32_t n = words;
  pthread_mutex_unlock(&lock);
  return n;
}

// calls_in_this_thread counts the calls of count_words and distinct that were made with this thread's TLS block.
EXPORT(calls_in_this_thread) uint32_t calls_in_this_thread(void) { return calls; }

// spin_forever does not return: for a host that cancels a call.
EXPORT(spin_forever) void spin_forever(void) {
  for (volatile uint32_t i = 0;; i++) {
  }
}

// crash traps.
EXPORT(crash) void crash(void) { __builtin_trap(); }
