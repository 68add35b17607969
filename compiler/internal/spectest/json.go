package spectest

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/wasm2go/wasm2go/compiler/internal/spectest/runner"
	"github.com/wasm2go/wasm2go/compiler/internal/wat"
)

// jsonCommand is a command in the output of wast2json (of wabt), which keeps modules in files beside.
type jsonCommand struct {
	Type       string
	Line       int
	Name       string
	Filename   string
	ModuleType string `json:"module_type"`
	As         string
	Text       string
	Action     *struct {
		Type, Module, Field string
		Args                []jsonValue
	}
	Expected []jsonValue
}

type jsonValue struct {
	Type     string
	LaneType string `json:"lane_type"`
	Value    any
}

// jsonKinds are the commands with another name in the script model; the text format has one assertion for both traps.
var jsonKinds = map[string]runner.Kind{"assert_uninstantiable": runner.AssertTrap}

// ReadJSON reads a script as wast2json writes it.
func ReadJSON(suite, file string) (*Script, error) {
	raw, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var parsed struct{ Commands []jsonCommand }
	if err := json.Unmarshal(raw, &parsed); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	s := &Script{Suite: suite, Name: strings.TrimSuffix(filepath.Base(file), ".json")}
	for i := range parsed.Commands {
		c, err := parsed.Commands[i].command(i, filepath.Dir(file))
		if err != nil {
			return nil, fmt.Errorf("%s:%d: %w", file, parsed.Commands[i].Line, err)
		}
		s.Commands = append(s.Commands, c)
	}
	return s, nil
}

func (j *jsonCommand) command(index int, dir string) (c *Command, err error) {
	c = &Command{Command: runner.Command{
		Kind: runner.Kind(j.Type), Index: index, Line: j.Line, As: j.As, Text: j.Text,
	}}
	if k, ok := jsonKinds[j.Type]; ok {
		c.Kind = k
	}
	if c.Name = id(j.Name); c.Kind == runner.Register {
		c.Name, c.Target = "", c.Name
	}
	if c.Kind == runner.AssertReturn { // the others have types there, without values
		if c.Results, err = jsonValues(j.Expected); err != nil {
			return nil, err
		}
	}
	if a := j.Action; a != nil {
		c.Action = &runner.Action{Kind: a.Type, Target: id(a.Module), Name: a.Field}
		if c.Action.Args, err = jsonValues(a.Args); err != nil {
			return nil, err
		}
	}
	if j.Filename != "" {
		c.assemble = func() ([]byte, error) { return readModule(filepath.Join(dir, j.Filename)) }
	}
	return c, nil
}

// readModule reads a module's file; those that test the text format are text.
func readModule(file string) ([]byte, error) {
	b, err := os.ReadFile(file)
	if err == nil && filepath.Ext(file) == ".wat" {
		return wat.Assemble(b)
	}
	return b, err
}

func id(name string) string { return strings.TrimPrefix(name, "$") }

func jsonValues(list []jsonValue) ([]runner.Value, error) {
	out := make([]runner.Value, len(list))
	for i := range list {
		if err := list[i].value(&out[i]); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (j *jsonValue) value(v *runner.Value) error {
	if heap, ok := strings.CutSuffix(j.Type, "ref"); ok || j.Type == "refnull" {
		return j.ref(v, heap)
	}
	v.Type = j.Type
	if j.Type == "v128" {
		return j.vector(v)
	}
	lane, width := fmt.Sprint(j.Value), 64
	if strings.HasSuffix(j.Type, "32") {
		width = 32
	}
	if strings.HasPrefix(lane, "nan:") {
		v.NaN = []string{lane}
		return nil
	}
	bits, err := strconv.ParseUint(lane, 10, width)
	v.Bits = bits
	return err
}

// ref: a reference has a number, "null", or no value if any one will do.
func (j *jsonValue) ref(v *runner.Value, heap string) (err error) {
	v.Type, v.Heap = "ref", heap
	switch {
	case j.Type == "refnull":
		v.Heap, v.Null = "", true
	case j.Value == "null":
		v.Null = true
	case j.Value != nil:
		v.Numbered = true
		v.Bits, err = strconv.ParseUint(fmt.Sprint(j.Value), 10, 64)
	}
	return err
}

func (j *jsonValue) vector(v *runner.Value) error {
	lanes, _ := j.Value.([]any)
	width, err := strconv.Atoi(strings.TrimLeft(j.LaneType, "if"))
	if err != nil || width*len(lanes) != 128 {
		return fmt.Errorf("%d lanes of type %q", len(lanes), j.LaneType)
	}
	nans, patterns := make([]string, len(lanes)), false
	for i, l := range lanes {
		text := fmt.Sprint(l)
		if strings.HasPrefix(text, "nan:") {
			nans[i], patterns = text, true
			continue
		}
		bits, err := strconv.ParseUint(text, 10, width)
		if err != nil {
			return err
		}
		var le [8]byte
		binary.LittleEndian.PutUint64(le[:], bits)
		copy(v.Vec[i*width/8:(i+1)*width/8], le[:])
	}
	if patterns {
		v.NaN, v.Lane = nans, width
	}
	return nil
}
