package wasi

import (
	"fmt"
	"io"
	"math/bits"
	"strconv"
	"strings"
	"sync"
)

// Trace makes a Config.Hook that writes a line per call to w when it is over, as strace does, each with one Write: the
// thread's id, the function, its arguments, and its results or error. Contents of the guest's memory are cut.
//
//	[0] path_open(3, symlink_follow, "in.txt", 0, all but fd_write|fd_allocate, all, 0) = 0, fd 4
//	[0] fd_read(4, [4096]) = 0, nread 6 "hello\n"
//	[1] fd_close(9) = EBADF
func Trace(w io.Writer) func(*Call) func() {
	var mu sync.Mutex
	return func(c *Call) func() {
		before := c.arguments() // what they point to may be overwritten
		return func() {
			line := fmt.Sprintf("[%d] %s(%s) = %s\n", c.Thread(), c.Name, before, c.results())
			mu.Lock()
			defer mu.Unlock()
			_, _ = io.WriteString(w, line) // a trace that nobody reads is no error of the guest
		}
	}
}

// param is a parameter of a function, in the document's terms. Some are two of the core function's.
type param struct {
	kind func(c *Call, args []uint64) string
	n    int    // core parameters
	out  string // the name of a result, whose pointer the parameter is
}

// value makes a parameter of one core parameter.
func value(show func(v uint64) string) param {
	return param{kind: func(_ *Call, args []uint64) string { return show(args[0]) }, n: 1}
}

// out makes a result of size bytes.
func out(name string, size int, show func(c *Call, b []byte) string) param {
	return param{n: 1, out: name, kind: func(c *Call, args []uint64) string { return show(c, c.memory(args[0], uint64(size))) }}
}

func flagNames(names ...string) param {
	return value(func(v uint64) string { return flagText(v, names) })
}

// flagText names bits.
func flagText(v uint64, names []string) string {
	var set []string
	for i, name := range names {
		if v>>i&1 != 0 {
			set = append(set, name)
		}
	}
	if rest := v >> len(names) << len(names); rest != 0 {
		set = append(set, fmt.Sprintf("%#x", rest))
	}
	if set == nil {
		return "0"
	}
	return strings.Join(set, "|")
}

func enum(names ...string) param {
	return value(func(v uint64) string {
		if v < uint64(len(names)) {
			return names[v]
		}
		return strconv.FormatUint(v, 10)
	})
}

func decimal(v uint64) string { return strconv.FormatUint(v, 10) }

func outU32(name string) param {
	return out(name, 4, func(_ *Call, b []byte) string { return decimal(uint64(le.Uint32(b))) })
}

func outU64(name string) param {
	return out(name, 8, func(_ *Call, b []byte) string { return decimal(le.Uint64(b)) })
}

var rightNames = []string{"fd_datasync", "fd_read", "fd_seek", "fd_fdstat_set_flags", "fd_sync", "fd_tell", "fd_write",
	"fd_advise", "fd_allocate", "path_create_directory", "path_create_file", "path_link_source", "path_link_target",
	"path_open", "fd_readdir", "path_readlink", "path_rename_source", "path_rename_target", "path_filestat_get",
	"path_filestat_set_size", "path_filestat_set_times", "fd_filestat_get", "fd_filestat_set_size",
	"fd_filestat_set_times", "path_symlink", "path_remove_directory", "path_unlink_file", "poll_fd_readwrite",
	"sock_shutdown", "sock_accept"}

// rightSets are what rights are told as parts of.
var rightSets = []struct {
	name string
	all  rights
}{{"file", fileRights}, {"directory", directoryRights}, {"all", inheritRights}}

// rightsText is a list of rights or, if that is shorter, of those that are missing in a set.
func rightsText(v uint64) string {
	text, n := flagText(v, rightNames), bits.OnesCount64(v)
	for _, set := range rightSets {
		missing := uint64(set.all) &^ v
		if k := 1 + bits.OnesCount64(missing); v&^uint64(set.all) == 0 && k < n {
			text, n = set.name, k
			if missing != 0 {
				text += " but " + flagText(missing, rightNames)
			}
		}
	}
	return text
}

var fdflagNames = []string{"append", "dsync", "nonblock", "rsync", "sync"}

var filetypeNames = []string{"unknown", "block_device", "character_device", "directory", "regular_file", "socket_dgram",
	"socket_stream", "symbolic_link"}

