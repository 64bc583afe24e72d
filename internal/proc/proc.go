// Package proc runs one external program to its end: in a process group of its
// own, without a shell, without standard input, within limits, and never
// longer than its caller wants.
//
//	result, err := proc.Run(ctx, proc.Command{Path: "ffmpeg", Args: args, Dir: dir}, func(line string) {
//		progress.Line(line)
//	})
//
// When the context ends, the group gets SIGTERM, a grace period, then SIGKILL;
// when this process dies, the kernel kills the program (Linux). When Run
// returns, no process of the group is left.
//
// The package knows nothing of what it runs: which arguments are safe is the
// caller's business, and so is whether exit status 0 was a success.
package proc

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"
	"time"

	"github.com/everframe/everframe/internal/fault"
)

const (
	defaultGrace = 5 * time.Second
	stderrTail   = 64 << 10 // bytes of standard error kept
	maxLine      = 64 << 10 // bytes of a line of standard output kept
)

// Command says what to run. Only Path is required.
type Command struct {
	Path string   // the program: a name looked up in PATH, or a path
	Args []string // its arguments, without the program's name
	Dir  string   // working directory; empty = this process's

	// Env is the whole environment, "NAME=value". Nil gives the program PATH
	// and LANG=C and nothing else: secrets in our environment stay ours, and
	// messages are in one language.
	Env []string

	// Limits bound what the program may use. See [Limits].
	Limits Limits

	// Nice lowers the program's share of the processors, 0 (as ours) to 19: one
	// that takes all it gets then does not keep this process from answering.
	Nice int

	// Grace is the time between SIGTERM and SIGKILL, and how long output kept
	// open by an escaped descendant is waited for. 0 = 5 s.
	Grace time.Duration

	// Stall is how long the program may print no line on standard output
	// before it counts as hung and is stopped. 0 = for ever.
	Stall time.Duration
}

// Limits are resource limits of the program; 0 = none. They hold on Linux
// only, where they are set right after the start: the program's first
// microseconds are not covered. Core dumps are always off.
type Limits struct {
	AddressSpace int64 // bytes of virtual memory; beyond it allocations fail
	CPUSeconds   int64 // seconds of processor time; SIGXCPU, five seconds later SIGKILL
	FileSize     int64 // bytes per file written; SIGXFSZ
	OpenFiles    int64
}

// Result is what the run cost and said. It is filled as far as known beside an
// error, too.
type Result struct {
	CPU    time.Duration // user and system time, of descendants it waited for as well
	MaxRSS int64         // largest resident memory, bytes
	Stderr string        // the last 64 KB of standard error
}

// ExitError says that a program ended with a status other than 0.
type ExitError struct {
	Path   string
	Args   []string
	Code   int            // exit status; -1 when a signal ended it
	Signal syscall.Signal // 0 when it exited by itself
	Stderr string         // the last 64 KB of standard error
}

// Error names the program, how it ended and the last line it said.
func (e *ExitError) Error() string {
	how := fmt.Sprintf("exit status %d", e.Code)
	if e.Signal != 0 {
		how = "killed by signal: " + e.Signal.String()
	}
	text := filepath.Base(e.Path) + ": " + how
	if last := lastLine(e.Stderr); last != "" {
		text += ": " + last
	}
	return text
}

