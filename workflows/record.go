package workflows

import (
	"fmt"
	"strings"

	"go.temporal.io/sdk/workflow"

	"github.com/everframe/everframe/activities"
	"github.com/everframe/everframe/internal/fault"
	"github.com/everframe/everframe/internal/media"
	"github.com/everframe/everframe/job"
)

// setStatus sets the job's state where all three look for it: the record, the
// query and the search attribute.
func (t *transcode) setStatus(ctx workflow.Context, s job.Status) {
	t.job.Status = s
	if err := workflow.UpsertTypedSearchAttributes(ctx, StatusAttribute.ValueSet(string(s))); err != nil {
		t.log.Error("search attribute", "error", err)
	}
}

// outputEnded takes what came of an output. It is told twice: by a signal at
// once, and by the child's result.
func (t *transcode) outputEnded(ctx workflow.Context, o OutputResult) {
	if t.job.Output(o.ID).Status.Terminal() {
		return
	}
	if o.Failure != nil {
		t.failOutput(ctx, o.ID, &fault.Error{Kind: fault.ParseKind(o.Failure.Kind), Code: o.Failure.Code, Text: o.Failure.Text})
		return
	}
	t.facts[o.ID] = o.Facts
	out := t.job.Output(o.ID)
	f := o.Facts
	duration := media.Millis(f.DurationMillis)
	out.Status = job.Complete
	out.StatusDetail = strings.Join(f.Warnings, " ")
	out.DurationMillis, out.Duration = f.DurationMillis, duration.CeilSeconds()
	out.FileSize = f.Bytes
	out.Width, out.Height = int64(f.Size.Width), int64(f.Size.Height)
	if f.Rate.Known() {
		out.FrameRate = f.Rate.Decimal(2)
	}
}

func (t *transcode) failOutput(ctx workflow.Context, id string, f *fault.Error) {
	out := t.job.Output(id)
	out.Status = job.Error
	out.StatusDetail = t.detail(ctx, "output "+id, f)
}

func (t *transcode) failPlaylist(ctx workflow.Context, index int, f *fault.Error) {
	p := &t.job.Playlists[index]
	p.Status = job.Error
	p.StatusDetail = t.detail(ctx, fmt.Sprintf("playlist %d", index), f)
}

// failAll ends every output and playlist that has not ended yet because of f:
// trouble with the input or the job as a whole. After work that went well none
// is left, and f is nil; one that is left all the same was forgotten by the
// plan, and must not keep the job from ending.
func (t *transcode) failAll(ctx workflow.Context, f *fault.Error) {
	if f == nil {
		f = &fault.Error{Kind: fault.Internal}
	}
	for i := range t.job.Outputs {
		if o := &t.job.Outputs[i]; !o.Status.Terminal() {
			t.failOutput(ctx, o.ID, f)
		}
	}
	for i := range t.job.Playlists {
		if !t.job.Playlists[i].Status.Terminal() {
			t.failPlaylist(ctx, i, &fault.Error{Kind: fault.Dependency})
		}
	}
}

// cancel ends what has not ended yet. A job of which all has ended is not
// canceled any more.
func (t *transcode) cancel() {
	for i := range t.job.Outputs {
		if o := &t.job.Outputs[i]; !o.Status.Terminal() {
			o.Status = job.Canceled
		}
	}
	for i := range t.job.Playlists {
		if p := &t.job.Playlists[i]; !p.Status.Terminal() {
			p.Status = job.Canceled
		}
	}
}

func (t *transcode) detail(ctx workflow.Context, what string, f *fault.Error) string {
	seed := workflow.GetInfo(ctx).WorkflowExecution.RunID + " " + what
	return job.ErrorDetail(int(fault.CodeOf(f)), seed, fault.Text(f))
}

// detected is what the API shows of an input once it has been read.
func detected(s media.Source) *job.DetectedProperties {
	d := &job.DetectedProperties{FileSize: s.Bytes, DurationMillis: s.Duration.Millis()}
	if v := s.Video; v != nil {
		d.Width, d.Height = int64(v.Size.Width), int64(v.Size.Height)
		d.FrameRate = v.AverageRate.Decimal(2)
	}
	return d
}

// reporter keeps the catalog's record up to date, one report at a time, the
// latest state only, beside the work.
type reporter struct {
	wanted   bool
	final    bool
	sequence int64
	done     workflow.Channel
}

// start begins to report what snapshot returns.
func (r *reporter) start(ctx workflow.Context, snapshot func() job.Job) {
	// Reports go on while the job is being canceled.
	ctx, _ = workflow.NewDisconnectedContext(ctx)
	r.done = workflow.NewChannel(ctx)
	workflow.Go(ctx, func(ctx workflow.Context) {
		defer r.done.Close()
		for {
			if err := workflow.Await(ctx, func() bool { return r.wanted || r.final }); err != nil {
				return
			}
			final := r.final
			r.wanted = false
			// By the clock, so that a run which begins anew (a reset) is not
			// behind what its predecessor has reported.
			r.sequence = max(r.sequence+1, workflow.Now(ctx).UnixMilli())
			in := activities.ReportInput{Job: snapshot(), Sequence: r.sequence}
			kind := record
			if final {
				kind = last
			}
			err := workflow.ExecuteActivity(with(ctx, kind, string(in.Job.Status)), do.Report, in).Get(ctx, nil)
			if err != nil {
				workflow.GetLogger(ctx).Error("report", "error", err)
			}
			if final {
				return
			}
		}
	})
}

// report asks for the state to be stored soon.
func (r *reporter) report() { r.wanted = true }

// finish stores the final state and waits until that is done.
func (r *reporter) finish(ctx workflow.Context) {
	r.final = true
	r.done.Receive(ctx, nil)
}
