package main

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/everframe/everframe/job"
	"github.com/everframe/everframe/presets"
)

// decode reads the one JSON document a command printed.
func decode[T any](t *testing.T, r ran) (v T) {
	t.Helper()
	wantCode(t, r, exitOK)
	dec := json.NewDecoder(strings.NewReader(r.stdout))
	if err := dec.Decode(&v); err != nil {
		t.Fatalf("%v in %s", err, r.stdout)
	}
	if dec.More() {
		t.Fatalf("more than one document: %s", r.stdout)
	}
	return v
}

func TestPipelineCommands(t *testing.T) {
	f := newFakeAPI()
	t.Setenv("EVERFRAME_SERVER", f.serve(t))
	ctx := t.Context()
	made := start(t, ctx, "pipeline", "create", "--name", "films", "--input-bucket", "in", "--output-bucket", "out")
	wantCode(t, made, exitOK)
	id := strings.TrimSpace(made.stdout)
	if !isID(id) {
		t.Fatalf("got %q, want an id", made.stdout)
	}
	if f.pipelines[0].Role != anyRole {
		t.Errorf("got role %q", f.pipelines[0].Role)
	}
	second := decode[pipelineAnswer](t, start(t, ctx, "--json", "pipeline", "create", "--name", "b", "--input-bucket", "in", "--output-bucket", "out", "--role", "arn:aws:iam::000000000000:role/x"))
	if second.Pipeline.Role != "arn:aws:iam::000000000000:role/x" {
		t.Errorf("got role %q", second.Pipeline.Role)
	}

	wantText(t, start(t, ctx, "pipeline", "read", id).stdout, "Pipeline    "+id, "Input       in", "Thumbnails  out")
	if got := decode[pipelineAnswer](t, start(t, ctx, "pipeline", "read", id, "--json")); got.Pipeline.Name != "films" {
		t.Errorf("got %+v", got)
	}
	f.pageSize = 1
	wantText(t, start(t, ctx, "pipeline", "list").stdout, "films", "  b      in     out     Active")
	if got := decode[pipelinesAnswer](t, start(t, ctx, "pipeline", "list", "--json")); len(got.Pipelines) != 2 {
		t.Errorf("got %d pipelines, want 2", len(got.Pipelines))
	}
	r := start(t, ctx, "pipeline", "read", "1111111111111-abcde1")
	wantCode(t, r, exitServer)
	if want := "starter: ReadPipeline: The specified pipeline was not found: account=123456789012, pipelineId=1111111111111-abcde1 (ResourceNotFoundException)\n"; r.stderr != want {
		t.Errorf("got %q, want %q", r.stderr, want)
	}
}

func TestPresetCommands(t *testing.T) {
	f := newFakeAPI()
	t.Setenv("EVERFRAME_SERVER", f.serve(t))
	list := start(t, t.Context(), "preset", "list")
	wantCode(t, list, exitOK)
	wantText(t, list.stdout, "1351620000001-000010  mp4        H.264 1280x720 2400k", "Generic 720p\n")
	if got := strings.Count(list.stdout, "\n"); got != 63 {
		t.Errorf("got %d lines, want 63", got)
	}
	want, _ := presets.Lookup("1351620000001-200071")
	got := decode[presetAnswer](t, start(t, t.Context(), "preset", "read", "1351620000001-200071", "--json"))
	if diff := cmp.Diff(want, got.Preset); diff != "" {
		t.Errorf("preset (-want +got):\n%s", diff)
	}
	text := decode[presets.Preset](t, start(t, t.Context(), "preset", "read", "HLS Audio - 64k"))
	if text.ID != "1351620000001-200071" {
		t.Errorf("by its name: got %q", text.ID)
	}
}

