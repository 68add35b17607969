package wasi

import (
	"strings"
	"sync"
	"syscall"
)

// opener opens a file below a directory as openat does, and never one outside: not by "..", an absolute path, a link, nor
// when any of that changes meanwhile. A path that leads out is errEscape. Flags with oPath come with O_DIRECTORY.
type opener func(dirfd int, name string, flags int, mode uint32) (int, error)

// hasOpenat2 asks the kernel. Some sandboxes answer with EPERM for system calls that they do not know.
var hasOpenat2 = sync.OnceValue(func() bool {
	fd, err := sysOpenat2Call(atFdcwd, ".", openHow2{flags: oPath | syscall.O_CLOEXEC, resolve: resolveBeneath})
	if err != nil {
		return false
	}
	return syscall.Close(fd) == nil
})

const atFdcwd = -100

// maxRaces is how often a path is looked up again that is changed all the time.
const maxRaces = 1000

// openKernel leaves it to openat2, since Linux 5.6.
func openKernel(dirfd int, name string, flags int, mode uint32) (int, error) {
	how := openHow2{flags: uint64(flags | syscall.O_LARGEFILE), mode: uint64(mode), resolve: resolveBeneath | resolveNoMagiclinks}
	if flags&syscall.O_CREAT == 0 {
		how.mode = 0
	}
	for range maxRaces {
		switch fd, err := sysOpenat2Call(dirfd, name, how); err {
		case syscall.EAGAIN: // something was renamed while ".." was looked up
		case syscall.EXDEV:
			return -1, errEscape
		default:
			return fd, err
		}
	}
	return -1, EAGAIN
}

// maxLinks is how many links the kernel follows.
const maxLinks = 40

// openWalk goes component by component and follows links itself. ".." goes back the way it came, so where directories
// are moved to meanwhile does not matter.
func openWalk(dirfd int, name string, flags int, mode uint32) (int, error) {
	if strings.HasPrefix(name, "/") {
		return -1, errEscape
	}
	w := walk{top: dirfd}
	defer w.close()
	links := 0
	for rest := name; ; {
		part, after, slash := strings.Cut(rest, "/")
		after = strings.TrimLeft(after, "/")
		var target string
		var err error
		switch {
		case part == "..":
			err = w.up()
		case part == "." || part == "":
		case after != "":
			target, err = w.down(part)
		default:
			fd, link, err := w.last(part, slash, flags, mode)
			if link == "" || err != nil {
				return fd, err
			}
			target = link
		}
		if err != nil {
			return -1, err
		}
		rest = after
		if target != "" {
			if links++; links > maxLinks {
				return -1, syscall.ELOOP
			}
			if target[0] == '/' {
				return -1, errEscape
			}
			rest = target
			if slash {
				rest += "/" + after
			}
		}
		if rest == "" {
			return w.here(flags)
		}
	}
}

// walk is the way from a directory to one below it.
type walk struct {
	top  int
	dirs []int
}

func (w *walk) dir() int {
	if len(w.dirs) == 0 {
		return w.top
	}
	return w.dirs[len(w.dirs)-1]
}

func (w *walk) close() {
	for len(w.dirs) > 0 {
		_ = w.up()
	}
}

func (w *walk) up() error {
	if len(w.dirs) == 0 {
		return errEscape
	}
	fd := w.dir()
	w.dirs = w.dirs[:len(w.dirs)-1]
	return syscall.Close(fd)
}

// down enters a directory, or returns the target if it is a link.
func (w *walk) down(name string) (target string, err error) {
	fd, err := sysOpenat(w.dir(), name, oPath|syscall.O_DIRECTORY|syscall.O_NOFOLLOW|syscall.O_CLOEXEC, 0)
	if err == nil {
		w.dirs = append(w.dirs, fd)
		return "", nil
	}
	if err == syscall.ENOTDIR || err == syscall.ELOOP {
		return w.link(name, err)
	}
	return "", err
}

// link returns the target of a link, or err if it is none.
func (w *walk) link(name string, err error) (string, error) {
	target, linkErr := sysReadlinkat(w.dir(), name)
	switch {
	case linkErr == syscall.EINVAL:
		return "", err
	case linkErr == nil && target == "":
		return "", syscall.ENOENT
	}
	return target, linkErr
}

// last opens the last component of a path, or returns the target if it is a link that is to be followed.
func (w *walk) last(name string, slash bool, flags int, mode uint32) (fd int, target string, err error) {
	follow := slash || flags&syscall.O_NOFOLLOW == 0
	if slash {
		if flags&syscall.O_CREAT != 0 {
			return -1, "", syscall.EISDIR
		}
		flags |= syscall.O_DIRECTORY
	}
	fd, err = sysOpenat(w.dir(), name, flags|syscall.O_NOFOLLOW, mode)
	if follow && (err == syscall.ELOOP || err == syscall.ENOTDIR) {
		target, err = w.link(name, err)
	}
	return fd, target, err
}

// here opens the directory itself, at the end of a path that ends in dots.
func (w *walk) here(flags int) (int, error) {
	switch {
	case flags&syscall.O_CREAT != 0 && flags&syscall.O_EXCL != 0:
		return -1, syscall.EEXIST
	case flags&syscall.O_CREAT != 0:
		return -1, syscall.EISDIR
	}
	return sysOpenat(w.dir(), ".", flags, 0)
}
