package workflows

import (
	"fmt"

	"go.temporal.io/sdk/workflow"

	"github.com/everframe/everframe/activities"
	"github.com/everframe/everframe/internal/fault"
	"github.com/everframe/everframe/internal/media"
	"github.com/everframe/everframe/internal/plan"
	"github.com/everframe/everframe/job"
)

// EncodeInput is a group of a plan.
type EncodeInput struct {
	Job      job.ID
	Pipeline job.ID
	Group    plan.Group
}

// EncodeResult is what came of the group's outputs, in its order.
type EncodeResult struct {
	Outputs  []OutputResult
	Commands []string `json:",omitempty"` // lines that ran, at most maxCommands
}

// OutputResult is what came of one output: facts, or a failure.
type OutputResult struct {
	ID      string
	Facts   activities.Facts
	Failure *Failure `json:",omitempty"`
}

// Failure is a fault as it crosses workflows.
type Failure struct {
	Kind string
	Code fault.Code
	Text string
}

// window is how many chunks of a group are out at once. The workers take as
// many as they have cores for; the rest wait in the queue, where jobs of other
// pipelines get their share between them.
const window = 32

// maxCommands bounds the lines a group reports: all chunks run alike.
const maxCommands = 64

// Encode makes a group's outputs: video in chunks, sound whole, then each
// output by itself. It fails only when canceled; what fails below is the
// failure of the outputs that needed it.
func Encode(ctx workflow.Context, in EncodeInput) (EncodeResult, error) {
	e := &encode{input: in, group: in.Group}
	if err := e.setup(ctx); err != nil {
		return EncodeResult{}, err
	}
	return e.run(ctx)
}

// encode is the state of one group.
type encode struct {
	input    EncodeInput
	group    plan.Group
	version  workflow.Version
	videos   map[string]workflow.Future // by rendition id, of video
	tracks   map[string]workflow.Future // by track id, of media.Ref
	encoders workflow.WaitGroup         // what sets them
	frames   int64                      // of the time line, encoded in every rendition
	stage    string
	commands []string
}

// video is an encoded rendition.
type video struct {
	Ref    media.Ref
	Frames int64
}

func (e *encode) setup(ctx workflow.Context) error {
	e.version = versionOf(ctx, "encode", encodeVersion)
	e.videos = map[string]workflow.Future{}
	e.tracks = map[string]workflow.Future{}
	e.encoders = workflow.NewWaitGroup(ctx)
	if err := workflow.SetQueryHandler(ctx, ProgressQuery, func() (Update, error) { return e.update(), nil }); err != nil {
		return err
	}
	return workflow.SetQueryHandler(ctx, CommandsQuery, func() ([]string, error) { return e.commands, nil })
}

func (e *encode) run(ctx workflow.Context) (EncodeResult, error) {
	results := make([]OutputResult, len(e.group.Outputs))
	e.startTracks(ctx)
	e.startVideo(ctx)
	wg := workflow.NewWaitGroup(ctx)
	for i, o := range e.group.Outputs {
		wg.Add(1)
		workflow.Go(ctx, func(ctx workflow.Context) {
			defer wg.Done()
			facts, err := e.output(ctx, o)
			results[i] = OutputResult{ID: o.ID, Facts: facts, Failure: failed(err)}
			if err == nil || ctx.Err() == nil { // else it did not fail, but was canceled
				e.tell(ctx, &results[i])
			}
		})
	}
	wg.Wait(ctx)
	e.encoders.Wait(ctx) // an output that failed early did not wait for all of its encodes
	if err := ctx.Err(); err != nil {
		return EncodeResult{}, err
	}
	return EncodeResult{Outputs: results, Commands: e.commands}, nil
}