func TestJobCommands(t *testing.T) {
	f := newFakeAPI()
	t.Setenv("EVERFRAME_SERVER", f.serve(t))
	ctx := t.Context()
	f.createPipelineFor(t, "p")
	const body = `{"PipelineId":"1700000001000-fakes1","Input":{"Key":"films/x.mov"},"Output":{"Key":"x.mp4","PresetId":"1351620000001-000010"}}`
	made := startWith(t, ctx, withInput(body), "job", "create", "-")
	wantCode(t, made, exitOK)
	first := strings.TrimSpace(made.stdout)
	second := decode[jobAnswer](t, start(t, ctx, "job", "create", media(t, "job.json", body), "--json"))

	list := func(args ...string) (ids []job.ID) {
		t.Helper()
		args = append([]string{"job", "list", "--json", "--pipeline", "1700000001000-fakes1"}, args...)
		for _, j := range decode[jobsAnswer](t, start(t, ctx, args...)).Jobs {
			ids = append(ids, j.ID)
		}
		return ids
	}
	if diff := cmp.Diff([]job.ID{second.Job.ID, job.ID(first)}, list()); diff != "" {
		t.Errorf("newest first (-want +got):\n%s", diff)
	}
	f.pageSize = 1
	if diff := cmp.Diff([]job.ID{job.ID(first), second.Job.ID}, list("--ascending", "--limit", "0")); diff != "" {
		t.Errorf("oldest first (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]job.ID{job.ID(first)}, list("--ascending", "--limit", "1")); diff != "" {
		t.Errorf("one (-want +got):\n%s", diff)
	}
	wantText(t, start(t, ctx, "job", "list", "--pipeline", "1700000001000-fakes1").stdout, first, "films/x.mov", "Submitted\n")

	read := start(t, ctx, "job", "read", first)
	wantText(t, read.stdout, "Job        "+first, "Input      films/x.mov\n", "x.mp4   -     -         -      Submitted\n")
	watched := start(t, ctx, "job", "watch", first)
	wantCode(t, watched, exitOK)
	wantText(t, watched.stderr, "x.mp4: Progressing 40%", first+": Complete\n")
	wantText(t, watched.stdout, "Status     Complete\n", "x.mp4   1.2 MB  0:16.683  854x480  Complete\n")

	wantText(t, start(t, ctx, "job", "cancel", string(second.Job.ID)).stdout, "was asked to cancel")
	r := start(t, ctx, "job", "watch", string(second.Job.ID))
	wantCode(t, r, exitJob)
	if got := start(t, ctx, "job", "cancel", string(second.Job.ID)); got.code != exitServer {
		t.Errorf("canceling twice: got exit status %d", got.code)
	}
}

func (f *fakeAPI) createPipelineFor(t *testing.T, name string) {
	t.Helper()
	wantCode(t, start(t, t.Context(), "pipeline", "create", "--name", name, "--input-bucket", "in", "--output-bucket", "out"), exitOK)
}

func TestJobCreateRefused(t *testing.T) {
	f := newFakeAPI()
	t.Setenv("EVERFRAME_SERVER", f.serve(t))
	r := startWith(t, t.Context(), withInput("{\n  \"PipelineId\": 5,\n  oops\n}"), "job", "create", "-")
	wantCode(t, r, exitUsage)
	wantText(t, r.stderr, "starter: -, line 3: ")
	if f.asked("") != 0 {
		t.Error("what is no JSON was sent")
	}
	// All else is the server's to judge, in its words.
	r = startWith(t, t.Context(), withInput(`{"PipelineId":null}`), "job", "create", "-")
	wantCode(t, r, exitServer)
	wantText(t, r.stderr, "starter: CreateJob: ", "(ValidationException)")
}

func TestJobWatchJSON(t *testing.T) {
	f := newFakeAPI()
	t.Setenv("EVERFRAME_SERVER", f.serve(t))
	f.createPipelineFor(t, "p")
	const body = `{"PipelineId":"1700000001000-fakes1","Input":{"Key":"x"},"Output":{"Key":"y","PresetId":"1351620000001-000010"}}`
	id := strings.TrimSpace(startWith(t, t.Context(), withInput(body), "job", "create", "-").stdout)
	r := start(t, t.Context(), "job", "watch", id, "--json")
	wantCode(t, r, exitOK)
	var got []string
	for line := range strings.Lines(r.stdout) {
		var a jobAnswer
		if err := json.Unmarshal([]byte(line), &a); err != nil {
			t.Fatalf("%v in %s", err, line)
		}
		text := string(a.Job.Status)
		if p := a.Job.Outputs[0].Progress; p != nil {
			text += " " + progressText(p, &meter{})
		}
		got = append(got, text)
	}
	want := []string{
		"Progressing  0% (0/500 frames, encode)", "Progressing  40% (200/500 frames, encode)",
		"Progressing  100% (500/500 frames, encode)", "Complete",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("lines (-want +got):\n%s", diff)
	}
	if r.stderr != "" {
		t.Errorf("got on standard error: %s", r.stderr)
	}
}

func TestInterruptedWatchLeavesTheJob(t *testing.T) {
	f := newFakeAPI()
	t.Setenv("EVERFRAME_SERVER", f.serve(t))
	f.createPipelineFor(t, "p")
	f.objects[runInput+"/x"] = []byte("endless")
	const body = `{"PipelineId":"1700000001000-fakes1","Input":{"Key":"x"},"Output":{"Key":"y","PresetId":"1351620000001-000010"}}`
	id := strings.TrimSpace(startWith(t, t.Context(), withInput(body), "job", "create", "-").stdout)
	ctx, interrupt := context.WithCancel(t.Context())
	f.onRead = func(j *fakeJob) {
		if j.reads == 3 {
			interrupt()
		}
	}
	r := start(t, ctx, "job", "watch", id)
	wantCode(t, r, exitInterrupted)
	wantText(t, r.stderr, "goes on (starter job cancel "+id+" ends it)")
	if f.asked("DELETE") != 0 {
		t.Error("the job was canceled")
	}
}
