//go:build linux && (amd64 || arm64 || riscv64 || loong64 || ppc64le || mips64le)

package rt

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// TestAttachedImage: an image is taken from the executable that it is attached to, and from no other.
func TestAttachedImage(t *testing.T) {
	im, want := imageCase(5)
	exe := filepath.Join(t.TempDir(), "program")
	if err := os.WriteFile(exe, []byte("no program, but for the test"), 0o755); err != nil {
		t.Fatal(err)
	}
	attached := bytes.ReplaceAll(want, []byte{want[len(want)-1]}, []byte{7}) // so that one sees where it comes from
	if err := AttachImage(exe, im.id, attached); err != nil {
		t.Fatal(err)
	}
	executable = exe
	defer func() { executable = "/proc/self/exe" }()
	if len(im.pages()) == 0 || !canMap {
		t.Fatal("nothing to map")
	}
	check := func(im *Image, want []byte) {
		t.Helper()
		m, err := NewMemory(MemoryType{Min: 32}, true, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer m.Close()
		m.InitImage(im)
		for _, r := range im.runs {
			if !bytes.Equal(m.Bytes()[r.start:r.end], want[r.start:r.end]) {
				t.Errorf("the content from %d to %d differs", r.start, r.end)
			}
		}
	}
	check(im, attached)
	other, want := imageCase(6)
	check(other, want)
	if err := os.Truncate(exe, 10); err != nil {
		t.Fatal(err)
	}
	again, want := imageCase(5)
	check(again, want)
}
