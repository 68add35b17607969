// What the C programs tell about themselves: see report/report.go.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

static long long report_cpu, report_wall;

static long long report_process_time(void) {
  struct rusage u;
  getrusage(RUSAGE_SELF, &u);
  return (u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1000000000LL + (u.ru_utime.tv_usec + u.ru_stime.tv_usec) * 1000LL;
}

static long long report_now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static void report_begin(void) { report_wall = report_now(); report_cpu = report_process_time(); }

static void report_end(void) {
  long long cpu = report_process_time() - report_cpu, wall = report_now() - report_wall, peak = 0;
  char line[256];
  FILE *f = fopen("/proc/self/status", "r");
  while (f && fgets(line, sizeof line, f)) sscanf(line, "VmHWM: %lld", &peak);
  fflush(stdout);
  fprintf(stderr, "bench %lld %lld %lld 0\n", cpu, wall, peak);
}
