package e2e_test

import (
	"fmt"
	"sort"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/everframe/everframe/internal/testmedia"
	"github.com/everframe/everframe/job"
)

// TestQueue checks that jobs of a pipeline start in the order in which they
// came, that no more run than may, and that pipelines do not wait for another.
func TestQueue(t *testing.T) {
	t.Parallel()
	const most, count = 2, 6
	s := start(t, "--max-active", decimal(most))
	p, other := s.pipeline("queue"), s.pipeline("other")
	for _, p := range []pipeline{p, other} {
		p.upload("in.mp4", testmedia.Clip(t, testmedia.Spec{Seconds: 4, Audio: true}))
	}
	var ids []job.ID
	for i := range count {
		j := p.submit(p.order("in.mp4", fmt.Sprintf("%d/", i), mp4("film.mp4", mp4Small)))
		ids = append(ids, j.ID)
	}
	besides := other.submit(other.order("in.mp4", "", mp4("film.mp4", mp4Small)))

	var ended int
	eventually(t, jobTime, "the end of all jobs", func() bool {
		var list struct{ Jobs []job.Job }
		s.get("/jobsByPipeline/"+string(p.id)+"?Ascending=true", &list)
		running := 0
		ended = 0
		var order []job.ID
		for _, j := range list.Jobs {
			order = append(order, j.ID)
			if j.Terminal() {
				ended++
			} else if j.Status == job.Progressing {
				running++
			}
		}
		if running > most {
			t.Errorf("%d jobs run at once, want at most %d", running, most)
		}
		if diff := cmp.Diff(ids, order); diff != "" {
			t.Fatalf("the list is not in the order of submission:\n%s", diff)
		}
		return ended == count
	})
	last := s.complete(ids[count-1])
	if x := s.complete(besides.ID); x.Timing.StartTimeMillis > last.Timing.StartTimeMillis {
		t.Error("a job of another pipeline waited for this one's queue")
	}
	type event struct {
		at    int64
		delta int
	}
	var events []event
	var began []int64 // when each workflow was started, in the order of submission
	for _, id := range ids {
		j := s.complete(id)
		events = append(events, event{j.Timing.StartTimeMillis, 1}, event{j.Timing.FinishTimeMillis, -1})
		w, err := s.temporal.DescribeWorkflowExecution(t.Context(), string(id), "")
		if err != nil {
			t.Fatal(err)
		}
		began = append(began, w.GetWorkflowExecutionInfo().GetStartTime().AsTime().UnixMicro())
	}
	if !sort.SliceIsSorted(began, func(i, j int) bool { return began[i] < began[j] }) {
		t.Errorf("jobs were not started in the order of submission: %v", began)
	}
	sort.Slice(events, func(i, j int) bool {
		return events[i].at < events[j].at || events[i].at == events[j].at && events[i].delta < events[j].delta
	})
	at, peak := 0, 0
	for _, e := range events {
		at += e.delta
		peak = max(peak, at)
	}
	if peak != most {
		t.Errorf("%d jobs ran at once by their times, want %d", peak, most)
	}
}
