package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// runCommand runs a command in dir, with additions to the environment, and shows its output if it fails.
func runCommand(dir string, env []string, name string, args ...string) error {
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), env...)
	if out, err := cmd.CombinedOutput(); err != nil {
		const most = 2000
		return fmt.Errorf("%s %s: %w\n%.*s", name, strings.Join(args, " "), err, most, out)
	}
	return nil
}

// installed reports whether this machine has what a contestant needs, and says so if not.
func installed(name string, needs []string) bool {
	for _, cmd := range needs {
		if _, err := exec.LookPath(cmd); err != nil {
			note("left out: %s (%s is not installed)", name, cmd)
			return false
		}
	}
	return true
}

// slug is a name as part of a path.
func slug(name string) string {
	return strings.Trim(strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '.' || r == '-' {
			return r
		}
		return '_'
	}, name), "_")
}

// made is what is kept beside a built executable, so that it need not be built again.
type made struct {
	Key              string
	Translate, Build time.Duration
	Size             int64 // of the executable, bytes
}

// cached returns what is known of exe if it was built with the same key, else it has it built.
func cached(exe, key string, build func() (made, error)) (made, error) {
	var m made
	file := exe + ".json"
	text, err := os.ReadFile(file)
	if err == nil && json.Unmarshal(text, &m) == nil && m.Key == key {
		if _, err := os.Stat(exe); err == nil {
			return m, nil
		}
	}
	if err := os.MkdirAll(filepath.Dir(exe), 0o755); err != nil {
		return m, err
	}
	if m, err = build(); err != nil {
		return m, err
	}
	m.Key = key
	info, err := os.Stat(exe)
	if err != nil {
		return m, err
	}
	m.Size = info.Size()
	text, err = json.Marshal(m)
	return m, errors.Join(err, os.WriteFile(file, text, 0o644))
}

// timed returns how long f takes.
func timed(f func() error) (time.Duration, error) {
	start := time.Now()
	err := f()
	return time.Since(start), err
}

// hash identifies files, all below folders, and texts.
func hash(paths []string, texts ...string) (string, error) {
	h := sha256.New()
	for _, path := range paths {
		err := filepath.WalkDir(path, func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			content, err := os.ReadFile(name)
			fmt.Fprintf(h, "%s %d\n", strings.TrimPrefix(name, path), len(content))
			h.Write(content)
			return err
		})
		if err != nil {
			return "", err
		}
	}
	fmt.Fprintf(h, "%q", texts)
	return fmt.Sprintf("%x", h.Sum(nil)[:16]), nil
}

// writeFile writes a file, with its folders, unless it is as it should be: another bench may be reading it.
func writeFile(path string, content []byte) error {
	if old, err := os.ReadFile(path); err == nil && bytes.Equal(old, content) {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, content, 0o644)
}
