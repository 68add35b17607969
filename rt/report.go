package rt

import (
	"context"
	"errors"
)

// Exit codes of a native program whose guest did not end by itself.
const (
	exitFailure = 1
	exitTimeout = 124 // as timeout(1) has it
	exitTrap    = 134 // 128 + SIGABRT, as a shell reports a native program that aborts
)

// reporter is an error with more to say than fits into a line: *Trap, *PanicError, *DeadlockError.
type reporter interface {
	error
	Report() string
}

// ExitCode returns the exit code of a program whose guest ended with err: 0 for nil, the guest's own for an *ExitError,
// 134 for a trap, a host function's panic or a deadlock, 124 for a deadline, else 1.
func ExitCode(err error) int {
	var exit *ExitError
	var report reporter
	switch {
	case err == nil:
		return 0
	case errors.As(err, &exit):
		return int(exit.Code)
	case errors.As(err, &report):
		return exitTrap
	case errors.Is(err, context.DeadlineExceeded):
		return exitTimeout
	}
	return exitFailure
}

// Report returns what there is to say about the end of a guest, with stacks: lines, each with its end. It is "" for nil
// and an *ExitError.
func Report(err error) string {
	var exit *ExitError
	var report reporter
	switch {
	case err == nil || errors.As(err, &exit):
		return ""
	case errors.As(err, &report):
		return report.Report()
	}
	return err.Error() + "\n"
}
