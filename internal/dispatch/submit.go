package dispatch

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"

	"github.com/everframe/everframe/internal/catalog"
	"github.com/everframe/everframe/internal/fault"
	"github.com/everframe/everframe/job"
	"github.com/everframe/everframe/presets"
	"github.com/everframe/everframe/workflows"
)

// Submit stores a valid request at the end of its pipeline's queue and returns
// its job. body is the JSON it was read from: the workflow's input. A repeated
// ClientRequestToken returns the first job.
//
// Errors: NotFound (the pipeline), Unavailable.
func (d *Dispatcher) Submit(ctx context.Context, req job.Request, body []byte) (job.Job, error) {
	r, created, err := d.Catalog.Submit(ctx, catalog.Submission{
		Job:     job.New(d.NewID(), req, d.Account, d.Now().UnixMilli()),
		Token:   req.ClientRequestToken,
		Request: body,
	})
	if err != nil {
		return job.Job{}, err
	}
	if created {
		d.nudges.add(req.PipelineID)
	}
	return r.Job, nil
}

// Register gives a running workflow its record: the one it was started for, or
// a new one if Temporal's command line or UI started it, after the checks the
// API makes. A workflow id in the form of a job id becomes the job's id.
//
// Errors: Invalid, NotFound (pipeline or preset), Unavailable.
func (d *Dispatcher) Register(ctx context.Context, workflowID string, req job.Request) (job.Job, error) {
	r, err := d.Catalog.JobByWorkflow(ctx, workflowID)
	if err == nil {
		return r.Job, nil
	}
	if fault.KindOf(err) != fault.NotFound {
		return job.Job{}, err
	}
	if err := d.check(ctx, req); err != nil {
		return job.Job{}, err
	}
	body, err := json.Marshal(req)
	if err != nil {
		return job.Job{}, fault.Wrap(err, "dispatch.Register", fault.Internal)
	}
	id := job.ID(workflowID)
	if !id.Valid() {
		id = d.NewID()
	}
	r, created, err := d.Catalog.Submit(ctx, catalog.Submission{
		Job:        job.New(id, req, d.Account, d.Now().UnixMilli()),
		WorkflowID: workflowID,
		Token:      req.ClientRequestToken,
		Request:    body,
	})
	if err != nil {
		return job.Job{}, err
	}
	if !created && r.WorkflowID != workflowID {
		return job.Job{}, fault.New("dispatch.Register", fault.Invalid, 0, "The job %s was submitted with the same ClientRequestToken.", r.Job.ID)
	}
	d.nudges.add(req.PipelineID)
	return r.Job, nil
}

// check makes the checks of the API for a request that did not come through it.
func (d *Dispatcher) check(ctx context.Context, req job.Request) error {
	if err := req.Validate(); err != nil {
		return err
	}
	var failure error
	err := presets.CheckRequest(req, func(id job.ID) (presets.Preset, bool) {
		p, err := d.Presets(ctx, id)
		if err != nil && fault.KindOf(err) != fault.NotFound {
			failure = err
		}
		return p, err == nil
	}, d.Account.ID)
	if failure != nil {
		return failure
	}
	return err
}

// Admit starts the oldest waiting jobs of a pipeline while it is Active and has
// room. It is safe to call at any time, from any process.
//
// Errors: NotFound, Unavailable: what was claimed is started by a later call of
// [Dispatcher.Repair].
func (d *Dispatcher) Admit(ctx context.Context, pipeline job.ID) error {
	claims, err := d.Catalog.Claim(ctx, pipeline, d.MaxActive, d.Now().UnixMilli())
	if err != nil {
		return err
	}
	for _, r := range claims {
		if err := d.start(ctx, r); err != nil {
			return err
		}
	}
	return nil
}

// start tells a claimed job's workflow that it is its turn, and starts it if it
// does not run yet.
func (d *Dispatcher) start(ctx context.Context, r catalog.Record) error {
	_, err := d.Temporal.SignalWithStartWorkflow(ctx, r.WorkflowID, workflows.AdmitSignal, nil, client.StartWorkflowOptions{
		ID:                    r.WorkflowID,
		TaskQueue:             workflows.TaskQueue,
		WorkflowIDReusePolicy: enums.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE, // a job runs once
		StaticSummary:         summary(r.Job),
		Memo:                  workflows.Memo(r.Job),
	}, workflows.TranscodeName, r.Request)
	var closed *serviceerror.WorkflowExecutionAlreadyStarted
	if errors.As(err, &closed) {
		return d.abandon(ctx, r) // it was terminated while it waited
	}
	if err != nil {
		return fault.Wrap(err, "dispatch.start", fault.Unavailable)
	}
	return d.Catalog.Started(ctx, r.Job.ID)
}

// abandon makes the record of a job final whose workflow has closed without
// doing so: a terminated workflow runs no code.
func (d *Dispatcher) abandon(ctx context.Context, r catalog.Record) error {
	j := r.Job
	detail := job.ErrorDetail(int(fault.InternalServiceError), string(j.ID), "The job was stopped by an operator.")
	for i := range j.Outputs {
		if o := &j.Outputs[i]; o.Status != job.Complete && o.Status != job.Error {
			o.Status, o.StatusDetail = job.Error, detail
		}
	}
	for i := range j.Playlists {
		if p := &j.Playlists[i]; p.Status != job.Complete && p.Status != job.Error {
			p.Status, p.StatusDetail = job.Error, detail
		}
	}
	j.Status = job.Error
	j.Timing.FinishTimeMillis = d.Now().UnixMilli()
	d.Log.Warn("workflow closed without a final record", "job", j.ID, "workflow", r.WorkflowID)
	if _, err := d.Catalog.Finish(ctx, j); err != nil {
		return err
	}
	d.nudges.add(j.PipelineID)
	return nil
}

// Begin returns the pipeline of a job that starts now.
func (d *Dispatcher) Begin(ctx context.Context, id job.ID) (job.Pipeline, error) {
	r, err := d.Catalog.Job(ctx, id)
	if err != nil {
		return job.Pipeline{}, err
	}
	p, err := d.Catalog.Pipeline(ctx, r.Job.PipelineID)
	return p.Pipeline, err
}

// Update stores what a job's workflow reports.
func (d *Dispatcher) Update(ctx context.Context, id job.ID, sequence int64, j job.Job) error {
	j.ID = id
	_, err := d.Catalog.Update(ctx, j, sequence)
	return err
}

// OldestActive returns when the oldest unfinished job was claimed.
func (d *Dispatcher) OldestActive(ctx context.Context) (time.Time, bool, error) {
	ms, ok, err := d.Catalog.OldestActiveStart(ctx)
	return time.UnixMilli(ms), ok, err
}

func summary(j job.Job) string {
	if len(j.Inputs) == 0 {
		return ""
	}
	return j.Inputs[0].Key
}
