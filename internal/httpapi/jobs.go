package httpapi

import (
	"context"
	"net/http"

	"github.com/everframe/everframe/internal/fault"
	"github.com/everframe/everframe/job"
	"github.com/everframe/everframe/presets"
)

type jobAnswer struct {
	Job job.Job
}

type jobsAnswer struct {
	Jobs          []job.Job
	NextPageToken *job.ID
}

// successAnswer is what operations answer that return nothing. Source: ET
// guide; the string is literal.
type successAnswer struct {
	Success string
}

var success = successAnswer{"true"}

// createJob checks all that a request can break before it stores anything.
// Whether the input is there and the outputs are not is found when the job
// runs.
func (a *api) createJob(r *http.Request, body []byte) (any, error) {
	ctx := r.Context()
	req, err := job.ParseRequest(body)
	if err != nil {
		return nil, malformed(err)
	}
	if err := req.Validate(); err != nil {
		return nil, err
	}
	if _, _, err := a.Pipelines.Pipeline(ctx, req.PipelineID); err != nil {
		return nil, a.worded(err, job.KindPipeline, req.PipelineID)
	}
	if err := a.checkPresets(ctx, req); err != nil {
		return nil, err
	}
	j, err := a.Jobs.Submit(ctx, req, body)
	if err != nil {
		return nil, a.worded(err, job.KindPipeline, req.PipelineID)
	}
	return jobAnswer{j}, nil
}

// checkPresets checks a request against the presets it names.
func (a *api) checkPresets(ctx context.Context, req job.Request) error {
	var failed error // a preset that could not be looked up is not one that is missing
	err := presets.CheckRequest(req, func(id job.ID) (presets.Preset, bool) {
		p, err := a.Presets.Preset(ctx, id)
		if err != nil && fault.KindOf(err) != fault.NotFound && failed == nil {
			failed = err
		}
		return p, err == nil
	}, a.Account.ID)
	if failed != nil {
		return failed
	}
	return err
}

func (a *api) readJob(r *http.Request, _ []byte) (any, error) {
	p := params{request: r}
	id := p.id("id")
	if err := p.err(); err != nil {
		return nil, err
	}
	j, err := a.Jobs.Job(r.Context(), id)
	if err != nil {
		return nil, a.worded(err, job.KindJob, id)
	}
	return jobAnswer{j}, nil
}

func (a *api) cancelJob(r *http.Request, _ []byte) (any, error) {
	p := params{request: r}
	id := p.id("id")
	if err := p.err(); err != nil {
		return nil, err
	}
	err := a.Jobs.Cancel(r.Context(), id, p.force())
	switch fault.KindOf(err) {
	case fault.None:
		return success, nil
	case fault.Conflict:
		// Source: ET guide. Inferred: that "job" is the resource's name.
		return nil, fault.New("httpapi.CancelJob", fault.Conflict, 0,
			"The job was already in use: accountId=%s, resourceId=%s.", a.Account.ID, id).Because(err)
	default:
		return nil, a.worded(err, job.KindJob, id)
	}
}

func (a *api) listJobsByPipeline(r *http.Request, _ []byte) (any, error) {
	p := params{request: r}
	pipeline, page := p.id("pipelineId"), p.page()
	if err := p.err(); err != nil {
		return nil, err
	}
	jobs, next, err := a.Jobs.JobsByPipeline(r.Context(), pipeline, page)
	if err != nil {
		return nil, a.worded(err, job.KindPipeline, pipeline)
	}
	return jobsAnswer{list(jobs), token(next)}, nil
}

func (a *api) listJobsByStatus(r *http.Request, _ []byte) (any, error) {
	p := params{request: r}
	status, page := job.Status(p.path("status", "JobStatus")), p.page()
	if err := p.err(); err != nil {
		return nil, err
	}
	jobs, next, err := a.Jobs.JobsByStatus(r.Context(), status, page)
	if err != nil {
		return nil, err
	}
	return jobsAnswer{list(jobs), token(next)}, nil
}
