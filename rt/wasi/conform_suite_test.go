package wasi

import (
	"strings"
	"testing"
)

// suite are the programs of the official test suite (WebAssembly/wasi-testsuite, and those of wasmtime that it came from),
// each with the rules that check what it checks: the function, and how the rule begins.
var suite = map[string][]string{
	// Rust
	"big_random_buf": {"random_get: a big buffer"},
	"clock_time_get": {"clock_time_get: realtime is that of the host", "clock_time_get: the others never go back"},
	"close_preopen":  {"fd_close: a preopen can be closed"},
	"dangling_fd": {
		"path_remove_directory: a directory can be removed while it is open",
		"path_unlink_file: an open file can be used on",
	},
	"dangling_symlink": {
		"path_open: without symlink_follow a link is loop",
		"path_open: without symlink_follow a link with directory",
	},
	"dir_fd_op_failures": {
		"fd_prestat_dir_name: a shorter buffer", "fd_prestat_dir_name: a longer buffer", "fd_read: a directory",
		"fd_pread: a directory", "fd_write: a directory", "fd_pwrite: a directory", "fd_seek: a directory", "fd_tell: a directory",
		"fd_allocate: a directory", "fd_filestat_set_size: a directory",
	},
	"directory_seek": {"fd_seek: a directory", "path_open: a directory with rights of files"},
	"fd_advise":      {"fd_advise: all six kinds"},
	"fd_fdstat_set_rights": {
		"fd_fdstat_set_rights: rights are taken away", "fd_fdstat_set_rights: rights can only be removed",
	},
	"fd_filestat_get":   {"fd_filestat_get: a file's attributes", "fd_filestat_get: a standard stream"},
	"fd_filestat_set":   {"fd_filestat_set_size: a file grows", "fd_filestat_set_times: each time"},
	"fd_flags_set":      {"fd_fdstat_set_flags: append mode"},
	"fd_read_on_dirfd":  {"fd_read: a directory"},
	"fd_readdir":        {`fd_readdir: an empty directory has "." and ".."`, "fd_readdir: entries have type", "fd_readdir: a cookie continues"},
	"file_allocate":     {"fd_allocate: the file grows"},
	"file_pread_pwrite": {"fd_pread: reads at the offset", "fd_pwrite: writes at the offset"},
	"file_read_write":   {"fd_read: fills the buffers", "fd_write: writes the buffers"},
	"file_seek_tell": {
		"fd_seek: from the start", "fd_seek: before the start is inval", "fd_tell: the position",
	},
	"file_truncation":       {"path_open: trunc empties the file"},
	"file_unbuffered_write": {"fd_write: what is written can be read at once"},
	"fstflags_validate": {
		"fd_filestat_set_times: mtim and mtim_now", "fd_filestat_set_times: atim and atim_now",
	},
	"interesting_paths": {
		"path_open: dots and slashes", "path_open: a path with a NUL", "path_open: a file with a slash",
		"path_open: a file with slashes", "path_open: a directory with a slash",
		"path_open: a directory with slashes", "path_open: an absolute path", "path_open: nothing outside is opened",
	},
	"isatty": {"fd_filestat_get: a standard stream has size 0"},
	"nofollow_errors": {
		"path_open: without symlink_follow a link is loop", "path_open: a link to a directory is followed",
		"path_open: a link to a file with directory",
	},
	"overwrite_preopen": {"fd_renumber: over a preopen"},
	"path_exists": {
		"path_filestat_get: a file, a directory, a link", "path_filestat_get: with symlink_follow",
	},
	"path_filestat": {
		"fd_fdstat_get: a file has the type", "path_filestat_set_times: each time",
		"path_filestat_set_times: mtim and mtim_now", "path_filestat_set_times: atim and atim_now",
	},
	"path_link": {
		"path_link: a hard link", "path_link: into another directory", "path_link: an existing name",
		"path_link: a directory", "path_link: a new name with a slash", "path_link: a link is not followed",
		"path_link: with symlink_follow a dangling link",
	},
	"path_open_create_existing": {"path_open: a file that exists, with creat and excl"},
	"path_open_dirfd_not_dir":   {"path_open: a file is notdir"},
	"path_open_lots":            {"path_open: many files"},
	"path_open_missing":         {"path_open: a missing file is noent"},
	"path_open_nonblock":        {"path_open: flags"},
	"path_open_preopen": {
		"path_open: a preopen can be opened again", "path_open: .",
		"path_open: a directory with directory, for writing", "fd_fdstat_get: a preopen has rights",
	},
	"path_open_read_without_rights": {"fd_fdstat_set_rights: files opened below", "fd_read: without its right"},
	"path_open_read_write": {
		"fd_read: without its right", "fd_write: without its right", "path_open: a file that exists, with creat",
	},
	"path_rename": {
		"path_rename: a file is moved", "path_rename: over a file", "path_rename: a directory, to a name",
		"path_rename: a directory over an empty", "path_rename: a directory over one that is not empty",
		"path_rename: a directory over a file", "path_rename: a file over a directory",
	},
	"path_rename_dir_trailing_slashes":  {"path_rename: slashes behind names of directories"},
	"path_rename_file_trailing_slashes": {"path_rename: slashes behind names of files"},
	"path_symlink_trailing_slashes": {
		"path_symlink: a new name with a slash", "path_symlink: an existing name",
		"path_symlink: a file's name with a slash",
	},
	"poll_oneoff_files": {
		"poll_oneoff: no subscriptions", "poll_oneoff: a relative clock", "poll_oneoff: the relative realtime clock",
		"poll_oneoff: files are ready", "poll_oneoff: a file opened for reading",
	},
	"poll_oneoff_stdio":   {"poll_oneoff: files are ready"},
	"readlink":            {"path_readlink: the target", "path_readlink: what does not fit"},
	"regular_file_isatty": {"fd_fdstat_get: a file has the type"},
	"remove_directory": {
		"path_remove_directory: an empty directory", "path_remove_directory: a file is notdir",
		"path_remove_directory: trailing slashes",
	},
	"remove_nonempty_directory": {"path_remove_directory: a directory that is not empty"},
	"renumber":                  {"fd_renumber: the descriptor moves"},
	"sched_yield":               {"sched_yield: always succeeds"},
	"stdio":                     {"fd_renumber: standard streams"},
	"stdio_isatty":              {"fd_fdstat_get: a standard stream"},
	"symlink_create":            {"path_symlink: a link to a file and to a directory"},
	"symlink_filestat": {
		"path_filestat_set_times: without symlink_follow", "path_filestat_set_times: with symlink_follow",
	},
	"symlink_loop": {"path_open: a loop is loop"},
	"truncation_rights": {
		"path_open: trunc with the right", "path_open: trunc without both rights",
		"fd_fdstat_get: a preopen has rights",
	},
	"unicode_names": {"path_open: unicode"},
	"unlink_file_trailing_slashes": {
		"path_unlink_file: a directory is isdir", "path_unlink_file: a file with a slash",
		"path_unlink_file: a file is removed",
	},
	// C; testdata/guests/posix.c checks these by way of the C library, too
	"clock_getres-monotonic":   {"clock_res_get: each clock"},
	"clock_getres-realtime":    {"clock_res_get: each clock"},
	"clock_gettime-monotonic":  {"clock_time_get: the others never go back"},
	"clock_gettime-realtime":   {"clock_time_get: realtime"},
	"fdopendir-with-access":    {"path_open: a directory", "fd_readdir: entries have type"},
	"fopen-with-access":        {"path_open: a file", "fd_prestat_get: preopens follow"},
	"fopen-with-no-access":     {"path_open: nothing outside is opened"},
	"lseek":                    {"fd_seek: from the start"},
	"pread-with-access":        {"fd_pread: reads at the offset"},
	"pwrite-with-access":       {"fd_pwrite: writes at the offset"},
	"pwrite-with-append":       {"fd_pwrite: in append mode"},
	"sock_shutdown-invalid_fd": {"sock_shutdown: " + notOpen},
	"sock_shutdown-not_sock":   {"sock_shutdown: standard output"},
	"stat-dev-ino":             {"fd_filestat_get: different files have different numbers"},
	// AssemblyScript
	"args_get-multiple-arguments":          {"args_get: pointers to strings"},
	"args_sizes_get-multiple-arguments":    {"args_sizes_get: the number"},
	"environ_get-multiple-variables":       {"environ_get: pointers to strings"},
	"environ_sizes_get-multiple-variables": {"environ_sizes_get: the number"},
	"fd_write-to-invalid-fd":               {"fd_write: " + notOpen},
	"fd_write-to-stdout":                   {"fd_write: standard output"},
	"proc_exit-failure":                    {"proc_exit: the call into the guest ends"},
	"random_get-non-zero-length":           {"random_get: the buffer is filled"},
	"random_get-zero-length":               {"random_get: an empty buffer"},
}

// TestSuite sees that the rules for the programs of the official suite are there; TestRules checks them.
func TestSuite(t *testing.T) {
	for program, list := range suite {
		for _, want := range list {
			name, says, _ := strings.Cut(want, ": ")
			found := false
			for _, r := range rules[name] {
				found = found || strings.HasPrefix(r.says, says)
			}
			if !found {
				t.Errorf("%s: no rule %s", program, want)
			}
		}
	}
	t.Logf("%d programs", len(suite))
}
