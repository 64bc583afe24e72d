package dispatch_test

import (
	"context"
	"testing"
	"time"

	"go.temporal.io/sdk/temporal"

	"github.com/everframe/everframe/activities"
	"github.com/everframe/everframe/internal/catalog"
	"github.com/everframe/everframe/internal/fault"
	"github.com/everframe/everframe/job"
)

func TestCancelWaiting(t *testing.T) {
	s := newSystem(t, 1)
	s.submit()
	s.begins()
	j := s.submit()
	if err := s.Cancel(t.Context(), j.ID, false); err != nil {
		t.Fatal(err)
	}
	r := s.record(j.ID)
	if r.Job.Status != job.Canceled || r.Slot != catalog.Done {
		t.Errorf("status %s, slot %s", r.Job.Status, r.Slot)
	}
	if _, err := s.temporal.DescribeWorkflowExecution(t.Context(), string(j.ID), ""); !notFound(err) {
		t.Errorf("it has a workflow (%v)", err)
	}
	s.steps.release <- struct{}{}
	s.idle()
	kind(t, "a second time", s.Cancel(t.Context(), j.ID, true), fault.Conflict)
	kind(t, "unknown", s.Cancel(t.Context(), "1600000000000-nojob1", true), fault.NotFound)
}

// A waiting job that was started by hand has a workflow, which must end, too,
// whatever its id looks like.
func TestCancelWaitingByHand(t *testing.T) {
	s := newSystem(t, 1)
	s.submit()
	s.begins()
	for _, id := range []string{"1699999999999-abc123", "any form"} {
		s.start(id, s.request())
		var r catalog.Record
		s.eventually("a record", func() (ok bool) {
			var err error
			r, err = s.catalog.JobByWorkflow(t.Context(), id)
			return err == nil
		})
		if err := s.Cancel(t.Context(), r.Job.ID, false); err != nil {
			t.Fatal(err)
		}
		if err := s.closes(id); !temporal.IsCanceledError(err) {
			t.Errorf("%s ended with %v", id, err)
		}
		if r := s.record(r.Job.ID); r.Job.Status != job.Canceled || r.Job.Outputs[0].Status != job.Canceled {
			t.Errorf("status %s", r.Job.Status)
		}
	}
}

// The same, when it is Temporal that is told.
func TestCancelRequestWhileWaiting(t *testing.T) {
	s := newSystem(t, 1)
	s.submit()
	s.begins()
	s.start("by hand", s.request())
	s.eventually("a record", func() bool { _, err := s.catalog.JobByWorkflow(t.Context(), "by hand"); return err == nil })
	if err := s.temporal.CancelWorkflow(t.Context(), "by hand", ""); err != nil {
		t.Fatal(err)
	}
	if err := s.closes("by hand"); !temporal.IsCanceledError(err) {
		t.Errorf("ended with %v", err)
	}
	r, err := s.catalog.JobByWorkflow(t.Context(), "by hand")
	if err != nil || r.Job.Status != job.Canceled || r.Slot != catalog.Done {
		t.Errorf("%s, %s, %v", r.Job.Status, r.Slot, err)
	}
}

func TestCancelRunning(t *testing.T) {
	s := newSystem(t, 1)
	s.steps.cut = true
	encoding := make(chan struct{}, 100)
	s.steps.chunk = func(ctx context.Context, _ activities.EncodeChunkInput) error {
		encoding <- struct{}{}
		defer time.Sleep(50 * time.Millisecond) // an encoder takes its time to stop
		return hold(ctx, nil)
	}
	j := s.submit()
	next := s.submit()
	s.begins()
	s.steps.release <- struct{}{}
	<-encoding
	kind(t, "without force", s.Cancel(t.Context(), j.ID, false), fault.Conflict)
	if err := s.Cancel(t.Context(), j.ID, true); err != nil {
		t.Fatal(err)
	}
	r := s.becomes(j.ID, job.Canceled)
	if n := s.steps.underWay(); n != 0 {
		t.Errorf("%d steps under way when the job was canceled", n)
	}
	if r.Slot != catalog.Done || r.Job.Outputs[0].Status != job.Canceled || r.Job.Outputs[0].StatusDetail != "" {
		t.Errorf("slot %s, output %s %q", r.Slot, r.Job.Outputs[0].Status, r.Job.Outputs[0].StatusDetail)
	}
	if err := s.closes(string(j.ID)); !temporal.IsCanceledError(err) {
		t.Errorf("ended with %v", err)
	}
	if got := s.begins(); got != next.ID {
		t.Errorf("job %s begins, want %s", got, next.ID)
	}
	kind(t, "a second time", s.Cancel(t.Context(), j.ID, true), fault.Conflict)
}

// Canceled between its claim and its start, a job begins canceled.
func TestCancelClaimed(t *testing.T) {
	s := newSystem(t, 1)
	s.temporal.cutOff(true)
	j := s.submit()
	s.eventually("the job is claimed", func() bool { return s.record(j.ID).Slot == catalog.Claimed })
	s.temporal.cutOff(false)
	kind(t, "without force", s.Cancel(t.Context(), j.ID, false), fault.Conflict)
	if err := s.Cancel(t.Context(), j.ID, true); err != nil {
		t.Fatal(err)
	}
	s.becomes(j.ID, job.Canceled)
	s.pass(time.Minute)
	if err := s.Repair(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.idle()
	if r := s.record(j.ID); r.Job.Status != job.Canceled {
		t.Errorf("status %s after a repair", r.Job.Status)
	}
}
