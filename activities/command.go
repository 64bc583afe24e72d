package activities

import (
	"errors"
	"strconv"
	"strings"
	"syscall"

	"github.com/everframe/everframe/internal/fault"
	"github.com/everframe/everframe/internal/proc"
)

// line returns a command as a person can paste it into a shell.
func line(program string, args []string) string {
	var b strings.Builder
	b.WriteString(program)
	for _, arg := range args {
		b.WriteByte(' ')
		b.WriteString(quoted(arg))
	}
	return b.String()
}

func quoted(arg string) string {
	const plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_=+:,./@%"
	if arg != "" && strings.Trim(arg, plain) == "" {
		return arg
	}
	return "'" + strings.ReplaceAll(arg, "'", `'\''`) + "'"
}

func decimal(n int) string { return strconv.Itoa(n) }

// encodeFailed says what a failed encode means. The probe found the file
// readable, so the media is to blame (4007: of a supported type, but it could
// not be processed) and no retry helps.
func encodeFailed(err error) error {
	return ranBadly(err, fault.New("activities.encode", fault.BadInput, fault.UnhandledInputFile, "%s", fault.UnhandledInputFile.Text()))
}

// unreadable is what a failed reading of a customer's file means.
func unreadable(err error) error {
	return ranBadly(err, damaged(""))
}

// muxFailed says what a failed command on our own files means: a bug.
func muxFailed(err error) error {
	return ranBadly(err, &fault.Error{Op: "activities.mux", Kind: fault.Internal})
}

// ranBadly gives the error of a program's run its meaning: verdict, if it is the
// program that failed. One that was killed or ran out of disk or memory is this
// machine's trouble; one that could not be run at all keeps its error.
func ranBadly(err error, verdict *fault.Error) error {
	var exit *proc.ExitError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &exit) && !starved(exit):
		return verdict.Because(err)
	case exit != nil || fault.KindOf(err) == fault.Unavailable:
		return trouble(err, "activities.run")
	}
	return err
}

// starved reports whether a program ended for want of something that this
// machine, at this time, does not give it. A crash is none of that: the same
// bytes will crash the next one, too.
func starved(exit *proc.ExitError) bool {
	switch exit.Signal {
	case 0:
	case syscall.SIGSEGV, syscall.SIGBUS, syscall.SIGABRT, syscall.SIGFPE, syscall.SIGILL:
		return false
	default:
		return true
	}
	for _, said := range []string{"No space left on device", "Disk quota exceeded", "Cannot allocate memory", "malloc of size"} {
		if strings.Contains(exit.Stderr, said) {
			return true
		}
	}
	return false
}
