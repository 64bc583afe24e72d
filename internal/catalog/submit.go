package catalog

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/everframe/everframe/internal/fault"
	"github.com/everframe/everframe/job"
)

// Submission is a job to put into its pipeline's queue.
type Submission struct {
	Job        job.Job         // Submitted; its id, pipeline and time of submission count
	WorkflowID string          // empty = the job's id
	Token      string          // fixed by the client, so that it may submit again; empty = none
	Request    json.RawMessage // the body of CreateJob
}

const (
	submitBatch   = 256         // submissions a transaction takes at most: a few ms of SQLite's only writer
	submitTimeout = time.Minute // for a transaction, whoever of its submitters has gone
)

// Submit puts a job at the end of its pipeline's queue and returns its record.
// A second submission with the same token, workflow id or job id changes
// nothing and returns the first one's record, with created false.
//
// Submissions that arrive while another is being written share the next
// transaction. When ctx ends while that is under way, the job may have been
// submitted; submitting again tells.
//
// Errors: NotFound for an unknown pipeline; Invalid for a request that is not
// JSON, or a token or workflow id that is not plain text.
func (c *Catalog) Submit(ctx context.Context, s Submission) (r Record, created bool, err error) {
	const op = "catalog.Submit"
	w, err := newSubmitter(op, s)
	if err != nil {
		return Record{}, false, err
	}
	if err := ctx.Err(); err != nil {
		return Record{}, false, failed(op, err)
	}
	c.queue.add(w)
	select {
	case <-w.done:
	case c.queue.turn <- struct{}{}:
		// This one commits for all that wait, until its own is through.
		for !w.isDone() {
			c.commit(context.WithoutCancel(ctx), op, c.queue.take(submitBatch))
		}
		<-c.queue.turn
	case <-ctx.Done():
		c.queue.remove(w)
		return Record{}, false, failed(op, ctx.Err())
	}
	return w.record, w.created, w.err
}

// submitter is a submission and, once done is closed, what became of it.
type submitter struct {
	wanted Record
	doc    string // of wanted.Job

	done    chan struct{}
	record  Record
	created bool
	err     error
}

func newSubmitter(op string, s Submission) (*submitter, error) {
	doc, err := json.Marshal(s.Job)
	if err != nil {
		return nil, fault.Wrap(err, op, fault.Internal)
	}
	if s.WorkflowID == "" {
		s.WorkflowID = string(s.Job.ID)
	}
	switch {
	case s.Job.ID == "":
		return nil, fault.New(op, fault.Invalid, 0, "the job has no id")
	case !plain(s.WorkflowID):
		return nil, fault.New(op, fault.Invalid, 0, "the workflow id is not plain text of at most 1000 bytes")
	case !plain(s.Token):
		return nil, fault.New(op, fault.Invalid, 0, "the client's token is not plain text of at most 1000 bytes")
	case !json.Valid(s.Request), !utf8.Valid(s.Request):
		return nil, fault.New(op, fault.Invalid, 0, "the request is not JSON")
	}
	return &submitter{
		wanted: Record{
			Job: s.Job, WorkflowID: s.WorkflowID, Token: s.Token, Slot: Waiting,
			Request: s.Request, SubmittedMillis: s.Job.Timing.SubmitTimeMillis,
		},
		doc:  string(doc),
		done: make(chan struct{}),
	}, nil
}

// plain tells whether a database keeps s as it is. 1000: Temporal's limit of
// workflow ids.
func plain(s string) bool {
	return len(s) <= 1000 && utf8.ValidString(s) && !strings.Contains(s, "\x00")
}

func (w *submitter) isDone() bool {
	select {
	case <-w.done:
		return true
	default:
		return false
	}
}

// commit writes a batch and tells each submitter. When it fails as a whole,
// each is tried alone: one cannot spoil the others.
func (c *Catalog) commit(ctx context.Context, op string, batch []*submitter) {
	ctx, cancel := context.WithTimeout(ctx, submitTimeout)
	defer cancel()
	err := c.insert(ctx, op, batch)
	if err != nil && len(batch) > 1 && fault.KindOf(err) == fault.Internal {
		for _, w := range batch {
			c.commit(ctx, op, []*submitter{w})
		}
		return
	}
	for _, w := range batch {
		if err != nil {
			w.err = err
		}
		close(w.done)
	}
}

func (c *Catalog) insert(ctx context.Context, op string, batch []*submitter) error {
	return c.db.transaction(ctx, op, func(s session) error {
		var last int64
		if err := s.row(ctx, qNextPositions, []any{len(batch), "job"}, &last); err != nil {
			return err
		}
		known := map[job.ID]bool{} // pipelines that were looked up
		for i, w := range batch {
			w.err = nil // of an earlier try
			pipeline := w.wanted.Job.PipelineID
			if _, asked := known[pipeline]; !asked {
				var position int64
				err := s.row(ctx, qPipelinePosition, []any{pipeline}, &position)
				if err != nil && !errors.Is(err, sql.ErrNoRows) {
					return err
				}
				known[pipeline] = err == nil
			}
			if !known[pipeline] {
				w.err = notFound(op, string(pipeline))
				continue
			}
			if err := w.insert(ctx, op, s, last-int64(len(batch)-1-i)); err != nil {
				return err
			}
		}
		return nil
	})
}

func (w *submitter) insert(ctx context.Context, op string, s session, position int64) error {
	r := w.wanted
	n, err := s.exec(ctx, qInsertJob, r.Job.ID, position, r.WorkflowID, sql.NullString{String: r.Token, Valid: r.Token != ""},
		r.Job.PipelineID, r.Job.Status, string(r.Request), w.doc, r.SubmittedMillis)
	if err != nil {
		return err
	}
	if w.created = n == 1; w.created {
		w.record = r
		w.record.Position = position
		return nil
	}
	for _, by := range []struct{ query, value string }{
		{qJobByToken, r.Token}, {qJobByWorkflow, r.WorkflowID}, {qJobByID, string(r.Job.ID)},
	} {
		w.record, err = one(ctx, s, scanRecord, by.query, by.value)
		if !errors.Is(err, sql.ErrNoRows) {
			return err
		}
	}
	return fault.New(op, fault.Internal, 0, "").On(string(r.Job.ID)) // inserted and deleted in between: nothing deletes
}

// submitQueue holds the submissions that wait for a transaction.
type submitQueue struct {
	turn chan struct{} // size 1: a token held by the submitter that commits

	mu      sync.Mutex // guards waiting
	waiting []*submitter
}

func newSubmitQueue() *submitQueue { return &submitQueue{turn: make(chan struct{}, 1)} }

func (q *submitQueue) add(w *submitter) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.waiting = append(q.waiting, w)
}

// take removes and returns the first n at most.
func (q *submitQueue) take(n int) []*submitter {
	q.mu.Lock()
	defer q.mu.Unlock()
	n = min(n, len(q.waiting))
	batch := slices.Clone(q.waiting[:n])
	q.waiting = slices.Delete(q.waiting, 0, n)
	return batch
}

func (q *submitQueue) remove(w *submitter) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if i := slices.Index(q.waiting, w); i >= 0 {
		q.waiting = slices.Delete(q.waiting, i, i+1)
	}
}
