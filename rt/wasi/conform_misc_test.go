package wasi

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/wasm2go/wasm2go/rt"
)

// stringsRules are those of args_get and environ_get.
func stringsRules(get func(g *guest, p, b int32) int32, want ...string) []rule {
	joined := strings.Join(want, "\x00") + "\x00"
	return []rule{
		{says: "pointers to strings that end in NUL, one after the other", do: func(w *world) Errno {
			p, b := w.alloc(4*len(want)), w.alloc(len(joined))
			e := Errno(get(w.guest, p, b))
			w.is(string(w.bytes(b, len(joined))), joined, "strings")
			for i, s := range want {
				w.is(string(w.bytes(int32(w.u32(p+int32(4*i))), len(s)+1)), s+"\x00", "string")
			}
			return e
		}},
		{says: "a buffer outside of memory is fault", do: func(w *world) Errno {
			return Errno(get(w.guest, 64, memoryEnd-1))
		}, want: EFAULT},
		{says: "pointers outside of memory are fault", do: func(w *world) Errno {
			return Errno(get(w.guest, -4, 64))
		}, want: EFAULT},
	}
}

// sizesRules are those of args_sizes_get and environ_sizes_get.
func sizesRules(get func(g *guest, n, size int32) int32, n, size uint32) []rule {
	return []rule{
		{says: "the number of strings and their size with the NULs", do: func(w *world) Errno {
			e := Errno(get(w.guest, 64, 68))
			w.is(w.u32(64), n, "number")
			w.is(w.u32(68), size, "size")
			return e
		}},
		{says: "a result outside of memory is fault", do: func(w *world) Errno {
			w.is(Errno(get(w.guest, memoryEnd-3, 64)), EFAULT, "number")
			return Errno(get(w.guest, 64, -1))
		}, want: EFAULT},
	}
}

// accept accepts the listener's connection.
func (w *world) accept() int32 {
	w.t.Helper()
	w.is(Errno(w.s.SockAccept(w.in, socket, 0, 64)), Errno(0), "sock_accept")
	return int32(w.u32(64))
}

func (w *world) recv(fd int32, flags int32, sizes ...int) (string, Errno) {
	p, n := w.iovs(sizes...)
	res := w.alloc(8)
	w.bytes(res+4, 1)[0] = 0xff
	e := Errno(w.s.SockRecv(w.in, fd, p, n, flags, res, res+4))
	if e == 0 {
		w.is(w.bytes(res+4, 1)[0], byte(0), "result flags")
	}
	return w.collect(p, n, w.u32(res)), e
}

func (w *world) send(fd int32, list ...string) Errno {
	p, n := w.iovStrings(list...)
	return Errno(w.s.SockSend(w.in, fd, p, n, 0, w.alloc(4)))
}

func (w *world) events(want []event, subs ...func(p int32)) Errno {
	p := w.alloc(len(subs) * sizeSubscription)
	for _, sub := range subs {
		sub(p)
	}
	ev, res := w.alloc(len(subs)*sizeEvent), w.alloc(4)
	e := Errno(w.s.PollOneoff(w.in, p, ev, int32(len(subs)), res))
	if got := w.eventList(ev, w.u32(res)); e == 0 && !slices.Equal(got, want) {
		w.t.Errorf("events %+v, want %+v", got, want)
	}
	return e
}

func (w *world) clock(i uint64, id uint32, timeout time.Duration, flags uint16) func(int32) {
	return func(p int32) { w.subscribe(p, i, eventClock, id, uint64(timeout), flags) }
}

func (w *world) fd(i uint64, typ uint8, fd int32) func(int32) {
	return func(p int32) { w.subscribe(p, i, typ, uint32(fd), 0, 0) }
}

