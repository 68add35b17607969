package spectest

import (
	"bytes"
	"fmt"
	"go/format"
	"path"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/wasm2go/wasm2go/compiler"
	"github.com/wasm2go/wasm2go/compiler/internal/spectest/runner"
)

// unit is a module and what became of it. Scripts share units by content.
type unit struct {
	key  string
	bin  []byte
	user string // the first place that uses it, for messages
	// missing is why there is no package, by form.
	missing map[string]*runner.Missing
	// pkgs are the generated packages by form.
	pkgs map[string]*compiler.Package
	// paths are where the packages are, by form, relative to the generated module.
	paths map[string]string
}

// parallel calls f for 0 to n-1 on all processors.
func parallel(n int, f func(int)) {
	var next atomic.Int64
	var wg sync.WaitGroup
	for range min(n, runtime.GOMAXPROCS(0)) {
		wg.Go(func() {
			for i := next.Add(1) - 1; i < int64(n); i = next.Add(1) - 1 {
				f(int(i))
			}
		})
	}
	wg.Wait()
}

// assembleAll fills in the bytes of all modules.
func assembleAll(scripts []*Script) {
	parallel(len(scripts), func(i int) {
		for _, c := range scripts[i].Commands {
			if c.assemble != nil {
				c.err = guarded(func() (err error) {
					c.bin, err = c.assemble()
					return err
				})
			}
		}
	})
}

// collect makes the units of all modules that must translate and points the commands to them.
func collect(scripts []*Script) (units []*unit, byKey map[string]*unit) {
	byKey = map[string]*unit{}
	for _, s := range scripts {
		for _, c := range s.Commands {
			if c.assemble == nil || c.rejects() {
				continue
			}
			if c.err != nil {
				c.Missing = missingFor(c.err)
				continue
			}
			c.Package = key(c.bin)
			if byKey[c.Package] == nil {
				u := &unit{key: c.Package, bin: c.bin, user: s.where(c.Line), missing: map[string]*runner.Missing{}}
				byKey[c.Package] = u
				units = append(units, u)
			}
		}
	}
	return units, byKey
}

func missingFor(err error) *runner.Missing {
	return &runner.Missing{Proposal: proposal(err), Msg: err.Error()}
}

// translateAll makes the packages. It returns what is wrong with packages that nevertheless may run.
func translateAll(units []*unit, opt *Options) []Failure {
	found := make([][]Failure, len(units))
	var done atomic.Int64
	parallel(len(units), func(i int) {
		found[i] = units[i].translate(opt)
		opt.progress("translated", int(done.Add(1)), len(units))
	})
	var all []Failure
	for _, f := range found {
		all = append(all, f...)
	}
	return all
}

func (u *unit) translate(opt *Options) (faults []Failure) {
	u.pkgs, u.paths = map[string]*compiler.Package{}, map[string]string{}
	for _, form := range opt.Forms {
		dir := path.Join(string(form), u.key)
		cfg := compiler.Config{Package: u.key, Source: u.key + ".wasm", Memory: form, NoOpt: opt.NoOpt,
			Split: opt.Split, ImportPath: genModule + "/" + dir}
		var p, again *compiler.Package
		err := guarded(func() (err error) {
			if p, err = compiler.Compile(u.bin, cfg); err == nil {
				again, err = compiler.Compile(u.bin, cfg)
			}
			return err
		})
		if err != nil {
			u.missing[string(form)] = missingFor(err)
			continue
		}
		if fault := checkPackage(p, again); fault != "" {
			faults = append(faults, Failure{Place: u.user, Form: string(form), Msg: fault})
		}
		u.pkgs[string(form)] = p
		u.paths[string(form)] = dir
	}
	u.share()
	return faults
}

// share lets both forms use one package where they are the same to the byte: that halves the build, for modules
// without memories are.
func (u *unit) share() {
	guard, checked := u.pkgs[string(compiler.Guard)], u.pkgs[string(compiler.Checked)]
	if guard != nil && checked != nil && samePackage(guard, checked) {
		u.paths[string(compiler.Guard)] = path.Join("both", u.key)
		u.paths[string(compiler.Checked)] = u.paths[string(compiler.Guard)]
	}
}

func samePackage(a, b *compiler.Package) bool {
	if len(a.Files) != len(b.Files) {
		return false
	}
	for i := range a.Files {
		if a.Files[i].Name != b.Files[i].Name || !bytes.Equal(a.Files[i].Content, b.Files[i].Content) {
			return false
		}
	}
	return true
}

// checkPackage: output is deterministic and formatted.
func checkPackage(p, again *compiler.Package) string {
	if !samePackage(p, again) {
		return "translated twice, the module gives different packages"
	}
	for _, f := range p.Files {
		if path.Ext(f.Name) != ".go" {
			continue
		}
		formatted, err := format.Source(f.Content)
		if err != nil {
			return fmt.Sprintf("%s does not parse: %v", f.Name, err)
		}
		if !bytes.Equal(formatted, f.Content) {
			return fmt.Sprintf("%s is not formatted: %s", f.Name, firstDifference(f.Content, formatted))
		}
	}
	return ""
}

func firstDifference(got, want []byte) string {
	g, w := bytes.Split(got, []byte("\n")), bytes.Split(want, []byte("\n"))
	for i := range min(len(g), len(w)) {
		if !bytes.Equal(g[i], w[i]) {
			return fmt.Sprintf("line %d is %q, gofmt has %q", i+1, g[i], w[i])
		}
	}
	return fmt.Sprintf("%d lines, gofmt has %d", len(g), len(w))
}
