package dispatch

import (
	"context"
	"errors"

	"go.temporal.io/api/serviceerror"

	"github.com/everframe/everframe/internal/fault"
	"github.com/everframe/everframe/job"
	"github.com/everframe/everframe/workflows"
)

// Cancel cancels a job that waits, and with force also one that runs: its
// encoders are stopped and what it has half done is removed, within seconds
// after this returns.
//
// Errors: NotFound; Conflict for a job that runs (without force) or has ended;
// Unavailable.
func (d *Dispatcher) Cancel(ctx context.Context, id job.ID, force bool) error {
	r, err := d.Catalog.CancelWaiting(ctx, id, d.Now().UnixMilli())
	if err == nil {
		if r.WorkflowID == string(id) {
			return nil // it has no workflow yet
		}
		return d.signalCancel(ctx, r.WorkflowID)
	}
	if fault.KindOf(err) != fault.Conflict || !force {
		return err
	}
	running, found := d.Catalog.Job(ctx, id)
	if found != nil {
		return found
	}
	if running.Job.Terminal() {
		return err
	}
	return d.signalCancel(ctx, running.WorkflowID)
}

func (d *Dispatcher) signalCancel(ctx context.Context, workflowID string) error {
	err := d.Temporal.SignalWorkflow(ctx, workflowID, "", workflows.CancelSignal, nil)
	var gone *serviceerror.NotFound
	if errors.As(err, &gone) {
		return nil // it has closed meanwhile, or was never started
	}
	return fault.Wrap(err, "dispatch.Cancel", fault.Unavailable)
}
