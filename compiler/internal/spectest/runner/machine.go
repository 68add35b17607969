package runner

import (
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"

	"github.com/wasm2go/wasm2go/rt"
)

// Package is an entry of the generated program.
type Package struct {
	// Form is the memory form, and Key the name of the module; see Command.Package.
	Form, Key string
	// Instantiate is the function of that name, a func(rt.Config, rt.Resolver) (*Instance, error).
	Instantiate any
}

// instantiate instantiates a generated package.
func (p *Package) instantiate(cfg rt.Config, r rt.Resolver) (rt.Exporter, error) {
	out := reflect.ValueOf(p.Instantiate).Call([]reflect.Value{reflect.ValueOf(cfg), reflect.ValueOf(r)})
	if err, _ := out[1].Interface().(error); err != nil {
		return nil, err
	}
	return out[0].Interface().(rt.Exporter), nil
}

// instance is an instance of a script or the reason why it is missing.
type instance struct {
	rt.Exporter
	missing *Missing
}

// machine is the state of one script.
type machine struct {
	packages    map[string]*Package // by key
	current     *instance
	instances   map[string]*instance
	definitions map[string]*Command
	linker      rt.Linker
	absent      map[string]*Missing // registered names whose instance is missing
	host        rt.Host
	open        []io.Closer
}

func newMachine(packages map[string]*Package, guard bool) (*machine, error) {
	host, err := spectestHost(guard)
	return &machine{
		packages:    packages,
		current:     &instance{missing: &Missing{Msg: "the script has no instance yet"}},
		instances:   map[string]*instance{},
		definitions: map[string]*Command{},
		linker:      rt.Linker{"spectest": host},
		absent:      map[string]*Missing{},
		host:        host,
	}, err
}

// close gives address space back: a script may make more instances than fit side by side.
func (m *machine) close() {
	for _, c := range m.open {
		c.Close()
	}
	for _, v := range m.host {
		if mem, ok := v.(*rt.Memory); ok {
			mem.Close()
		}
	}
}

var commands = map[Kind]func(*machine, *Command) error{
	Module:           (*machine).module,
	Definition:       (*machine).definition,
	ModuleInstance:   (*machine).moduleInstance,
	Register:         (*machine).register,
	DoAction:         (*machine).doAction,
	AssertReturn:     (*machine).assertReturn,
	AssertTrap:       (*machine).assertTrap,
	AssertExhaustion: (*machine).assertExhaustion,
	AssertException:  (*machine).assertException,
	AssertUnlinkable: (*machine).assertUnlinkable,
}

// run executes one command and judges it.
func (m *machine) run(c *Command) (o Outcome) {
	o = Outcome{Index: c.Index, Verdict: Fail}
	defer func() {
		if v := recover(); v != nil {
			o.Msg = fmt.Sprintf("panic in the harness or outside guest code: %v", v)
		}
	}()
	do := commands[c.Kind]
	if do == nil {
		do = (*machine).unknown
	}
	err := do(m, c)
	var missing *Missing
	switch {
	case err == nil:
		o.Verdict = Pass
	case errors.As(err, &missing) && missing.Proposal != "":
		o.Verdict, o.Msg = Skip, missing.Proposal
	default:
		o.Msg = describe(err)
	}
	return o
}

func (m *machine) unknown(c *Command) error {
	if c.Missing != nil {
		return c.Missing
	}
	return errors.New("unknown command")
}

// describe adds the Go stack of a panic outside guest code, which is always a bug.
func describe(err error) string {
	var p *rt.PanicError
	if errors.As(err, &p) {
		return fmt.Sprintf("%v\n%s", err, p.GoStack)
	}
	return err.Error()
}

// instantiate makes an instance of c's package. A *Missing error says that nothing was tried.
func (m *machine) instantiate(c *Command) (rt.Exporter, error) {
	if c.Missing != nil {
		return nil, c.Missing
	}
	p := m.packages[c.Package]
	if p == nil {
		return nil, fmt.Errorf("package %s is not linked in", c.Package)
	}
	in, err := p.instantiate(rt.Config{}, m.linker)
	var link *rt.LinkError
	if errors.As(err, &link) && m.absent[link.Module] != nil {
		return nil, m.absent[link.Module]
	}
	if closer, ok := in.(io.Closer); ok {
		m.open = append(m.open, closer)
	}
	return in, err
}

// define makes the instance of c the current one. If there is none, what depends on it has the same reason.
func (m *machine) define(c *Command, name string) error {
	in, err := m.instantiate(c)
	m.current = &instance{Exporter: in}
	if err != nil {
		m.current.missing = missingFor(err, c.Line)
	}
	if name != "" {
		m.instances[name] = m.current
	}
	return err
}

func missingFor(err error, line int) *Missing {
	var missing *Missing
	if errors.As(err, &missing) && missing.Proposal != "" {
		return missing
	}
	return &Missing{Msg: fmt.Sprintf("depends on the failed module at line %d", line)}
}

// leaveOut stands in for a command that is known to end the process.
func (m *machine) leaveOut(c *Command) {
	if c.Kind == Module || c.Kind == ModuleInstance {
		m.current = &instance{missing: missingFor(nil, c.Line)}
		m.instances[c.Name] = m.current
	}
}

func (m *machine) module(c *Command) error { return m.define(c, c.Name) }

