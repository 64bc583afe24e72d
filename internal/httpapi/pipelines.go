package httpapi

import (
	"net/http"

	"github.com/everframe/everframe/internal/fault"
	"github.com/everframe/everframe/job"
	"github.com/everframe/everframe/presets"
)

type pipelineAnswer struct {
	Pipeline job.Pipeline
	Warnings []job.Warning
}

type pipelinesAnswer struct {
	Pipelines     []job.Pipeline
	NextPageToken *job.ID
}

type presetAnswer struct {
	Preset presets.Preset
}

type presetsAnswer struct {
	Presets       []presets.Preset
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

func (a *api) readPreset(r *http.Request, _ []byte) (any, error) {
	preset, err := a.preset(r)
	if err != nil {
		return nil, err
	}
	return presetAnswer{preset}, nil
}

func (a *api) listPresets(r *http.Request, _ []byte) (any, error) {
	p := params{request: r}
	page := p.page()
	if err := p.err(); err != nil {
		return nil, err
	}
	all, next, err := a.Presets.Presets(r.Context(), page)
	if err != nil {
		return nil, err
	}
	return presetsAnswer{list(all), token(next)}, nil
}

// deletePreset refuses to delete system presets, as the API does. Source: ET
// guide. There are no others in this version.
func (a *api) deletePreset(r *http.Request, _ []byte) (any, error) {
	preset, err := a.preset(r)
	if err != nil {
		return nil, err
	}
	if preset.Type == presets.TypeSystem {
		return nil, fault.New("httpapi.DeletePreset", fault.Denied, 0,
			"Deleting a system preset is not allowed: account=%s, presetId=%s.", a.Account.ID, preset.ID)
	}
	return nil, notAvailable("DeletePreset")
}

// preset returns the preset that the path of r names.
func (a *api) preset(r *http.Request) (presets.Preset, error) {
	p := params{request: r}
	id := p.id("id")
	if err := p.err(); err != nil {
		return presets.Preset{}, err
	}
	preset, err := a.Presets.Preset(r.Context(), id)
	return preset, a.worded(err, job.KindPreset, id)
}
