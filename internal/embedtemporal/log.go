package embedtemporal

import (
	"context"
	"log/slog"
	"runtime"
	"sync/atomic"

	tlog "go.temporal.io/server/common/log"
	"go.temporal.io/server/common/log/tag"
)

// serverLog hands the server's log to slog, one level quieter than it was
// meant: its Info is written for operators of a fleet.
//
// While starting and stopping, services miss each other for some milliseconds
// and report that with stacks at error level; such lines become Debug.
type serverLog struct {
	out    *slog.Logger
	shared *logState
	fatal  chan error
}

type logState struct {
	quiet atomic.Bool
	died  atomic.Pointer[fatalError]
}

// fatalError is what the server said before it wanted to end the process.
type fatalError struct {
	msg string
	err error
}

func (e *fatalError) Error() string {
	if e.err == nil {
		return "temporal: " + e.msg
	}
	return "temporal: " + e.msg + ": " + e.err.Error()
}

func (e *fatalError) Unwrap() error { return e.err }

func newServerLog(out *slog.Logger) *serverLog {
	l := &serverLog{out: out.With("component", "temporal"), shared: new(logState), fatal: make(chan error, 1)}
	l.hush()
	return l
}

func (l *serverLog) hush() { l.shared.quiet.Store(true) }
func (l *serverLog) loud() { l.shared.quiet.Store(false) }

// dead returns the fatal error the server reported, or nil.
func (l *serverLog) dead() error {
	if e := l.shared.died.Load(); e != nil {
		return e
	}
	return nil
}

func (l *serverLog) write(level slog.Level, msg string, tags []tag.Tag) {
	if l.shared.quiet.Load() {
		level = slog.LevelDebug
	}
	ctx := context.Background()
	if !l.out.Enabled(ctx, level) {
		return
	}
	l.out.LogAttrs(ctx, level, msg, attrs(tags)...)
}

func attrs(tags []tag.Tag) []slog.Attr {
	as := make([]slog.Attr, len(tags))
	for i, t := range tags {
		as[i] = slog.Any(t.Key(), t.Value())
	}
	return as
}

// Debug, Info, Warn, Error and DPanic implement the server's logger.
func (l *serverLog) Debug(msg string, tags ...tag.Tag)  { l.write(slog.LevelDebug, msg, tags) }
func (l *serverLog) Info(msg string, tags ...tag.Tag)   { l.write(slog.LevelDebug, msg, tags) }
func (l *serverLog) Warn(msg string, tags ...tag.Tag)   { l.write(slog.LevelWarn, msg, tags) }
func (l *serverLog) Error(msg string, tags ...tag.Tag)  { l.write(slog.LevelError, msg, tags) }
func (l *serverLog) DPanic(msg string, tags ...tag.Tag) { l.write(slog.LevelError, msg, tags) }

// Panic logs and panics, as the server expects.
func (l *serverLog) Panic(msg string, tags ...tag.Tag) {
	l.write(slog.LevelError, msg, tags)
	panic("temporal: " + msg)
}

// Fatal must not return, and must not end a process that has other work to
// finish: it records the error and ends the calling goroutine.
func (l *serverLog) Fatal(msg string, tags ...tag.Tag) {
	e := &fatalError{msg: msg}
	for _, t := range tags {
		if err, ok := t.Value().(error); ok {
			e.err = err
		}
	}
	l.write(slog.LevelError, msg, tags)
	if l.shared.died.CompareAndSwap(nil, e) {
		l.fatal <- e // buffered, and only the first one sends
	}
	runtime.Goexit()
}

// With returns a logger that adds tags to every line.
func (l *serverLog) With(tags ...tag.Tag) tlog.Logger {
	args := make([]any, len(tags))
	for i, a := range attrs(tags) {
		args[i] = a
	}
	return &serverLog{out: l.out.With(args...), shared: l.shared, fatal: l.fatal}
}
