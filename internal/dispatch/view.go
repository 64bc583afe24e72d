package dispatch

import (
	"context"
	"sync"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/converter"

	"github.com/everframe/everframe/activities"
	"github.com/everframe/everframe/internal/catalog"
	"github.com/everframe/everframe/internal/plan"
	"github.com/everframe/everframe/job"
	"github.com/everframe/everframe/workflows"
)

// Job returns a job as it is now. A running one has its progress, to the frame:
// what its workflow knows, and the heartbeats of the steps under way. When
// Temporal cannot be asked the record alone is returned.
//
// Errors: NotFound, Unavailable (the catalog).
func (d *Dispatcher) Job(ctx context.Context, id job.ID) (job.Job, error) {
	r, err := d.Catalog.Job(ctx, id)
	if err != nil || r.Slot != catalog.Running || r.Job.Terminal() {
		return r.Job, err
	}
	return d.views.get(d.Now(), id, func() job.Job { return d.look(ctx, r) }), nil
}

// viewAge is how old a view of a running job may be. Clients that poll fast
// cost one look each.
const viewAge = 250 * time.Millisecond

// lookTime bounds a look: a record without progress beats a late answer.
const lookTime = 2 * time.Second

// look asks the workflow.
func (d *Dispatcher) look(ctx context.Context, r catalog.Record) job.Job {
	ctx, cancel := context.WithTimeout(ctx, lookTime)
	defer cancel()
	var j job.Job
	if err := d.query(ctx, r.WorkflowID, workflows.StatusQuery, &j); err != nil || j.Terminal() {
		return r.Job // a final state counts once it is recorded
	}
	var p *plan.Plan
	if err := d.query(ctx, r.WorkflowID, workflows.PlanQuery, &p); err != nil || p == nil || j.Progress == nil {
		return j
	}
	j.Progress.FramesDone = 0
	for _, g := range p.Groups {
		addProgress(g, d.progressOf(ctx, workflows.EncodeID(r.WorkflowID, g.ID)), &j)
	}
	return j
}

func (d *Dispatcher) query(ctx context.Context, workflowID, name string, into any) error {
	v, err := d.Temporal.QueryWorkflow(ctx, workflowID, "", name)
	if err != nil {
		return err
	}
	return v.Get(into)
}

// progressOf returns how far a group has come that is at work: the chunks its
// workflow has counted, and what the steps under way last said. It is zero if
// that cannot be told: the group has not started yet, or has closed already.
func (d *Dispatcher) progressOf(ctx context.Context, workflowID string) workflows.Update {
	w, err := d.Temporal.DescribeWorkflowExecution(ctx, workflowID, "")
	if err != nil || w.GetWorkflowExecutionInfo().GetStatus() != enums.WORKFLOW_EXECUTION_STATUS_RUNNING {
		return workflows.Update{}
	}
	var u workflows.Update
	if err := d.query(ctx, workflowID, workflows.ProgressQuery, &u); err != nil {
		return workflows.Update{}
	}
	for _, a := range w.GetPendingActivities() {
		var b activities.Beat
		if a.GetActivityType().GetName() != "EncodeChunk" || a.GetHeartbeatDetails() == nil {
			continue
		}
		if err := converter.GetDefaultDataConverter().FromPayloads(a.GetHeartbeatDetails(), &b); err == nil {
			u.FramesDone += b.Progress.Frames
		}
	}
	return u
}

// addProgress tells the outputs of a group how far it has come, unless they
// know of more, and adds them to the job.
func addProgress(g plan.Group, u workflows.Update, j *job.Job) {
	for _, o := range g.Outputs {
		out := j.Output(o.ID)
		if out == nil || out.Progress == nil {
			continue
		}
		if p := out.Progress; out.Status == job.Progressing && u.FramesDone > p.FramesDone {
			p.FramesDone, p.Stage, j.Progress.Stage = u.FramesDone, u.Stage, u.Stage
			if p.FramesTotal > 0 {
				p.FramesDone = min(p.FramesDone, p.FramesTotal)
			}
		}
		j.Progress.FramesDone += out.Progress.FramesDone
	}
}

// views keeps the latest look at each running job for a moment.
type views struct {
	mu   sync.Mutex // guards seen
	seen map[job.ID]view
}

type view struct {
	at  time.Time
	job job.Job
}

func (v *views) get(now time.Time, id job.ID, look func() job.Job) job.Job {
	v.mu.Lock()
	if old, ok := v.seen[id]; ok && now.Sub(old.at) < viewAge {
		v.mu.Unlock()
		return old.job
	}
	v.mu.Unlock()
	j := look()
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.seen == nil {
		v.seen = map[job.ID]view{}
	}
	for other, old := range v.seen {
		if now.Sub(old.at) >= viewAge {
			delete(v.seen, other)
		}
	}
	v.seen[id] = view{at: now, job: j}
	return j
}
