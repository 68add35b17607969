// As much of WASI preview 1 as the modules here need, for one translated by wasm2c 1.0.32.
#include "report.h"
#include HEADER
#include <unistd.h>
#define PASTE(a, b, c) a##b##c
#define NAME(a, m, c) PASTE(a, m, c)

struct Z_wasi_snapshot_preview1_instance_t { int argc; char **argv; };
static struct Z_wasi_snapshot_preview1_instance_t host;
static NAME(Z_, MODULE, _instance_t) instance;
typedef struct Z_wasi_snapshot_preview1_instance_t wasi;

enum { SUCCESS = 0, BADF = 8, NOSYS = 52 };

static char *at(u32 addr) { return (char *)NAME(Z_, MODULE, Z_memory)(&instance)->data + addr; }
static void put32(u32 addr, u32 v) { memcpy(at(addr), &v, 4); }
static void put64(u32 addr, u64 v) { memcpy(at(addr), &v, 8); }
static u32 get32(u32 addr) { u32 v; memcpy(&v, at(addr), 4); return v; }

#define WASI(name) Z_wasi_snapshot_preview1Z_##name
#define MISSING(name, ...) u32 WASI(name)(wasi *w, ##__VA_ARGS__) { return NOSYS; }

u32 WASI(args_sizes_get)(wasi *w, u32 count, u32 size) {
  u32 n = 0;
  for (int i = 0; i < w->argc; i++) n += strlen(w->argv[i]) + 1;
  put32(count, w->argc);
  put32(size, n);
  return SUCCESS;
}
u32 WASI(args_get)(wasi *w, u32 list, u32 buf) {
  for (int i = 0; i < w->argc; i++, list += 4) {
    put32(list, buf);
    strcpy(at(buf), w->argv[i]);
    buf += strlen(w->argv[i]) + 1;
  }
  return SUCCESS;
}
u32 WASI(environ_sizes_get)(wasi *w, u32 count, u32 size) { put32(count, 0); put32(size, 0); return SUCCESS; }
u32 WASI(environ_get)(wasi *w, u32 list, u32 buf) { return SUCCESS; }
u32 WASI(clock_time_get)(wasi *w, u32 id, u64 precision, u32 out) {
  struct timespec t;
  clock_gettime(id == 0 ? CLOCK_REALTIME : CLOCK_MONOTONIC, &t);
  put64(out, t.tv_sec * 1000000000ull + t.tv_nsec);
  return SUCCESS;
}
u32 WASI(random_get)(wasi *w, u32 buf, u32 n) {
  for (u32 i = 0; i < n; i++) *at(buf + i) = i * 37 + 11;
  return SUCCESS;
}
u32 WASI(fd_write)(wasi *w, u32 fd, u32 iovs, u32 n, u32 out) {
  u32 total = 0;
  if (fd != 1 && fd != 2) return BADF;
  for (; n--; iovs += 8) total += fwrite(at(get32(iovs)), 1, get32(iovs + 4), fd == 1 ? stdout : stderr);
  put32(out, total);
  return SUCCESS;
}
u32 WASI(fd_fdstat_get)(wasi *w, u32 fd, u32 out) {
  if (fd > 2) return BADF;
  memset(at(out), 0, 24);
  *at(out) = 2; // a character device
  put64(out + 8, ~0ull);
  return SUCCESS;
}
u32 WASI(fd_prestat_get)(wasi *w, u32 fd, u32 out) { return BADF; }
u32 WASI(sched_yield)(wasi *w) { return SUCCESS; }
u32 WASI(poll_oneoff)(wasi *w, u32 in, u32 out, u32 n, u32 count) { // a time-out is the only event
  memset(at(out), 0, 32);
  memcpy(at(out), at(in), 8);
  put32(count, 1);
  return SUCCESS;
}
void WASI(proc_exit)(wasi *w, u32 code) {
  report_end();
  exit(code);
}
MISSING(clock_res_get, u32 a, u32 b)
MISSING(fd_close, u32 a)
MISSING(fd_fdstat_set_flags, u32 a, u32 b)
MISSING(fd_filestat_get, u32 a, u32 b)
MISSING(fd_filestat_set_size, u32 a, u64 b)
MISSING(fd_pread, u32 a, u32 b, u32 c, u64 d, u32 e)
MISSING(fd_prestat_dir_name, u32 a, u32 b, u32 c)
MISSING(fd_pwrite, u32 a, u32 b, u32 c, u64 d, u32 e)
MISSING(fd_read, u32 a, u32 b, u32 c, u32 d)
MISSING(fd_readdir, u32 a, u32 b, u32 c, u64 d, u32 e)
MISSING(fd_seek, u32 a, u64 b, u32 c, u32 d)
MISSING(fd_sync, u32 a)
MISSING(path_create_directory, u32 a, u32 b, u32 c)
MISSING(path_filestat_get, u32 a, u32 b, u32 c, u32 d, u32 e)
MISSING(path_filestat_set_times, u32 a, u32 b, u32 c, u32 d, u64 e, u64 f, u32 g)
MISSING(path_link, u32 a, u32 b, u32 c, u32 d, u32 e, u32 f, u32 g)
MISSING(path_open, u32 a, u32 b, u32 c, u32 d, u32 e, u64 f, u64 g, u32 h, u32 i)
MISSING(path_readlink, u32 a, u32 b, u32 c, u32 d, u32 e, u32 f)
MISSING(path_remove_directory, u32 a, u32 b, u32 c)
MISSING(path_rename, u32 a, u32 b, u32 c, u32 d, u32 e, u32 f)
MISSING(path_symlink, u32 a, u32 b, u32 c, u32 d, u32 e)
MISSING(path_unlink_file, u32 a, u32 b, u32 c)
MISSING(sock_accept, u32 a, u32 b, u32 c)
MISSING(sock_shutdown, u32 a, u32 b)
