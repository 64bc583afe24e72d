package activities

import (
	"errors"
	"strconv"
	"strings"

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

func asExit(err error, to **proc.ExitError) bool { return errors.As(err, to) }

// encodeFailed says what a failed encode means. The probe found the file
// readable, so a plain exit is the media's doing (4007: of a supported type,
// but it could not be processed) and no retry helps. A process that was killed
// or ran out of disk is the machine's trouble: another try may do.
func encodeFailed(err error) error {
	var exit *proc.ExitError
	switch {
	case !asExit(err, &exit):
		return err
	case exit.Signal != 0 || strings.Contains(exit.Stderr, "No space left on device") || strings.Contains(exit.Stderr, "Cannot allocate memory"):
		return fault.Wrap(err, "activities.encode", fault.Unavailable)
	}
	return fault.New("activities.encode", fault.BadInput, fault.UnhandledInputFile, "%s", fault.UnhandledInputFile.Text()).Because(err)
}

// muxFailed says what a failed command on our own files means: a bug.
func muxFailed(err error) error {
	var exit *proc.ExitError
	if !asExit(err, &exit) || exit.Signal != 0 {
		return err
	}
	return fault.Wrap(err, "activities.mux", fault.Internal)
}
