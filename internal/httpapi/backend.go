package httpapi

import (
	"context"
	"io"

	"github.com/everframe/everframe/internal/media"
	"github.com/everframe/everframe/internal/storage"
	"github.com/everframe/everframe/job"
	"github.com/everframe/everframe/presets"
)

// The interfaces below are all this package asks of the rest. Their
// implementations are safe for concurrent use and report faults; the kinds
// that mean something here are named at each method. Texts for "not found"
// and "in use" are worded here.

// Jobs takes, lists and cancels jobs.
type Jobs interface {
	// Submit stores a request that has passed every check of this package and
	// returns its job, Submitted. body is the JSON it was read from. A repeated
	// ClientRequestToken returns the first job.
	// NotFound: the pipeline is gone. Limited: its backlog is full.
	Submit(ctx context.Context, req job.Request, body []byte) (job.Job, error)

	// Job returns a job as it is now, with the progress of a running one.
	// NotFound: no such job.
	Job(ctx context.Context, id job.ID) (job.Job, error)

	// Cancel cancels a job that waits, and with force also one that runs.
	// NotFound: no such job. Conflict: it runs (without force) or has ended.
	Cancel(ctx context.Context, id job.ID, force bool) error

	// JobsByPipeline returns a page of a pipeline's jobs.
	// NotFound: no such pipeline.
	JobsByPipeline(ctx context.Context, pipeline job.ID, page Page) (jobs []job.Job, next job.ID, err error)

	// JobsByStatus returns a page of the jobs of all pipelines in a state.
	JobsByStatus(ctx context.Context, status job.Status, page Page) (jobs []job.Job, next job.ID, err error)
}

// Pipelines makes and lists pipelines.
type Pipelines interface {
	// CreatePipeline stores a valid request and returns its pipeline, Active,
	// and what its creator should know.
	// Limited: the account has as many as it may.
	CreatePipeline(ctx context.Context, req job.CreatePipelineRequest) (job.Pipeline, []job.Warning, error)

	// Pipeline returns a pipeline and the same warnings.
	// NotFound: no such pipeline.
	Pipeline(ctx context.Context, id job.ID) (job.Pipeline, []job.Warning, error)

	// Pipelines returns a page of the account's pipelines.
	Pipelines(ctx context.Context, page Page) (pipelines []job.Pipeline, next job.ID, err error)
}

// Presets knows the system presets and those of the account.
type Presets interface {
	// Preset returns a preset. NotFound: no such preset.
	Preset(ctx context.Context, id job.ID) (presets.Preset, error)

	// Presets returns a page of all presets.
	Presets(ctx context.Context, page Page) (list []presets.Preset, next job.ID, err error)
}

// Files is the part of [storage.Store] that the file endpoint uses.
type Files interface {
	Stat(ctx context.Context, ref media.Ref) (storage.Info, error)
	Open(ctx context.Context, ref media.Ref, offset, length int64) (io.ReadCloser, error)
	Create(ctx context.Context, ref media.Ref, r io.Reader) (storage.Info, error)
}

// Page says which part of a list is wanted, in which order. Ids begin with
// the time they were made, so their order is that of creation.
type Page struct {
	Descending bool   // newest first
	After      job.ID // the last id of the page before; empty: from the beginning
	Size       int    // how many at most, above 0
}

// A list method returns, as next, the id of its last item, or nothing when
// there is no more: a client sends it back as Page.After. An After that names
// no item still splits the list where that id would be, so a list can be paged
// through while items come and go.
