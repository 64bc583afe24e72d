package main

import (
	"context"
	"errors"
	"time"

	"github.com/everframe/everframe/job"
)

// polling says how often jobs are read.
type polling struct {
	first, last time.Duration // the pause grows from one to the other
	patience    time.Duration // how long a server may be away, as while it restarts
}

// next returns the pause after one of d.
func (p polling) next(d time.Duration) time.Duration { return min(d+d/4, p.last) }

// watched is one job on its way.
type watched struct {
	input string // the local file, for people; empty if there is none
	job   job.Job
}

// view shows how jobs get on. Its methods are called by one goroutine.
type view interface {
	update(at time.Time, jobs []*watched)
	note(text string) // one line that stays
	close()           // what is shown stays; must come before anything else is printed
}

// watcher follows jobs to their end.
type watcher struct {
	api     *client
	poll    polling
	view    view
	clock   func() time.Time
	watched []*watched
	alive   func() error // tells why the server cannot come back; nil is never
}

// run returns when every job has ended, ctx ends, or the server is away for
// longer than patience. The watched jobs hold the last that was read.
func (w *watcher) run(ctx context.Context) error {
	pause := w.poll.first
	var lost time.Time // since when the server is away
	for {
		err := w.read(ctx)
		switch now := w.clock(); {
		case err == nil:
			lost = time.Time{}
			w.view.update(now, w.watched)
			if w.ended() {
				return nil
			}
		case ctx.Err() != nil || !passing(err):
			return err
		case w.alive != nil && w.alive() != nil:
			return w.alive()
		case lost.IsZero():
			lost = now
			w.view.note("The server does not answer; its jobs go on when it is back. Waiting.")
		case now.Sub(lost) > w.poll.patience:
			return err
		}
		if err := sleep(ctx, pause); err != nil {
			return err
		}
		pause = w.poll.next(pause)
	}
}

// read reads every job that has not ended.
func (w *watcher) read(ctx context.Context) error {
	for _, j := range w.watched {
		if j.job.Terminal() {
			continue
		}
		now, err := w.api.readJob(ctx, j.job.ID)
		if err != nil {
			return err
		}
		j.job = now
	}
	return nil
}

func (w *watcher) ended() bool {
	for _, j := range w.watched {
		if !j.job.Terminal() {
			return false
		}
	}
	return true
}

// verdict is nil if every job is Complete.
func (w *watcher) verdict() error {
	failed := 0
	for _, j := range w.watched {
		if j.job.Status != job.Complete {
			failed++
		}
	}
	if failed == 0 {
		return nil
	}
	return jobsError{failed, len(w.watched)}
}

// passing tells whether a server that gave err may do better later.
func passing(err error) bool {
	var gone *unreachable
	var refused *apiError
	return errors.As(err, &gone) || errors.As(err, &refused) && (refused.Status >= 500 || refused.Status == 429)
}
