package dispatch

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
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
// Errors: Invalid, NotFound (pipeline or preset), Conflict (the job of that
// workflow has ended: it would wait for ever), Unavailable.
func (d *Dispatcher) Register(ctx context.Context, workflowID string, req job.Request) (job.Job, error) {
	r, err := d.Catalog.JobByWorkflow(ctx, workflowID)
	if err == nil {
		return r.Job, d.again(ctx, r)
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
		return job.Job{}, d.noPipeline(err, fault.NotFound, req.PipelineID)
	}
	if !created && r.WorkflowID != workflowID {
		return job.Job{}, fault.New("dispatch.Register", fault.Invalid, 0, "The job %s was submitted with the same ClientRequestToken.", r.Job.ID)
	}
	d.nudges.add(req.PipelineID)
	return r.Job, nil
}

// again sees to a workflow whose job has a record already. That is so for every
// job of the API, and for one that is run a second time.
func (d *Dispatcher) again(ctx context.Context, r catalog.Record) error {
	switch {
	case r.Slot == catalog.Done:
		return fault.New("dispatch.Register", fault.Conflict, 0, "The job %s has ended.", r.Job.ID)
	case r.Slot == catalog.Running && r.Sequence > 0:
		// A run before this one has reported: it was terminated or reset, and
		// it had the signal. The slot is this job's still.
		err := d.Temporal.SignalWorkflow(ctx, r.WorkflowID, "", workflows.AdmitSignal, nil)
		return fault.Wrap(err, "dispatch.Register", fault.Unavailable)
	}
	return nil
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
// room. It is safe to call at any time, from any process. A job that cannot be
// started does not keep those behind it from it.
//
// Errors: NotFound, Unavailable: what was claimed is started by a later call of
// [Dispatcher.Repair].
func (d *Dispatcher) Admit(ctx context.Context, pipeline job.ID) error {
	claims, err := d.Catalog.Claim(ctx, pipeline, d.MaxActive, d.Now().UnixMilli())
	if err != nil {
		return err
	}
	return d.startAll(ctx, claims)
}

func (d *Dispatcher) startAll(ctx context.Context, claims []catalog.Record) error {
	var failures []error
	for _, r := range claims {
		if err := d.start(ctx, r); err != nil {
			failures = append(failures, err)
		}
	}
	return errors.Join(failures...)
}

// start tells a claimed job's workflow that it is its turn, and starts it if it
// does not run yet.
func (d *Dispatcher) start(ctx context.Context, r catalog.Record) error {
	err := d.startWith(ctx, r, workflows.AdmitSignal)
	var closed *serviceerror.WorkflowExecutionAlreadyStarted
	var refused *serviceerror.InvalidArgument
	switch {
	case errors.As(err, &closed):
		return d.abandon(ctx, r.Job.ID, "The job was stopped by an operator.") // terminated while it waited
	case errors.As(err, &refused): // as it will be each time
		d.Log.Error("a job cannot be started", "job", r.Job.ID, "error", err)
		return d.abandon(ctx, r.Job.ID, fault.InternalError.Text())
	case err != nil:
		return fault.Wrap(err, "dispatch.start", fault.Unavailable)
	}
	return d.Catalog.Started(ctx, r.Job.ID)
}

// startWith sends a signal to a job's workflow, which is started if it never
// was.
func (d *Dispatcher) startWith(ctx context.Context, r catalog.Record, signal string) error {
	_, err := d.Temporal.SignalWithStartWorkflow(ctx, r.WorkflowID, signal, nil, client.StartWorkflowOptions{
		ID:                    r.WorkflowID,
		TaskQueue:             workflows.TaskQueue,
		WorkflowIDReusePolicy: enums.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE, // a job runs once
		StaticSummary:         summary(r.Job),
		Memo:                  workflows.Memo(r.Job),
	}, workflows.TranscodeName, r.Request)
	return err
}

// abandon makes the record of a job final whose workflow will not: it could not
// be started, or has closed without a final report, as a terminated one does.
func (d *Dispatcher) abandon(ctx context.Context, id job.ID, sentence string) error {
	r, err := d.Catalog.Job(ctx, id) // reports may have come meanwhile
	if err != nil || r.Slot == catalog.Done {
		return err
	}
	j := r.Job
	for i := range j.Outputs {
		if o := &j.Outputs[i]; !o.Status.Terminal() {
			o.Status = job.Error
			o.StatusDetail = job.ErrorDetail(int(fault.InternalServiceError), string(j.ID)+" output "+o.ID, sentence)
		}
	}
	for i := range j.Playlists {
		if p := &j.Playlists[i]; !p.Status.Terminal() {
			p.Status = job.Error
			p.StatusDetail = job.ErrorDetail(int(fault.DependencyError), fmt.Sprintf("%s playlist %d", j.ID, i), fault.DependencyError.Text())
		}
	}
	j.Status = job.Error
	j.Timing.FinishTimeMillis = d.Now().UnixMilli()
	d.Log.Warn("job abandoned", "job", j.ID, "workflow", r.WorkflowID, "reason", sentence)
	if _, err := d.Catalog.Finish(ctx, j); err != nil {
		return err
	}
	d.nudges.add(j.PipelineID)
	return nil
}

// Begin returns the pipeline of a job that starts now.
//
// Errors: Invalid (the job or its pipeline is gone), Unavailable.
func (d *Dispatcher) Begin(ctx context.Context, id job.ID) (job.Pipeline, error) {
	r, err := d.Catalog.Job(ctx, id)
	if fault.KindOf(err) == fault.NotFound {
		return job.Pipeline{}, fault.New("dispatch.Begin", fault.Invalid, fault.ValidationError,
			"The specified job was not found: account=%s, jobId=%s.", d.Account.ID, id).Because(err)
	}
	if err != nil {
		return job.Pipeline{}, err
	}
	p, err := d.Catalog.Pipeline(ctx, r.Job.PipelineID)
	return p.Pipeline, d.noPipeline(err, fault.Invalid, r.Job.PipelineID)
}

// noPipeline gives an error that says NotFound the API's sentence, and a kind:
// to a job that has begun, NotFound would read as a missing input.
func (d *Dispatcher) noPipeline(err error, k fault.Kind, id job.ID) error {
	if fault.KindOf(err) != fault.NotFound {
		return err
	}
	return fault.New("dispatch", k, fault.ValidationError,
		"The specified pipeline was not found: account=%s, pipelineId=%s", d.Account.ID, id).Because(err)
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
	return workflows.Brief(j.Inputs[0].Key)
}
