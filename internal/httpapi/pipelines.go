package httpapi

import (
	"net/http"

	"github.com/everframe/everframe/job"
)

type pipelineAnswer struct {
	Pipeline job.Pipeline
	Warnings []job.Warning
}

type pipelinesAnswer struct {
	Pipelines     []job.Pipeline
	NextPageToken *job.ID
}

func (a *api) createPipeline(r *http.Request, body []byte) (any, error) {
	req, err := job.ParseCreatePipeline(body)
	if err != nil {
		return nil, malformed(err)
	}
	if err := req.Validate(); err != nil {
		return nil, err
	}
	pipeline, warnings, err := a.Pipelines.CreatePipeline(r.Context(), req)
	if err != nil {
		return nil, err
	}
	return pipelineAnswer{pipeline, list(warnings)}, nil
}

func (a *api) readPipeline(r *http.Request, _ []byte) (any, error) {
	p := params{request: r}
	id := p.id("id")
	if err := p.err(); err != nil {
		return nil, err
	}
	pipeline, warnings, err := a.Pipelines.Pipeline(r.Context(), id)
	if err != nil {
		return nil, a.worded(err, job.KindPipeline, id)
	}
	return pipelineAnswer{pipeline, list(warnings)}, nil
}

func (a *api) listPipelines(r *http.Request, _ []byte) (any, error) {
	p := params{request: r}
	page := p.page()
	if err := p.err(); err != nil {
		return nil, err
	}
	pipelines, next, err := a.Pipelines.Pipelines(r.Context(), page)
	if err != nil {
		return nil, err
	}
	return pipelinesAnswer{list(pipelines), token(next)}, nil
}
