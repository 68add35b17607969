package main

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
)

// checks have modules do their work, each if its file is there.
func (c *config) checks() error {
	only, err := regexp.Compile(c.only)
	if err != nil {
		return err
	}
	failed := false
	for _, check := range []struct {
		module string
		do     func(module string) (string, error)
	}{
		{"yosys", c.checkYosys}, {"libcre2", c.checkRE2}, {"go", c.checkGo}, {"rolldown", c.checkVectors},
	} {
		if !only.MatchString(check.module) {
			continue
		}
		module := filepath.Join(c.dir, check.module+".wasm")
		if _, err := os.Stat(module); err != nil {
			fmt.Printf("%s: left out: %v\n", check.module, err)
			continue
		}
		what, err := check.do(module)
		if err != nil {
			failed = true
			what = "FAILED: " + err.Error()
		}
		fmt.Printf("%s: %s\n", check.module, what)
	}
	if failed {
		return errors.New("a check failed")
	}
	return nil
}

//go:embed testdata/alu.v
var alu []byte

//go:embed testdata/yosys.mjs
var yosysScript []byte

const synthesis = "read_verilog alu.v; synth -flatten; write_verilog -noattr out.v; write_json out.json"

// checkYosys synthesises a design and compares the netlists with those that the npm package makes under Node.
func (c *config) checkYosys(module string) (string, error) {
	if c.yosys == "" {
		return "left out: -yosys names no npm package", nil
	}
	pkg, err := filepath.Abs(c.yosys)
	if err != nil {
		return "", err
	}
	work := filepath.Join(c.out, "yosys-check")
	root := filepath.Join(work, "root") // the files that both see
	if err := errors.Join(os.RemoveAll(work), os.MkdirAll(filepath.Join(root, "tmp"), 0o755),
		os.WriteFile(filepath.Join(root, "alu.v"), alu, 0o644),
		os.WriteFile(filepath.Join(work, "yosys.mjs"), yosysScript, 0o644)); err != nil {
		return "", err
	}
	if _, err := c.measured(work, nil, "node", "yosys.mjs", "file://"+filepath.ToSlash(pkg), synthesis); err != nil {
		return "", err
	}
	exe := filepath.Join(work, "yosys")
	if _, err := c.measured(work, nil, c.wasm2go, "build", "-dir", root+"::/", "-o", exe, module); err != nil {
		return "", err
	}
	u, err := c.measured(work, nil, exe, "-q", "-p", synthesis)
	if err != nil {
		return "", err
	}
	for _, name := range []string{"out.v", "out.json"} {
		ours, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			return "", err
		}
		nodes, err := os.ReadFile(filepath.Join(work, "node", name))
		if err != nil {
			return "", err
		}
		if !bytes.Equal(ours, nodes) || len(ours) == 0 {
			return "", fmt.Errorf("%s differs from the one made under Node", name)
		}
	}
	return fmt.Sprintf("the netlists are those made under Node; %.2f s", u.wall.Seconds()), nil
}

//go:embed testdata/re2.go.txt
var re2Main []byte

// checkRE2 compares matches with those of package regexp.
func (c *config) checkRE2(module string) (string, error) {
	dir := filepath.Join(c.out, "re2-check")
	if err := errors.Join(os.RemoveAll(dir), c.goModule(dir, "re2check"),
		os.WriteFile(filepath.Join(dir, "main.go"), re2Main, 0o644)); err != nil {
		return "", err
	}
	if _, err := c.measured(dir, nil, c.wasm2go, "-o", "cre2", "-split", "96K", module); err != nil {
		return "", err
	}
	cmd := exec.Command("go", "run", ".")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOFLAGS=-mod=mod", "GOWORK=off")
	out, err := cmd.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%w: %.2000s", err, out)
	}
	return strings.TrimSpace(string(out)), nil
}

// checkGo has the go command do what needs no other process. In GOPATH mode, since it can not lock files as wasip1.
func (c *config) checkGo(module string) (string, error) {
	work := filepath.Join(c.out, "go-check")
	src := filepath.Join(work, "gopath", "src", "hello")
	if err := errors.Join(os.RemoveAll(work), os.MkdirAll(filepath.Join(src, "sub"), 0o755),
		os.WriteFile(filepath.Join(src, "main.go"), []byte("package main\n\nimport \"hello/sub\"\n\nfunc main() { println(sub.Text) }\n"), 0o644),
		os.WriteFile(filepath.Join(src, "sub", "sub.go"), []byte("package sub\n\nconst Text = \"hello\"\n"), 0o644)); err != nil {
		return "", err
	}
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		return "", err
	}
	goRoot := strings.TrimSpace(string(root))
	exe := filepath.Join(work, "gowasm")
	flags := []string{"build", "-rodir", goRoot, "-dir", work, "-o", exe}
	for _, env := range []string{"GOROOT=" + goRoot, "PWD=" + src, "HOME=" + work, "GOCACHE=" + work + "/cache",
		"GOPATH=" + work + "/gopath", "GO111MODULE=off", "GOTOOLCHAIN=local"} {
		flags = append(flags, "-env", env)
	}
	if _, err := c.measured(work, nil, c.wasm2go, append(flags, module)...); err != nil {
		return "", err
	}
	version, err := exec.Command("go", "env", "GOVERSION").Output()
	if err != nil {
		return "", err
	}
	var done []string
	for _, check := range []struct{ args, want string }{
		{"version", "go version " + strings.TrimSpace(string(version)) + " wasip1/wasm"},
		{"env GOOS GOARCH", "wasip1\nwasm"},
		{"list hello/...", "hello\nhello/sub"},
		{"list -f {{.Imports}} hello", "[hello/sub]"},
		{"list -deps hello", "internal/runtime/atomic"},
	} {
		cmd := exec.Command(exe, strings.Fields(check.args)...)
		cmd.Dir = src
		out, err := cmd.CombinedOutput()
		if err != nil || !strings.Contains(string(out), check.want) {
			return "", fmt.Errorf("go %s: %v: %.1000s", check.args, err, out)
		}
		done = append(done, "go "+check.args)
	}
	return strings.Join(done, ", ") + " do their work", nil
}

// checkVectors: what can not be translated yet is refused with its reason.
func (c *config) checkVectors(module string) (string, error) {
	out, err := exec.Command(c.wasm2go, "-o", filepath.Join(c.out, "none"), "-importpath", "example.com/none", module).CombinedOutput()
	if err == nil {
		return "is translated", nil
	}
	if !bytes.Contains(out, []byte("proposal simd is not supported yet")) {
		return "", fmt.Errorf("%s", out)
	}
	return "refused: " + strings.TrimSpace(string(out)), nil
}