// The kinds of parameters.
var (
	number      = value(decimal)
	fdParam     = value(func(v uint64) string { return strconv.Itoa(int(int32(v))) })
	offset      = value(func(v uint64) string { return strconv.FormatInt(int64(v), 10) })
	pointer     = value(func(v uint64) string { return fmt.Sprintf("%#x", v) })
	lookups     = flagNames("symlink_follow")
	rightsOf    = value(rightsText)
	fdflag      = flagNames(fdflagNames...)
	fstflags    = flagNames("atim", "atim_now", "mtim", "mtim_now")
	clockID     = enum(clockNames...)
	pathArg     = param{n: 2, kind: func(c *Call, a []uint64) string { return c.text(a[0], a[1]) }}
	bufArg      = param{n: 2, kind: func(_ *Call, a []uint64) string { return fmt.Sprintf("[%d]", a[1]) }}
	written     = param{n: 2, kind: func(c *Call, a []uint64) string { return c.vectorText(a[0], a[1], true) }}
	toRead      = param{n: 2, kind: func(c *Call, a []uint64) string { return c.vectorText(a[0], a[1], false) }}
	filestatOut = param{n: 1, out: "filestat", kind: func(c *Call, a []uint64) string {
		return c.filestatText(c.memory(a[0], uint64(c.layout.filestat)))
	}}
	fdstatOut = out("fdstat", sizeFdstat, func(_ *Call, b []byte) string {
		return fmt.Sprintf("{%s, flags %s, base %s, inheriting %s}", nameOf(filetypeNames, uint64(b[0])),
			flagText(uint64(le.Uint16(b[2:])), fdflagNames), rightsText(le.Uint64(b[8:])), rightsText(le.Uint64(b[16:])))
	})
	prestatOut = out("prestat", sizePrestat, func(_ *Call, b []byte) string {
		return fmt.Sprintf("{dir, name_len %d}", le.Uint32(b[4:]))
	})
	nread = param{n: 1, out: "nread", kind: func(c *Call, a []uint64) string {
		n := le.Uint32(c.memory(a[0], 4))
		return strings.TrimSpace(decimal(uint64(n)) + " " + c.readText(uint64(n)))
	}}
)

// subscriptions are the first three parameters of poll_oneoff, events is the last one.
var (
	subscriptions = param{n: 3, kind: func(c *Call, a []uint64) string {
		return list(a[2], func(i uint64) string {
			size := uint64(c.layout.subscription)
			return c.subscriptionText(c.memory(a[0]+i*size, size))
		})
	}}
	events = param{n: 1, out: "events", kind: func(c *Call, a []uint64) string {
		return list(uint64(le.Uint32(c.memory(a[0], 4))), func(i uint64) string {
			b := c.memory(c.Args[1]+i*sizeEvent, sizeEvent)
			text := fmt.Sprintf("{%d %s", le.Uint64(b), nameOf(eventNames, uint64(b[10])))
			if e := Errno(le.Uint16(b[8:])); e != 0 {
				return text + " " + e.name() + "}"
			}
			return text + "}"
		})
	}}
)

var eventNames = []string{"clock", "fd_read", "fd_write"}

func (c *Call) subscriptionText(b []byte) string {
	text := fmt.Sprintf("{%d %s ", le.Uint64(b), nameOf(eventNames, uint64(b[8])))
	if b[8] != eventClock {
		return text + strconv.Itoa(int(int32(le.Uint32(b[16:])))) + "}"
	}
	clock := b[c.layout.clock:]
	text += fmt.Sprintf("%s %d", nameOf(clockNames, uint64(le.Uint32(clock))), le.Uint64(clock[8:]))
	if le.Uint16(clock[24:]) != 0 {
		text += " abstime"
	}
	return text + "}"
}

var clockNames = []string{"realtime", "monotonic", "process_cputime_id", "thread_cputime_id"}

// list shows n elements, but not too many.
func list(n uint64, show func(i uint64) string) string {
	var texts []string
	for i := range min(n, maxVector) {
		texts = append(texts, show(i))
	}
	if n > maxVector {
		texts = append(texts, "...")
	}
	return "[" + strings.Join(texts, ", ") + "]"
}

// roflags has no flags that we set.
var roflags = out("flags", 2, func(_ *Call, b []byte) string { return decimal(uint64(le.Uint16(b))) })

func nameOf(names []string, v uint64) string {
	if v < uint64(len(names)) {
		return names[v]
	}
	return decimal(v)
}

