// Checks what programs in C expect of files, in the current directory: posix prints the checks that fail and exits with
// their number.
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static int failed;

#define CHECK(e)                                                              \
  do {                                                                        \
    errno = 0;                                                                \
    if (!(e)) {                                                               \
      failed++;                                                               \
      printf("line %d: %s (errno %d)\n", __LINE__, #e, errno);                \
    }                                                                         \
  } while (0)
#define FAILS(e, code) CHECK((e) < 0 && errno == code)

static void clocks(void) {
  struct timespec a, b;
  CHECK(clock_getres(CLOCK_MONOTONIC, &a) == 0 && (a.tv_nsec > 0 || a.tv_sec > 0));
  CHECK(clock_getres(CLOCK_REALTIME, &a) == 0 && (a.tv_nsec > 0 || a.tv_sec > 0));
  CHECK(clock_gettime(CLOCK_REALTIME, &a) == 0 && a.tv_sec > 1600000000);
  CHECK(clock_gettime(CLOCK_MONOTONIC, &a) == 0 && usleep(2000) == 0 && clock_gettime(CLOCK_MONOTONIC, &b) == 0);
  CHECK((b.tv_sec - a.tv_sec) * 1000000000LL + b.tv_nsec - a.tv_nsec >= 2000000);
}

static void streams(void) {
  char buf[16] = "";
  FILE *f = fopen("text", "w");
  CHECK(f && fputs("hello, ", f) >= 0 && fclose(f) == 0);
  f = fopen("text", "a+");
  CHECK(f && fputs("world", f) >= 0 && fseek(f, 2, SEEK_SET) == 0 && fread(buf, 1, 5, f) == 5 && !strcmp(buf, "llo, "));
  CHECK(f && fclose(f) == 0);
  CHECK(fopen("text", "wx") == NULL && errno == EEXIST);
  CHECK(fopen("missing", "r") == NULL && errno == ENOENT);
  CHECK(fopen("/elsewhere/file", "r") == NULL);
  CHECK(fopen("../elsewhere", "r") == NULL);
  CHECK((f = fopen("text", "r")) && fputs("x", f) < 0 | fflush(f) < 0);
  CHECK(f && fclose(f) == 0);
}

static void offsets(void) {
  char buf[8] = "";
  int fd = open("offsets", O_RDWR | O_CREAT | O_TRUNC, 0644);
  CHECK(fd >= 0 && write(fd, "0123456789", 10) == 10);
  CHECK(lseek(fd, 0, SEEK_CUR) == 10 && lseek(fd, -3, SEEK_END) == 7 && lseek(fd, -2, SEEK_CUR) == 5 && lseek(fd, 1, SEEK_SET) == 1);
  FAILS(lseek(fd, -1, SEEK_SET), EINVAL);
  CHECK(pread(fd, buf, 4, 3) == 4 && !memcmp(buf, "3456", 4) && lseek(fd, 0, SEEK_CUR) == 1);
  CHECK(pwrite(fd, "xy", 2, 20) == 2 && lseek(fd, 0, SEEK_CUR) == 1 && lseek(fd, 0, SEEK_END) == 22);
  CHECK(pread(fd, buf, 4, 19) == 3 && !memcmp(buf, "\0xy", 3) && pread(fd, buf, 4, 100) == 0);
  FAILS(pread(fd, buf, 1, -1), EINVAL);
  CHECK(ftruncate(fd, 3) == 0 && lseek(fd, 0, SEEK_END) == 3 && posix_fallocate(fd, 0, 50) == 0 && lseek(fd, 0, SEEK_END) == 50);
  CHECK(fsync(fd) == 0 && fdatasync(fd) == 0 && close(fd) == 0);
  FAILS(close(fd), EBADF);

  fd = open("offsets", O_WRONLY | O_APPEND | O_TRUNC);
  CHECK(fd >= 0 && write(fd, "ab", 2) == 2 && lseek(fd, 0, SEEK_SET) == 0 && write(fd, "cd", 2) == 2 && lseek(fd, 0, SEEK_CUR) == 4);
  CHECK(pwrite(fd, "efg", 3, 0) == 3 && lseek(fd, 0, SEEK_CUR) == 4);
  CHECK((fcntl(fd, F_GETFL) & O_APPEND) && fcntl(fd, F_SETFL, 0) == 0 && !(fcntl(fd, F_GETFL) & O_APPEND));
  FAILS(read(fd, buf, 1), EBADF);
  CHECK(close(fd) == 0 && (fd = open("offsets", O_RDONLY)) >= 0);
  FAILS(write(fd, "x", 1), EBADF);
  CHECK(close(fd) == 0);
}

static void directories(void) {
  struct stat a, b;
  CHECK(mkdir("dir", 0755) == 0 && close(open("dir/file", O_CREAT | O_WRONLY, 0644)) == 0);
  FAILS(mkdir("dir", 0755), EEXIST);
  int fd = open("dir", O_RDONLY | O_DIRECTORY), n = 0;
  DIR *d = fdopendir(fd);
  CHECK(d != NULL && fstat(fd, &a) == 0 && stat("dir", &b) == 0 && a.st_ino == b.st_ino && a.st_dev == b.st_dev);
  for (struct dirent *e; d && (e = readdir(d));) {
    n++;
    if (!strcmp(e->d_name, "file")) CHECK(stat("dir/file", &a) == 0 && a.st_ino == e->d_ino && e->d_type == DT_REG);
    if (!strcmp(e->d_name, ".")) CHECK(b.st_ino == e->d_ino && e->d_type == DT_DIR);
  }
  CHECK(n == 3 && d && closedir(d) == 0);
  FAILS(open("dir/file", O_RDONLY | O_DIRECTORY), ENOTDIR);
  FAILS(open("dir/file/", O_RDONLY), ENOTDIR);
  FAILS(open("dir", O_WRONLY), EISDIR);
  FAILS(rmdir("dir"), ENOTEMPTY);
  FAILS(unlink("dir"), EISDIR);
  FAILS(rmdir("dir/file"), ENOTDIR);
  CHECK(stat("dir", &a) == 0 && stat("dir/file", &b) == 0 && a.st_ino != b.st_ino && a.st_dev == b.st_dev);
}

static void links(void) {
  struct stat a, b;
  char buf[16];
  CHECK(symlink("dir/file", "sym") == 0 && readlink("sym", buf, sizeof buf) == 8 && readlink("sym", buf, 3) == 3);
  CHECK(lstat("sym", &a) == 0 && S_ISLNK(a.st_mode) && stat("sym", &b) == 0 && S_ISREG(b.st_mode));
  FAILS(open("sym", O_RDONLY | O_NOFOLLOW), ELOOP);
  CHECK(symlink("loop", "loop") == 0);
  FAILS(open("loop", O_RDONLY), ELOOP);
  FAILS(symlink("/etc/passwd", "absolute"), EPERM);
  CHECK(link("dir/file", "hard") == 0 && stat("hard", &a) == 0 && a.st_ino == b.st_ino && a.st_nlink == 2);
  CHECK(rename("hard", "dir/moved") == 0 && access("dir/moved", R_OK | W_OK) == 0 && access("hard", F_OK) < 0);
  struct timespec t[2] = {{1000, 5}, {2000, 6}};
  CHECK(utimensat(AT_FDCWD, "sym", t, AT_SYMLINK_NOFOLLOW) == 0 && lstat("sym", &a) == 0 && a.st_mtim.tv_sec == 2000 && a.st_mtim.tv_nsec == 6);
  CHECK(stat("sym", &b) == 0 && b.st_mtim.tv_sec != 2000);
  CHECK(utimensat(AT_FDCWD, "sym", t, 0) == 0 && stat("dir/file", &b) == 0 && b.st_mtim.tv_sec == 2000 && b.st_atim.tv_nsec == 5);
  CHECK(unlink("sym") == 0 && unlink("loop") == 0 && unlink("dir/moved") == 0 && unlink("dir/file") == 0 && rmdir("dir") == 0);
}

static void others(void) {
  struct pollfd p[2] = {{open("text", O_RDONLY), POLLIN, 0}, {1, POLLOUT, 0}};
  CHECK(poll(p, 2, -1) == 2 && p[0].revents == POLLIN && p[1].revents == POLLOUT);
  CHECK(poll(NULL, 0, 2) == 0);
  CHECK(!isatty(p[0].fd) && !isatty(1));
  FAILS(shutdown(p[0].fd, SHUT_RD), ENOTSOCK);
  FAILS(shutdown(1, SHUT_RD), ENOTSOCK);
  FAILS(shutdown(99, SHUT_RD), EBADF);
  FAILS(lseek(1, 0, SEEK_SET), ESPIPE);
  char random[64] = {0}, zeros[64] = {0};
  CHECK(getentropy(random, sizeof random) == 0 && memcmp(random, zeros, sizeof zeros));
}

int main(void) {
  clocks();
  streams();
  offsets();
  directories();
  links();
  others();
  return failed;
}
