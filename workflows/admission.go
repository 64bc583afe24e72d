package workflows

import (
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"
)

// SweepName is the workflow that removes intermediate results nobody needs.
const SweepName = "Sweep"

// AdmissionID is the id of the one Admission workflow of a namespace.
const AdmissionID = "everframe-admission"

// Admission keeps one worker mending what crashes leave, and starting jobs whose
// start was lost. It never ends: its one step is handed from worker to worker.
//
// A schedule would do the same by a workflow every so often, each of which
// stays in the history and the lists for the retention time.
func Admission(ctx workflow.Context) error {
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		StartToCloseTimeout: 365 * 24 * time.Hour,
		HeartbeatTimeout:    30 * time.Second, // three rounds
		RetryPolicy:         &temporal.RetryPolicy{InitialInterval: time.Second, BackoffCoefficient: 1},
	})
	return workflow.ExecuteActivity(ctx, do.RepairJobs).Get(ctx, nil)
}

// Sweep removes intermediate results nobody needs.
func Sweep(ctx workflow.Context) error {
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		StartToCloseTimeout: 30 * time.Minute,
		RetryPolicy:         retries(3),
	})
	return workflow.ExecuteActivity(ctx, do.Sweep).Get(ctx, nil)
}
