package dispatch_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.temporal.io/sdk/temporal"

	"github.com/everframe/everframe/internal/catalog"
	"github.com/everframe/everframe/internal/fault"
	"github.com/everframe/everframe/job"
	"github.com/everframe/everframe/workflows"
)

func TestSubmitOnce(t *testing.T) {
	s := newSystem(t, 10)
	req := s.request()
	req.ClientRequestToken = "token"
	body, err := json.Marshal(req)
	if err != nil {
		t.Fatal(err)
	}
	ids := make([]job.ID, 20)
	var wg sync.WaitGroup
	for i := range ids {
		wg.Go(func() {
			j, err := s.Submit(t.Context(), req, body)
			if err != nil {
				t.Error(err)
			}
			ids[i] = j.ID
		})
	}
	wg.Wait()
	if distinct := slices.Compact(slices.Sorted(slices.Values(ids))); len(distinct) != 1 {
		t.Fatalf("jobs %q for one token", distinct)
	}
	if got := s.begins(); got != ids[0] {
		t.Errorf("job %s begins, want %s", got, ids[0])
	}
	s.idle()
	close(s.steps.release)
	if r := s.becomes(ids[0], job.Complete); r.Slot != catalog.Done || r.Job.Timing.FinishTimeMillis == 0 {
		t.Errorf("slot %s, timing %+v", r.Slot, r.Job.Timing)
	}
}

func TestSubmitToNoPipeline(t *testing.T) {
	s := newSystem(t, 10)
	req := s.request()
	req.PipelineID = "1600000000000-nobody"
	_, err := s.Submit(t.Context(), req, []byte("{}"))
	kind(t, "Submit", err, fault.NotFound)
}

// Jobs of a pipeline begin in the order of submission, so many at once.
func TestAdmission(t *testing.T) {
	const limit, jobs = 2, 7
	s := newSystem(t, limit)
	other := s.newPipeline("1600000000000-pipe02")
	var want []job.ID
	for range jobs {
		want = append(want, s.submit().ID)
	}
	first := []job.ID{s.begins(), s.begins()}
	slices.Sort(first)
	if diff := cmp.Diff(want[:limit], first); diff != "" {
		t.Fatalf("first jobs (-want +got):\n%s", diff)
	}
	s.idle()

	// A full pipeline is none of another's business.
	req := s.request()
	req.PipelineID = other.ID
	stranger := s.submitAs(req).ID
	if got := s.begins(); got != stranger {
		t.Errorf("job %s begins, want %s", got, stranger)
	}
	s.steps.release <- struct{}{} // whose is not said, hence one of the first or the stranger
	s.steps.release <- struct{}{}
	s.steps.release <- struct{}{}

	for i := limit; i < jobs; {
		n := min(limit, jobs-i)
		var got []job.ID
		for range n {
			got = append(got, s.begins())
		}
		slices.Sort(got)
		if diff := cmp.Diff(want[i:i+n], got); diff != "" {
			t.Errorf("next jobs (-want +got):\n%s", diff)
		}
		s.idle()
		for range n {
			s.steps.release <- struct{}{}
		}
		i += n
	}
	for _, id := range want {
		s.becomes(id, job.Complete)
	}
}

// A job that Temporal refuses to start does not hold up those behind it.
func TestUnstartable(t *testing.T) {
	s := newSystem(t, 1)
	req := s.request()
	body, err := json.Marshal(map[string]any{"PipelineId": s.pipeline.ID, "UserMetadata": map[string]string{"a": strings.Repeat("x", 3<<20)}})
	if err != nil {
		t.Fatal(err)
	}
	big, err := s.Submit(t.Context(), req, body)
	if err != nil {
		t.Fatal(err)
	}
	small := s.submit()
	r := s.becomes(big.ID, job.Error)
	if d := r.Job.Outputs[0].StatusDetail; !strings.HasPrefix(d, "9000 ") {
		t.Errorf("detail %q", d)
	}
	if got := s.begins(); got != small.ID {
		t.Errorf("job %s begins, want %s", got, small.ID)
	}
}

// TestStartedByHand starts jobs as Temporal's command line does.
func TestStartedByHand(t *testing.T) {
	s := newSystem(t, 1)
	head := s.submit()
	s.begins()
	for name, id := range map[string]string{"API's form": "1699999999999-abc123", "any form": "my film / 1"} {
		t.Run(name, func(t *testing.T) {
			s.start(id, s.request())
			var r catalog.Record
			s.eventually("a record", func() bool {
				var err error
				r, err = s.catalog.JobByWorkflow(t.Context(), id)
				return err == nil
			})
			if r.Slot != catalog.Waiting || r.Job.Status != job.Submitted || !r.Job.ID.Valid() {
				t.Errorf("slot %s, status %s, id %s", r.Slot, r.Job.Status, r.Job.ID)
			}
			if own := string(r.Job.ID) == id; own != (name == "API's form") {
				t.Errorf("workflow %s has job %s", id, r.Job.ID)
			}
		})
	}
	s.idle() // they wait behind the head
	s.steps.release <- struct{}{}
	s.becomes(head.ID, job.Complete)
	for range 2 {
		id := s.begins()
		s.steps.release <- struct{}{}
		s.becomes(id, job.Complete)
		if err := s.closes(s.record(id).WorkflowID); err != nil {
			t.Error(err)
		}
	}
}