// output waits for an output's encodes, then makes, checks and publishes it.
func (e *encode) output(ctx workflow.Context, o plan.Output) (activities.Facts, error) {
	in := activities.AssembleInput{Job: e.input.Job, Output: o, Timeline: e.group.Timeline}
	if o.Rendition != "" {
		var v video
		if err := e.videos[o.Rendition].Get(ctx, &v); err != nil {
			return activities.Facts{}, err
		}
		r, _ := e.group.Rendition(o.Rendition)
		in.Rendition, in.Video, in.Frames = &r, v.Ref, v.Frames
	}
	if o.Track != "" {
		if err := e.tracks[o.Track].Get(ctx, &in.Audio); err != nil {
			return activities.Facts{}, err
		}
		t, _ := e.group.Track(o.Track)
		in.Track = &t
	}
	lists, facts, err := e.assemble(ctx, in)
	if err != nil {
		return activities.Facts{}, err
	}
	var published activities.PublishResult
	err = workflow.ExecuteActivity(e.with(ctx, light, o.Key), do.Publish, activities.PublishInput{Lists: lists}).Get(ctx, &published)
	return facts, err
}

// assemble makes an output's files and its thumbnails, side by side, and
// returns the lists of them in the order of publication.
func (e *encode) assemble(ctx workflow.Context, in activities.AssembleInput) ([]media.Ref, activities.Facts, error) {
	assembling := workflow.ExecuteActivity(e.with(ctx, light, in.Output.Key), do.Assemble, in)
	var lists []media.Ref
	var failure error
	if in.Output.Thumbnails != nil {
		var stills activities.StillsResult
		failure = workflow.ExecuteActivity(e.with(ctx, light, in.Output.Thumbnails.Pattern), do.Stills, activities.StillsInput{
			Job: in.Job, Output: in.Output.ID, Thumbnails: *in.Output.Thumbnails, Video: in.Video,
		}).Get(ctx, &stills)
		lists = append(lists, stills.Staged)
		e.ran(stills.Command)
	}
	var out activities.AssembleResult
	if err := assembling.Get(ctx, &out); err != nil { // awaited even if the stills have failed
		return nil, activities.Facts{}, err
	}
	e.ran(out.Command)
	return append(lists, out.Staged), out.Facts, failure
}

// startTracks encodes every sound of the group.
func (e *encode) startTracks(ctx workflow.Context) {
	for _, t := range e.group.Tracks {
		future, set := workflow.NewFuture(ctx)
		e.tracks[t.ID] = future
		e.encoders.Add(1)
		workflow.Go(ctx, func(ctx workflow.Context) {
			defer e.encoders.Done()
			var out activities.EncodeTrackResult
			summary := fmt.Sprintf("%s %d kbit/s", t.Codec, t.BitRate/1000)
			err := workflow.ExecuteActivity(e.with(ctx, heavy, summary), do.EncodeTrack,
				activities.EncodeTrackInput{Input: e.group.Input, Track: t}).Get(ctx, &out)
			e.ran(out.Command)
			set.Set(out.Ref, err)
		})
	}
}

func (e *encode) with(ctx workflow.Context, s step, summary string) workflow.Context {
	o := activityOptions[s]
	o.Summary = Brief(summary)
	o.Priority = fairness(e.input.Pipeline)
	return workflow.WithActivityOptions(ctx, o)
}

// ran notes a command line that ran; "" is one that did not have to.
func (e *encode) ran(command string) {
	if command != "" && len(e.commands) < maxCommands {
		e.commands = append(e.commands, command)
	}
}

// update is how far the group has come.
func (e *encode) update() Update {
	return Update{Group: e.group.ID, FramesDone: e.frames, Stage: e.stage}
}

// tell informs the parent, also of the last that came about before a
// cancellation. A parent that is gone needs no news.
func (e *encode) tell(ctx workflow.Context, o *OutputResult) {
	parent := workflow.GetInfo(ctx).ParentWorkflowExecution
	if parent == nil {
		return
	}
	ctx, _ = workflow.NewDisconnectedContext(ctx)
	u := e.update()
	u.Output = o
	// To whichever run of the parent there is: it may have been reset.
	if err := workflow.SignalExternalWorkflow(ctx, parent.ID, "", updateSignal, u).Get(ctx, nil); err != nil {
		workflow.GetLogger(ctx).Warn("parent not told", "error", err)
	}
}

func failed(err error) *Failure {
	if err == nil {
		return nil
	}
	f := activities.Fault(err)
	return &Failure{Kind: f.Kind.String(), Code: fault.CodeOf(f), Text: fault.Text(f)}
}
