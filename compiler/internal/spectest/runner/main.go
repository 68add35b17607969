package runner

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
)

// Request asks a worker to run one script.
type Request struct {
	// File holds the Script as JSON.
	File string
	// Form is the memory form of the packages, "guard" or "checked".
	Form string
	// Without lists the indices of commands to leave out: those at which an earlier worker died.
	Without []int
}

// Response is one line of a worker's output: the outcome of a command, or the end of the script.
type Response struct {
	Outcome
	Done bool   `json:",omitempty"`
	Err  string `json:",omitempty"`
}

// Main serves Requests on standard input, a JSON value each, with Responses on standard output. A command that kills
// or hangs the process is the one behind the last outcome.
func Main(packages []Package) {
	forms := map[string]map[string]*Package{}
	for i := range packages {
		p := &packages[i]
		if forms[p.Form] == nil {
			forms[p.Form] = map[string]*Package{}
		}
		forms[p.Form][p.Key] = p
	}
	in, out := json.NewDecoder(os.Stdin), json.NewEncoder(os.Stdout)
	for {
		var q Request
		if err := in.Decode(&q); err == io.EOF {
			return
		} else if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		done := Response{Done: true}
		if err := serve(q, forms[q.Form], out); err != nil {
			done.Err = err.Error()
		}
		out.Encode(done)
	}
}

func serve(q Request, packages map[string]*Package, out *json.Encoder) error {
	raw, err := os.ReadFile(q.File)
	if err != nil {
		return err
	}
	var s Script
	if err := json.Unmarshal(raw, &s); err != nil {
		return err
	}
	m, err := newMachine(packages, q.Form == "guard")
	if err != nil {
		return err
	}
	defer m.close()
	for i := range s.Commands {
		c := &s.Commands[i]
		if slices.Contains(q.Without, c.Index) {
			m.leaveOut(c)
			continue
		}
		if err := out.Encode(Response{Outcome: m.run(c)}); err != nil {
			return err
		}
	}
	return nil
}
