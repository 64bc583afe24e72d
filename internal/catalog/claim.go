package catalog

import (
	"cmp"
	"context"
	"slices"

	"github.com/everframe/everframe/internal/fault"
	"github.com/everframe/everframe/job"
)

// Claim takes the oldest waiting jobs of a pipeline while it is Active and has
// fewer than its limit claimed or running, and returns them, oldest first. The
// limit is the pipeline's own, or defaultLimit if it has none. However many
// call at once, none is claimed twice and the limit holds.
//
// Whoever claims starts: tell each job's workflow, then [Catalog.Started].
// Claims whose claimer died are found by [Catalog.ClaimsBefore].
// Errors: NotFound.
func (c *Catalog) Claim(ctx context.Context, pipeline job.ID, defaultLimit int, nowMillis int64) ([]Record, error) {
	const op = "catalog.Claim"
	// Most calls find a full pipeline or an empty queue; those must not wait
	// for the writers. What changes right after this look has its own call.
	if n, err := room(ctx, c.db.reading(), op, pipeline, defaultLimit); err != nil || n == 0 {
		return nil, err
	}
	var claimed []Record
	err := c.db.transaction(ctx, op, func(s session) error {
		var id job.ID
		if err := s.row(ctx, qLockPipeline, []any{pipeline}, &id); err != nil {
			return err
		}
		n, err := room(ctx, s, op, pipeline, defaultLimit) // again, now that nobody else claims
		if err != nil || n == 0 {
			return err
		}
		claimed, err = all(ctx, s, scanRecord, qClaim, pipeline, n, nowMillis)
		return err
	})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(claimed, func(a, b Record) int { return cmp.Compare(a.Position, b.Position) })
	return claimed, nil
}

// room returns how many jobs the pipeline could claim: 0 when it is paused,
// full, or has none waiting.
func room(ctx context.Context, s session, op string, pipeline job.ID, defaultLimit int) (int, error) {
	var (
		status           job.PipelineStatus
		maxActive, taken int
		waiting          bool
	)
	err := s.row(ctx, qRoom, []any{pipeline}, &status, &maxActive, &taken, &waiting)
	if err != nil {
		return 0, orNotFound(op, string(pipeline), err)
	}
	if status != job.Active || !waiting {
		return 0, nil
	}
	if maxActive == 0 {
		maxActive = defaultLimit
	}
	return max(0, maxActive-taken), nil
}

// Started notes that a claimed job's workflow is at work. Again is fine, also
// when the job is done already. Errors: NotFound; Conflict while it waits.
func (c *Catalog) Started(ctx context.Context, id job.ID) error {
	const op = "catalog.Started"
	return c.move(ctx, op, qStarted, id, Running, Done)
}

// Release gives back a claim whose workflow could not be told: the job waits
// again, in its old place. Again is fine. Errors: NotFound; Conflict if it
// runs or is done.
func (c *Catalog) Release(ctx context.Context, id job.ID) error {
	const op = "catalog.Release"
	return c.move(ctx, op, qRelease, id, Waiting)
}

// move runs a query that changes a claimed job's slot. A job that is in one
// of the slots of fine needs no change.
func (c *Catalog) move(ctx context.Context, op, query string, id job.ID, fine ...Slot) error {
	n, err := c.db.writing().exec(ctx, query, id)
	if err != nil || n == 1 {
		return failed(op, err)
	}
	r, err := c.Job(ctx, id)
	if err == nil && !slices.Contains(fine, r.Slot) {
		err = conflict(op, r)
	}
	return err
}

// conflict is kind Conflict: the job is in the wrong slot for what was asked.
func conflict(op string, r Record) error {
	return (&fault.Error{Op: op, Kind: fault.Conflict}).On(string(r.Job.ID) + " (" + string(r.Slot) + ")")
}
