package dispatch

import (
	"context"
	"errors"
	"time"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"go.temporal.io/api/enums/v1"

	"github.com/everframe/everframe/internal/fault"
	"github.com/everframe/everframe/workflows"
)

// sweepSchedule is the id of the schedule that sweeps.
const sweepSchedule = "everframe-sweep"

// EnsureSchedules starts what goes on beside the jobs, unless it is there: the
// workflow that repairs, and the schedule that sweeps. Temporal runs them on
// whichever worker is up.
//
// Errors: Unavailable.
func (d *Dispatcher) EnsureSchedules(ctx context.Context) error {
	const op = "dispatch.EnsureSchedules"
	_, err := d.Temporal.ExecuteWorkflow(ctx, client.StartWorkflowOptions{
		ID:                       workflows.AdmissionID,
		TaskQueue:                workflows.AdmissionQueue,
		WorkflowIDConflictPolicy: enums.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING,
	}, workflows.AdmissionName)
	if err != nil {
		return fault.Wrap(err, op, fault.Unavailable)
	}
	_, err = d.Temporal.ScheduleClient().Create(ctx, client.ScheduleOptions{
		ID:      sweepSchedule,
		Spec:    client.ScheduleSpec{Intervals: []client.ScheduleIntervalSpec{{Every: time.Hour}}},
		Overlap: enums.SCHEDULE_OVERLAP_POLICY_SKIP,
		// After a time of standstill one run does what all missed would.
		CatchupWindow: time.Minute,
		Action:        &client.ScheduleWorkflowAction{ID: sweepSchedule, Workflow: workflows.SweepName, TaskQueue: workflows.AdmissionQueue},
	})
	if err != nil && !errors.Is(err, temporal.ErrScheduleAlreadyRunning) {
		return fault.Wrap(err, op, fault.Unavailable)
	}
	return nil
}
