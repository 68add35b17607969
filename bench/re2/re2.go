// Package re2 drives the library of regular expressions, cre2, of a module translated or run by anybody.
package re2

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Library is an instance of the module.
type Library interface {
	// Call calls an export. The result is 0 where it has none.
	Call(name string, args ...int32) (int32, error)
	// Write writes to linear memory.
	Write(addr int32, b []byte)
}

var patterns = []string{
	`([a-z]+)@([a-z]+)\.(org|net)`,
	`(\d{4})-(1[3-9])-(\d\d)`,
	`(?i)warning|fatal: \d+`,
	`\b(?:GET|POST) /([a-z/]+)\?id=(\d{5})`,
	`([a-z]+ed) ([a-z]+ly)!`,
}

// text is what they are looked for in: much that is like a match, and one match of each at the end.
func text() string {
	var s strings.Builder
	x := uint32(1)
	for s.Len() < 100_000 {
		x ^= x << 13
		x ^= x >> 17
		x ^= x << 5
		switch x % 11 {
		case 0:
			fmt.Fprintf(&s, "user%c@host.com ", 'a'+x>>8%26)
		case 1:
			fmt.Fprintf(&s, "%d-%02d-%02d ", 2000+x>>8%30, x>>4%12+1, x>>12%28+1)
		case 2:
			s.WriteString("GET /index/page?id=" + strconv.Itoa(int(x>>8%1000)) + "\n")
		case 3:
			s.WriteString("Error: it failed quickly; ")
		default:
			s.WriteString([]string{"some text ", "more words here ", "4711 ", "lorem-ipsum "}[x>>8%4])
		}
	}
	s.WriteString("someone@place.org 2026-13-45 fatal: 7 POST /a/b?id=12345 ended badly!")
	return s.String()
}

// calls does calls until one fails.
type calls struct {
	lib Library
	err error
}

func (c *calls) call(name string, args ...int32) int32 {
	if c.err != nil {
		return 0
	}
	v, err := c.lib.Call(name, args...)
	c.err = err
	return v
}

func (c *calls) store(b []byte) int32 {
	p := c.call("malloc", int32(len(b)))
	if c.err == nil {
		c.lib.Write(p, b)
	}
	return p
}

// Run compiles the patterns and counts their matches in parts of the text, as often as arg says, and prints the number.
func Run(lib Library, arg string) error {
	const step = 25_000
	n, err := strconv.Atoi(arg)
	if err != nil {
		return err
	}
	c := &calls{lib: lib}
	t := []byte(text())
	addr, end := c.store(t), int32(len(t))
	groups := c.call("malloc", 8*4)
	total := 0
	for range n {
		for _, p := range patterns {
			pattern := c.store([]byte(p))
			opt := c.call("cre2_opt_new")
			re := c.call("cre2_new", pattern, int32(len(p)), opt)
			if c.err == nil && c.call("cre2_error_code", re) != 0 {
				return errors.New("cre2 rejects " + p)
			}
			for from := int32(0); from < end && c.err == nil; from += step {
				if c.call("cre2_match", re, addr, end, from, min(from+step, end), 0, groups, 4) != 0 {
					total++
				}
			}
			c.call("cre2_delete", re)
			c.call("cre2_opt_delete", opt)
			c.call("free", pattern)
		}
	}
	fmt.Println(total, binary.LittleEndian.Uint32(t))
	return c.err
}
