package catalog

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"

	"github.com/everframe/everframe/internal/fault"
	"github.com/everframe/everframe/job"
)

// CreatePipeline adds a pipeline. It may run maxActive jobs at once; 0 leaves
// that to [Catalog.Claim]. Errors: Exists if the id is taken (draw another).
func (c *Catalog) CreatePipeline(ctx context.Context, p job.Pipeline, maxActive int, nowMillis int64) error {
	const op = "catalog.CreatePipeline"
	doc, err := json.Marshal(p)
	if err != nil {
		return fault.Wrap(err, op, fault.Internal)
	}
	return c.db.transaction(ctx, op, func(s session) error {
		var position int64
		if err := s.row(ctx, qNextPositions, []any{1, "pipeline"}, &position); err != nil {
			return err
		}
		n, err := s.exec(ctx, qInsertPipeline, p.ID, position, p.Status, maxActive, string(doc), nowMillis)
		if err == nil && n == 0 {
			err = (&fault.Error{Op: op, Kind: fault.Exists}).On(string(p.ID))
		}
		return err
	})
}

// Pipeline returns a pipeline. Errors: NotFound.
func (c *Catalog) Pipeline(ctx context.Context, id job.ID) (Pipeline, error) {
	const op = "catalog.Pipeline"
	p, err := one(ctx, c.db.reading(), scanPipeline, qPipeline, id)
	return p, orNotFound(op, string(id), err)
}

// SetPipelineStatus pauses or resumes a pipeline and returns it as it is now.
// What runs goes on running; after resuming, [Catalog.Claim]. Errors: NotFound.
func (c *Catalog) SetPipelineStatus(ctx context.Context, id job.ID, status job.PipelineStatus) (Pipeline, error) {
	const op = "catalog.SetPipelineStatus"
	p, err := one(ctx, c.db.writing(), scanPipeline, qSetPipelineStatus, status, id)
	return p, orNotFound(op, string(id), err)
}

// Pipelines lists the pipelines by creation. The token of the next page is
// empty on the last one. Errors: Invalid for a token that is no pipeline's id.
func (c *Catalog) Pipelines(ctx context.Context, page Page) (pipelines []Pipeline, next string, err error) {
	const op = "catalog.Pipelines"
	return list(ctx, c, op, page, qPipelinePosition, scanPipeline, qPipelines)
}

// orNotFound is failed that names the id nothing was found for.
func orNotFound(op, id string, err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return notFound(op, id)
	}
	return failed(op, err)
}
