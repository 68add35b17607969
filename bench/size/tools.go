package main

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// toolLog is the environment variable with the file to which this program, as the -toolexec of the go command, writes
// what each tool took. Lines are written at once, so several tools may run at the same time.
const toolLog = "SIZE_TOOL_LOG"

// runTool runs a tool of the Go toolchain and returns its exit code.
func runTool(args []string) int {
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	start := time.Now()
	err := cmd.Run()
	if cmd.ProcessState == nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	u := usageOf(cmd, time.Since(start))
	line := fmt.Sprintf("%d %.0f %s %s\n", u.cpu, u.rss, filepath.Base(args[0]), os.Getenv("TOOLEXEC_IMPORTPATH"))
	f, err := os.OpenFile(os.Getenv(toolLog), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err == nil {
		_, err = f.WriteString(line)
		f.Close()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return cmd.ProcessState.ExitCode()
}

// tools is the sum of a tool log: the compilers' and assemblers' time, and the largest compiler.
type tools struct {
	cpu     time.Duration
	largest float64
}

func readToolLog(name string) (t tools, err error) {
	f, err := os.Open(name)
	if err != nil {
		return t, err
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var cpu int64
		var rss float64
		var tool string
		if _, err := fmt.Sscan(lines.Text(), &cpu, &rss, &tool); err != nil {
			return t, fmt.Errorf("%s: %q: %w", name, lines.Text(), err)
		}
		if strings.HasPrefix(tool, "link") {
			continue // the same whatever the source looks like
		}
		t.cpu += time.Duration(cpu)
		t.largest = max(t.largest, rss)
	}
	return t, nil
}
