// Package wasi implements WASI preview 1, the import module wasi_snapshot_preview1, for command programs of C, Rust and
// Go. A [System] is made from a [Config] and has one method per function; generated packages take it as the value of
// their import interface, and [System.Export] serves dynamic linking.
//
// # Threads
//
// All methods may be called at once by any number of threads. There is one table of descriptors; no lock of the table
// is held during an operation, so that a blocked read of one descriptor never holds up another. Readers and writers
// given as Stdin, Stdout and Stderr are used by one call at a time; a [ThreadWriter] learns which thread writes.
//
// # Stopping
//
// When an instance's thread group ends, or the instance or the System is closed, a call that blocks ends at once:
//   - poll_oneoff, unless Config.Sleep takes its place;
//   - fd_read and sock_recv of any reader. Files and connections are let alone by the kernel or by a deadline, which is
//     taken back: they remain usable, but have no deadline then, nor one that was set before. On Linux files in blocking
//     mode, such as a standard input, are waited for by epoll. Any other Read goes on in a goroutine of its own; what it
//     delivers is for the next fd_read;
//   - fd_write and sock_send to what has write deadlines, which includes pipes made by [os.Pipe];
//   - sock_accept, see [Listener].
//
// It does not end while it opens a named pipe, reads or writes one that the guest opened by its path, or writes to
// anything else that blocks, like a standard output in blocking mode. The group gives up such a thread.
//
// # Sandbox
//
// Host directories are opened through [os.Root]: neither "..", nor an absolute path, nor a symbolic link leads out of a
// directory descriptor; an attempt is ENOTCAPABLE. As the document demands, that holds for every directory descriptor
// and not only for preopens: "../x" relative to an opened subdirectory is refused too.
//
// Rights are kept, enforced and only ever narrowed. A read-only preopen reports the usual rights, because programs ask
// for them as a whole, and answers writes with EROFS, as a read-only mount of POSIX does.
//
// # Deviations
//
// os.Root has no operation for some functions. On Linux these are done by system calls relative to the parent
// directory, which os.Root has resolved. Elsewhere:
//   - path_unlink_file and path_remove_directory look at the file's type first, and a change in between is not noticed;
//   - path_rename and path_link between different directory descriptors need a common preopen, and go by the names under
//     which the descriptors were opened; renaming onto an empty directory is EEXIST;
//   - path_filestat_set_times without symlink_follow is ENOTSUP on a symbolic link;
//   - fd_filestat_set_times has microseconds on Darwin; fd_allocate only ever extends the file's size;
//   - append mode is atomic among the users of one descriptor only;
//   - except on Darwin, inode numbers are hashes of names, and poll_oneoff does not wait for input anywhere.
//
// Everywhere:
//   - path_open without symlink_follow compares the file's identity before and after opening; a file swapped for a link
//     in between is refused, though a file may have been created behind the link, inside the sandbox;
//   - fd_pwrite on a descriptor in append mode appends, as on Linux;
//   - the list of a directory is taken when fd_readdir is called with cookie 0, and cookies refer to that list;
//   - dsync, rsync and sync are one, and can not be changed after opening (ENOTSUP);
//   - both CPU-time clocks show the time since the System was made: a guest has no CPU time of its own;
//   - descriptors other than pipes, terminals and sockets of the host's operating system (such as any io.Reader as
//     Stdin) are always ready in poll_oneoff; so are listeners, and all descriptors for writing;
//   - path_link with symlink_follow is EINVAL, proc_raise is ENOSYS.
//
// The older module wasi_unstable differs in fd_seek (whence is cur, end, set there) and in filestat (nlink is 32 bits
// wide), thus in fd_filestat_get and path_filestat_get, and lacks sock_accept; the other functions are the same.
package wasi