// params are the parameters of each function, results last or where their pointers are.
var params = map[string][]param{
	"args_get":                {pointer, pointer},
	"args_sizes_get":          {outU32("argc"), outU32("argv_buf_size")},
	"clock_res_get":           {clockID, outU64("resolution")},
	"clock_time_get":          {clockID, number, outU64("time")},
	"environ_get":             {pointer, pointer},
	"environ_sizes_get":       {outU32("count"), outU32("buf_size")},
	"fd_advise":               {fdParam, offset, offset, enum("normal", "sequential", "random", "willneed", "dontneed", "noreuse")},
	"fd_allocate":             {fdParam, offset, offset},
	"fd_close":                {fdParam},
	"fd_datasync":             {fdParam},
	"fd_fdstat_get":           {fdParam, fdstatOut},
	"fd_fdstat_set_flags":     {fdParam, fdflag},
	"fd_fdstat_set_rights":    {fdParam, rightsOf, rightsOf},
	"fd_filestat_get":         {fdParam, filestatOut},
	"fd_filestat_set_size":    {fdParam, offset},
	"fd_filestat_set_times":   {fdParam, number, number, fstflags},
	"fd_pread":                {fdParam, toRead, offset, nread},
	"fd_prestat_dir_name":     {fdParam, bufArg},
	"fd_prestat_get":          {fdParam, prestatOut},
	"fd_pwrite":               {fdParam, written, offset, outU32("nwritten")},
	"fd_read":                 {fdParam, toRead, nread},
	"fd_readdir":              {fdParam, bufArg, number, outU32("bufused")},
	"fd_renumber":             {fdParam, fdParam},
	"fd_seek":                 {fdParam, offset, enum("set", "cur", "end"), outU64("newoffset")},
	"fd_sync":                 {fdParam},
	"fd_tell":                 {fdParam, outU64("offset")},
	"fd_write":                {fdParam, written, outU32("nwritten")},
	"path_create_directory":   {fdParam, pathArg},
	"path_filestat_get":       {fdParam, lookups, pathArg, filestatOut},
	"path_filestat_set_times": {fdParam, lookups, pathArg, number, number, fstflags},
	"path_link":               {fdParam, lookups, pathArg, fdParam, pathArg},
	"path_open": {fdParam, lookups, pathArg, flagNames("creat", "directory", "excl", "trunc"), rightsOf, rightsOf, fdflag,
		outU32("fd")},
	"path_readlink":         {fdParam, pathArg, bufArg, outU32("bufused")},
	"path_remove_directory": {fdParam, pathArg},
	"path_rename":           {fdParam, pathArg, fdParam, pathArg},
	"path_symlink":          {pathArg, fdParam, pathArg},
	"path_unlink_file":      {fdParam, pathArg},
	"poll_oneoff":           {subscriptions, events},
	"proc_exit":             {number},
	"proc_raise":            {number},
	"random_get":            {bufArg},
	"sched_yield":           {},
	"sock_accept":           {fdParam, fdflag, outU32("fd")},
	"sock_recv":             {fdParam, toRead, flagNames("recv_peek", "recv_waitall"), nread, roflags},
	"sock_send":             {fdParam, written, number, outU32("nwritten")},
	"sock_shutdown":         {fdParam, flagNames("rd", "wr")},
}

// each calls f for each parameter with its core arguments.
func (c *Call) each(f func(p param, args []uint64)) {
	args := c.Args
	for _, p := range params[c.Name] {
		f(p, args[:p.n])
		args = args[p.n:]
	}
}

func (c *Call) arguments() string {
	var texts []string
	c.each(func(p param, args []uint64) {
		if p.out == "" {
			texts = append(texts, p.kind(c, args))
		}
	})
	return strings.Join(texts, ", ")
}

func (c *Call) results() string {
	switch {
	case !c.Returned:
		return "?"
	case c.Errno != 0:
		return c.Errno.name()
	}
	texts := []string{"0"}
	c.each(func(p param, args []uint64) {
		if p.out != "" {
			texts = append(texts, p.out+" "+p.kind(c, args))
		}
	})
	return strings.Join(texts, ", ")
}

// memory copies n bytes of the guest's memory, zeros where there are none.
func (c *Call) memory(addr, n uint64) []byte {
	b := make([]byte, n)
	if m := c.Instance.Mem(); m != nil {
		_, _ = m.ReadAt(b, int64(addr)) // what could not be read is zeros
	}
	return b
}

// maxText is how much of a string is shown, maxVector how many buffers.
const (
	maxText   = 32
	maxVector = 8
)

func (c *Call) text(addr, n uint64) string {
	b := c.memory(addr, min(n, maxText))
	if n > maxText {
		return strconv.Quote(string(b)) + "..."
	}
	return strconv.Quote(string(b))
}

// buffers returns address and size of the first buffers of an array.
func (c *Call) buffers(addr, n uint64) [][2]uint64 {
	buffers := make([][2]uint64, min(n, maxVector))
	for i := range buffers {
		b := c.memory(addr+uint64(i)*sizeIovec, sizeIovec)
		buffers[i] = [2]uint64{uint64(le.Uint32(b)), uint64(le.Uint32(b[4:]))}
	}
	return buffers
}

func (c *Call) vectorText(addr, n uint64, contents bool) string {
	buffers := c.buffers(addr, n)
	return list(n, func(i uint64) string {
		if contents {
			return c.text(buffers[i][0], buffers[i][1])
		}
		return decimal(buffers[i][1])
	})
}

// readText is the beginning of the n bytes that a call has read.
func (c *Call) readText(n uint64) string {
	if n == 0 {
		return ""
	}
	b := c.buffers(c.Args[1], 1)
	if len(b) == 0 {
		return ""
	}
	text := c.text(b[0][0], min(n, b[0][1]))
	if n > b[0][1] && !strings.HasSuffix(text, "...") {
		text += "..."
	}
	return text
}

func (c *Call) filestatText(b []byte) string {
	nlink, size := le.Uint64(b[24:]), b[32:]
	if c.layout == &unstable {
		nlink, size = uint64(le.Uint32(b[20:])), b[24:]
	}
	return fmt.Sprintf("{%s, dev %d, ino %d, nlink %d, size %d}", nameOf(filetypeNames, uint64(b[16])), le.Uint64(b),
		le.Uint64(b[8:]), nlink, le.Uint64(size))
}
