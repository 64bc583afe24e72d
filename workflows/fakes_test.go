package workflows_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"go.temporal.io/sdk/temporal"

	"github.com/everframe/everframe/activities"
	"github.com/everframe/everframe/internal/fault"
	"github.com/everframe/everframe/internal/media"
	"github.com/everframe/everframe/internal/plan"
	"github.com/everframe/everframe/job"
	"github.com/everframe/everframe/presets"
)

// steps are the activities, by the names and types workflows use.
type steps interface {
	Register(context.Context, activities.RegisterInput) (activities.RegisterResult, error)
	Begin(context.Context, activities.BeginInput) (activities.BeginResult, error)
	Probe(context.Context, activities.ProbeInput) (activities.ProbeResult, error)
	Plan(context.Context, activities.PlanInput) (activities.PlanResult, error)
	EncodeChunk(context.Context, activities.EncodeChunkInput) (activities.EncodeChunkResult, error)
	EncodeTrack(context.Context, activities.EncodeTrackInput) (activities.EncodeTrackResult, error)
	Join(context.Context, activities.JoinInput) (activities.JoinResult, error)
	Assemble(context.Context, activities.AssembleInput) (activities.AssembleResult, error)
	Stills(context.Context, activities.StillsInput) (activities.StillsResult, error)
	Publish(context.Context, activities.PublishInput) (activities.PublishResult, error)
	Package(context.Context, activities.PackageInput) error
	Report(context.Context, activities.ReportInput) error
	AdmitNext(context.Context, activities.AdmitNextInput) error
	Discard(context.Context, activities.DiscardInput) error
	RepairJobs(context.Context) error
	Sweep(context.Context) error
}

var (
	_ steps = (*activities.Activities)(nil)
	_ steps = (*fakes)(nil)
)

const (
	jobID      = job.ID("1700000000000-abc123")
	pipelineID = job.ID("1600000000000-pipe01")
	submitted  = 1700000000000
)

// fakes are the steps of a world in which all goes well. A test replaces those
// it wants to go otherwise.
type fakes struct {
	sources []media.Source
	options plan.Options

	register func(activities.RegisterInput) (job.Job, error)
	begin    func() (job.Pipeline, error)
	probe    func(context.Context, activities.ProbeInput) error
	plan     func(*plan.Plan) error
	chunk    func(context.Context, activities.EncodeChunkInput) error
	track    func(context.Context, activities.EncodeTrackInput) error
	join     func(activities.JoinInput) (seamless bool, err error)
	assemble func(activities.AssembleInput) error
	stills   func(activities.StillsInput) error
	publish  func(context.Context, string) error // by output id
	pack     func(activities.PackageInput) error
	report   func(activities.ReportInput) error
	last     func(name string) error // AdmitNext and Discard

	mu      sync.Mutex // guards what follows
	open    int        // steps under way
	taken   []string   // one line for each step, as it ended
	reports []activities.ReportInput
}

// step notes a step from its begin to its end.
func (f *fakes) step(name, detail string) (done func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.open++
	return func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.open--
		f.taken = append(f.taken, strings.TrimSpace(name+" "+detail))
	}
}

// count returns how many steps of that beginning there were.
func (f *fakes) count(prefix string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := 0
	for _, s := range f.taken {
		if strings.HasPrefix(s, prefix) {
			n++
		}
	}
	return n
}

// list returns the steps, sorted: most of them run side by side.
func (f *fakes) list() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	list := slices.Clone(f.taken)
	slices.Sort(list)
	return list
}

// fail returns the error a step of that kind of failure ends with.
func fail(kind fault.Kind, code fault.Code, text string) error {
	return temporal.NewApplicationErrorWithOptions("operator's view", kind.String(), temporal.ApplicationErrorOptions{
		NonRetryable: !kind.Retryable(),
		Details: []any{struct {
			Code fault.Code
			Text string
		}{code, text}},
	})
}

func call[T any](hook func(T) error, in T) error {
	if hook == nil {
		return nil
	}
	return hook(in)
}

func callIn[T any](ctx context.Context, hook func(context.Context, T) error, in T) error {
	if hook == nil {
		return nil
	}
	return hook(ctx, in)
}

func (f *fakes) Register(_ context.Context, in activities.RegisterInput) (activities.RegisterResult, error) {
	defer f.step("Register", "")()
	if f.register != nil {
		j, err := f.register(in)
		return activities.RegisterResult{Job: j}, err
	}
	return activities.RegisterResult{Job: job.New(jobID, in.Request, job.Account{ID: "000000000000", Region: "us-east-1"}, submitted)}, nil
}

func (f *fakes) Begin(context.Context, activities.BeginInput) (activities.BeginResult, error) {
	defer f.step("Begin", "")()
	if f.begin != nil {
		p, err := f.begin()
		return activities.BeginResult{Pipeline: p}, err
	}
	return activities.BeginResult{Pipeline: job.Pipeline{ID: pipelineID, InputBucket: "in", OutputBucket: "out"}}, nil
}

func (f *fakes) Probe(ctx context.Context, in activities.ProbeInput) (activities.ProbeResult, error) {
	defer f.step("Probe", in.Source.String())()
	if err := callIn(ctx, f.probe, in); err != nil {
		return activities.ProbeResult{}, err
	}
	return activities.ProbeResult{Source: f.sources[in.Number], Command: "ffprobe " + in.Source.Key}, nil
}

