package workflows_test

import (
	"context"
	"errors"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/everframe/everframe/activities"
	"github.com/everframe/everframe/internal/fault"
	"github.com/everframe/everframe/internal/plan"
	"github.com/everframe/everframe/job"
	"github.com/everframe/everframe/workflows"
)

const (
	ok   = job.Complete
	bad  = job.Error
	gone = job.Canceled
)

// check compares the states of a job, its outputs and its playlists.
func check(t *testing.T, j job.Job, want ...job.Status) {
	t.Helper()
	if diff := cmp.Diff(want, states(j)); diff != "" {
		t.Errorf("states (-want +got):\n%s", diff)
	}
}

// detail checks a StatusDetail: "<code> <uuid>: <sentence>".
func detail(t *testing.T, got, code, sentence string) {
	t.Helper()
	want := regexp.MustCompile("^" + code + " [0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}: " + regexp.QuoteMeta(sentence) + "$")
	if !want.MatchString(got) {
		t.Errorf("detail %q, want code %s and %q", got, code, sentence)
	}
}

func TestOutputFailsAlone(t *testing.T) {
	for _, tt := range []struct {
		name  string
		spoil func(*world, error)
	}{
		{"assemble", func(w *world, err error) {
			w.assemble = func(in activities.AssembleInput) error { return unless(in.Output.ID != "2", err) }
		}},
		{"publish", func(w *world, err error) {
			w.publish = func(_ context.Context, id string) error { return unless(id != "2", err) }
		}},
		{"stills", func(w *world, err error) {
			pattern := "{count}"
			w.req.Outputs[1].ThumbnailPattern = &pattern
			w.stills = func(activities.StillsInput) error { return err }
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			w.req.Playlists = append(w.req.Playlists, job.Playlist{Name: "rest", Format: job.HLSv3, OutputKeys: []string{"1M", "sound"}})
			tt.spoil(w, fail(fault.Exists, fault.OutputAlreadyExists, "It is there."))
			j, err := w.run()
			if err != nil {
				t.Fatal(err)
			}
			check(t, j, bad, ok, bad, ok, bad, ok)
			detail(t, j.Outputs[1].StatusDetail, "3002", "It is there.")
			detail(t, j.Playlists[0].StatusDetail, "1001", fault.DependencyError.Text())
			if j.Outputs[1].FileSize != 0 {
				t.Error("a failed output has a size")
			}
			if n := w.count("EncodeChunk"); n != 1 {
				t.Errorf("%d encodes", n)
			}
		})
	}
}

func unless(fine bool, err error) error {
	if fine {
		return nil
	}
	return err
}

// A process that encodes two renditions and fails tells nothing about either:
// each is tried alone.
func TestSharedEncodeFallsApart(t *testing.T) {
	w := newWorld(t)
	w.cut(10, 4)
	w.chunk = func(_ context.Context, in activities.EncodeChunkInput) error {
		guilty := slices.ContainsFunc(in.Renditions, func(r plan.Rendition) bool { return r.ID == "v2" })
		return unless(!guilty, fail(fault.BadInput, fault.UnhandledInputFile, "Not this one."))
	}
	j, err := w.run()
	if err != nil {
		t.Fatal(err)
	}
	check(t, j, bad, ok, bad, ok, bad)
	detail(t, j.Outputs[1].StatusDetail, "4007", "Not this one.")
	if n := w.count("Join"); n != 1 {
		t.Errorf("%d joins; steps %q", n, w.list())
	}
	for _, s := range w.list() {
		if strings.HasPrefix(s, "EncodeChunk whole") {
			t.Errorf("%s: the source was not to blame", s)
		}
	}
}

// Chunks that do not make up the whole are done again in one pass, whether the
// counts or the frames at the borders tell.
func TestOnePass(t *testing.T) {
	uneven := map[string]func(*world){
		"seams": func(w *world) {
			w.join = func(activities.JoinInput) (bool, error) { return false, nil }
		},
		"one seam": func(w *world) {
			w.join = func(in activities.JoinInput) (bool, error) { return !strings.HasSuffix(in.Name, "v2"), nil }
		},
		"count": func(w *world) {
			w.chunk = func(_ context.Context, in activities.EncodeChunkInput) error {
				return unless(in.Chunk.First == 0, fail(fault.BadInput, fault.BadInputFile, "Uneven."))
			}
		},
	}
	for name, spoil := range uneven {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.cut(10, 4)
			spoil(w)
			j, err := w.run()
			if err != nil {
				t.Fatal(err)
			}
			check(t, j, ok, ok, ok, ok, ok)
			if n := w.count("EncodeChunk whole v1,v2"); n != 1 {
				t.Errorf("%d single passes; steps %q", n, w.list())
			}
		})
		t.Run(name+", one pass fails", func(t *testing.T) {
			w := newWorld(t)
			w.cut(10, 4)
			spoil(w)
			cutFails := w.chunk
			w.chunk = func(ctx context.Context, in activities.EncodeChunkInput) error {
				if in.Chunk == (plan.Chunk{}) {
					return fail(fault.BadInput, fault.BadInputFile, "Broken.")
				}
				return callIn(ctx, cutFails, in)
			}
			j, err := w.run()
			if err != nil {
				t.Fatal(err)
			}
			check(t, j, bad, bad, bad, ok, bad)
			detail(t, j.Outputs[0].StatusDetail, "4000", "Broken.")
		})
	}
}

