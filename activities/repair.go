package activities

import (
	"context"
	"errors"
	"time"

	"go.temporal.io/sdk/activity"

	"github.com/everframe/everframe/internal/fault"
)

// repairEvery is how soon what a crash has left is mended. A round costs a few
// queries of the catalog, and one of Temporal for each running job.
const repairEvery = 10 * time.Second

// errRelay is why a watch ends: there is always a next one.
var errRelay = errors.New("this worker stops watching")

// RepairJobs mends what a crash has left of jobs and their admission, again
// every ten seconds, until its worker stops. It ends with an error in any case,
// so that it is tried again: by another worker, if there is one.
//
// Errors: Unavailable.
func (a *Activities) RepairJobs(ctx context.Context) error {
	tick := time.NewTicker(repairEvery)
	defer tick.Stop()
	for {
		if err := a.Repair(ctx); err != nil && ctx.Err() == nil {
			activity.GetLogger(ctx).Error("repair", "error", err) // the next round follows
		}
		activity.RecordHeartbeat(ctx)
		select {
		case <-tick.C:
		case <-activity.GetWorkerStopChannel(ctx):
			return reported(ctx, fault.Wrap(errRelay, "activities.RepairJobs", fault.Unavailable))
		case <-ctx.Done():
			return reported(ctx, fault.Wrap(ctx.Err(), "activities.RepairJobs", fault.Canceled))
		}
	}
}