func (f *fakes) Plan(_ context.Context, in activities.PlanInput) (activities.PlanResult, error) {
	defer f.step("Plan", "")()
	o := f.options
	o.ContentBucket, o.ThumbnailBucket = in.Pipeline.ContentBucket(), in.Pipeline.ThumbnailBucket()
	p, err := plan.New(in.Request, presets.Lookup, in.Sources, o)
	if err == nil {
		err = call(f.plan, &p)
	}
	return activities.PlanResult{Plan: p}, err
}

func (f *fakes) EncodeChunk(ctx context.Context, in activities.EncodeChunkInput) (activities.EncodeChunkResult, error) {
	defer f.step("EncodeChunk", chunkLine(in))()
	if err := callIn(ctx, f.chunk, in); err != nil {
		return activities.EncodeChunkResult{}, err
	}
	out := activities.EncodeChunkResult{Command: "ffmpeg " + chunkLine(in)}
	for _, r := range in.Renditions {
		frames := in.Chunk.Frames()
		if frames == 0 {
			frames = in.Timeline.Frames - in.Chunk.First
		}
		out.Pieces = append(out.Pieces, activities.Piece{Ref: media.Work("chunks/" + r.ID), Frames: frames})
	}
	return out, nil
}

// chunkLine is "<chunk> <renditions>", where chunk is "whole" if it is the only
// one.
func chunkLine(in activities.EncodeChunkInput) string {
	chunk := "whole"
	if in.Chunk != (plan.Chunk{}) {
		chunk = fmt.Sprintf("%d-%d", in.Chunk.First, in.Chunk.End)
	}
	var ids []string
	for _, r := range in.Renditions {
		ids = append(ids, r.ID)
	}
	return chunk + " " + strings.Join(ids, ",")
}

func (f *fakes) EncodeTrack(ctx context.Context, in activities.EncodeTrackInput) (activities.EncodeTrackResult, error) {
	defer f.step("EncodeTrack", in.Track.ID)()
	return activities.EncodeTrackResult{Ref: media.Work("tracks/" + in.Track.ID), Command: "ffmpeg track " + in.Track.ID}, callIn(ctx, f.track, in)
}

func (f *fakes) Join(_ context.Context, in activities.JoinInput) (activities.JoinResult, error) {
	defer f.step("Join", fmt.Sprintf("%s of %d", in.Name, len(in.Pieces)))()
	out := activities.JoinResult{Ref: media.Work("joined/" + in.Name), Seamless: true}
	for _, p := range in.Pieces {
		out.Frames += p.Frames
	}
	var err error
	if f.join != nil {
		out.Seamless, err = f.join(in)
	}
	return out, err
}

func (f *fakes) Assemble(_ context.Context, in activities.AssembleInput) (activities.AssembleResult, error) {
	defer f.step("Assemble", fmt.Sprintf("%s of %q %q", in.Output.ID, in.Output.Rendition, in.Output.Track))()
	out := activities.AssembleResult{
		Staged:  media.Work("staged/" + in.Output.ID),
		Command: "ffmpeg mux " + in.Output.ID,
		Facts:   activities.Facts{DurationMillis: 10023, Bytes: 1000, Frames: in.Frames, Warnings: in.Output.Warnings},
	}
	if in.Rendition != nil {
		out.Facts.Size, out.Facts.Rate = in.Rendition.Picture.Frame, in.Timeline.Rate
	}
	return out, call(f.assemble, in)
}

func (f *fakes) Stills(_ context.Context, in activities.StillsInput) (activities.StillsResult, error) {
	defer f.step("Stills", in.Output+" "+in.Thumbnails.Pattern)()
	return activities.StillsResult{Staged: media.Work("stills/" + in.Output), Count: 1, Command: "ffmpeg stills " + in.Output}, call(f.stills, in)
}

func (f *fakes) Publish(ctx context.Context, in activities.PublishInput) (activities.PublishResult, error) {
	var lists []string
	for _, l := range in.Lists {
		lists = append(lists, l.Key)
	}
	defer f.step("Publish", strings.Join(lists, " "))()
	_, output, _ := strings.Cut(lists[len(lists)-1], "/")
	return activities.PublishResult{Files: 1}, callIn(ctx, f.publish, output)
}

func (f *fakes) Package(_ context.Context, in activities.PackageInput) error {
	var ids []string
	for _, v := range in.Variants {
		ids = append(ids, v.Output.ID)
	}
	defer f.step("Package", in.Playlist.Key+" of "+strings.Join(ids, ","))()
	return call(f.pack, in)
}

func (f *fakes) Report(_ context.Context, in activities.ReportInput) error {
	defer f.step("Report", string(in.Job.Status))()
	if err := call(f.report, in); err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.reports = append(f.reports, in)
	return nil
}

func (f *fakes) AdmitNext(_ context.Context, in activities.AdmitNextInput) error {
	defer f.step("AdmitNext", string(in.Pipeline))()
	return call(f.last, "AdmitNext")
}

func (f *fakes) Discard(_ context.Context, in activities.DiscardInput) error {
	defer f.step("Discard", string(in.Job))()
	return call(f.last, "Discard")
}

func (f *fakes) RepairJobs(context.Context) error { defer f.step("RepairJobs", "")(); return nil }
func (f *fakes) Sweep(context.Context) error      { defer f.step("Sweep", "")(); return nil }
