package e2e_test

import (
	"testing"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/failure/v1"
	"go.temporal.io/api/history/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"

	"github.com/everframe/everframe/activities"
	"github.com/everframe/everframe/internal/plan"
	"github.com/everframe/everframe/workflows"
)

// step is one activity of a history.
type step struct {
	name     string
	attempts int32            // of the last start; 0 = not started
	worker   string           // identity of who had the last start
	before   *failure.Failure // of the attempt before that; nil = there was none
	result   func(into any)
}

// steps returns the activities of a workflow in the order they were scheduled.
func steps(t testing.TB, c client.Client, workflow string) []step {
	t.Helper()
	var all []step
	places := map[int64]int{} // by event id of the scheduling
	events := c.GetWorkflowHistory(t.Context(), workflow, "", false, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for events.HasNext() {
		e, err := events.Next()
		if err != nil {
			t.Fatalf("history of %s: %v", workflow, err)
		}
		switch a := e.GetAttributes().(type) {
		case *history.HistoryEvent_ActivityTaskScheduledEventAttributes:
			places[e.GetEventId()] = len(all)
			all = append(all, step{name: a.ActivityTaskScheduledEventAttributes.GetActivityType().GetName()})
		case *history.HistoryEvent_ActivityTaskStartedEventAttributes:
			s := a.ActivityTaskStartedEventAttributes
			place := &all[places[s.GetScheduledEventId()]]
			place.attempts, place.worker, place.before = s.GetAttempt(), s.GetIdentity(), s.GetLastFailure()
		case *history.HistoryEvent_ActivityTaskCompletedEventAttributes:
			c := a.ActivityTaskCompletedEventAttributes
			place := &all[places[c.GetScheduledEventId()]]
			place.result = func(into any) {
				t.Helper()
				if err := converter.GetDefaultDataConverter().FromPayloads(c.GetResult(), into); err != nil {
					t.Fatalf("result of %s: %v", place.name, err)
				}
			}
		}
	}
	return all
}

// children returns the ids of a workflow's children.
func children(t testing.TB, c client.Client, workflow string) []string {
	t.Helper()
	var ids []string
	events := c.GetWorkflowHistory(t.Context(), workflow, "", false, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for events.HasNext() {
		e, err := events.Next()
		if err != nil {
			t.Fatalf("history of %s: %v", workflow, err)
		}
		if a := e.GetStartChildWorkflowExecutionInitiatedEventAttributes(); a != nil {
			ids = append(ids, a.GetWorkflowId())
		}
	}
	return ids
}

// pieces returns what the chunk encodes of a job came to: how many pieces they
// had, and how many of them were there already.
func pieces(t testing.TB, c client.Client, workflow string) (all, reused int) {
	t.Helper()
	for _, child := range children(t, c, workflow) {
		for _, s := range steps(t, c, child) {
			if s.name != "EncodeChunk" || s.result == nil {
				continue
			}
			var out activities.EncodeChunkResult
			s.result(&out)
			for _, p := range out.Pieces {
				all++
				if p.Reused {
					reused++
				}
			}
		}
	}
	return all, reused
}

// query asks a workflow, running or closed.
func query(t testing.TB, c client.Client, workflow, name string, into any) {
	t.Helper()
	v, err := c.QueryWorkflow(t.Context(), workflow, "", name)
	if err != nil {
		t.Fatalf("query %s of %s: %v", name, workflow, err)
	}
	if err := v.Get(into); err != nil {
		t.Fatalf("query %s of %s: %v", name, workflow, err)
	}
}

func planOf(t testing.TB, c client.Client, workflow string) plan.Plan {
	t.Helper()
	var p *plan.Plan
	query(t, c, workflow, workflows.PlanQuery, &p)
	if p == nil {
		t.Fatalf("%s has no plan", workflow)
	}
	return *p
}

// frames returns how many frames the plan expects of an output.
func frames(t testing.TB, p plan.Plan, output string) int64 {
	t.Helper()
	for _, g := range p.Groups {
		for _, o := range g.Outputs {
			if o.ID == output {
				return g.Timeline.Frames
			}
		}
	}
	t.Fatalf("output %s is not in the plan", output)
	return 0
}
