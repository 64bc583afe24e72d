package main

import (
	"errors"
	"fmt"
	"io"
)

// The exit statuses; see the package documentation.
const (
	exitOK          = 0
	exitJob         = 1
	exitUsage       = 2
	exitServer      = 3
	exitInterrupted = 130 // what shells report for SIGINT
)

// usageError is a command line that cannot be obeyed.
type usageError struct{ err error }

func usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

func (e usageError) Error() string { return e.err.Error() }
func (e usageError) Unwrap() error { return e.err }

// jobsError tells that jobs ended in Error or Canceled; why has been printed.
type jobsError struct{ failed, all int }

func (e jobsError) Error() string {
	if e.all == 1 {
		return "the job did not complete"
	}
	return fmt.Sprintf("%d of %d jobs did not complete", e.failed, e.all)
}

// errInterrupted is the end of a command that the user did not wait for.
var errInterrupted = errors.New("interrupted")

func exitCode(err error) int {
	var usage usageError
	var jobs jobsError
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &usage):
		return exitUsage
	case errors.As(err, &jobs):
		return exitJob
	case errors.Is(err, errInterrupted):
		return exitInterrupted
	default:
		return exitServer
	}
}

// report prints err and returns the exit status it stands for.
func report(stderr io.Writer, err error) int {
	if err != nil {
		fmt.Fprintln(stderr, "starter:", printable(err.Error()))
	}
	return exitCode(err)
}
