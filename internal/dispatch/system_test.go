package dispatch_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	sdklog "go.temporal.io/sdk/log"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"github.com/everframe/everframe/activities"
	"github.com/everframe/everframe/internal/catalog"
	"github.com/everframe/everframe/internal/catalog/catalogtest"
	"github.com/everframe/everframe/internal/dispatch"
	"github.com/everframe/everframe/internal/embedtemporal"
	"github.com/everframe/everframe/internal/fault"
	"github.com/everframe/everframe/internal/host"
	"github.com/everframe/everframe/internal/media"
	"github.com/everframe/everframe/internal/plan"
	"github.com/everframe/everframe/job"
	"github.com/everframe/everframe/presets"
	"github.com/everframe/everframe/workflows"
)

// The tests of this package share one real Temporal server, one after the
// other: the task queues have fixed names.
var (
	address string
	quiet   = slog.New(slog.DiscardHandler)
)

func TestMain(m *testing.M) { os.Exit(withServer(m.Run)) }

func withServer(run func() int) int {
	dir, err := os.MkdirTemp("", "everframe-dispatch-")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	s, err := embedtemporal.Start(context.Background(), embedtemporal.Options{
		File: filepath.Join(dir, "temporal.db"), UIPort: embedtemporal.NoUI, SearchAttributes: host.SearchAttributes(), Logger: quiet,
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = s.Stop() }() // the process ends
	address = s.GRPCAddress()
	return run()
}

// patience is how long a test waits for what must come about.
const patience = 30 * time.Second

// system is a catalog, a dispatcher and a worker of real workflows. The steps
// that touch the catalog are real, those that touch media are not.
type system struct {
	*testing.T
	*dispatch.Dispatcher
	temporal *counting
	catalog  *catalog.Catalog
	steps    *fakeSteps
	pipeline job.Pipeline

	mu  sync.Mutex // guards now
	now time.Time
}

// newSystem starts a system with one pipeline that runs so many jobs at once.
func newSystem(t *testing.T, maxActive int) *system {
	t.Helper()
	c, err := client.Dial(client.Options{HostPort: address, Logger: sdklog.NewStructuredLogger(quiet)})
	if err != nil {
		t.Fatal(err)
	}
	s := &system{T: t, temporal: &counting{Client: c}, catalog: catalogtest.Open(t), now: time.UnixMilli(1700000000000)}
	s.Dispatcher = dispatch.New(dispatch.Config{
		Temporal: s.temporal, Catalog: s.catalog, Account: job.Account{ID: "000000000000", Region: "us-east-1"},
		Presets: activities.SystemPresets, MaxActive: maxActive, Now: s.clock,
	})
	s.pipeline = s.newPipeline("1600000000000-pipe01")
	s.steps = &fakeSteps{
		Activities: &activities.Activities{Records: s.Dispatcher, Admit: s.Admit, Repair: s.Repair, Presets: activities.SystemPresets, Now: s.clock},
		begun:      make(chan job.ID, 1000), // no test starts more jobs
		release:    make(chan struct{}),
	}
	s.work(c)
	running, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Dispatcher.Run(running) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Errorf("Run: %v", err)
		}
		s.terminateAll()
		c.Close()
	})
	return s
}

// work runs workers as a host does, until the test ends.
func (s *system) work(c client.Client) {
	s.Helper()
	options := worker.Options{WorkerStopTimeout: time.Second, MaxHeartbeatThrottleInterval: 20 * time.Millisecond, DefaultHeartbeatThrottleInterval: 20 * time.Millisecond}
	for _, queue := range []string{workflows.TaskQueue, workflows.EncodeQueue, workflows.AdmissionQueue} {
		w := worker.New(c, queue, options)
		w.RegisterWorkflowWithOptions(workflows.Transcode, workflow.RegisterOptions{Name: workflows.TranscodeName})
		w.RegisterWorkflowWithOptions(workflows.Encode, workflow.RegisterOptions{Name: workflows.EncodeName})
		w.RegisterWorkflowWithOptions(workflows.Admission, workflow.RegisterOptions{Name: workflows.AdmissionName})
		w.RegisterActivity(s.steps)
		if err := w.Start(); err != nil {
			s.Fatal(err)
		}
		s.Cleanup(w.Stop)
	}
}

// terminateAll leaves the server without open workflows.
func (s *system) terminateAll() {
	ctx := context.Background()
	open, err := s.temporal.ListWorkflow(ctx, &workflowservice.ListWorkflowExecutionsRequest{Query: "ExecutionStatus = 'Running'"})
	if err != nil {
		s.Errorf("list: %v", err)
		return
	}
	for _, w := range open.GetExecutions() {
		_ = s.temporal.TerminateWorkflow(ctx, w.GetExecution().GetWorkflowId(), "", "the test is over") // it may close by itself
	}
}

