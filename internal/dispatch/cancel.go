package dispatch

import (
	"context"
	"errors"

	"go.temporal.io/api/serviceerror"

	"github.com/everframe/everframe/internal/catalog"
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
		// Most have no workflow yet; one that Temporal's own tools started has.
		return d.signalCancel(ctx, r.WorkflowID)
	}
	if fault.KindOf(err) != fault.Conflict || !force {
		return err
	}
	running, found := d.Catalog.Job(ctx, id)
	switch {
	case found != nil:
		return found
	case running.Slot == catalog.Done:
		return err
	case running.Slot == catalog.Claimed:
		// Its workflow is about to be started, perhaps: it begins canceled.
		return d.startCanceled(ctx, running)
	}
	return d.signalCancel(ctx, running.WorkflowID)
}

func (d *Dispatcher) startCanceled(ctx context.Context, r catalog.Record) error {
	err := d.startWith(ctx, r, workflows.CancelSignal)
	var closed *serviceerror.WorkflowExecutionAlreadyStarted
	if errors.As(err, &closed) {
		return nil
	}
	return fault.Wrap(err, "dispatch.Cancel", fault.Unavailable)
}

func (d *Dispatcher) signalCancel(ctx context.Context, workflowID string) error {
	err := d.Temporal.SignalWorkflow(ctx, workflowID, "", workflows.CancelSignal, nil)
	var gone *serviceerror.NotFound
	if errors.As(err, &gone) {
		return nil // it has closed meanwhile, or was never started
	}
	return fault.Wrap(err, "dispatch.Cancel", fault.Unavailable)
}
