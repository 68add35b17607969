// A C command that writes and reads files: it prints its arguments and what it found, and exits with 7.
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int main(int argc, char **argv) {
  for (int i = 1; i < argc; i++) printf("arg %d %s\n", i, argv[i]);
  FILE *f = fopen("out.txt", "w");
  if (!f) { perror("out.txt"); return 1; }
  for (int i = 0; i < 1000; i++) fprintf(f, "line %d %f\n", i, i / 3.0);
  fclose(f);
  f = fopen("out.txt", "r");
  char buf[256];
  int lines = 0;
  size_t total = 0;
  while (fgets(buf, sizeof buf, f)) { lines++; total += strlen(buf); }
  fclose(f);
  struct stat st;
  if (stat("out.txt", &st) || (size_t)st.st_size != total) { printf("stat says %lld\n", (long long)st.st_size); return 1; }
  printf("%d lines, %zu bytes\n", lines, total);
  if (mkdir("sub", 0777) || rename("out.txt", "sub/moved.txt")) { perror("sub"); return 1; }
  int entries = 0;
  DIR *d = opendir("sub");
  for (struct dirent *e; (e = readdir(d));) entries += e->d_name[0] != '.';
  closedir(d);
  printf("%d entries\n", entries);
  fputs("on stderr\n", stderr);
  if (fopen("/etc/passwd", "r") || fopen("../secret", "r")) puts("escaped");
  return 7;
}
