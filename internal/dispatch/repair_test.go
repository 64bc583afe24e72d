package dispatch_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"

	"github.com/everframe/everframe/internal/catalog"
	"github.com/everframe/everframe/internal/fault"
	"github.com/everframe/everframe/job"
)

// A claim whose claimer died before it told Temporal.
func TestLostClaim(t *testing.T) {
	s := newSystem(t, 1)
	s.temporal.cutOff(true)
	j := s.submit()
	s.eventually("the job is claimed", func() bool { return s.record(j.ID).Slot == catalog.Claimed })
	s.temporal.cutOff(false)

	if err := s.Repair(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.idle() // the claimer may be about to
	s.pass(time.Minute)
	if err := s.Repair(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := s.begins(); got != j.ID {
		t.Errorf("job %s begins", got)
	}
	s.pass(time.Minute)
	if err := s.Repair(t.Context()); err != nil { // a second admission changes nothing
		t.Fatal(err)
	}
	s.idle()
	close(s.steps.release)
	s.becomes(j.ID, job.Complete)
}

// The claimer died a moment ago, with the host that starts again.
func TestRecover(t *testing.T) {
	s := newSystem(t, 1)
	s.temporal.cutOff(true)
	j := s.submit()
	s.eventually("the job is claimed", func() bool { return s.record(j.ID).Slot == catalog.Claimed })
	s.temporal.cutOff(false)
	if err := s.Recover(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := s.begins(); got != j.ID {
		t.Errorf("job %s begins", got)
	}
	close(s.steps.release)
	s.becomes(j.ID, job.Complete)
}

// One that cannot be repaired does not keep the others from it.
func TestRepairGoesOn(t *testing.T) {
	s := newSystem(t, 1)
	running := s.submit()
	s.begins()
	s.becomes(running.ID, job.Progressing)
	s.terminate(string(running.ID))
	other := s.newPipeline("1600000000000-pipe02")
	s.temporal.cutOff(true)
	req := s.request()
	req.PipelineID = other.ID
	stuck := s.submitAs(req)
	s.eventually("the job is claimed", func() bool { return s.record(stuck.ID).Slot == catalog.Claimed })
	s.pass(time.Minute)
	kind(t, "Repair", s.Repair(t.Context()), fault.Unavailable)
	s.becomes(running.ID, job.Error)
}

func (s *system) terminate(id string) {
	s.Helper()
	if err := s.temporal.TerminateWorkflow(s.Context(), id, "", "test"); err != nil {
		s.Fatal(err)
	}
}

// A terminated workflow runs no code: its record becomes Error, and its slot
// goes to the next.
func TestTerminated(t *testing.T) {
	s := newSystem(t, 1)
	j := s.submit()
	next := s.submit()
	s.begins()
	s.becomes(j.ID, job.Progressing)
	s.terminate(string(j.ID))
	s.idle()
	if err := s.Repair(t.Context()); err != nil {
		t.Fatal(err)
	}
	r := s.becomes(j.ID, job.Error)
	if r.Slot != catalog.Done || r.Job.Timing.FinishTimeMillis == 0 || r.Job.Timing.StartTimeMillis == 0 {
		t.Errorf("slot %s, timing %+v", r.Slot, r.Job.Timing)
	}
	if d := r.Job.Outputs[0].StatusDetail; !strings.HasPrefix(d, "9000 ") || !strings.HasSuffix(d, "stopped by an operator.") {
		t.Errorf("detail %q", d)
	}
	if got := s.begins(); got != next.ID {
		t.Errorf("job %s begins, want %s", got, next.ID)
	}
}

// A workflow that was started by hand and terminated before its turn.
func TestTerminatedWhileWaiting(t *testing.T) {
	s := newSystem(t, 1)
	head := s.submit()
	s.begins()
	s.start("by hand", s.request())
	var r catalog.Record
	s.eventually("a record", func() (ok bool) {
		var err error
		r, err = s.catalog.JobByWorkflow(t.Context(), "by hand")
		return err == nil
	})
	last := s.submit()
	s.terminate("by hand")
	s.steps.release <- struct{}{}
	s.becomes(head.ID, job.Complete)
	s.becomes(r.Job.ID, job.Error)
	if got := s.begins(); got != last.ID {
		t.Errorf("job %s begins, want %s", got, last.ID)
	}
}

// What goes on beside the jobs is there once, however many hosts start, and
// begins to mend at once.
func TestSchedules(t *testing.T) {
	s := newSystem(t, 1)
	s.temporal.cutOff(true)
	j := s.submit()
	s.eventually("the job is claimed", func() bool { return s.record(j.ID).Slot == catalog.Claimed })
	s.temporal.cutOff(false)
	s.pass(time.Minute)
	sweep := s.temporal.ScheduleClient().GetHandle(t.Context(), "everframe-sweep")
	t.Cleanup(func() {
		if err := sweep.Delete(context.Background()); err != nil {
			t.Error(err)
		}
	})
	for range 2 {
		if err := s.EnsureSchedules(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if got := s.begins(); got != j.ID {
		t.Errorf("job %s begins", got)
	}
	n, err := s.temporal.CountWorkflow(t.Context(), &workflowservice.CountWorkflowExecutionsRequest{Query: "WorkflowType = 'Admission' AND ExecutionStatus = 'Running'"})
	if err != nil {
		t.Fatal(err)
	}
	if n.GetCount() != 1 {
		t.Errorf("%d workflows repair", n.GetCount())
	}
	d, err := sweep.Describe(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if d.Schedule.Policy.CatchupWindow != time.Minute {
		t.Errorf("catches up with %s", d.Schedule.Policy.CatchupWindow)
	}
}

// A paused pipeline starts nothing, whoever asks.
func TestPaused(t *testing.T) {
	s := newSystem(t, 1)
	if _, err := s.catalog.SetPipelineStatus(t.Context(), s.pipeline.ID, job.Paused); err != nil {
		t.Fatal(err)
	}
	j := s.submit()
	if err := s.Repair(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.idle()
	if _, err := s.catalog.SetPipelineStatus(t.Context(), s.pipeline.ID, job.Active); err != nil {
		t.Fatal(err)
	}
	if err := s.Admit(t.Context(), s.pipeline.ID); err != nil {
		t.Fatal(err)
	}
	if got := s.begins(); got != j.ID {
		t.Errorf("job %s begins", got)
	}
}

// notFound tells that a workflow was never started.
func notFound(err error) bool {
	var gone *serviceerror.NotFound
	return errors.As(err, &gone)
}
