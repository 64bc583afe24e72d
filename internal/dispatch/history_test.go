package dispatch_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/uuid"
	"go.temporal.io/api/common/v1"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflowservice/v1"

	"github.com/everframe/everframe/activities"
	"github.com/everframe/everframe/internal/catalog"
	"github.com/everframe/everframe/job"
	"github.com/everframe/everframe/workflows"
)

// history returns how many events and bytes a workflow's history has, and the
// size of its largest event.
func (s *system) history(id string) (events, bytes, largest int) {
	s.Helper()
	it := s.temporal.GetWorkflowHistory(s.Context(), id, "", false, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for it.HasNext() {
		e, err := it.Next()
		if err != nil {
			s.Fatal(err)
		}
		events++
		bytes += e.Size()
		largest = max(largest, e.Size())
	}
	return events, bytes, largest
}

// Six events a chunk let a film of 1,500 chunks stay below the 10,240 at which
// Temporal warns, and payloads stay far from the 2 MB it refuses.
func TestHistorySize(t *testing.T) {
	s := newSystem(t, 1)
	s.steps.cut = true
	close(s.steps.release)
	s.steps.chunk = func(context.Context, activities.EncodeChunkInput) error {
		time.Sleep(15 * time.Millisecond) // so that each ends by itself, as real ones do
		return nil
	}
	req := s.request()
	req.Outputs = []job.Output{*req.Output, *req.Output, *req.Output}
	req.Output = nil
	req.Outputs[1].Key, req.Outputs[1].PresetID = "2", "1351620000001-200050"
	req.Outputs[2].Key, req.Outputs[2].PresetID = "3", "1351620000001-200071"
	req.Playlists = []job.Playlist{{Name: "index", Format: job.HLSv3, OutputKeys: []string{"out", "2", "3"}}}
	j := s.submitAs(req)
	s.becomes(j.ID, job.Complete)
	if err := s.closes(string(j.ID)); err != nil {
		t.Fatal(err)
	}
	const chunks = 112 // of 90 frames in 10,000, the last one longer
	events, bytes, largest := s.history(workflows.EncodeID(string(j.ID), "1"))
	t.Logf("Encode of %d chunks: %d events, %d bytes, largest %d", chunks, events, bytes, largest)
	if most := 6*chunks + 120; events > most {
		t.Errorf("Encode has %d events, want %d at most", events, most)
	}
	if largest > 256<<10 {
		t.Errorf("an event of %d bytes", largest)
	}
	events, bytes, largest = s.history(string(j.ID))
	t.Logf("Transcode of 3 outputs: %d events, %d bytes, largest %d", events, bytes, largest)
	if events > 160 || largest > 256<<10 {
		t.Errorf("Transcode has %d events, the largest of %d bytes", events, largest)
	}
}

// A reset job runs on from where it was reset to, and its reports count.
func TestReset(t *testing.T) {
	for _, where := range []string{"probing", "encoding"} {
		t.Run(where, func(t *testing.T) {
			s := newSystem(t, 1)
			s.steps.cut = true
			encoding := make(chan struct{}, 1000)
			finish := make(chan struct{})
			s.steps.chunk = func(ctx context.Context, _ activities.EncodeChunkInput) error {
				encoding <- struct{}{}
				return hold(ctx, finish)
			}
			j := s.submit()
			s.begins()
			s.becomes(j.ID, job.Progressing)
			if where == "encoding" {
				s.steps.release <- struct{}{}
				<-encoding
			}
			before := s.record(j.ID).Sequence
			time.Sleep(2 * time.Millisecond) // reports are ordered by milliseconds
			s.reset(j.ID)
			if got := s.begins(); got != j.ID {
				t.Errorf("job %s begins", got)
			}
			if err := s.Repair(t.Context()); err != nil {
				t.Fatal(err)
			}
			close(s.steps.release)
			close(finish)
			r := s.becomes(j.ID, job.Complete)
			if r.Slot != catalog.Done || r.Sequence <= before {
				t.Errorf("slot %s, sequence %d after %d", r.Slot, r.Sequence, before)
			}
		})
	}
}

// reset takes a job back to the end of its first task.
func (s *system) reset(id job.ID) {
	s.Helper()
	_, err := s.temporal.WorkflowService().ResetWorkflowExecution(s.Context(), &workflowservice.ResetWorkflowExecutionRequest{
		Namespace: "default", WorkflowExecution: &common.WorkflowExecution{WorkflowId: string(id)},
		Reason: "test", RequestId: uuid.NewString(), WorkflowTaskFinishEventId: 5,
	})
	if err != nil {
		s.Fatal(err)
	}
}
