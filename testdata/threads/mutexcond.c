// mutexcond [rounds [threads]]: threads add to a counter under one mutex, then half of them produce numbers into a queue of
// 16 places guarded by a mutex and two condition variables, and the other half consume them. Sums must come out.
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define MAX 64
#define PLACES 16

static pthread_mutex_t counting = PTHREAD_MUTEX_INITIALIZER, queueing = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t space = PTHREAD_COND_INITIALIZER, items = PTHREAD_COND_INITIALIZER;
static uint64_t counter, produced[MAX], consumed[MAX];
static uint32_t queue[PLACES], head, count, left, rounds, threads;

static void produce(uint32_t me) {
  for (uint32_t i = 0; i < rounds; i++) {
    uint32_t v = i * 2654435761u + me;
    produced[me] += v;
    pthread_mutex_lock(&queueing);
    while (count == PLACES) pthread_cond_wait(&space, &queueing);
    queue[(head + count++) % PLACES] = v;
    pthread_cond_signal(&items);
    pthread_mutex_unlock(&queueing);
  }
}

static void consume(uint32_t me) {
  for (;;) {
    pthread_mutex_lock(&queueing);
    while (count == 0 && left > 0) pthread_cond_wait(&items, &queueing);
    if (left == 0) break;
    uint32_t v = queue[head];
    head = (head + 1) % PLACES, count--;
    if (--left == 0) pthread_cond_broadcast(&items);
    pthread_cond_signal(&space);
    pthread_mutex_unlock(&queueing);
    consumed[me] += v;
  }
  pthread_mutex_unlock(&queueing);
}

static void *run(void *arg) {
  uint32_t me = (uint32_t)(uintptr_t)arg;
  for (uint32_t i = 0; i < rounds; i++) {
    pthread_mutex_lock(&counting);
    counter++;
    pthread_mutex_unlock(&counting);
  }
  if (me % 2) consume(me);
  else produce(me);
  return 0;
}

int main(int argc, char **argv) {
  rounds = argc > 1 ? strtoul(argv[1], 0, 10) : 1000;
  threads = argc > 2 ? strtoul(argv[2], 0, 10) : 4;
  if (threads < 2 || threads > MAX) return fprintf(stderr, "2 to %d threads\n", MAX), 2;
  left = rounds * ((threads + 1) / 2);
  pthread_t t[MAX];
  for (uint32_t i = 0; i < threads; i++)
    if (pthread_create(&t[i], 0, run, (void *)(uintptr_t)i)) return fprintf(stderr, "no thread %u\n", i), 1;
  uint64_t in = 0, out = 0;
  for (uint32_t i = 0; i < threads; i++) pthread_join(t[i], 0), in += produced[i], out += consumed[i];
  int ok = counter == (uint64_t)rounds * threads && in == out && count == 0;
  printf("rounds %u threads %u %s: counter %llu in %llu out %llu\n", rounds, threads, ok ? "ok" : "WRONG",
         (unsigned long long)counter, (unsigned long long)in, (unsigned long long)out);
  return !ok;
}
