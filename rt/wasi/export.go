package wasi

import "github.com/wasm2go/wasm2go/rt"

// functions gives each function of wasi_snapshot_preview1 by its name there.
var functions = map[string]func(*System) any{
	"args_get":                func(s *System) any { return s.ArgsGet },
	"args_sizes_get":          func(s *System) any { return s.ArgsSizesGet },
	"clock_res_get":           func(s *System) any { return s.ClockResGet },
	"clock_time_get":          func(s *System) any { return s.ClockTimeGet },
	"environ_get":             func(s *System) any { return s.EnvironGet },
	"environ_sizes_get":       func(s *System) any { return s.EnvironSizesGet },
	"fd_advise":               func(s *System) any { return s.FdAdvise },
	"fd_allocate":             func(s *System) any { return s.FdAllocate },
	"fd_close":                func(s *System) any { return s.FdClose },
	"fd_datasync":             func(s *System) any { return s.FdDatasync },
	"fd_fdstat_get":           func(s *System) any { return s.FdFdstatGet },
	"fd_fdstat_set_flags":     func(s *System) any { return s.FdFdstatSetFlags },
	"fd_fdstat_set_rights":    func(s *System) any { return s.FdFdstatSetRights },
	"fd_filestat_get":         func(s *System) any { return s.FdFilestatGet },
	"fd_filestat_set_size":    func(s *System) any { return s.FdFilestatSetSize },
	"fd_filestat_set_times":   func(s *System) any { return s.FdFilestatSetTimes },
	"fd_pread":                func(s *System) any { return s.FdPread },
	"fd_prestat_dir_name":     func(s *System) any { return s.FdPrestatDirName },
	"fd_prestat_get":          func(s *System) any { return s.FdPrestatGet },
	"fd_pwrite":               func(s *System) any { return s.FdPwrite },
	"fd_read":                 func(s *System) any { return s.FdRead },
	"fd_readdir":              func(s *System) any { return s.FdReaddir },
	"fd_renumber":             func(s *System) any { return s.FdRenumber },
	"fd_seek":                 func(s *System) any { return s.FdSeek },
	"fd_sync":                 func(s *System) any { return s.FdSync },
	"fd_tell":                 func(s *System) any { return s.FdTell },
	"fd_write":                func(s *System) any { return s.FdWrite },
	"path_create_directory":   func(s *System) any { return s.PathCreateDirectory },
	"path_filestat_get":       func(s *System) any { return s.PathFilestatGet },
	"path_filestat_set_times": func(s *System) any { return s.PathFilestatSetTimes },
	"path_link":               func(s *System) any { return s.PathLink },
	"path_open":               func(s *System) any { return s.PathOpen },
	"path_readlink":           func(s *System) any { return s.PathReadlink },
	"path_remove_directory":   func(s *System) any { return s.PathRemoveDirectory },
	"path_rename":             func(s *System) any { return s.PathRename },
	"path_symlink":            func(s *System) any { return s.PathSymlink },
	"path_unlink_file":        func(s *System) any { return s.PathUnlinkFile },
	"poll_oneoff":             func(s *System) any { return s.PollOneoff },
	"proc_exit":               func(s *System) any { return s.ProcExit },
	"proc_raise":              func(s *System) any { return s.ProcRaise },
	"random_get":              func(s *System) any { return s.RandomGet },
	"sched_yield":             func(s *System) any { return s.SchedYield },
	"sock_accept":             func(s *System) any { return s.SockAccept },
	"sock_recv":               func(s *System) any { return s.SockRecv },
	"sock_send":               func(s *System) any { return s.SockSend },
	"sock_shutdown":           func(s *System) any { return s.SockShutdown },
}

// Export implements rt.Exporter: it returns the function of the name as a *rt.Func, or nil.
func (s *System) Export(name string) any {
	f, ok := functions[name]
	if !ok {
		return nil
	}
	return rt.MustFunc(f(s))
}
