package wasi

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

// rule is something that the documents of preview 1 say about a function, or that the official test suite expects where
// they are silent, and a call that shows it.
type rule struct {
	says string
	do   func(w *world) Errno
	want Errno
	// root says what the backend os.Root does instead, in the words of docs/wasi.md.
	root deviation
}

type deviation struct {
	says string
	want Errno
}

// rules are those of each function.
var rules = map[string][]rule{}

func addRules(list map[string][]rule) bool {
	for name, r := range list {
		rules[name] = append(rules[name], r...)
	}
	return true
}

// The descriptors that each rule begins with.
const (
	stdin, stdout, stderr = int32(0), int32(1), int32(2)
	root                  = int32(3) // the directory, see box
	readOnly              = int32(4) // the same, to be read only
	mount                 = int32(5) // an fs.FS
	socket                = int32(6) // a listener with one connection
	noFd                  = int32(99)
)

// world is a guest with files.
type world struct {
	*guest
	dir    string // the host's name of root
	out    *bytes.Buffer
	client net.Conn // the other end of the listener's connection
	called map[string]bool
	now    time.Time
}

const secret = "the host's"

// box is a directory for worlds with
//
//	file ("hello"), empty, dir/nested/inner ("inner"), full/x, vacant/
//	link → file, dirlink → dir, dangling → missing, loop → loop, ping → pong → ping
//	up → .., outside → ../secret, absolute → the secret's absolute path, slash → /
//
// and the secret beside it. Rules that leave it as it was share it.
type box struct {
	base  string
	print string
}

func newBox(t testing.TB, base string) box {
	dir := filepath.Join(base, "box")
	for _, d := range []string{"dir/nested", "full", "vacant"} {
		if err := os.MkdirAll(filepath.Join(dir, d), 0o777); err != nil {
			t.Fatal(err)
		}
	}
	for name, text := range map[string]string{"file": "hello", "empty": "", "dir/nested/inner": "inner", "full/x": "", "../secret": secret} {
		writeFile(t, dir, name, text)
	}
	for name, target := range map[string]string{"link": "file", "dirlink": "dir", "dangling": "missing", "loop": "loop",
		"ping": "pong", "pong": "ping", "up": "..", "outside": "../secret", "absolute": filepath.Join(base, "secret"), "slash": "/"} {
		if err := os.Symlink(target, filepath.Join(dir, name)); err != nil {
			t.Skip(err)
		}
	}
	b := box{base: base}
	b.print = b.fingerprint(t)
	return b
}

// fingerprint changes with whatever happens to the directory.
func (b box) fingerprint(t testing.TB) string {
	var list strings.Builder
	err := filepath.WalkDir(b.base, func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err == nil {
			fmt.Fprintln(&list, path, info.Mode(), info.Size(), info.ModTime().UnixNano(), statOf(info, path).nlink)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return list.String()
}

// newWorld makes a guest with the directory of b.
func newWorld(t testing.TB, b box) *world {
	w := &world{dir: filepath.Join(b.base, "box"), out: new(bytes.Buffer), called: map[string]bool{}, now: time.Unix(1700000000, 42)}
	ours, theirs := net.Pipe()
	w.client = theirs
	w.guest = newGuest(t, Config{
		Args: []string{"prog", "arg"}, Env: []string{"K=V"},
		Stdin: strings.NewReader("input"), Stdout: w.out, Stderr: w.out,
		Dirs:      []Dir{{Host: w.dir, Guest: "/"}, {Host: w.dir, Guest: "/ro", ReadOnly: true}},
		Mounts:    []Mount{{FS: fstest.MapFS{"file": {Data: []byte("hello")}, "dir/x": {Data: []byte("x")}}, Guest: "/fs"}},
		Listeners: []Listener{{Accept: func() (io.ReadWriteCloser, error) { return ours, nil }}},
		Now:       func() time.Time { return w.now },
		Hook: func(c *Call) func() {
			w.called[c.Name] = true
			return nil
		},
	})
	t.Cleanup(func() { _ = theirs.Close() })
	return w
}

// is adds a check to a rule.
func (w *world) is(got, want any, what string) {
	w.t.Helper()
	if got != want {
		w.t.Errorf("%s: %v, want %v", what, got, want)
	}
}

// hostFileIs checks a file of root as the host sees it.
func (w *world) hostFileIs(name, want string) {
	w.t.Helper()
	b, err := os.ReadFile(filepath.Join(w.dir, name))
	if err != nil || string(b) != want {
		w.t.Errorf("%s is %q, %v, want %q", name, b, err, want)
	}
}

// opened is open with the rights for files, of "file" if no name is given.
func (w *world) opened(flags fdflags, name ...string) int32 {
	w.t.Helper()
	return w.mustOpen(root, strings.Join(append(name, "file")[:1], ""), 0, flags, fileRights)
}

// TestRules checks each rule with each backend. Each function has rules, and each rule calls its function.
func TestRules(t *testing.T) {
	if len(rules) != len(functions) {
		t.Errorf("rules for %d functions of %d", len(rules), len(functions))
	}
	n := 0
	eachBackend(t, func(t *testing.T) {
		base := t.TempDir()
		var b box
		for _, name := range slices.Sorted(maps.Keys(functions)) {
			if len(rules[name]) == 0 {
				t.Errorf("%s has no rules", name)
			}
			for _, r := range rules[name] {
				n++
				if b.print == "" || b.print != b.fingerprint(t) {
					b = newBox(t, filepath.Join(base, fmt.Sprint(n)))
				}
				t.Run(name+"/"+r.says, func(t *testing.T) { testRule(t, name, r, b) })
			}
		}
	})
	t.Logf("%d checks", n)
}

func testRule(t *testing.T, name string, r rule, b box) {
	w := newWorld(t, b)
	want := r.want
	if portable() && r.root.says != "" {
		want = r.root.want
	}
	if got := r.do(w); got != want {
		t.Errorf("%v, want %v", got, want)
	}
	if !w.called[name] {
		t.Errorf("%s was not called", name)
	}
	if b, err := os.ReadFile(filepath.Join(w.dir, "../secret")); err != nil || string(b) != secret {
		t.Errorf("the sandbox was left: %q, %v", b, err)
	}
}

// TestDeviations sees that docs/wasi.md lists what the portable backend does otherwise.
func TestDeviations(t *testing.T) {
	b, err := os.ReadFile("../../docs/wasi.md")
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Join(strings.Fields(string(b)), " ")
	for name, list := range rules {
		for _, r := range list {
			if says := r.root.says; says != "" && !strings.Contains(text, fmt.Sprintf("`%s`: %s", name, says)) {
				t.Errorf("docs/wasi.md does not say `%s`: %s", name, says)
			}
		}
	}
}