func (m *machine) definition(c *Command) error {
	m.definitions[c.Name] = c
	m.definitions[""] = c
	if c.Missing != nil {
		return c.Missing
	}
	return nil
}

func (m *machine) moduleInstance(c *Command) error {
	def := m.definitions[c.Target]
	if def == nil {
		return fmt.Errorf("no definition %q", c.Target)
	}
	return m.define(def, c.Name)
}

// find returns the instance of the given name, the current one for "".
func (m *machine) find(name string) (rt.Exporter, error) {
	in := m.current
	if name != "" {
		in = m.instances[name]
	}
	switch {
	case in == nil:
		return nil, fmt.Errorf("no instance %q", name)
	case in.missing != nil:
		return nil, in.missing
	}
	return in.Exporter, nil
}

func (m *machine) register(c *Command) error {
	in, err := m.find(c.Target)
	delete(m.linker, c.As)
	delete(m.absent, c.As)
	if err != nil {
		m.absent[c.As] = missingFor(err, c.Line)
		return err
	}
	m.linker[c.As] = in
	return nil
}

// outcomeError is what guest code, and not the script or the harness, made of an action.
type outcomeError struct{ error }

func (e outcomeError) Unwrap() error { return e.error }

// act performs an action. Errors of the guest are outcomeErrors.
func (m *machine) act(a *Action) ([]any, error) {
	in, err := m.find(a.Target)
	if err != nil {
		return nil, err
	}
	v := in.Export(a.Name)
	if v == nil {
		return nil, fmt.Errorf("no export %q", a.Name)
	}
	if a.Kind == "get" {
		return globalValue(v)
	}
	f, ok := v.(*rt.Func)
	if !ok {
		return nil, fmt.Errorf("export %q is a %T", a.Name, v)
	}
	args := make([]any, len(a.Args))
	for i := range args {
		if args[i], err = a.Args[i].goValue(); err != nil {
			return nil, err
		}
	}
	results, err := f.Call(args...)
	if err != nil {
		err = outcomeError{err}
	}
	return results, err
}

func globalValue(v any) ([]any, error) {
	switch g := v.(type) {
	case *rt.Global[int32]:
		return []any{g.V}, nil
	case *rt.Global[int64]:
		return []any{g.V}, nil
	case *rt.Global[float32]:
		return []any{g.V}, nil
	case *rt.Global[float64]:
		return []any{g.V}, nil
	case *rt.Global[*rt.Func]:
		return []any{g.V}, nil
	case *rt.Global[any]:
		return []any{g.V}, nil
	}
	return nil, fmt.Errorf("a %T is no global", v)
}

func (m *machine) doAction(c *Command) error {
	_, err := m.act(c.Action)
	return err
}

func (m *machine) assertReturn(c *Command) error {
	got, err := m.act(c.Action)
	if err != nil {
		return err
	}
	if len(got) != len(c.Results) {
		return fmt.Errorf("got %d results, want %d", len(got), len(c.Results))
	}
	for i := range got {
		if err := c.Results[i].match(got[i]); err != nil {
			return fmt.Errorf("result %d: %w", i, err)
		}
	}
	return nil
}

// attempt performs the action of an assertion or instantiates its package. The second result is what went wrong
// before the guest had a chance to.
func (m *machine) attempt(c *Command) (guest, err error) {
	if c.Action == nil {
		_, guest = m.instantiate(c)
	} else if _, guest = m.act(c.Action); guest != nil && !errors.As(guest, new(outcomeError)) {
		return nil, guest
	}
	if errors.As(guest, new(*Missing)) {
		return nil, guest
	}
	return guest, nil
}

func (m *machine) assertTrap(c *Command) error {
	guest, err := m.attempt(c)
	if err != nil {
		return err
	}
	var trap *rt.Trap
	switch {
	case guest == nil:
		return fmt.Errorf("no trap, want %q", c.Text)
	case !errors.As(guest, &trap):
		return fmt.Errorf("want trap %q: %s", c.Text, describe(guest))
	case !related(trap.Kind.Error(), c.Text):
		return fmt.Errorf("got trap %q, want %q", trap.Kind.Error(), c.Text)
	}
	return nil
}

// related: one text begins with the other, as the official runner has it.
func related(a, b string) bool { return strings.HasPrefix(a, b) || strings.HasPrefix(b, a) }

func (m *machine) assertExhaustion(c *Command) error {
	guest, err := m.attempt(c)
	if err == nil && !errors.Is(guest, rt.StackExhausted) {
		return fmt.Errorf("got error %v, want %v", guest, rt.StackExhausted)
	}
	return err
}

// assertException: there is no exception before the compiler supports the proposal, so only missing instances pass by.
func (m *machine) assertException(c *Command) error {
	guest, err := m.attempt(c)
	if err == nil {
		return fmt.Errorf("got error %v, want an exception", guest)
	}
	return err
}

func (m *machine) assertUnlinkable(c *Command) error {
	guest, err := m.attempt(c)
	if err != nil {
		return err
	}
	var link *rt.LinkError
	switch {
	case guest == nil:
		return fmt.Errorf("linked, want %q", c.Text)
	case !errors.As(guest, &link):
		return fmt.Errorf("want link error %q: %s", c.Text, describe(guest))
	case !related(link.Msg, c.Text):
		return fmt.Errorf("got link error %q, want %q", link.Msg, c.Text)
	}
	return nil
}
