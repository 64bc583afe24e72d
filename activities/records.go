package activities

import (
	"context"

	"github.com/everframe/everframe/internal/fault"
	"github.com/everframe/everframe/job"
	"github.com/everframe/everframe/presets"
)

// RegisterInput is the request a workflow was started with.
type RegisterInput struct {
	WorkflowID string
	Request    job.Request
}

// RegisterResult is the job's record.
type RegisterResult struct {
	Job job.Job
}

// Register gives a workflow its record. One that the API submitted has it
// already; one started from the Temporal command line or UI gets it here, and
// is checked as the API would.
//
// Errors: Invalid (the request), NotFound (its pipeline or a preset), Unavailable.
func (a *Activities) Register(ctx context.Context, in RegisterInput) (RegisterResult, error) {
	j, err := a.Records.Register(ctx, in.WorkflowID, in.Request)
	return RegisterResult{Job: j}, reported(ctx, err)
}

// BeginInput names an admitted job.
type BeginInput struct {
	Job job.ID
}

// BeginResult is what the job works with from now on.
type BeginResult struct {
	Pipeline job.Pipeline
}

// Begin marks an admitted job as started and freezes its pipeline's settings.
//
// Errors: NotFound, Unavailable.
func (a *Activities) Begin(ctx context.Context, in BeginInput) (BeginResult, error) {
	p, err := a.Records.Begin(ctx, in.Job)
	return BeginResult{Pipeline: p}, reported(ctx, err)
}

// ReportInput is a job's state. Sequence grows with every report of one job.
type ReportInput struct {
	Job      job.Job
	Sequence int64
}

// Report stores a job's state where the API reads it. Out-of-date reports and
// reports after the final one change nothing.
//
// Errors: Unavailable.
func (a *Activities) Report(ctx context.Context, in ReportInput) error {
	return reported(ctx, a.Records.Update(ctx, in.Job.ID, in.Sequence, in.Job))
}

// AdmitNextInput names the pipeline that has a free slot.
type AdmitNextInput struct {
	Pipeline job.ID
}

// AdmitNext starts the pipeline's next waiting jobs.
//
// Errors: Unavailable.
func (a *Activities) AdmitNext(ctx context.Context, in AdmitNextInput) error {
	return reported(ctx, a.Admit(ctx, in.Pipeline))
}

// SystemPresets finds the presets built into this program.
func SystemPresets(_ context.Context, id job.ID) (presets.Preset, error) {
	p, ok := presets.Lookup(id)
	if !ok {
		return presets.Preset{}, fault.New("activities", fault.NotFound, 0, "The specified preset was not found: presetId=%s", id)
	}
	return p, nil
}
