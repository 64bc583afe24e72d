package dispatch

import (
	"context"
	"errors"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"

	"github.com/everframe/everframe/internal/catalog"
	"github.com/everframe/everframe/internal/fault"
)

// claimAge is how old a claim must be before its claimer counts as dead.
const claimAge = 10 * time.Second

// Repair mends what a crash has left: claims whose start was lost are started,
// records of workflows that have closed without a final report become Error,
// and pipelines with room start their next jobs. Everything it does is safe to
// do again.
//
// Errors: Unavailable.
func (d *Dispatcher) Repair(ctx context.Context) error { return d.repair(ctx, claimAge) }

// Recover is Repair for a host that starts: whoever holds a claim now may have
// died with the host before. Telling a workflow twice that it is its turn does
// no harm.
//
// Errors: Unavailable.
func (d *Dispatcher) Recover(ctx context.Context) error { return d.repair(ctx, 0) }

func (d *Dispatcher) repair(ctx context.Context, age time.Duration) error {
	before := d.Now().Add(-age).UnixMilli() + 1 // what was claimed in this very millisecond counts
	lost, err := d.Catalog.ClaimsBefore(ctx, before, 1000)
	if err != nil {
		return err
	}
	// One that cannot be mended does not keep the others from it.
	failures := []error{d.startAll(ctx, lost), d.buryClosed(ctx)}
	queues, err := d.Catalog.Queues(ctx)
	failures = append(failures, err)
	for _, pipeline := range queues {
		failures = append(failures, d.Admit(ctx, pipeline))
	}
	return errors.Join(failures...)
}

// buryClosed looks at every running record whether its workflow still is.
func (d *Dispatcher) buryClosed(ctx context.Context) error {
	page := catalog.Page{Ascending: true}
	for {
		records, next, err := d.Catalog.Running(ctx, page)
		if err != nil {
			return err
		}
		for _, r := range records {
			closed, err := d.closed(ctx, r.WorkflowID)
			if err != nil {
				return err
			}
			if !closed {
				continue
			}
			if err := d.abandon(ctx, r.Job.ID, "The job was stopped by an operator."); err != nil {
				return err
			}
		}
		if next == "" {
			return nil
		}
		page.Token = next
	}
}

func (d *Dispatcher) closed(ctx context.Context, workflowID string) (bool, error) {
	w, err := d.Temporal.DescribeWorkflowExecution(ctx, workflowID, "")
	var gone *serviceerror.NotFound
	if errors.As(err, &gone) {
		return true, nil
	}
	if err != nil {
		return false, fault.Wrap(err, "dispatch.Repair", fault.Unavailable)
	}
	return w.GetWorkflowExecutionInfo().GetStatus() != enums.WORKFLOW_EXECUTION_STATUS_RUNNING, nil
}