func (s *system) clock() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now
}

func (s *system) pass(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now = s.now.Add(d)
}

func (s *system) newPipeline(id job.ID) job.Pipeline {
	s.Helper()
	p := job.Pipeline{ID: id, Name: "p", Status: job.Active, InputBucket: "in", OutputBucket: "out"}
	if err := s.catalog.CreatePipeline(s.Context(), p, 0, s.clock().UnixMilli()); err != nil {
		s.Fatal(err)
	}
	return p
}

func (s *system) request() job.Request {
	return job.Request{
		PipelineID: s.pipeline.ID,
		Input:      &job.Input{Key: "in.mp4"},
		Output:     &job.Output{Key: "out", PresetID: "1351620000001-200030", SegmentDuration: "10"},
	}
}

// submit submits a job, a millisecond after the last.
func (s *system) submit() job.Job {
	s.Helper()
	return s.submitAs(s.request())
}

func (s *system) submitAs(req job.Request) job.Job {
	s.Helper()
	s.pass(time.Millisecond)
	body, err := json.Marshal(req)
	if err != nil {
		s.Fatal(err)
	}
	j, err := s.Submit(s.Context(), req, body)
	if err != nil {
		s.Fatal(err)
	}
	return j
}

// start starts a workflow as Temporal's command line does.
func (s *system) start(id string, input any) client.WorkflowRun {
	s.Helper()
	run, err := s.temporal.ExecuteWorkflow(s.Context(), client.StartWorkflowOptions{ID: id, TaskQueue: workflows.TaskQueue}, workflows.TranscodeName, input)
	if err != nil {
		s.Fatal(err)
	}
	return run
}

func (s *system) record(id job.ID) catalog.Record {
	s.Helper()
	r, err := s.catalog.Job(s.Context(), id)
	if err != nil {
		s.Fatal(err)
	}
	return r
}

// becomes waits until a job's record has that status.
func (s *system) becomes(id job.ID, want job.Status) catalog.Record {
	s.Helper()
	var r catalog.Record
	s.eventually(fmt.Sprintf("job %s is %s", id, want), func() bool { r = s.record(id); return r.Job.Status == want })
	return r
}

// closes waits until a workflow has closed and returns how it ended.
func (s *system) closes(id string) error {
	s.Helper()
	ctx, cancel := context.WithTimeout(s.Context(), patience)
	defer cancel()
	err := s.temporal.GetWorkflow(ctx, id, "").Get(ctx, nil)
	if ctx.Err() != nil {
		s.Fatalf("workflow %s has not closed", id)
	}
	return err
}

