package proc

import (
	"context"
	"syscall"
	"time"
)

// watchdog fires when it has not been fed for the whole of after.
type watchdog struct {
	after time.Duration
	timer *time.Timer // nil: never fires
}

func newWatchdog(after time.Duration) *watchdog {
	w := &watchdog{after: after}
	if after > 0 {
		w.timer = time.NewTimer(after)
	}
	return w
}

func (w *watchdog) feed() {
	if w.timer != nil {
		w.timer.Reset(w.after)
	}
}

func (w *watchdog) fired() <-chan time.Time {
	if w.timer == nil {
		return nil
	}
	return w.timer.C
}

// stopper ends a process group when it is time to.
type stopper struct {
	over  chan struct{} // closed when the program has ended
	done  chan struct{} // closed when the goroutine has
	cause error         // why the group was stopped; read after done
}

// startStopper watches ctx and the watchdog for the process group of pid.
func startStopper(ctx context.Context, pid int, grace time.Duration, w *watchdog) *stopper {
	s := &stopper{over: make(chan struct{}), done: make(chan struct{})}
	go func() {
		defer close(s.done)
		select {
		case <-s.over:
			return
		case <-ctx.Done():
			s.cause = ctx.Err()
		case <-w.fired():
			s.cause = errStalled
		}
		signalGroup(pid, syscall.SIGTERM)
		timer := time.NewTimer(grace)
		defer timer.Stop()
		select {
		case <-s.over:
		case <-timer.C:
			signalGroup(pid, syscall.SIGKILL)
		}
	}()
	return s
}

// end tells the stopper that the program has ended, waits for it, and returns
// why the program was stopped, or nil.
func (s *stopper) end() error {
	close(s.over)
	<-s.done
	return s.cause
}

// signalGroup signals every process in pid's group. That there is none is no
// error: they may have ended in between.
func signalGroup(pid int, sig syscall.Signal) {
	_ = syscall.Kill(-pid, sig) // ESRCH only: the group is ours
}
