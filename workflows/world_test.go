package workflows_test

import (
	"encoding/json"
	"log/slog"
	"testing"
	"time"

	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/workflow"

	"github.com/everframe/everframe/internal/media"
	"github.com/everframe/everframe/internal/plan"
	"github.com/everframe/everframe/job"
	"github.com/everframe/everframe/workflows"
)

// world is a job in the SDK's test environment, where time passes at once.
type world struct {
	*testing.T
	*fakes
	env   *testsuite.TestWorkflowEnvironment
	req   job.Request
	group func(workflow.Context, workflows.EncodeInput) (workflows.EncodeResult, error)

	// The environment, unlike a server, does not wait for steps it cancels.
	canceled bool
}

// newWorld returns a world of good fakes and a job of three outputs from one
// source of ten seconds: two pictures that share an encode of one chunk, and
// sound alone, under one playlist.
func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{T: t, group: workflows.Encode, fakes: &fakes{sources: []media.Source{source(10)}}}
	w.req = job.Request{
		PipelineID: pipelineID,
		Inputs:     []job.Input{{Key: "in.mp4"}},
		Outputs: []job.Output{
			{Key: "1M", PresetID: "1351620000001-200030", SegmentDuration: "10"},
			{Key: "400k", PresetID: "1351620000001-200050", SegmentDuration: "10"},
			{Key: "sound", PresetID: "1351620000001-200071", SegmentDuration: "10"},
		},
		Playlists: []job.Playlist{{Name: "index", Format: job.HLSv3, OutputKeys: []string{"1M", "400k", "sound"}}},
	}
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(log.NewStructuredLogger(slog.New(slog.DiscardHandler)))
	w.env = suite.NewTestWorkflowEnvironment()
	w.env.SetStartTime(time.UnixMilli(submitted + 5000))
	w.env.SetTestTimeout(30 * time.Second)
	w.env.RegisterWorkflowWithOptions(workflows.Transcode, workflow.RegisterOptions{Name: workflows.TranscodeName})
	w.env.RegisterActivity(w.fakes)
	return w
}

func (w *world) execute(input any) {
	w.env.RegisterWorkflowWithOptions(w.group, workflow.RegisterOptions{Name: workflows.EncodeName})
	w.env.ExecuteWorkflow(workflows.TranscodeName, input)
}

// source is a film of 25 frames a second that can be cut every two seconds.
func source(seconds int64) media.Source {
	s := media.Source{
		Ref: media.Ref{Bucket: "in", Key: "in.mp4"}, Bytes: 1 << 20, ETag: "e1", Format: "mov,mp4",
		Duration: media.Seconds(seconds, 1),
		Video: &media.VideoStream{
			Codec: "h264", Size: media.Size{Width: 1280, Height: 720}, PixelFormat: "yuv420p", FieldOrder: "progressive",
			AverageRate: media.Rate(25, 1), BaseRate: media.Rate(25, 1), Duration: media.Seconds(seconds, 1), Frames: 25 * seconds,
		},
		Audio: []media.AudioStream{{Index: 1, Codec: "aac", Channels: 2, Layout: "stereo", SampleRate: 48000, Duration: media.Seconds(seconds, 1)}},
	}
	for at := int64(0); at < seconds; at += 2 {
		s.Keys = append(s.Keys, media.Key{PTS: media.Seconds(at, 1), DTS: media.Seconds(at, 1)})
	}
	return s
}

// cut makes the film so long and has it cut into chunks of that length.
func (w *world) cut(seconds, length int64) {
	w.sources = []media.Source{source(seconds)}
	w.options = plan.Options{ChunkLength: media.Seconds(length, 1), WholeBelow: media.Seconds(1, 1), Slots: 2}
}

// after does something when the workflow has run for d of its own time.
func (w *world) after(d time.Duration, do func()) { w.env.RegisterDelayedCallback(do, d) }

func (w *world) admit()  { w.env.SignalWorkflow(workflows.AdmitSignal, nil) }
func (w *world) cancel() { w.env.SignalWorkflow(workflows.CancelSignal, nil) }

// run executes the job, admitted at once, and checks what holds for every job
// that has a record: nothing is under way when it closes, the last report is
// final and tells what the workflow returns, and the last steps have run.
func (w *world) run() (job.Job, error) {
	w.Helper()
	w.after(0, w.admit)
	return w.runAsIs()
}

func (w *world) runAsIs() (job.Job, error) {
	w.Helper()
	w.execute(w.req)
	if !w.env.IsWorkflowCompleted() {
		w.Fatal("the workflow has not ended")
	}
	w.mu.Lock()
	open, reports := w.open, w.reports
	w.mu.Unlock()
	if open != 0 && !w.canceled {
		w.Errorf("%d steps were under way when the workflow ended", open)
	}
	if len(reports) == 0 {
		w.Fatalf("no report; steps: %q; error: %v", w.list(), w.env.GetWorkflowError())
	}
	for i, r := range reports[1:] {
		if r.Sequence <= reports[i].Sequence {
			w.Errorf("report %d has sequence %d after %d", i+1, r.Sequence, reports[i].Sequence)
		}
	}
	final := reports[len(reports)-1].Job
	if !final.Terminal() {
		w.Errorf("the last report says %s", final.Status)
	}
	for _, name := range []string{"AdmitNext " + string(pipelineID), "Discard " + string(jobID)} {
		if n := w.count(name); n != 1 {
			w.Errorf("%s ran %d times", name, n)
		}
	}
	err := w.env.GetWorkflowError()
	if err == nil {
		var result job.Job
		if err := w.env.GetWorkflowResult(&result); err != nil {
			w.Fatal(err)
		}
		same(w.T, "result and last report", result, final)
	}
	same(w.T, "status query and last report", w.status(), final)
	return final, err
}

func (w *world) status() job.Job {
	w.Helper()
	var j job.Job
	w.query(workflows.StatusQuery, &j)
	return j
}

func (w *world) query(name string, into any) {
	w.Helper()
	v, err := w.env.QueryWorkflow(name)
	if err != nil {
		w.Fatal(err)
	}
	if err := v.Get(into); err != nil {
		w.Fatal(err)
	}
}

// same compares jobs as the API shows them.
func same(t *testing.T, what string, x, y job.Job) {
	t.Helper()
	if a, b := text(t, x), text(t, y); a != b {
		t.Errorf("%s differ:\n%s\n%s", what, a, b)
	}
}

func text(t *testing.T, v any) string {
	t.Helper()
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// states are the statuses of a job, its outputs and its playlists, in order.
func states(j job.Job) []job.Status {
	all := []job.Status{j.Status}
	for _, o := range j.Outputs {
		all = append(all, o.Status)
	}
	for _, p := range j.Playlists {
		all = append(all, p.Status)
	}
	return all
}
