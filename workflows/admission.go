package workflows

import (
	"time"

	"go.temporal.io/sdk/workflow"
)

// SweepName is the workflow that removes intermediate results nobody needs.
const SweepName = "Sweep"

// Admission mends what a crash has left and starts waiting jobs. A schedule
// runs it; it holds no state and is never retried, for the next run follows.
func Admission(ctx workflow.Context) error {
	local := workflow.WithLocalActivityOptions(ctx, workflow.LocalActivityOptions{
		ScheduleToCloseTimeout: time.Minute,
		RetryPolicy:            retries(1),
	})
	return workflow.ExecuteLocalActivity(local, do.RepairJobs).Get(ctx, nil)
}

// Sweep removes intermediate results nobody needs.
func Sweep(ctx workflow.Context) error {
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		StartToCloseTimeout: 30 * time.Minute,
		RetryPolicy:         retries(3),
	})
	return workflow.ExecuteActivity(ctx, do.Sweep).Get(ctx, nil)
}
