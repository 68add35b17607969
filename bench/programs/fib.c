// Calls: Fibonacci numbers by plain recursion. run returns fib(n).
#include "bench.h"
static NOINLINE int fib(int n) { return n < 2 ? n : fib(n - 1) + fib(n - 2); }
EXPORT("run") int32_t run(int32_t n) { return fib(n); }
