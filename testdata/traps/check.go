//go:build ignore

// Command check calls the exports of traps.wat, in both memory forms, and reports what is not as it should be. TestTraps
// builds it together with the packages made from traps.wat.
package main

import (
	"errors"
	"fmt"
	"math"
	"os"
	"strconv"
	"strings"

	"github.com/wasm2go/wasm2go/rt"

	"MODULE/checked"
	"MODULE/guard"
)

type instance interface {
	rt.Exporter
	Close() error
}

var failed bool

func failf(format string, args ...any) {
	failed = true
	fmt.Printf(format+"\n", args...)
}

// host calls back what back says.
type host struct {
	back func(in *rt.Instance, x int32)
}

func (h *host) Call(in *rt.Instance, x int32) { h.back(in, x) }

type check struct {
	form  string
	m     instance
	calls int
}

func (c *check) call(name string, args ...any) ([]any, error) {
	c.calls++
	f, ok := c.m.Export(name).(*rt.Func)
	if !ok {
		failf("%s: no export %q", c.form, name)
		return nil, nil
	}
	return f.Call(args...)
}

// alive checks that an instance still works.
func (c *check) alive(after string) {
	if res, err := c.call("ok", int32(1)); err != nil || res[0] != int32(2) {
		failf("%s: after %s: ok(1) = %v, %v", c.form, after, res, err)
	}
}

// trap calls an export that must trap with kind, and have function fn, if it is not "", innermost on the stack.
func (c *check) trap(kind rt.TrapKind, fn, name string, args ...any) {
	_, err := c.call(name, args...)
	var t *rt.Trap
	if !errors.As(err, &t) || t.Kind != kind || !errors.Is(err, kind) {
		failf("%s: %s%v: err = %v, want the trap %v", c.form, name, args, err, kind)
		return
	}
	if len(t.Stack) == 0 || fn != "" && t.Stack[0].Name != fn {
		failf("%s: %s%v: stack %v, want %s innermost", c.form, name, args, t.Stack, fn)
	}
	c.alive(name)
}

func (c *check) fine(name string, args ...any) {
	if _, err := c.call(name, args...); err != nil {
		failf("%s: %s%v: %v", c.form, name, args, err)
	}
}

func (c *check) run(exports []string) {
	c.trap(rt.Unreachable, "inner", "unreachable")
	c.trap(rt.StackExhausted, "recurse", "recurse", int32(0))
	c.trap(rt.StackExhausted, "", "mutual", int64(5))
	c.trap(rt.IntegerDivideByZero, "", "div_s", int32(1), int32(0))
	c.trap(rt.IntegerOverflow, "", "div_s", int32(math.MinInt32), int32(-1))
	c.trap(rt.IntegerDivideByZero, "", "div_u", int64(1), int64(0))
	c.trap(rt.IntegerDivideByZero, "", "rem_s", int64(1), int64(0))
	c.fine("rem_s", int64(math.MinInt64), int64(-1))
	c.trap(rt.IntegerDivideByZero, "", "div zero", int32(1))
	c.trap(rt.InvalidConversion, "", "trunc", math.NaN())
	c.trap(rt.IntegerOverflow, "", "trunc", 1e10)
	c.fine("indirect", int32(1))
	c.trap(rt.UninitializedElement, "", "indirect", int32(2))
	c.trap(rt.UndefinedElement, "", "indirect", int32(3))
	c.trap(rt.UndefinedElement, "", "indirect", int32(-1))
	c.trap(rt.IndirectCallMismatch, "", "mistyped", int32(1))
	c.trap(rt.OutOfBoundsMemory, "", "fill", int32(65535), int32(2))
	c.bounds(exports, 65536)
	if res, err := c.call("grow", int32(1)); err != nil || res[0] != int32(1) {
		failf("%s: grow: %v, %v", c.form, res, err)
	}
	c.bounds(exports, 131072)
}