// When nothing can come of it any more, the chunks that wait are not encoded.
func TestRaceEndsEarly(t *testing.T) {
	w := newWorld(t)
	w.cut(400, 4)
	w.chunk = func(context.Context, activities.EncodeChunkInput) error {
		return fail(fault.BadInput, fault.UnhandledInputFile, "None.")
	}
	j, err := w.run()
	if err != nil {
		t.Fatal(err)
	}
	check(t, j, bad, bad, bad, ok, bad)
	chunks := 100
	if n := w.count("EncodeChunk"); n >= chunks {
		t.Errorf("%d encodes of %d chunks", n, chunks)
	}
}

func TestRefused(t *testing.T) {
	w := newWorld(t)
	w.plan = func(p *plan.Plan) error {
		p.Refuse("2", fault.New("test", fault.Exists, fault.OutputAlreadyExists, "Taken."))
		return nil
	}
	j, err := w.run()
	if err != nil {
		t.Fatal(err)
	}
	check(t, j, bad, ok, bad, ok, bad)
	detail(t, j.Outputs[1].StatusDetail, "3002", "Taken.")
	detail(t, j.Playlists[0].StatusDetail, "1001", fault.DependencyError.Text())
	if n := w.count("EncodeChunk whole v1,v2"); n != 0 {
		t.Error("a refused output was encoded")
	}
}

func TestPlaylistFails(t *testing.T) {
	w := newWorld(t)
	w.pack = func(activities.PackageInput) error { return fail(fault.Denied, fault.NoWritePermission, "No.") }
	j, err := w.run()
	if err != nil {
		t.Fatal(err)
	}
	check(t, j, bad, ok, ok, ok, bad)
	detail(t, j.Playlists[0].StatusDetail, "3004", "No.")
}

// An output the plan has forgotten must not keep the job open.
func TestForgottenOutput(t *testing.T) {
	w := newWorld(t)
	w.plan = func(p *plan.Plan) error { p.Groups[0].Outputs = p.Groups[0].Outputs[:1]; p.Playlists = nil; return nil }
	j, err := w.run()
	if err != nil {
		t.Fatal(err)
	}
	check(t, j, bad, ok, bad, bad, bad)
	detail(t, j.Outputs[2].StatusDetail, "9999", fault.InternalError.Text())
}

// TestFaults follows every kind of error from a step to the customer.
func TestFaults(t *testing.T) {
	timeout := temporal.NewHeartbeatTimeoutError()
	for _, tt := range []struct {
		name           string
		err            error
		code, sentence string
		tries          int // of the step
	}{
		{"invalid", fail(fault.Invalid, 0, "Sentence."), "1000", "Sentence.", 1},
		{"missing", fail(fault.NotFound, fault.InputDoesNotExist, "Sentence."), "3001", "Sentence.", 1},
		{"no bucket", fail(fault.NotFound, fault.BucketDoesNotExist, "Sentence."), "3005", "Sentence.", 1},
		{"denied", fail(fault.Denied, 0, ""), "3003", fault.NoReadPermission.Text(), 1},
		{"no media", fail(fault.BadInput, fault.BadInputFile, "Sentence."), "4000", "Sentence.", 1},
		{"unsupported", fail(fault.Unsupported, fault.PresetInputMismatch, "Sentence."), "4008", "Sentence.", 1},
		{"unavailable", fail(fault.Unavailable, fault.StorageError, "Sentence."), "3000", "Sentence.", 20},
		{"worker lost each time", timeout, "9000", fault.InternalServiceError.Text(), 20},
		{"not ours", errors.New("secret"), "9999", fault.InternalError.Text(), 20},
		{"unknown kind", temporal.NewNonRetryableApplicationError("secret", "Later", nil), "9999", fault.InternalError.Text(), 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			w.probe = func(context.Context, activities.ProbeInput) error { return tt.err }
			j, err := w.run()
			if err != nil {
				t.Fatal(err)
			}
			check(t, j, bad, bad, bad, bad, bad)
			details := map[string]bool{}
			for _, o := range j.Outputs {
				detail(t, o.StatusDetail, tt.code, tt.sentence)
				details[o.StatusDetail] = true
			}
			if len(details) != len(j.Outputs) {
				t.Error("two outputs have one UUID")
			}
			detail(t, j.Playlists[0].StatusDetail, "1001", fault.DependencyError.Text())
			if n := w.count("Probe"); n != tt.tries {
				t.Errorf("%d tries, want %d", n, tt.tries)
			}
			if n := w.count("Plan") + w.count("Encode"); n != 0 {
				t.Errorf("went on: %q", w.list())
			}
		})
	}
}