func (s *system) eventually(what string, ok func() bool) {
	s.Helper()
	deadline := time.Now().Add(patience)
	for !ok() {
		if time.Now().After(deadline) {
			s.Fatalf("not within %s: %s", patience, what)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// begins waits for the next job to begin.
func (s *system) begins() job.ID {
	s.Helper()
	select {
	case id := <-s.steps.begun:
		return id
	case <-time.After(patience):
		s.Fatal("no job begins")
		return ""
	}
}

// idle checks that no job begins by itself.
func (s *system) idle() {
	s.Helper()
	select {
	case id := <-s.steps.begun:
		s.Errorf("job %s begins", id)
	case <-time.After(100 * time.Millisecond):
	}
}

func kind(t *testing.T, what string, err error, want fault.Kind) {
	t.Helper()
	if got := fault.KindOf(err); got != want {
		t.Errorf("%s: %v, want kind %s", what, err, want)
	}
}

// fakeSteps are the steps of jobs whose source is a film of ten seconds. Every
// probe waits until it is released.
type fakeSteps struct {
	*activities.Activities
	begun   chan job.ID
	release chan struct{} // one element a job, or closed
	cut     bool          // into chunks
	chunk   func(context.Context, activities.EncodeChunkInput) error

	mu   sync.Mutex // guards open
	open int        // steps under way
}

func (f *fakeSteps) enter() (leave func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.open++
	return func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.open--
	}
}

func (f *fakeSteps) underWay() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.open
}

// hold beats until the channel has something or the step is canceled.
func hold(ctx context.Context, until <-chan struct{}) error {
	for {
		select {
		case <-until:
			return nil
		case <-ctx.Done():
			return temporal.NewCanceledError()
		case <-time.After(10 * time.Millisecond):
			activity.RecordHeartbeat(ctx)
		}
	}
}

func (f *fakeSteps) Probe(ctx context.Context, in activities.ProbeInput) (activities.ProbeResult, error) {
	defer f.enter()()
	f.begun <- in.Job
	if err := hold(ctx, f.release); err != nil {
		return activities.ProbeResult{}, err
	}
	second := func(n int64) media.Timestamp { return media.Seconds(n, 1) }
	s := media.Source{
		Ref: in.Source, Bytes: 1 << 20, ETag: "e1", Duration: second(400),
		Video: &media.VideoStream{
			Codec: "h264", Size: media.Size{Width: 640, Height: 360}, PixelFormat: "yuv420p",
			AverageRate: media.Rate(25, 1), BaseRate: media.Rate(25, 1), Duration: second(400), Frames: 10000,
		},
		Audio: []media.AudioStream{{Index: 1, Codec: "aac", Channels: 2, Layout: "stereo", SampleRate: 48000, Duration: second(400)}},
	}
	for at := int64(0); at < 400; at += 2 {
		s.Keys = append(s.Keys, media.Key{PTS: second(at), DTS: second(at)})
	}
	return activities.ProbeResult{Source: s, Command: "ffprobe"}, nil
}

func (f *fakeSteps) Plan(_ context.Context, in activities.PlanInput) (activities.PlanResult, error) {
	o := plan.Options{ContentBucket: "out", ThumbnailBucket: "out", WholeBelow: media.Seconds(1000, 1), Slots: 2}
	if f.cut {
		o.WholeBelow, o.ChunkLength = media.Seconds(1, 1), media.Seconds(4, 1)
	}
	p, err := plan.New(in.Request, presets.Lookup, in.Sources, o)
	return activities.PlanResult{Plan: p}, err
}

func (f *fakeSteps) EncodeChunk(ctx context.Context, in activities.EncodeChunkInput) (activities.EncodeChunkResult, error) {
	defer f.enter()()
	if f.chunk != nil {
		if err := f.chunk(ctx, in); err != nil {
			return activities.EncodeChunkResult{}, err
		}
	}
	frames := in.Chunk.Frames()
	if frames == 0 {
		frames = in.Timeline.Frames - in.Chunk.First
	}
	out := activities.EncodeChunkResult{Command: "ffmpeg"}
	for range in.Renditions {
		out.Pieces = append(out.Pieces, activities.Piece{Ref: media.Work("chunks/0123456789abcdef0123456789abcdef.mp4"), Frames: frames})
	}
	return out, nil
}

func (f *fakeSteps) EncodeTrack(context.Context, activities.EncodeTrackInput) (activities.EncodeTrackResult, error) {
	return activities.EncodeTrackResult{Ref: media.Work("tracks/a"), Command: "ffmpeg"}, nil
}

func (f *fakeSteps) Join(_ context.Context, in activities.JoinInput) (activities.JoinResult, error) {
	return activities.JoinResult{Ref: media.Work("joined"), Seamless: true}, nil
}

func (f *fakeSteps) Assemble(context.Context, activities.AssembleInput) (activities.AssembleResult, error) {
	return activities.AssembleResult{Staged: media.Work("staged"), Command: "ffmpeg", Facts: activities.Facts{DurationMillis: 10000, Bytes: 1}}, nil
}

func (f *fakeSteps) Publish(context.Context, activities.PublishInput) (activities.PublishResult, error) {
	return activities.PublishResult{Files: 1}, nil
}

func (f *fakeSteps) Package(context.Context, activities.PackageInput) error { return nil }
func (f *fakeSteps) Discard(context.Context, activities.DiscardInput) error { return nil }

// counting is a client that counts queries, and can be cut off.
type counting struct {
	client.Client

	mu      sync.Mutex // guards what follows
	queries []string
	down    bool
}

var errDown = errors.New("no route to host")

func (c *counting) QueryWorkflow(ctx context.Context, id, run, name string, args ...any) (converter.EncodedValue, error) {
	c.mu.Lock()
	c.queries = append(c.queries, name)
	down := c.down
	c.mu.Unlock()
	if down {
		return nil, errDown
	}
	return c.Client.QueryWorkflow(ctx, id, run, name, args...)
}

func (c *counting) SignalWithStartWorkflow(ctx context.Context, id, signal string, arg any, o client.StartWorkflowOptions, w any, args ...any) (client.WorkflowRun, error) {
	c.mu.Lock()
	down := c.down
	c.mu.Unlock()
	if down {
		return nil, errDown
	}
	return c.Client.SignalWithStartWorkflow(ctx, id, signal, arg, o, w, args...)
}

func (c *counting) cutOff(down bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.down = down
}

func (c *counting) asked(name string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(slices.DeleteFunc(slices.Clone(c.queries), func(q string) bool { return q != name }))
}
