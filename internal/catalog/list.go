package catalog

import (
	"context"
	"database/sql"
	"errors"
	"math"

	"github.com/everframe/everframe/internal/fault"
	"github.com/everframe/everframe/job"
)

// Page says which part of a list is wanted.
type Page struct {
	Ascending bool   // oldest first; false = newest first
	Token     string // the id of the last item of the page before; empty = the first page
	Limit     int    // items; 0 = [DefaultPage]
}

// DefaultPage is how many items a page has when nothing else is asked.
// Inferred: most client code that does not page assumes 50.
const DefaultPage = 50

// Job returns a job. Errors: NotFound.
func (c *Catalog) Job(ctx context.Context, id job.ID) (Record, error) {
	r, err := one(ctx, c.db.reading(), scanRecord, qJobByID, id)
	return r, orNotFound("catalog.Job", string(id), err)
}

// JobByWorkflow returns the job of a Temporal workflow. Errors: NotFound.
func (c *Catalog) JobByWorkflow(ctx context.Context, workflowID string) (Record, error) {
	r, err := one(ctx, c.db.reading(), scanRecord, qJobByWorkflow, workflowID)
	return r, orNotFound("catalog.JobByWorkflow", workflowID, err)
}

// JobsByPipeline lists the jobs of a pipeline by submission. The token of the
// next page is empty on the last one. Errors: NotFound for an unknown
// pipeline; Invalid for a token that is no job's id.
func (c *Catalog) JobsByPipeline(ctx context.Context, pipeline job.ID, page Page) (records []Record, next string, err error) {
	const op = "catalog.JobsByPipeline"
	records, next, err = list(ctx, c, op, page, qJobPosition, scanRecord, qJobsByPipeline, pipeline)
	if err == nil && len(records) == 0 {
		_, err = c.Pipeline(ctx, pipeline)
	}
	return records, next, err
}

// JobsByStatus lists the jobs of all pipelines in a status by submission. The
// token of the next page is empty on the last one, and stays good when its job
// has changed status. Errors: Invalid for a token that is no job's id.
func (c *Catalog) JobsByStatus(ctx context.Context, status job.Status, page Page) (records []Record, next string, err error) {
	return list(ctx, c, "catalog.JobsByStatus", page, qJobPosition, scanRecord, qJobsByStatus, status)
}

// positioned are the types that lists are made of.
type positioned interface {
	Record | Pipeline
	token() string
}

func (r Record) token() string   { return string(r.Job.ID) }
func (p Pipeline) token() string { return string(p.ID) }

// list reads a page: the query's own arguments come before the position to
// start after and the number of rows. findToken looks up a token's position.
func list[T positioned](ctx context.Context, c *Catalog, op string, page Page, findToken string,
	scan func(scanner) (T, error), query string, args ...any,
) (items []T, next string, err error) {
	s := c.db.reading()
	after := int64(math.MaxInt64)
	if page.Ascending {
		after = 0 // the first position is 1
	}
	if page.Token != "" {
		err := s.row(ctx, findToken, []any{page.Token}, &after)
		if errors.Is(err, sql.ErrNoRows) {
			return nil, "", fault.New(op, fault.Invalid, 0, "the page token is not valid").On(page.Token)
		}
		if err != nil {
			return nil, "", failed(op, err)
		}
	}
	limit := page.Limit
	if limit <= 0 {
		limit = DefaultPage
	}
	// One more than wanted tells whether there is a next page.
	items, err = all(ctx, s, scan, inOrder(query, page.Ascending), append(args, after, limit+1)...)
	if err != nil {
		return nil, "", failed(op, err)
	}
	if len(items) > limit {
		items = items[:limit]
		next = items[limit-1].token()
	}
	return items, next, nil
}