// Run starts c and waits until it and its whole process group have ended.
// Each line of its standard output is handed to onLine without its line end,
// from one goroutine and never after Run has returned; of a line longer than
// 64 KB the beginning is given. A nil onLine discards the output.
//
// Errors, by kind:
//   - Canceled: ctx was canceled; the program was stopped, if it had started.
//   - Unavailable: ctx's deadline passed, the program stalled, or someone else
//     killed it with SIGKILL (the kernel when memory runs out); another try,
//     perhaps elsewhere, may succeed.
//   - Internal: the program is not there or cannot be started; or it ended
//     with another status than 0, then with an [*ExitError] in the chain. The
//     caller knows better what that means.
func Run(ctx context.Context, c Command, onLine func(line string)) (Result, error) {
	if err := ctx.Err(); err != nil {
		return Result{}, c.fault(kindOf(err), err)
	}
	path, err := exec.LookPath(c.Path)
	if err != nil {
		return Result{}, fault.New("proc.Run", fault.Internal, 0, "The program %s is not installed on this worker.", filepath.Base(c.Path)).Because(err)
	}
	if c.Grace <= 0 {
		c.Grace = defaultGrace
	}
	watch := newWatchdog(c.Stall)
	lines := &lineWriter{limit: maxLine, onLine: func(line string) {
		watch.feed()
		if onLine != nil {
			onLine(line)
		}
	}}
	stderr := &tail{limit: stderrTail}
	cmd := &exec.Cmd{
		Path: path, Args: append([]string{c.Path}, c.Args...), Dir: c.Dir, Env: c.Env,
		Stdout: lines, Stderr: stderr,
		SysProcAttr: attributes(), WaitDelay: c.Grace,
	}
	if cmd.Env == nil {
		cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "LANG=C"}
	}

	// The parent-death signal is tied to the thread that forked, not to the
	// process: the thread must live as long as the child.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := cmd.Start(); err != nil {
		return Result{}, c.fault(fault.Internal, err)
	}
	pid := cmd.Process.Pid
	limitErr := errors.Join(limit(pid, c.Limits), lower(pid, c.Nice))
	if limitErr != nil {
		signalGroup(pid, syscall.SIGKILL)
	}

	// The child is not reaped before the stopper is gone and the group is
	// dead: until then its id cannot name anybody else's processes.
	stop := startStopper(ctx, pid, c.Grace, watch)
	awaitErr := awaitExit(pid)
	cause := stop.end()
	signalGroup(pid, syscall.SIGKILL) // whatever it left behind
	waitErr := cmd.Wait()
	lines.close()

	result := Result{Stderr: stderr.String()}
	if s := cmd.ProcessState; s != nil {
		result.CPU = s.UserTime() + s.SystemTime()
		result.MaxRSS = maxRSS(s)
	}
	switch {
	case limitErr != nil:
		return result, c.fault(fault.Internal, fmt.Errorf("setting limits: %w", limitErr))
	case awaitErr != nil:
		return result, c.fault(fault.Internal, fmt.Errorf("waiting: %w", awaitErr))
	case cause != nil:
		return result, c.fault(kindOf(cause), cause)
	case waitErr == nil || errors.Is(waitErr, exec.ErrWaitDelay):
		// A descendant that left the group may keep the output open; the
		// program itself ended well.
		return result, nil
	}
	return result, c.exitFault(cmd.ProcessState, waitErr, result.Stderr)
}

// errStalled is the cause of a run stopped for silence.
var errStalled = errors.New("no output for too long")

func kindOf(cause error) fault.Kind {
	if errors.Is(cause, context.Canceled) {
		return fault.Canceled
	}
	return fault.Unavailable // a deadline or a stall
}

func (c Command) fault(k fault.Kind, err error) error {
	return &fault.Error{Op: "proc.Run", Kind: k, Object: filepath.Base(c.Path), Err: err}
}

func (c Command) exitFault(s *os.ProcessState, waitErr error, stderr string) error {
	if s == nil {
		return c.fault(fault.Internal, waitErr)
	}
	e := &ExitError{Path: c.Path, Args: c.Args, Code: s.ExitCode(), Stderr: stderr}
	if status, ok := s.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		e.Signal = status.Signal()
	}
	if e.Signal == 0 && e.Code == 0 {
		return c.fault(fault.Internal, waitErr) // reading its output failed
	}
	if e.Signal == syscall.SIGKILL {
		return c.fault(fault.Unavailable, e)
	}
	return c.fault(fault.Internal, e)
}

func lastLine(s string) string {
	b := bytes.TrimSpace([]byte(s))
	b = b[bytes.LastIndexByte(b, '\n')+1:]
	return string(b[:min(len(b), 300)])
}

// lower sets the nice value of a started process. Threads and children it makes
// later inherit it.
func lower(pid, nice int) error {
	if nice <= 0 {
		return nil
	}
	err := syscall.Setpriority(syscall.PRIO_PROCESS, pid, nice)
	if errors.Is(err, syscall.ESRCH) || errors.Is(err, syscall.EACCES) || errors.Is(err, syscall.EPERM) {
		return nil // it has ended already, or is as low as that: we are ourselves
	}
	return os.NewSyscallError("setpriority", err)
}