func TestStartedByHandRefused(t *testing.T) {
	s := newSystem(t, 1)
	s.submit()
	s.begins()
	tokens := s.request()
	tokens.ClientRequestToken = "token"
	first := s.submitAs(tokens)
	for name, tt := range map[string]struct {
		change func(*job.Request)
		says   string
	}{
		"no pipeline": {func(r *job.Request) { r.PipelineID = "1600000000000-nobody" }, "1600000000000-nobody"},
		"no preset":   {func(r *job.Request) { r.Output.PresetID = "1600000000000-nopres" }, "1600000000000-nopres"},
		"invalid":     {func(r *job.Request) { r.Input = nil }, "nput"},
		"token":       {func(r *job.Request) { r.ClientRequestToken = "token" }, string(first.ID)},
	} {
		t.Run(name, func(t *testing.T) {
			req := s.request()
			tt.change(&req)
			id := "by hand: " + name
			s.start(id, req)
			var app *temporal.ApplicationError
			if err := s.closes(id); !errors.As(err, &app) || !strings.Contains(app.Message(), tt.says) {
				t.Errorf("ended with %v", err)
			}
			if _, err := s.catalog.JobByWorkflow(t.Context(), id); fault.KindOf(err) != fault.NotFound {
				t.Errorf("it has a record (%v)", err)
			}
		})
	}
}

// A workflow under the id of a job that has ended would never be admitted.
func TestStartedAgain(t *testing.T) {
	s := newSystem(t, 1)
	j := s.submit()
	s.begins()
	s.steps.release <- struct{}{}
	s.becomes(j.ID, job.Complete)
	if err := s.closes(string(j.ID)); err != nil {
		t.Fatal(err)
	}
	s.start(string(j.ID), s.request())
	var app *temporal.ApplicationError
	if err := s.closes(string(j.ID)); !errors.As(err, &app) || app.Type() != fault.Conflict.String() {
		t.Errorf("ended with %v", err)
	}
	if r := s.record(j.ID); r.Job.Status != job.Complete {
		t.Errorf("the record says %s", r.Job.Status)
	}
}

// A job whose workflow was terminated and started again before anybody noticed
// still has its slot.
func TestStartedAgainWhileRunning(t *testing.T) {
	s := newSystem(t, 1)
	j := s.submit()
	s.begins()
	s.becomes(j.ID, job.Progressing)
	if err := s.temporal.TerminateWorkflow(t.Context(), string(j.ID), "", "test"); err != nil {
		t.Fatal(err)
	}
	time.Sleep(2 * time.Millisecond) // reports are ordered by milliseconds
	s.start(string(j.ID), s.request())
	if got := s.begins(); got != j.ID {
		t.Errorf("job %s begins", got)
	}
	close(s.steps.release)
	s.becomes(j.ID, job.Complete)
}

func TestBeginWithoutPipeline(t *testing.T) {
	s := newSystem(t, 1)
	_, err := s.Begin(t.Context(), "1600000000000-nojob1")
	kind(t, "Begin", err, fault.Invalid)
	if fault.CodeOf(err) != fault.ValidationError {
		t.Errorf("code %d: customers would look for their input", fault.CodeOf(err))
	}
}

func TestNames(t *testing.T) {
	s := newSystem(t, 1)
	req := s.request()
	req.Input.Key = strings.Repeat("ü", 500)
	j := s.submitAs(req)
	s.begins()
	w, err := s.temporal.DescribeWorkflowExecution(t.Context(), string(j.ID), "")
	if err != nil {
		t.Fatal(err)
	}
	info := w.GetWorkflowExecutionInfo()
	if got := info.GetType().GetName(); got != workflows.TranscodeName {
		t.Errorf("type %s", got)
	}
	for _, name := range []string{"input", "outputs"} {
		if info.GetMemo().GetFields()[name] == nil {
			t.Errorf("no %s in the memo", name)
		}
	}
	fields := info.GetSearchAttributes().GetIndexedFields()
	for name, want := range map[string]string{
		"EverframePipeline": `"` + string(s.pipeline.ID) + `"`, "EverframeStatus": `"Progressing"`, "EverframePresets": `["1351620000001-200030"]`,
	} {
		if got := string(fields[name].GetData()); got != want {
			t.Errorf("%s = %s, want %s", name, got, want)
		}
	}
}
