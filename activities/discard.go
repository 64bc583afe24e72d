package activities

import (
	"context"
	"strings"
	"time"

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

const defaultWorkRetention = 24 * time.Hour

// Sweep removes intermediate results that nobody has needed for the retention
// time: those older than it and older than the oldest unfinished job. What
// jobs/ still holds then belongs to jobs that ended without running their last
// steps (terminated ones).
//
// Errors: Unavailable.
func (a *Activities) Sweep(ctx context.Context) error {
	keep := a.WorkRetention
	if keep <= 0 {
		keep = defaultWorkRetention
	}
	before := a.Now().Add(-keep)
	began, ok, err := a.Records.OldestActive(ctx)
	if err != nil {
		return reported(ctx, err)
	}
	if ok && began.Before(before) {
		before = began
	}
	for _, prefix := range []string{chunkPrefix, trackPrefix, jobPrefix} {
		if err := a.removeAll(ctx, prefix, func(i storage.Info) bool { return i.Modified.Before(before) }); err != nil {
			return reported(ctx, err)
		}
	}
	return nil
}

// removeAll deletes the work objects under prefix that unwanted picks. A note
// goes before the piece it vouches for, so that a crash between the two leaves
// a piece without a note, which is merely encoded again.
func (a *Activities) removeAll(ctx context.Context, prefix string, unwanted func(storage.Info) bool) error {
	var notes, rest []string
	err := a.Store.List(ctx, media.WorkBucket, prefix, func(key string, info storage.Info) bool {
		switch {
		case !unwanted(info):
		case strings.HasSuffix(key, ".json"):
			notes = append(notes, key)
		default:
			rest = append(rest, key)
		}
		return ctx.Err() == nil
	})
	if fault.KindOf(err) == fault.NotFound {
		return nil // no work bucket yet
	}
	if err != nil {
		return err
	}
	for _, key := range append(notes, rest...) {
		if err := a.Store.Delete(ctx, media.Work(key)); err != nil {
			return err
		}
	}
	return nil
}
