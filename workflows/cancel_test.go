package workflows_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/temporal"

	"github.com/everframe/everframe/activities"
	"github.com/everframe/everframe/internal/plan"
	"github.com/everframe/everframe/job"
)

// hold keeps a step under way until it is canceled, as an encoder would.
func hold(ctx context.Context, held func()) error {
	held()
	for ctx.Err() == nil {
		activity.RecordHeartbeat(ctx) // how a step learns that it is not wanted any more
		time.Sleep(time.Millisecond)
	}
	return temporal.NewCanceledError()
}

// TestCancel cancels a job in every part of its life.
func TestCancel(t *testing.T) {
	for _, where := range []struct {
		name  string
		at    func(w *world, cancel func()) // arranges for the cancellation
		want  []job.Status
		begun bool
	}{
		{
			"waiting", func(w *world, cancel func()) { w.after(time.Hour, cancel) },
			[]job.Status{gone, gone, gone, gone, gone},
			false,
		},
		{"waiting, then admitted", func(w *world, cancel func()) {
			w.after(time.Hour, func() { cancel(); w.admit() })
		}, []job.Status{gone, gone, gone, gone, gone}, false},
		{"probing", func(w *world, cancel func()) {
			w.after(0, w.admit)
			w.probe = func(ctx context.Context, _ activities.ProbeInput) error { return hold(ctx, cancel) }
		}, []job.Status{gone, gone, gone, gone, gone}, true},
		{"planning", func(w *world, cancel func()) {
			w.after(0, w.admit)
			w.plan = func(*plan.Plan) error { cancel(); return nil }
		}, []job.Status{gone, gone, gone, gone, gone}, true},
		{"encoding", func(w *world, cancel func()) {
			w.after(0, w.admit)
			w.cut(400, 4) // more chunks than are out at once
			w.track = func(ctx context.Context, _ activities.EncodeTrackInput) error { return hold(ctx, func() {}) }
			first := true
			w.chunk = func(ctx context.Context, _ activities.EncodeChunkInput) error {
				w.mu.Lock()
				mine := first
				first = false
				w.mu.Unlock()
				return hold(ctx, func() {
					if mine {
						cancel()
					}
				})
			}
		}, []job.Status{gone, gone, gone, gone, gone}, true},
		{"publishing the second output", func(w *world, cancel func()) {
			w.after(0, w.admit)
			others := make(chan struct{}, 2)
			w.report = func(in activities.ReportInput) error {
				if n := countStatus(in.Job, job.Complete); n == 2 {
					close(others) // both are known to the parent
					w.report = nil
				}
				return nil
			}
			w.publish = func(ctx context.Context, id string) error {
				if id != "2" {
					return nil
				}
				<-others
				return hold(ctx, cancel)
			}
		}, []job.Status{gone, ok, gone, ok, gone}, true},
		{"packaging", func(w *world, cancel func()) {
			w.after(0, w.admit)
			w.pack = func(activities.PackageInput) error { cancel(); return temporal.NewCanceledError() }
		}, []job.Status{gone, ok, ok, ok, gone}, true},
	} {
		for _, by := range []struct {
			name   string
			cancel func(*world)
		}{
			{"signal", (*world).cancel},
			{"request", func(w *world) { w.env.CancelWorkflow() }},
			{"both", func(w *world) { w.cancel(); w.env.CancelWorkflow(); w.cancel() }},
		} {
			t.Run(where.name+" by "+by.name, func(t *testing.T) {
				w := newWorld(t)
				where.at(w, func() { by.cancel(w) })
				j, err := w.runCanceled()
				if !temporal.IsCanceledError(err) {
					t.Errorf("the workflow ended with %v", err)
				}
				check(t, j, where.want...)
				if got := j.Timing.StartTimeMillis != 0; got != where.begun {
					t.Errorf("has a time of start: %t", got)
				}
				if j.Timing.FinishTimeMillis < submitted+5000 {
					t.Errorf("finished at %d", j.Timing.FinishTimeMillis)
				}
				for _, o := range j.Outputs {
					if o.StatusDetail != "" {
						t.Errorf("output %s: %q", o.ID, o.StatusDetail)
					}
				}
			})
		}
	}
}

// runCanceled is runAsIs without the look for steps under way: unlike a server,
// the environment does not wait for a canceled step.
func (w *world) runCanceled() (job.Job, error) {
	w.Helper()
	w.canceled = true
	return w.runAsIs()
}

func countStatus(j job.Job, s job.Status) int {
	n := 0
	for _, o := range j.Outputs {
		if o.Status == s {
			n++
		}
	}
	return n
}

// A job that has come to its end is not canceled any more.
func TestCanceledTooLate(t *testing.T) {
	w := newWorld(t)
	w.pack = func(activities.PackageInput) error { w.cancel(); return nil }
	w.after(0, w.admit)
	j, err := w.runAsIs()
	switch {
	case err == nil:
		check(t, j, ok, ok, ok, ok, ok)
	case temporal.IsCanceledError(err): // the signal was first
		check(t, j, gone, ok, ok, ok, gone)
	default:
		t.Fatal(err)
	}
}

// A job canceled before it has a record gets one, so that it can be seen.
func TestCanceledWhileRegistering(t *testing.T) {
	w := newWorld(t)
	w.register = func(in activities.RegisterInput) (job.Job, error) {
		w.env.CancelWorkflow()
		return job.New(jobID, in.Request, job.Account{}, submitted), nil
	}
	j, err := w.runAsIs()
	if !temporal.IsCanceledError(err) {
		t.Errorf("the workflow ended with %v", err)
	}
	check(t, j, gone, gone, gone, gone, gone)
}

// What has failed before a cancellation keeps its reason.
func TestCanceledAfterFailure(t *testing.T) {
	w := newWorld(t)
	w.after(0, w.admit)
	w.assemble = func(in activities.AssembleInput) error {
		return unless(in.Output.ID != "3", temporal.NewNonRetryableApplicationError("", "BadInput", nil))
	}
	failed := make(chan struct{})
	w.report = func(in activities.ReportInput) error {
		if countStatus(in.Job, job.Error) == 1 {
			close(failed)
			w.report = nil
		}
		return nil
	}
	w.chunk = func(ctx context.Context, _ activities.EncodeChunkInput) error {
		<-failed
		return hold(ctx, w.cancel)
	}
	j, _ := w.runCanceled()
	if diff := cmp.Diff([]job.Status{gone, gone, gone, bad, gone}, states(j)); diff != "" {
		t.Errorf("states (-want +got):\n%s", diff)
	}
	if j.Outputs[2].StatusDetail == "" {
		t.Error("the failed output lost its reason")
	}
}
