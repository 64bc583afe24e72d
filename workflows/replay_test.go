package workflows_test

import (
	"compress/gzip"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"go.temporal.io/api/history/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"github.com/everframe/everframe/internal/golden"
	"github.com/everframe/everframe/workflows"
)

// replay runs today's workflow against a history, as the workflow it was: the
// ids of children are made of its own.
func replay(h *history.History) error {
	r := worker.NewWorkflowReplayer()
	r.RegisterWorkflowWithOptions(workflows.Transcode, workflow.RegisterOptions{Name: workflows.TranscodeName})
	r.RegisterWorkflowWithOptions(workflows.Encode, workflow.RegisterOptions{Name: workflows.EncodeName})
	r.RegisterWorkflowWithOptions(workflows.Admission, workflow.RegisterOptions{Name: workflows.AdmissionName})
	r.RegisterWorkflowWithOptions(workflows.Sweep, workflow.RegisterOptions{Name: workflows.SweepName})
	started := h.Events[0].GetWorkflowExecutionStartedEventAttributes()
	return r.ReplayWorkflowHistoryWithOptions(log.NewStructuredLogger(slog.New(slog.DiscardHandler)), h, worker.ReplayWorkflowHistoryOptions{
		OriginalExecution: workflow.Execution{ID: started.GetWorkflowId(), RunID: started.GetOriginalExecutionRunId()},
	})
}

func readHistory(t *testing.T, file string) *history.History {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	h, err := client.HistoryFromJSON(z, client.HistoryJSONOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// TestReplay runs today's code against what ran before: a job that was begun by
// another version of this program must go on.
func TestReplay(t *testing.T) {
	for _, file := range golden.Files(t, "testdata/history/*.json.gz") {
		t.Run(filepath.Base(file), func(t *testing.T) {
			if err := replay(readHistory(t, file)); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestReplayNotices makes sure that a history which does not fit is noticed:
// a job's steps in another order.
func TestReplayNotices(t *testing.T) {
	for _, file := range golden.Files(t, "testdata/history/transcode-*-one-mp4.json.gz") {
		h := readHistory(t, file)
		for _, e := range h.Events {
			if a := e.GetActivityTaskScheduledEventAttributes(); a.GetActivityType().GetName() == "Probe" {
				a.ActivityType.Name = "Plan"
			}
		}
		if err := replay(h); err == nil {
			t.Errorf("%s replays with another first step", file)
		}
	}
}

// A version without a recorded history would not be replayed by the next.
func TestEveryVersionHasHistory(t *testing.T) {
	for name, current := range workflows.Versions {
		for v := 1; v <= current; v++ {
			golden.Files(t, fmt.Sprintf("testdata/history/%s-%d-*.json.gz", name, v))
		}
	}
}
