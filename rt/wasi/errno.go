package wasi

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"syscall"
)

// Errno is an error code of WASI preview 1 (errno). As an error inside this package it is never 0.
type Errno uint16

// The error codes, in the document's order.
const (
	ESUCCESS Errno = iota
	E2BIG
	EACCES
	EADDRINUSE
	EADDRNOTAVAIL
	EAFNOSUPPORT
	EAGAIN
	EALREADY
	EBADF
	EBADMSG
	EBUSY
	ECANCELED
	ECHILD
	ECONNABORTED
	ECONNREFUSED
	ECONNRESET
	EDEADLK
	EDESTADDRREQ
	EDOM
	EDQUOT
	EEXIST
	EFAULT
	EFBIG
	EHOSTUNREACH
	EIDRM
	EILSEQ
	EINPROGRESS
	EINTR
	EINVAL
	EIO
	EISCONN
	EISDIR
	ELOOP
	EMFILE
	EMLINK
	EMSGSIZE
	EMULTIHOP
	ENAMETOOLONG
	ENETDOWN
	ENETRESET
	ENETUNREACH
	ENFILE
	ENOBUFS
	ENODEV
	ENOENT
	ENOEXEC
	ENOLCK
	ENOLINK
	ENOMEM
	ENOMSG
	ENOPROTOOPT
	ENOSPC
	ENOSYS
	ENOTCONN
	ENOTDIR
	ENOTEMPTY
	ENOTRECOVERABLE
	ENOTSOCK
	ENOTSUP
	ENOTTY
	ENXIO
	EOVERFLOW
	EOWNERDEAD
	EPERM
	EPIPE
	EPROTO
	EPROTONOSUPPORT
	EPROTOTYPE
	ERANGE
	EROFS
	ESPIPE
	ESRCH
	ESTALE
	ETIMEDOUT
	ETXTBSY
	EXDEV
	ENOTCAPABLE
)

// errnoNames are the names of the document, by code.
var errnoNames = [...]string{
	"success", "2big", "acces", "addrinuse", "addrnotavail", "afnosupport", "again", "already", "badf", "badmsg", "busy",
	"canceled", "child", "connaborted", "connrefused", "connreset", "deadlk", "destaddrreq", "dom", "dquot", "exist",
	"fault", "fbig", "hostunreach", "idrm", "ilseq", "inprogress", "intr", "inval", "io", "isconn", "isdir", "loop",
	"mfile", "mlink", "msgsize", "multihop", "nametoolong", "netdown", "netreset", "netunreach", "nfile", "nobufs",
	"nodev", "noent", "noexec", "nolck", "nolink", "nomem", "nomsg", "noprotoopt", "nospc", "nosys", "notconn", "notdir",
	"notempty", "notrecoverable", "notsock", "notsup", "notty", "nxio", "overflow", "ownerdead", "perm", "pipe", "proto",
	"protonosupport", "prototype", "range", "rofs", "spipe", "srch", "stale", "timedout", "txtbsy", "xdev", "notcapable",
}

// Error gives the document's name of the code.
func (e Errno) Error() string {
	if int(e) < len(errnoNames) {
		return "wasi: " + errnoNames[e]
	}
	return "wasi: errno " + strconv.Itoa(int(e))
}

// name is the code's name in C.
func (e Errno) name() string {
	if int(e) < len(errnoNames) {
		return "E" + strings.ToUpper(errnoNames[e])
	}
	return strconv.Itoa(int(e))
}