func TestFirstBadInputCounts(t *testing.T) {
	w := newWorld(t)
	w.sources = append(w.sources, source(10), source(10))
	w.req.Inputs = []job.Input{{Key: "a"}, {Key: "b"}, {Key: "c"}}
	w.probe = func(_ context.Context, in activities.ProbeInput) error {
		switch in.Number {
		case 1:
			return fail(fault.NotFound, fault.InputDoesNotExist, "b")
		case 2:
			return fail(fault.BadInput, fault.BadInputFile, "c")
		}
		return nil
	}
	j, err := w.run()
	if err != nil {
		t.Fatal(err)
	}
	detail(t, j.Outputs[0].StatusDetail, "3001", "b")
	if j.Inputs[0].DetectedProperties == nil || j.Inputs[1].DetectedProperties != nil {
		t.Error("detected properties are not those of the inputs that were read")
	}
}

func TestPlanFails(t *testing.T) {
	w := newWorld(t)
	w.plan = func(*plan.Plan) error { return fail(fault.Invalid, fault.ValidationError, "Impossible.") }
	j, err := w.run()
	if err != nil {
		t.Fatal(err)
	}
	check(t, j, bad, bad, bad, bad, bad)
	detail(t, j.Outputs[0].StatusDetail, "1000", "Impossible.")
}

func TestPipelineGone(t *testing.T) {
	w := newWorld(t)
	w.begin = func() (job.Pipeline, error) {
		return job.Pipeline{}, fail(fault.Invalid, fault.ValidationError, "No pipeline.")
	}
	j, err := w.run()
	if err != nil {
		t.Fatal(err)
	}
	check(t, j, bad, bad, bad, bad, bad)
	detail(t, j.Outputs[0].StatusDetail, "1000", "No pipeline.")
	if j.Timing.StartTimeMillis != 0 {
		t.Error("the job has a time of start")
	}
}

// A worker that dies in the middle of an encode costs time only.
func TestWorkerLost(t *testing.T) {
	w := newWorld(t)
	tries := 0
	w.chunk = func(context.Context, activities.EncodeChunkInput) error {
		if tries++; tries < 3 {
			return temporal.NewHeartbeatTimeoutError()
		}
		return nil
	}
	j, err := w.run()
	if err != nil {
		t.Fatal(err)
	}
	check(t, j, ok, ok, ok, ok, ok)
	if tries != 3 {
		t.Errorf("%d tries", tries)
	}
}

// Somebody else ends the workflow of a group.
func TestGroupStopped(t *testing.T) {
	for name, end := range map[string]error{
		"canceled":   temporal.NewCanceledError(),
		"terminated": temporal.NewNonRetryableApplicationError("panic", "", nil),
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.group = func(workflow.Context, workflows.EncodeInput) (workflows.EncodeResult, error) {
				return workflows.EncodeResult{}, end
			}
			j, err := w.run()
			if err != nil {
				t.Fatal(err)
			}
			check(t, j, bad, bad, bad, bad, bad)
			if s := j.Outputs[0].StatusDetail; strings.HasPrefix(s, "0 ") {
				t.Errorf("detail %q", s)
			}
		})
	}
}

// A job that cannot have a record fails as a workflow, with the API's words.
func TestRegisterRefused(t *testing.T) {
	w := newWorld(t)
	w.register = func(activities.RegisterInput) (job.Job, error) {
		return job.Job{}, fail(fault.Invalid, 0, "The pipeline id is not valid.")
	}
	w.execute(w.req)
	var app *temporal.ApplicationError
	if err := w.env.GetWorkflowError(); !errors.As(err, &app) || app.Message() != "The pipeline id is not valid." || app.Type() != "Invalid" {
		t.Errorf("ended with %v", err)
	}
	if diff := cmp.Diff([]string{"Register"}, w.list()); diff != "" {
		t.Errorf("steps (-want +got):\n%s", diff)
	}
}

// Input that is no request at all must not leave a workflow that hangs.
func TestInputIsNoRequest(t *testing.T) {
	w := newWorld(t)
	w.execute(map[string]any{"Outputs": "all of them"})
	if !w.env.IsWorkflowCompleted() || w.env.GetWorkflowError() == nil {
		t.Errorf("completed %t, error %v", w.env.IsWorkflowCompleted(), w.env.GetWorkflowError())
	}
}

// The last steps are tried until they succeed; one that cannot does not keep
// the job open.
func TestLastSteps(t *testing.T) {
	w := newWorld(t)
	tries := map[string]int{}
	w.last = func(name string) error {
		w.mu.Lock()
		defer w.mu.Unlock()
		tries[name]++
		if name == "Discard" && tries[name] < 8 {
			return fail(fault.Unavailable, 0, "")
		}
		return unless(name == "Discard", fail(fault.NotFound, 0, ""))
	}
	w.after(0, w.admit)
	w.execute(w.req)
	if err := w.env.GetWorkflowError(); err != nil {
		t.Fatal(err)
	}
	if tries["Discard"] != 8 || tries["AdmitNext"] != 1 {
		t.Errorf("tries %v", tries)
	}
}
