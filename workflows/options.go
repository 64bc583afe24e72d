package workflows

import (
	"time"
	"unicode/utf8"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"
)

// step is a kind of activity by what it needs from the place it runs at.
type step int

const (
	record step = iota // a short exchange with the catalog
	short              // a few questions to the storage
	light              // reads or writes media, encodes nothing
	heavy              // runs an encoder
	last               // must come about, however long it takes
)

// activityOptions holds every timeout, retry and queue of this service.
//
// Heartbeats stop within seconds of a worker's death, and a minute after an
// encoder stops moving; the step is then tried elsewhere. Tries are bounded
// where a step could kill its worker each time (a file that exhausts memory).
var activityOptions = map[step]workflow.ActivityOptions{
	record: {
		TaskQueue:           TaskQueue,
		StartToCloseTimeout: 30 * time.Second,
		RetryPolicy:         retries(0), // a job waits for its catalog
	},
	short: {
		TaskQueue:           TaskQueue,
		StartToCloseTimeout: 2 * time.Minute, // too short to need a heart
		RetryPolicy:         retries(20),
		WaitForCancellation: true,
	},
	light: {
		TaskQueue:           TaskQueue,
		StartToCloseTimeout: 12 * time.Hour, // a large file over a slow line
		HeartbeatTimeout:    heartbeat,
		RetryPolicy:         retries(20), // about a quarter of an hour of lost storage
		WaitForCancellation: true,        // scratch files are removed before the job is
	},
	heavy: {
		TaskQueue:           EncodeQueue,
		StartToCloseTimeout: 7 * 24 * time.Hour, // a film in one piece on one slow core
		HeartbeatTimeout:    heartbeat,
		RetryPolicy:         retries(10),
		WaitForCancellation: true,
	},
	last: {
		TaskQueue:           TaskQueue,
		StartToCloseTimeout: 10 * time.Minute,
		RetryPolicy:         retries(0),
	},
}

// heartbeat is how soon a dead worker is noticed. Steps beat every two seconds;
// on a machine with many more runnable threads than cores a beat may be late.
const heartbeat = 20 * time.Second

func retries(most int32) *temporal.RetryPolicy {
	return &temporal.RetryPolicy{
		InitialInterval:    time.Second,
		BackoffCoefficient: 2,
		MaximumInterval:    time.Minute,
		MaximumAttempts:    most,
	}
}

// recordLocally are the options of a catalog step on the path from submit to
// the first encoder: run inside the workflow's own task it costs no round trip.
var recordLocally = workflow.LocalActivityOptions{
	ScheduleToCloseTimeout: 30 * 24 * time.Hour, // a job waits for its catalog; the default is seconds
	StartToCloseTimeout:    10 * time.Second,
	RetryPolicy:            retries(0),
}

// with returns ctx with the options of s and a line for people to read.
func with(ctx workflow.Context, s step, summary string) workflow.Context {
	o := activityOptions[s]
	o.Summary = Brief(summary)
	return workflow.WithActivityOptions(ctx, o)
}

// Brief returns a summary no longer than Temporal takes: keys may have a
// thousand bytes.
func Brief(summary string) string {
	const most = 200 // of the 400 bytes that are the limit
	if len(summary) <= most {
		return summary
	}
	cut := most
	for !utf8.RuneStart(summary[cut]) {
		cut--
	}
	return summary[:cut] + "…"
}
