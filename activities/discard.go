package activities

import (
	"context"

	"github.com/everframe/everframe/internal/fault"
	"github.com/everframe/everframe/internal/media"
	"github.com/everframe/everframe/internal/storage"
	"github.com/everframe/everframe/job"
)

// DiscardInput names a job that has ended.
type DiscardInput struct {
	Job job.ID
}

// Discard removes what only that job needed. Chunks and tracks stay for a
// while: another job may ask for the same ([Activities.Sweep]).
//
// Errors: Unavailable.
func (a *Activities) Discard(ctx context.Context, in DiscardInput) error {
	return reported(ctx, a.removeAll(ctx, jobWork(in.Job), func(storage.Info) bool { return true }))
}

// Sweep removes intermediate results that nobody has needed for the retention
// time: those older than it, and older than any that an unfinished job can have
// begun with, which takes none older than half the retention time. What jobs/
// still holds then belongs to jobs that ended without running their last steps
// (terminated ones). A store that leaves files of its own after a crash is
// swept, too.
//
// Errors: Unavailable.
func (a *Activities) Sweep(ctx context.Context) error {
	keep := a.retention()
	before := a.Now().Add(-keep)
	began, ok, err := a.Records.OldestActive(ctx)
	if err != nil {
		return reported(ctx, err)
	}
	if needed := began.Add(-keep / 2); ok && needed.Before(before) {
		before = needed
	}
	for _, prefix := range []string{chunkPrefix, trackPrefix, jobPrefix} {
		if err := a.removeAll(ctx, prefix, func(i storage.Info) bool { return i.Modified.Before(before) }); err != nil {
			return reported(ctx, err)
		}
	}
	if s, ok := a.Store.(storage.Sweeper); ok {
		return reported(ctx, s.Sweep(ctx, before))
	}
	return nil
}

// removeAll deletes the work objects under prefix that unwanted picks, in
// listing order. A note (.json) comes before the encode it vouches for (.m4a,
// .mp3, .mp4), so that a crash between the two leaves an encode without a note,
// which is merely made again.
func (a *Activities) removeAll(ctx context.Context, prefix string, unwanted func(storage.Info) bool) error {
	var failed error
	err := a.Store.List(ctx, media.WorkBucket, prefix, func(key string, info storage.Info) bool {
		if !unwanted(info) {
			return true
		}
		ref := media.Work(key)
		// A list may be old when its end is reached: the encode may have been
		// replaced since.
		now, err := a.Store.Stat(ctx, ref)
		switch {
		case fault.KindOf(err) == fault.NotFound, err == nil && !unwanted(now):
			return true
		case err == nil:
			err = a.Store.Delete(ctx, ref)
		}
		failed = err
		return err == nil
	})
	if failed != nil {
		return lost(failed)
	}
	if fault.KindOf(err) == fault.NotFound {
		return nil // no work bucket yet
	}
	return lost(err)
}
