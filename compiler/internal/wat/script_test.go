package wat

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestScript holds the commands of testdata/script.wast, as JSON, against testdata/script.golden.
func TestScript(t *testing.T) {
	src, err := os.ReadFile(filepath.Join("testdata", "script.wast"))
	if err != nil {
		t.Fatal(err)
	}
	s, err := ParseScript(src)
	if err != nil {
		t.Fatal(err)
	}
	var got bytes.Buffer
	for _, c := range s.Commands {
		enc := json.NewEncoder(&got)
		enc.SetEscapeHTML(false)
		if err := enc.Encode(c); err != nil {
			t.Fatal(err)
		}
	}
	golden := filepath.Join("testdata", "script.golden")
	if *update {
		if err := os.WriteFile(golden, got.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got.Bytes(), want) {
		t.Errorf("commands differ from %s (-update renews it):\n%s", golden, got.Bytes())
	}
}

func TestScriptPositions(t *testing.T) {
	s, err := ParseScript([]byte("(module)\n\n(assert_malformed\n  (module (func nopp)) \"\")\n(module\n  quote \"nopp\")"))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"", "4:17: unknown operator nopp", "6:3: unknown operator nopp"}
	for i, c := range s.Commands {
		if _, err := c.Module.Binary(); (err == nil) != (want[i] == "") || err != nil && err.Error() != want[i] {
			t.Errorf("command %d: error %v, want %s", i, err, want[i])
		}
	}
}

func TestScriptErrors(t *testing.T) {
	for text, want := range map[string]string{
		"(assert_return (invoke \"f\") (i32.const 1.0))": "1:40: unexpected token 1.0",
		"(assert_return (module) (i32.const 1))":         "1:17: unexpected token module",
		"(register $x)":                                  "1:11: unexpected token $x",
		"(module) module":                                "1:10: unexpected token module",
		"(invoke \"f\" (f))":                             "1:14: unknown operator f",
	} {
		if _, err := ParseScript([]byte(text)); err == nil || err.Error() != want {
			t.Errorf("%s: error %v, want %s", text, err, want)
		}
	}
}
