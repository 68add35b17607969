// Package wasi implements WASI preview 1, the import module wasi_snapshot_preview1, for command programs of C, Rust and
// Go. A [System] is made from a [Config] and has one method per function; generated packages take it as the value of
// their import interface, and [System.Export] serves dynamic linking. [Unstable] serves the older module wasi_unstable.
//
// What each function does is written down as rules, each of which is a test (TestRules); docs/wasi.md says how they were
// found, and what differs where the host is not Linux.
//
// # Threads
//
// All methods may be called at once by any number of threads. There is one table of descriptors; no lock of the table
// is held during an operation, so that a blocked read of one descriptor never holds up another. Readers and writers
// given as Stdin, Stdout and Stderr are used by one call at a time, and so is a file of an fs.FS; a [ThreadWriter] learns
// which thread writes.
//
// # Closing and stopping
//
// When a descriptor is closed, or another one moved over it, a call that blocks on it ends with EBADF. When an instance's
// thread group ends, or the instance or the System is closed, a call that blocks ends at once and the guest's call is
// unwound:
//   - poll_oneoff, unless Config.Sleep takes its place;
//   - fd_read and sock_recv of any reader. Files and connections are let alone by the kernel or by a deadline, which is
//     taken back: they remain usable, but have no deadline then, nor one that was set before. On Linux files in blocking
//     mode, such as a standard input, are waited for by epoll. Any other Read goes on in a goroutine of its own; what it
//     delivers is for the next fd_read;
//   - fd_write and sock_send to what has write deadlines, which includes pipes made by [os.Pipe];
//   - sock_accept, see [Listener];
//   - on Linux, reading, writing and opening a named pipe by its path.
//
// It does not end while the host reads or writes a regular file, or writes to anything else that blocks, like a standard
// output in blocking mode. The group gives up such a thread.
//
// # Sandbox
//
// No path leads out of a directory descriptor, be it by "..", a leading slash or a link; an attempt is EPERM. That holds
// for every directory descriptor and not only for preopens: "../x" relative to an opened subdirectory is refused too.
//
// Rights are kept, enforced and only ever narrowed. A read-only preopen reports the usual rights, because programs ask
// for them as a whole, and answers writes with EROFS, as a read-only mount of POSIX does.
package wasi
