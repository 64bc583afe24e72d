package catalog

import (
	"context"
	"encoding/json"

	"github.com/everframe/everframe/internal/fault"
	"github.com/everframe/everframe/job"
)

// Update writes what a job's workflow reports. It is applied only if sequence
// is greater than that of the last one applied and the job is not done, so
// repeated and late reports are harmless.
//
// A terminal status makes the record final and frees the job's slot: call
// [Catalog.Claim] then. Any other shows that a claimed job runs.
// Errors: NotFound.
func (c *Catalog) Update(ctx context.Context, j job.Job, sequence int64) (applied bool, err error) {
	const op = "catalog.Update"
	doc, err := json.Marshal(j)
	if err != nil {
		return false, fault.Wrap(err, op, fault.Internal)
	}
	if j.Terminal() {
		return c.write(ctx, op, j.ID, qFinish, string(doc), j.Status, sequence, j.Timing.FinishTimeMillis, j.ID, sequence)
	}
	return c.write(ctx, op, j.ID, qProgress, string(doc), j.Status, sequence, j.ID, sequence)
}

// Finish makes a job's record final without a word from its workflow: repair,
// when the workflow was terminated or never began. It reports false if the
// job is done already. Errors: NotFound; Invalid unless j's status is terminal.
func (c *Catalog) Finish(ctx context.Context, j job.Job) (applied bool, err error) {
	const op = "catalog.Finish"
	if !j.Terminal() {
		return false, fault.New(op, fault.Invalid, 0, "status %s is not final", j.Status).On(string(j.ID))
	}
	doc, err := json.Marshal(j)
	if err != nil {
		return false, fault.Wrap(err, op, fault.Internal)
	}
	return c.write(ctx, op, j.ID, qForceFinish, string(doc), j.Status, j.Timing.FinishTimeMillis, j.ID)
}

func (c *Catalog) write(ctx context.Context, op string, id job.ID, query string, args ...any) (applied bool, err error) {
	n, err := c.db.writing().exec(ctx, query, args...)
	if err != nil || n == 1 {
		return n == 1, failed(op, err)
	}
	var position int64
	err = c.db.reading().row(ctx, qJobPosition, []any{id}, &position)
	return false, orNotFound(op, string(id), err)
}

// CancelWaiting cancels a job that still waits in the queue and returns its
// final record: Canceled, as are its outputs and playlists, and without a
// time of start. Errors: NotFound; Conflict if it is waiting no more.
func (c *Catalog) CancelWaiting(ctx context.Context, id job.ID, nowMillis int64) (Record, error) {
	const op = "catalog.CancelWaiting"
	r, err := c.Job(ctx, id)
	if err != nil {
		return Record{}, err
	}
	if r.Slot != Waiting {
		return Record{}, conflict(op, r)
	}
	r.Job = canceled(r.Job, nowMillis)
	doc, err := json.Marshal(r.Job)
	if err != nil {
		return Record{}, fault.Wrap(err, op, fault.Internal)
	}
	n, err := c.db.writing().exec(ctx, qCancelWaiting, string(doc), r.Job.Status, nowMillis, id, r.Sequence)
	if err != nil {
		return Record{}, failed(op, err)
	}
	if n == 0 { // claimed, canceled or written since it was read
		return Record{}, conflict(op, r)
	}
	r.Slot, r.FinishedMillis = Done, nowMillis
	r.Sequence++
	return r, nil
}

// canceled returns j as canceled before it began. It changes j's lists, which
// its caller has just read.
func canceled(j job.Job, nowMillis int64) job.Job {
	j.Status = job.Canceled
	j.Timing.FinishTimeMillis = nowMillis
	for i := range j.Outputs {
		j.Outputs[i].Status = job.Canceled
	}
	for i := range j.Playlists {
		j.Playlists[i].Status = job.Canceled
	}
	return j
}
