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

// The schedules of this service, by id.
const (
	admissionSchedule = "everframe-admission"
	sweepSchedule     = "everframe-sweep"
)

// EnsureSchedules makes the schedules that repair and sweep, unless they are
// there. Temporal runs them on whichever worker is up.
//
// Errors: Unavailable.
func (d *Dispatcher) EnsureSchedules(ctx context.Context) error {
	for _, s := range []struct {
		id, workflow string
		every        time.Duration
	}{
		// Admission itself needs no schedule; this is for what a crash leaves.
		// A run costs the history a few kilobytes for its retention time.
		{admissionSchedule, workflows.AdmissionName, 30 * time.Second},
		{sweepSchedule, workflows.SweepName, time.Hour},
	} {
		_, err := d.Temporal.ScheduleClient().Create(ctx, client.ScheduleOptions{
			ID:      s.id,
			Spec:    client.ScheduleSpec{Intervals: []client.ScheduleIntervalSpec{{Every: s.every}}},
			Overlap: enums.SCHEDULE_OVERLAP_POLICY_SKIP,
			// After a time of standstill one run does what all missed would.
			CatchupWindow: time.Minute,
			Action:        &client.ScheduleWorkflowAction{ID: s.id, Workflow: s.workflow, TaskQueue: workflows.AdmissionQueue},
		})
		if err != nil && !errors.Is(err, temporal.ErrScheduleAlreadyRunning) {
			return fault.Wrap(err, "dispatch.EnsureSchedules", fault.Unavailable)
		}
	}
	return nil
}
