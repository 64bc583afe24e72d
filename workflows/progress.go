package workflows

import (
	"fmt"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/everframe/everframe/internal/plan"
	"github.com/everframe/everframe/job"
)

// Update is what Encode tells its parent while it runs.
type Update struct {
	Group      string
	FramesDone int64         // of the group's time line, in every rendition
	Stage      string        // for people
	Output     *OutputResult `json:",omitempty"` // an output that has ended
}

// encodeProgress is how far a group has come.
type encodeProgress struct {
	frames int64
	stage  string
}

// listen takes updates from the children until stop is called. stop takes what
// is left: whatever a child told was recorded before the child closed.
func (t *transcode) listen(ctx workflow.Context) (stop func()) {
	// A child that is being canceled may still have an output to tell of.
	ctx, cancel := workflow.NewDisconnectedContext(ctx)
	updates := workflow.GetSignalChannel(ctx, updateSignal)
	workflow.Go(ctx, func(ctx workflow.Context) {
		for ctx.Err() == nil {
			workflow.NewSelector(ctx).
				AddReceive(updates, func(workflow.ReceiveChannel, bool) { t.take(ctx, updates) }).
				AddReceive(ctx.Done(), func(workflow.ReceiveChannel, bool) {}).
				Select(ctx)
		}
	})
	return func() {
		cancel()
		t.take(ctx, updates)
	}
}

// take takes the updates that have come.
func (t *transcode) take(ctx workflow.Context, updates workflow.ReceiveChannel) {
	for {
		var u Update
		if !updates.ReceiveAsync(&u) {
			return
		}
		t.groups[u.Group] = encodeProgress{frames: u.FramesDone, stage: u.Stage}
		if u.Output != nil {
			t.outputEnded(ctx, *u.Output)
			t.reporter.report()
		}
	}
}

// withProgress returns the record with how far each output has come, to the
// chunk. What happens inside a chunk is in the heartbeats of Encode's steps.
func (t *transcode) withProgress() job.Job {
	j := t.job
	if t.plan == nil || j.Status != job.Progressing {
		return j
	}
	j.Outputs = append([]job.OutputRecord(nil), j.Outputs...)
	total := job.Progress{}
	for _, g := range t.plan.Groups {
		p := t.groups[g.ID]
		for _, o := range g.Outputs {
			out := j.Output(o.ID)
			if o.Rendition == "" {
				continue
			}
			frames := job.Progress{FramesDone: p.frames, FramesTotal: g.Timeline.Frames, Stage: p.stage}
			if out.Status == job.Complete {
				frames = job.Progress{FramesDone: g.Timeline.Frames, FramesTotal: g.Timeline.Frames}
			}
			out.Progress = &frames
			total.FramesDone += frames.FramesDone
			total.FramesTotal += frames.FramesTotal
			if p.stage != "" {
				total.Stage = p.stage
			}
		}
	}
	j.Progress = &total
	return j
}

func groupSummary(g plan.Group) string {
	return fmt.Sprintf("%d outputs, %d renditions, %d tracks, %d chunks", len(g.Outputs), len(g.Renditions), len(g.Tracks), len(g.Chunks))
}

// fairness shares the workers among pipelines, whatever the length of their
// queues.
func fairness(pipeline job.ID) temporal.Priority {
	return temporal.Priority{FairnessKey: string(pipeline)}
}
