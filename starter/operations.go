package main

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"net/url"
	"strconv"

	"github.com/everframe/everframe/job"
	"github.com/everframe/everframe/presets"
)

// apiRoot is the API's version, which every operation's path begins with.
const apiRoot = "/2012-09-25"

// The answers of the API, which --json prints as they are.
type (
	jobAnswer      struct{ Job job.Job }
	jobsAnswer     struct{ Jobs []job.Job }
	pipelineAnswer struct {
		Pipeline job.Pipeline
		Warnings []job.Warning
	}
	pipelinesAnswer struct{ Pipelines []job.Pipeline }
	presetAnswer    struct{ Preset presets.Preset }
	presetsAnswer   struct{ Presets []presets.Preset }
	successAnswer   struct{ Success string }
)

// createJob submits req, which is a [job.Request] or the JSON of one. It is
// safe to repeat when the request has a token.
func (c *client) createJob(ctx context.Context, req any, token bool) (job.Job, error) {
	var a jobAnswer
	err := c.call(ctx, request{op: "CreateJob", method: "POST", path: "/jobs", again: token}, req, &a)
	return a.Job, err
}

func (c *client) readJob(ctx context.Context, id job.ID) (job.Job, error) {
	var a jobAnswer
	err := c.call(ctx, get("ReadJob", "/jobs/"+escaped(id)), nil, &a)
	return a.Job, err
}

// cancelJob ends a job, also one that runs. It may be obeyed twice: the second answer would then be that the job
// has ended, so a refusal after a lost answer is not repeated.
func (c *client) cancelJob(ctx context.Context, id job.ID) error {
	var a successAnswer
	return c.call(ctx, request{op: "CancelJob", method: "DELETE", path: "/jobs/" + escaped(id), query: url.Values{"force": {"true"}}}, nil, &a)
}

func (c *client) jobs(ctx context.Context, pipeline job.ID, ascending bool) iter.Seq2[job.Job, error] {
	return list[job.Job](ctx, c, "ListJobsByPipeline", "/jobsByPipeline/"+escaped(pipeline), "Jobs", ascending)
}

func (c *client) createPipeline(ctx context.Context, req job.CreatePipelineRequest) (pipelineAnswer, error) {
	var a pipelineAnswer
	err := c.call(ctx, request{op: "CreatePipeline", method: "POST", path: "/pipelines"}, req, &a)
	return a, err
}

func (c *client) readPipeline(ctx context.Context, id job.ID) (pipelineAnswer, error) {
	var a pipelineAnswer
	err := c.call(ctx, get("ReadPipeline", "/pipelines/"+escaped(id)), nil, &a)
	return a, err
}

func (c *client) pipelines(ctx context.Context) iter.Seq2[job.Pipeline, error] {
	return list[job.Pipeline](ctx, c, "ListPipelines", "/pipelines", "Pipelines", true)
}

func (c *client) readPreset(ctx context.Context, id job.ID) (presets.Preset, error) {
	var a presetAnswer
	err := c.call(ctx, get("ReadPreset", "/presets/"+escaped(id)), nil, &a)
	return a.Preset, err
}

func (c *client) presets(ctx context.Context) iter.Seq2[presets.Preset, error] {
	return list[presets.Preset](ctx, c, "ListPresets", "/presets", "Presets", true)
}

func get(op, path string) request { return request{op: op, method: "GET", path: path, again: true} }

func escaped(id job.ID) string { return url.PathEscape(string(id)) }

// list yields what all pages of a list hold under member. An error ends it.
func list[T any](ctx context.Context, c *client, op, path, member string, ascending bool) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		r := get(op, path)
		r.query = url.Values{"Ascending": {strconv.FormatBool(ascending)}}
		for {
			var page map[string]json.RawMessage
			if err := c.call(ctx, r, nil, &page); err != nil {
				yield(none, err)
				return
			}
			var items []T
			var next *string
			if err := json.Unmarshal(page[member], &items); err != nil {
				yield(none, &apiError{Op: op, Status: 200, Message: fmt.Sprintf("the answer has no list %s", member)})
				return
			}
			if token, ok := page["NextPageToken"]; ok && json.Unmarshal(token, &next) != nil {
				yield(none, &apiError{Op: op, Status: 200, Message: "the answer's NextPageToken is no string"})
				return
			}
			for _, item := range items {
				if !yield(item, nil) {
					return
				}
			}
			switch {
			case next == nil || *next == "":
				return
			case *next == r.query.Get("PageToken"): // would never end
				yield(none, &apiError{Op: op, Status: 200, Message: "the server repeats a page"})
				return
			}
			r.query.Set("PageToken", *next)
		}
	}
}

// collect returns at most limit items of a list; 0 is all of them.
func collect[T any](items iter.Seq2[T, error], limit int) ([]T, error) {
	all := []T{} // an empty list prints as [], not null
	for item, err := range items {
		if err != nil {
			return nil, err
		}
		if all = append(all, item); len(all) == limit {
			break
		}
	}
	return all, nil
}