var _ = addRules(map[string][]rule{
	"args_get":          stringsRules(func(g *guest, p, b int32) int32 { return g.s.ArgsGet(g.in, p, b) }, "prog", "arg"),
	"args_sizes_get":    sizesRules(func(g *guest, n, size int32) int32 { return g.s.ArgsSizesGet(g.in, n, size) }, 2, 9),
	"environ_get":       stringsRules(func(g *guest, p, b int32) int32 { return g.s.EnvironGet(g.in, p, b) }, "K=V"),
	"environ_sizes_get": sizesRules(func(g *guest, n, size int32) int32 { return g.s.EnvironSizesGet(g.in, n, size) }, 1, 4),
	"clock_res_get": {
		{says: "each clock has a resolution above 0", do: func(w *world) Errno {
			for id := range int32(4) {
				w.is(Errno(w.s.ClockResGet(w.in, id, 64)), Errno(0), "clock_res_get")
				w.is(w.u64(64) > 0, true, "above 0")
			}
			return 0
		}},
		{says: "an unknown clock is inval", do: func(w *world) Errno {
			return Errno(w.s.ClockResGet(w.in, 4, 64))
		}, want: EINVAL},
		{says: badResult, do: func(w *world) Errno {
			return Errno(w.s.ClockResGet(w.in, 0, memoryEnd-7))
		}, want: EFAULT},
	},
	"clock_time_get": {
		{says: "realtime is that of the host, whatever precision is asked for", do: func(w *world) Errno {
			for _, precision := range []int64{0, 1, math.MaxInt64, -1} {
				w.is(Errno(w.s.ClockTimeGet(w.in, clockRealtime, precision, 64)), Errno(0), "clock_time_get")
				w.is(w.u64(64), uint64(w.now.UnixNano()), "time")
			}
			return 0
		}},
		{says: "the others never go back", do: func(w *world) Errno {
			for id := int32(1); id < 4; id++ {
				w.s.ClockTimeGet(w.in, id, 0, 64)
				e := Errno(w.s.ClockTimeGet(w.in, id, 0, 72))
				w.is(e == 0 && w.u64(64) > 0 && w.u64(72) >= w.u64(64), true, "order")
			}
			return 0
		}},
		{says: "an unknown clock is inval", do: func(w *world) Errno {
			w.is(Errno(w.s.ClockTimeGet(w.in, -1, 0, 64)), EINVAL, "-1")
			return Errno(w.s.ClockTimeGet(w.in, 4, 0, 64))
		}, want: EINVAL},
		{says: badResult, do: func(w *world) Errno {
			return Errno(w.s.ClockTimeGet(w.in, 0, 0, memoryEnd-7))
		}, want: EFAULT},
	},
	"poll_oneoff": {
		{says: "no subscriptions are inval", do: func(w *world) Errno {
			return Errno(w.s.PollOneoff(w.in, 64, 64, 0, 64))
		}, want: EINVAL},
		{says: "a relative clock, and only it", do: func(w *world) Errno {
			begin := time.Now()
			e := w.events([]event{{userdata: 0}}, w.clock(0, clockMonotonic, 5*time.Millisecond, 0),
				w.clock(1, clockMonotonic, time.Hour, 0))
			w.is(time.Since(begin) >= 5*time.Millisecond, true, "waited")
			return e
		}},
		{says: "the relative realtime clock", do: func(w *world) Errno {
			begin := time.Now()
			e := w.events([]event{{userdata: 0}}, w.clock(0, clockRealtime, 5*time.Millisecond, 0))
			w.is(time.Since(begin) >= 5*time.Millisecond, true, "waited")
			return e
		}},
		{says: "absolute clocks, of the past and the future", do: func(w *world) Errno {
			w.s.cfg.Now = time.Now
			at := time.Duration(time.Now().UnixNano())
			w.is(w.events([]event{{userdata: 0}}, w.clock(0, clockRealtime, 1, 1), w.clock(1, clockMonotonic, time.Hour, 0)), Errno(0), "past")
			e := w.events([]event{{userdata: 0}}, w.clock(0, clockRealtime, at+5*time.Millisecond, 1),
				w.clock(1, clockRealtime, at+time.Hour, 1))
			w.is(time.Duration(time.Now().UnixNano()) >= at+5*time.Millisecond, true, "waited")
			return e
		}},
		{says: "files are ready, with the bytes behind the position, and streams; no clock fires then", do: func(w *world) Errno {
			fd := w.mustOpen(root, "file", 0, 0, rightFdRead|rightFdWrite|rightFdTell)
			w.read(fd, 2)
			want := []event{{1, 0, eventFdRead, 3}, {2, 0, eventFdWrite, 1}, {3, 0, eventFdRead, 1}, {4, 0, eventFdWrite, 1},
				{5, 0, eventFdWrite, 1}}
			return w.events(want,
				w.clock(0, clockMonotonic, time.Hour, 0), w.fd(1, eventFdRead, fd), w.fd(2, eventFdWrite, fd),
				w.fd(3, eventFdRead, stdin), w.fd(4, eventFdWrite, stdout), w.fd(5, eventFdWrite, stderr))
		}},
		{says: "a file opened for reading can be waited for without another right", do: func(w *world) Errno {
			fd := w.mustOpen(root, "file", 0, 0, rightFdRead)
			return w.events([]event{{0, 0, eventFdRead, 5}}, w.fd(0, eventFdRead, fd))
		}},
		{says: "what is wrong with one subscription is its event's error", do: func(w *world) Errno {
			fd, _ := w.open0(root, "file", 0)
			return w.events([]event{{0, EBADF, eventFdRead, 0}, {1, EINVAL, eventClock, 0}, {2, ENOTSUP, eventClock, 0},
				{3, EINVAL, eventClock, 0}, {4, ENOTCAPABLE, eventFdRead, 0}, {5, EBADF, eventFdWrite, 0}},
				w.fd(0, eventFdRead, noFd), w.clock(1, 9, 1, 0), w.clock(2, clockProcessCputime, 1, 0),
				w.clock(3, clockMonotonic, 1, 2), w.fd(4, eventFdRead, fd), w.fd(5, eventFdWrite, root))
		}},
		{says: "an unknown type of event is inval", do: func(w *world) Errno {
			return w.events(nil, w.fd(0, 3, stdin))
		}, want: EINVAL},
		{says: "more subscriptions than memory has are fault", do: func(w *world) Errno {
			return Errno(w.s.PollOneoff(w.in, 64, 64, 65536, 64))
		}, want: EFAULT},
		{says: "a number beyond all measure is inval", do: func(w *world) Errno {
			return Errno(w.s.PollOneoff(w.in, 64, 64, -1, 64))
		}, want: EINVAL},
		{says: "subscriptions, events or a result outside of memory are fault", do: func(w *world) Errno {
			w.is(Errno(w.s.PollOneoff(w.in, memoryEnd-47, 64, 1, 64)), EFAULT, "subscriptions")
			w.is(Errno(w.s.PollOneoff(w.in, 64, memoryEnd-31, 1, 64)), EFAULT, "events")
			return Errno(w.s.PollOneoff(w.in, 64, 64, 1, memoryEnd-3))
		}, want: EFAULT},
	},
	"proc_exit": {
		{says: "the call into the guest ends with the code", do: func(w *world) (e Errno) {
			defer func() {
				exit, ok := recover().(*rt.ExitError)
				w.is(ok && exit.Code == 0xffffffff, true, "exit error")
			}()
			w.s.ProcExit(w.in, -1)
			return ENOSYS
		}},
	},
	"proc_raise": {
		{says: "none, chld, cont, urg and winch do nothing", do: func(w *world) Errno {
			for _, sig := range []int32{16, 17, 22, 27} {
				w.is(Errno(w.s.ProcRaise(w.in, sig)), ESUCCESS, fmt.Sprint("signal ", sig))
			}
			return Errno(w.s.ProcRaise(w.in, 0))
		}},
		{says: "stop, tstp, ttin and ttou have nobody to continue the program: nosys", do: func(w *world) Errno {
			for _, sig := range []int32{19, 20, 21} {
				w.is(Errno(w.s.ProcRaise(w.in, sig)), ENOSYS, fmt.Sprint("signal ", sig))
			}
			return Errno(w.s.ProcRaise(w.in, 18))
		}, want: ENOSYS},
		{says: "the others end the program", do: func(w *world) Errno {
			for _, sig := range []int32{1, 6, 9, 15, 23, 26, 28, 30} {
				func() {
					defer func() {
						exit, ok := recover().(*rt.ExitError)
						w.is(ok && exit.Code == 128+uint32(sig), true, fmt.Sprint("signal ", sig))
					}()
					w.s.ProcRaise(w.in, sig)
				}()
			}
			return ESUCCESS
		}},
		{says: "an unknown signal is inval", do: func(w *world) Errno {
			w.is(Errno(w.s.ProcRaise(w.in, -1)), EINVAL, "-1")
			return Errno(w.s.ProcRaise(w.in, 31))
		}, want: EINVAL},
	},
	"random_get": {
		{says: "the buffer is filled from the source of the configuration", do: func(w *world) Errno {
			w.s.cfg.Rand = rand.NewChaCha8([32]byte{1})
			var want [100000]byte
			_, _ = rand.NewChaCha8([32]byte{1}).Read(want[:])
			e := Errno(w.s.RandomGet(w.in, 64, int32(len(want))))
			w.is(bytes.Equal(w.bytes(64, len(want)), want[:]), true, "bytes")
			return e
		}},
		{says: "a big buffer", do: func(w *world) Errno {
			e := Errno(w.s.RandomGet(w.in, 0, memoryEnd))
			zeros := bytes.Count(w.bytes(0, int(memoryEnd)), []byte{0})
			w.is(zeros > 500 && zeros < 1600, true, "zeros")
			return e
		}},
		{says: "an empty buffer", do: func(w *world) Errno { return Errno(w.s.RandomGet(w.in, memoryEnd, 0)) }},
		{says: "a source that fails is io", do: func(w *world) Errno {
			w.s.cfg.Rand = strings.NewReader("")
			return Errno(w.s.RandomGet(w.in, 64, 8))
		}, want: EIO},
		{says: "a buffer outside of memory is fault", do: func(w *world) Errno {
			return Errno(w.s.RandomGet(w.in, 64, -1))
		}, want: EFAULT},
	},
	"sched_yield": {{says: "always succeeds", do: func(w *world) Errno { return Errno(w.s.SchedYield(w.in)) }}},
	"sock_accept": {
		{says: "a connection is a stream socket with the rights of one, and the flags asked for", do: func(w *world) Errno {
			e := Errno(w.s.SockAccept(w.in, socket, int32(flagNonblock), 64))
			typ, flags, base, inheriting := w.fdstat(int32(w.u32(64)))
			w.is(typ, typeSocketStream, "type")
			w.is(flags, flagNonblock, "flags")
			w.is(base, socketRights, "base")
			w.is(inheriting, rights(0), "inheriting")
			return e
		}},
		{says: "an unknown flag is inval", do: func(w *world) Errno {
			return Errno(w.s.SockAccept(w.in, socket, 64, 64))
		}, want: EINVAL},
		{says: "flags of files are notsup", do: func(w *world) Errno {
			return Errno(w.s.SockAccept(w.in, socket, int32(flagAppend), 64))
		}, want: ENOTSUP},
		{says: "what is no socket is notsock", do: func(w *world) Errno {
			w.is(Errno(w.s.SockAccept(w.in, stdin, 0, 64)), ENOTSOCK, "stream")
			w.is(Errno(w.s.SockAccept(w.in, root, 0, 64)), ENOTSOCK, "directory")
			return Errno(w.s.SockAccept(w.in, w.opened(0), 0, 64))
		}, want: ENOTSOCK},
		{says: "a connection is notsup", do: func(w *world) Errno {
			return Errno(w.s.SockAccept(w.in, w.accept(), 0, 64))
		}, want: ENOTSUP},
		{says: "it needs its right", do: func(w *world) Errno {
			w.narrow(socket, 0, 0)
			return Errno(w.s.SockAccept(w.in, socket, 0, 64))
		}, want: ENOTCAPABLE},
		{says: "descriptors exhausted are mfile", do: func(w *world) Errno {
			w.s.fds.max = 7
			return Errno(w.s.SockAccept(w.in, socket, 0, 64))
		}, want: EMFILE},
		{says: badResult, do: func(w *world) Errno {
			return Errno(w.s.SockAccept(w.in, socket, 0, memoryEnd-3))
		}, want: EFAULT},
		{says: notOpen, do: func(w *world) Errno { return Errno(w.s.SockAccept(w.in, noFd, 0, 64)) }, want: EBADF},
	},
	"sock_recv": {
		{says: "what has come, into the buffers", do: func(w *world) Errno {
			fd := w.accept()
			go func() { _, _ = io.WriteString(w.client, "hello") }()
			got, e := w.recv(fd, 0, 2, 10)
			w.is(got, "hello", "bytes")
			return e
		}},
		{says: "recv_peek leaves it there", do: func(w *world) Errno {
			fd := w.accept()
			go func() { _, _ = io.WriteString(w.client, "hello") }()
			got, _ := w.recv(fd, recvPeek, 2)
			w.is(got, "he", "peek")
			got, e := w.recv(fd, 0, 10)
			w.is(got, "hello", "bytes")
			return e
		}},
		{says: "recv_waitall waits until the buffers are full", do: func(w *world) Errno {
			fd := w.accept()
			go func() {
				for _, s := range []string{"h", "e", "l"} {
					_, _ = io.WriteString(w.client, s)
				}
			}()
			got, e := w.recv(fd, recvWaitall, 3)
			w.is(got, "hel", "bytes")
			return e
		}},
		{says: "when the other end has closed there is nothing", do: func(w *world) Errno {
			fd := w.accept()
			_ = w.client.Close()
			got, e := w.recv(fd, 0, 10)
			w.is(got, "", "bytes")
			return e
		}},
		{says: "unknown flags are inval", do: func(w *world) Errno {
			return second(w.recv(w.accept(), 4, 1))
		}, want: EINVAL},
		{says: "what is no socket is notsock", do: func(w *world) Errno {
			w.is(second(w.recv(stdin, 0, 1)), ENOTSOCK, "stream")
			return second(w.recv(w.opened(0), 0, 1))
		}, want: ENOTSOCK},
		{says: "a listener is notsup", do: func(w *world) Errno { return second(w.recv(socket, 0, 1)) }, want: ENOTSUP},
		{says: "results outside of memory are fault", do: func(w *world) Errno {
			fd := w.accept()
			p, n := w.iovs(1)
			w.is(Errno(w.s.SockRecv(w.in, fd, p, n, 0, memoryEnd-3, 64)), EFAULT, "size")
			return Errno(w.s.SockRecv(w.in, fd, p, n, 0, 64, memoryEnd-1))
		}, want: EFAULT},
		{says: notOpen, do: func(w *world) Errno { return second(w.recv(noFd, 0, 1)) }, want: EBADF},
	},
	"sock_send": {
		{says: "the buffers, one after the other", do: func(w *world) Errno {
			fd := w.accept()
			got := make(chan string)
			go func() {
				b := make([]byte, 5)
				_, _ = io.ReadFull(w.client, b)
				got <- string(b)
			}()
			e := w.send(fd, "he", "", "llo")
			w.is(<-got, "hello", "bytes")
			return e
		}},
		{says: "flags are inval", do: func(w *world) Errno {
			p, n := w.iovStrings("x")
			return Errno(w.s.SockSend(w.in, w.accept(), p, n, 1, 64))
		}, want: EINVAL},
		{says: "what is no socket is notsock", do: func(w *world) Errno {
			w.is(w.send(stdout, "x"), ENOTSOCK, "stream")
			return w.send(w.opened(0), "x")
		}, want: ENOTSOCK},
		{says: "when the other end has closed it is pipe", do: func(w *world) Errno {
			fd := w.accept()
			_ = w.client.Close()
			return w.send(fd, "x")
		}, want: EPIPE},
		{says: badResult, do: func(w *world) Errno {
			p, n := w.iovStrings("x")
			return Errno(w.s.SockSend(w.in, w.accept(), p, n, 0, memoryEnd-3))
		}, want: EFAULT},
		{says: notOpen, do: func(w *world) Errno { return w.send(noFd, "x") }, want: EBADF},
	},
	"sock_shutdown": {
		{says: "nothing to shut down is inval", do: func(w *world) Errno {
			return Errno(w.s.SockShutdown(w.in, w.accept(), 0))
		}, want: EINVAL},
		{says: "an unknown direction is inval", do: func(w *world) Errno {
			return Errno(w.s.SockShutdown(w.in, w.accept(), 4))
		}, want: EINVAL},
		{says: "a connection without directions is notsup", do: func(w *world) Errno {
			return Errno(w.s.SockShutdown(w.in, w.accept(), shutWrite))
		}, want: ENOTSUP},
		{says: "standard output is notsock", do: func(w *world) Errno {
			return Errno(w.s.SockShutdown(w.in, stdout, shutRead))
		}, want: ENOTSOCK},
		{says: "a file is notsock", do: func(w *world) Errno {
			return Errno(w.s.SockShutdown(w.in, w.opened(0), shutRead))
		}, want: ENOTSOCK},
		{says: "a directory is notsock", do: func(w *world) Errno {
			return Errno(w.s.SockShutdown(w.in, root, shutRead))
		}, want: ENOTSOCK},
		{says: "it needs its right", do: func(w *world) Errno {
			fd := w.accept()
			w.narrow(fd, socketRights&^rightSockShutdown, 0)
			return Errno(w.s.SockShutdown(w.in, fd, shutWrite))
		}, want: ENOTCAPABLE},
		{says: notOpen, do: func(w *world) Errno { return Errno(w.s.SockShutdown(w.in, noFd, shutRead)) }, want: EBADF},
	},
})
