// Command spec runs the scripts of WebAssembly/testsuite against generated Go and prints a line per script.
package main

import (
	"flag"
	"fmt"
	"log"
	"os"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/wasm2go/wasm2go/compiler"
	"github.com/wasm2go/wasm2go/compiler/internal/spectest"
)

var (
	memory  = flag.String("memory", "both", "memory forms to run: guard, checked or both")
	noOpt   = flag.Bool("O0", false, "translate without optimization")
	split   = flag.Int("split", 0, "divide the code over packages of this `size` in bytes (default: one package)")
	run     = flag.String("run", "", "run only scripts, such as core/br or proposals/threads/atomic, that match `regexp`")
	vet     = flag.Bool("vet", false, "run go vet over the generated packages, too")
	verbose = flag.Bool("v", false, "print failures in full and the time of each step")
)

// forms are the values of -memory.
var forms = map[string][]compiler.MemoryForm{
	"guard":   {compiler.Guard},
	"checked": {compiler.Checked},
	"both":    {compiler.Guard, compiler.Checked},
}

func main() {
	log.SetFlags(0)
	log.SetPrefix("spec: ")
	flag.Parse()
	if forms[*memory] == nil || flag.NArg() > 0 {
		flag.Usage()
		os.Exit(2)
	}
	only, err := regexp.Compile(*run)
	if err != nil {
		log.Fatal(err)
	}
	r, err := execute(only)
	if err != nil {
		log.Fatal(err)
	}
	if !print(r) {
		os.Exit(1)
	}
}

func execute(only *regexp.Regexp) (*spectest.Report, error) {
	suite, err := spectest.TestsuiteDir()
	if err != nil {
		return nil, fmt.Errorf("%w\nset WASM_TESTSUITE to a checkout of github.com/WebAssembly/testsuite", err)
	}
	scripts, err := spectest.ReadTestsuite(suite, only.MatchString)
	if err != nil {
		return nil, err
	}
	opt := spectest.Options{Forms: forms[*memory], NoOpt: *noOpt, Split: *split, Vet: *vet, Progress: progress()}
	if *verbose {
		opt.Log = log.Printf
	}
	if opt.Dir, err = spectest.DefaultDir("make"); err != nil {
		return nil, err
	}
	return spectest.Run(scripts, opt)
}

// progress returns a function that keeps one line of a terminal up to date, nil if there is no terminal.
func progress() func(step string, done, total int) {
	if fi, err := os.Stderr.Stat(); err != nil || fi.Mode()&os.ModeCharDevice == 0 {
		return nil
	}
	var mu sync.Mutex
	var last time.Time
	return func(step string, done, total int) {
		mu.Lock()
		defer mu.Unlock()
		if done < total && time.Since(last) < 100*time.Millisecond {
			return
		}
		last = time.Now()
		fmt.Fprintf(os.Stderr, "\r\x1b[K%s %d of %d", step, done, total)
		if done == total {
			fmt.Fprint(os.Stderr, "\r\x1b[K")
		}
	}
}

// print prints a line per script, the failures and the totals. It reports whether nothing failed.
func print(r *spectest.Report) bool {
	totals := map[string]*spectest.Count{}
	var names []string
	for _, s := range r.Scripts {
		name := s.Suite + "/" + s.Name
		if totals[name] == nil {
			totals[name] = &spectest.Count{}
			names = append(names, name)
		}
		totals[name].Merge(&s.Count)
	}
	for _, name := range names {
		c := totals[name]
		line := fmt.Sprintf("%-40s %v", name, c)
		if c.Skips() > 0 {
			line += ": " + c.Reasons()
		}
		fmt.Println(line)
	}
	for _, f := range r.Failures {
		text := f.String()
		if !*verbose {
			text, _, _ = strings.Cut(text, "\n")
		}
		fmt.Println("FAIL", text)
	}
	sum := r.Total(nil)
	fmt.Println("skipped:", sum.Reasons())
	fmt.Println("spec:", sum)
	return len(r.Failures) == 0
}
