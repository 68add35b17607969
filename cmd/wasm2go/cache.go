package main

import (
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/wasm2go/wasm2go/compiler"
)

// cacheVariable names the folder of the cache where the default does not suit.
const cacheVariable = "WASM2GOCACHE"

// cacheAge is how long an unused program stays in the cache; workAge after how long a folder of an interrupted build is
// taken for abandoned.
const (
	cacheAge = 30 * 24 * time.Hour
	workAge  = 24 * time.Hour
)

// cache keeps built programs: programs/<key>/<name>; builds go on in work.
type cache struct{ dir string }

func openCache() (cache, error) {
	dir := os.Getenv(cacheVariable)
	if dir == "" {
		user, err := os.UserCacheDir()
		if err != nil {
			return cache{}, fmt.Errorf("no folder for the cache: %w; name one by %s", err, cacheVariable)
		}
		dir = filepath.Join(user, "wasm2go")
	}
	dir, err := filepath.Abs(dir)
	c := cache{dir}
	if err == nil {
		err = os.MkdirAll(c.work(), 0o777)
	}
	if err == nil {
		err = os.MkdirAll(c.programs(), 0o777)
	}
	return c, err
}

func (c cache) work() string     { return filepath.Join(c.dir, "work") }
func (c cache) programs() string { return filepath.Join(c.dir, "programs") }

// key identifies a program by all that it depends on but the Go toolchain.
func (n *native) key() (string, error) {
	self, err := selfHash()
	if err != nil {
		return "", err
	}
	h := sha256.New()
	fmt.Fprintf(h, "%s %x %s %s %q %t %q %t %t %v %t %q\n", compiler.Version, self, n.target.GOOS, n.target.GOARCH, n.memory, n.noOpt,
		n.disable, n.stack, n.keep, n.split, n.listens, n.base())
	h.Write(n.bytes)
	return fmt.Sprintf("%x", h.Sum(nil)[:16]), nil
}

// selfHash is the hash of this command's binary, which changes with the compiler and the runtime in it.
func selfHash() ([]byte, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	f, err := os.Open(self)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	h := sha256.New()
	_, err = io.Copy(h, f)
	return h.Sum(nil), err
}

// program returns the path of the built program, which make makes if it is not there.
func (c cache) program(n *native, make func(out, tmp string) error) (string, error) {
	key, err := n.key()
	if err != nil {
		return "", err
	}
	entry := filepath.Join(c.programs(), key)
	name := n.stem() + n.target.exe()
	path := filepath.Join(entry, name)
	if _, err := os.Stat(path); err == nil {
		now := time.Now()
		_ = os.Chtimes(entry, now, now) // for trim; it does not matter if it fails
		return path, nil
	}
	dir, err := os.MkdirTemp(c.work(), "program-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(dir)
	made := filepath.Join(dir, "entry")
	if err := make(filepath.Join(made, name), dir); err != nil {
		return "", err
	}
	c.trim()
	// Another process may have been faster; its program is the same.
	if err := os.Rename(made, entry); err != nil {
		if _, statErr := os.Stat(path); statErr != nil {
			return "", err
		}
	}
	return path, nil
}

// trim removes what was not used for long. Errors are left to the next time.
func (c cache) trim() {
	removeOld(c.programs(), cacheAge)
	removeOld(c.work(), workAge)
}

func removeOld(dir string, age time.Duration) {
	entries, _ := os.ReadDir(dir)
	for _, e := range entries {
		if info, err := e.Info(); err == nil && time.Since(info.ModTime()) > age {
			_ = os.RemoveAll(filepath.Join(dir, e.Name()))
		}
	}
}