// hostErrnos maps the host's error numbers. It is a list because some of them are equal on some hosts; the first counts.
var hostErrnos = []struct {
	host syscall.Errno
	wasi Errno
}{
	{syscall.E2BIG, E2BIG}, {syscall.EACCES, EACCES}, {syscall.EADDRINUSE, EADDRINUSE},
	{syscall.EADDRNOTAVAIL, EADDRNOTAVAIL}, {syscall.EAFNOSUPPORT, EAFNOSUPPORT}, {syscall.EAGAIN, EAGAIN},
	{syscall.EALREADY, EALREADY}, {syscall.EBADF, EBADF}, {syscall.EBUSY, EBUSY}, {syscall.ECANCELED, ECANCELED},
	{syscall.ECHILD, ECHILD}, {syscall.ECONNABORTED, ECONNABORTED}, {syscall.ECONNREFUSED, ECONNREFUSED},
	{syscall.ECONNRESET, ECONNRESET}, {syscall.EDEADLK, EDEADLK}, {syscall.EDESTADDRREQ, EDESTADDRREQ},
	{syscall.EDOM, EDOM}, {syscall.EDQUOT, EDQUOT}, {syscall.EEXIST, EEXIST}, {syscall.EFAULT, EFAULT},
	{syscall.EFBIG, EFBIG}, {syscall.EHOSTUNREACH, EHOSTUNREACH}, {syscall.EILSEQ, EILSEQ},
	{syscall.EINPROGRESS, EINPROGRESS}, {syscall.EINTR, EINTR}, {syscall.EINVAL, EINVAL}, {syscall.EIO, EIO},
	{syscall.EISCONN, EISCONN}, {syscall.EISDIR, EISDIR}, {syscall.ELOOP, ELOOP}, {syscall.EMFILE, EMFILE},
	{syscall.EMLINK, EMLINK}, {syscall.EMSGSIZE, EMSGSIZE}, {syscall.ENAMETOOLONG, ENAMETOOLONG},
	{syscall.ENETDOWN, ENETDOWN}, {syscall.ENETRESET, ENETRESET}, {syscall.ENETUNREACH, ENETUNREACH},
	{syscall.ENFILE, ENFILE}, {syscall.ENOBUFS, ENOBUFS}, {syscall.ENODEV, ENODEV}, {syscall.ENOENT, ENOENT},
	{syscall.ENOEXEC, ENOEXEC}, {syscall.ENOLCK, ENOLCK}, {syscall.ENOMEM, ENOMEM}, {syscall.ENOPROTOOPT, ENOPROTOOPT},
	{syscall.ENOSPC, ENOSPC}, {syscall.ENOSYS, ENOSYS}, {syscall.ENOTCONN, ENOTCONN}, {syscall.ENOTDIR, ENOTDIR},
	{syscall.ENOTEMPTY, ENOTEMPTY}, {syscall.ENOTSOCK, ENOTSOCK}, {syscall.ENOTSUP, ENOTSUP},
	{syscall.EOPNOTSUPP, ENOTSUP}, {syscall.ENOTTY, ENOTTY}, {syscall.ENXIO, ENXIO}, {syscall.EOVERFLOW, EOVERFLOW},
	{syscall.EPERM, EPERM}, {syscall.EPIPE, EPIPE}, {syscall.EPROTO, EPROTO},
	{syscall.EPROTONOSUPPORT, EPROTONOSUPPORT}, {syscall.EPROTOTYPE, EPROTOTYPE}, {syscall.ERANGE, ERANGE},
	{syscall.EROFS, EROFS}, {syscall.ESPIPE, ESPIPE}, {syscall.ESRCH, ESRCH}, {syscall.ESTALE, ESTALE},
	{syscall.ETIMEDOUT, ETIMEDOUT}, {syscall.ETXTBSY, ETXTBSY}, {syscall.EXDEV, EXDEV},
}

// goErrors maps what is no error number.
var goErrors = []struct {
	err  error
	wasi Errno
}{
	{fs.ErrNotExist, ENOENT}, {fs.ErrExist, EEXIST}, {fs.ErrPermission, EACCES}, {fs.ErrClosed, EBADF},
	{fs.ErrInvalid, EINVAL}, {errors.ErrUnsupported, ENOTSUP}, {os.ErrDeadlineExceeded, EAGAIN},
	{io.ErrClosedPipe, EPIPE},
}

// escapeText is the text of os.Root's error for paths that lead out, which has no exported name.
const escapeText = "path escapes from parent"

// errnoOf maps any error to a code; what is unknown is EIO.
func errnoOf(err error) Errno {
	if err == nil {
		return ESUCCESS
	}
	if e, ok := errors.AsType[Errno](err); ok {
		return e
	}
	// Before the errors of package fs, of which one stands for several error numbers.
	if host, ok := errors.AsType[syscall.Errno](err); ok {
		for _, p := range hostErrnos {
			if p.host == host {
				return p.wasi
			}
		}
	}
	for _, p := range goErrors {
		if errors.Is(err, p.err) {
			return p.wasi
		}
	}
	if escapes(err) {
		return errEscape
	}
	return EIO
}

func escapes(err error) bool {
	for ; err != nil; err = errors.Unwrap(err) {
		if err.Error() == escapeText {
			return true
		}
	}
	return false
}

// code is errnoOf as the functions return it.
func code(err error) int32 { return int32(errnoOf(err)) }