// bounds goes through the accesses of all widths at the end of a memory of size bytes.
func (c *check) bounds(exports []string, size int) {
	for _, name := range exports {
		if strings.HasPrefix(name, "far ") {
			c.trap(rt.OutOfBoundsMemory, "", name, int32(-1))
			c.trap(rt.OutOfBoundsMemory, "", name, int32(0))
			continue
		}
		rest, ok := strings.CutPrefix(name, "oob ")
		if !ok {
			continue
		}
		digit, _, _ := strings.Cut(rest, " ")
		width, err := strconv.Atoi(digit)
		if err != nil {
			failf("export %q: %v", name, err)
		}
		c.fine(name, int32(0))
		c.fine(name, int32(size-width))
		for over := 1; over <= width; over++ {
			c.trap(rt.OutOfBoundsMemory, "", name, int32(size-width+over))
		}
		c.trap(rt.OutOfBoundsMemory, "", name, int32(math.MinInt32))
		c.trap(rt.OutOfBoundsMemory, "", name, int32(-1))
	}
}

// hostErrors: what a host function fails or panics with reaches the caller as itself; a call back in that traps is an
// error of that call only; a cycle through the host exhausts the stack and not the process.
func (c *check) hostErrors(h *host) {
	mine := errors.New("mine")
	h.back = func(*rt.Instance, int32) { rt.Fail(mine) }
	if _, err := c.call("outside", int32(0)); err != mine {
		failf("%s: host's error: %v", c.form, err)
	}
	h.back = func(*rt.Instance, int32) { panic(mine) }
	var pe *rt.PanicError
	if _, err := c.call("outside", int32(0)); !errors.As(err, &pe) || pe.Value != mine || !errors.Is(err, mine) {
		failf("%s: host's panic: %v", c.form, err)
	}
	var list []int
	h.back = func(_ *rt.Instance, x int32) { list[x]++ }
	if _, err := c.call("outside", int32(5)); !errors.As(err, &pe) {
		failf("%s: host's run-time error: %v", c.form, err)
	}
	h.back = func(*rt.Instance, int32) { rt.Exit(7) }
	var exit *rt.ExitError
	if _, err := c.call("outside", int32(0)); !errors.As(err, &exit) || exit.Code != 7 {
		failf("%s: host's exit: %v", c.form, err)
	}
	h.back = func(*rt.Instance, int32) { c.trap(rt.Unreachable, "inner", "unreachable") }
	c.fine("outside", int32(0))
	depth := 0
	h.back = func(_ *rt.Instance, x int32) {
		depth++
		if _, err := c.call("outside", x+1); err != nil {
			rt.Fail(err)
		}
	}
	if _, err := c.call("outside", int32(0)); !errors.Is(err, rt.StackExhausted) || depth < 1000 {
		failf("%s: a cycle through the host ended after %d calls with %v", c.form, depth, err)
	}
	c.alive("host errors")
}

func main() {
	exports := strings.Split(os.Args[1], ",")
	gh, ch := &host{}, &host{}
	g, err := guard.New(rt.Config{}, guard.Imports{Host: gh})
	if err != nil {
		failf("guard: %v", err)
		os.Exit(1)
	}
	other, err := guard.New(rt.Config{}, guard.Imports{Host: gh})
	if err != nil {
		failf("guard: %v", err)
		os.Exit(1)
	}
	k, err := checked.New(rt.Config{}, checked.Imports{Host: ch})
	if err != nil {
		failf("checked: %v", err)
		os.Exit(1)
	}
	calls := 0
	for _, c := range []*check{{form: "guard", m: g}, {form: "checked", m: k}} {
		c.run(exports)
		h := gh
		if c.form == "checked" {
			h = ch
		}
		c.hostErrors(h)
		calls += c.calls
		if err := c.m.Close(); err != nil {
			failf("%s: Close: %v", c.form, err)
		}
		if _, err := c.call("ok", int32(1)); !errors.Is(err, rt.ErrClosed) {
			failf("%s: call after Close: %v", c.form, err)
		}
	}
	(&check{form: "the other instance", m: other}).alive("everything")
	fmt.Println(calls, "calls")
	if failed {
		os.Exit(1)
	}
}
