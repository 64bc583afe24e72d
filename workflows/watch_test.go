package workflows_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/everframe/everframe/activities"
	"github.com/everframe/everframe/internal/fault"
	"github.com/everframe/everframe/internal/plan"
	"github.com/everframe/everframe/job"
	"github.com/everframe/everframe/workflows"
)

// TestQueries asks a job at the turns of its life.
func TestQueries(t *testing.T) {
	w := newWorld(t)
	w.cut(40, 4)
	type view struct {
		Status   job.Status
		Progress job.Progress // of the job
		Planned  bool
		Commands int
	}
	look := func() view {
		j := w.status()
		v := view{Status: j.Status}
		if j.Progress != nil {
			v.Progress = *j.Progress
		}
		var p *plan.Plan
		w.query(workflows.PlanQuery, &p)
		v.Planned = p != nil && p.Schema == plan.Schema
		var commands []string
		w.query(workflows.CommandsQuery, &commands)
		v.Commands = len(commands)
		return v
	}
	seen := map[string]view{}
	w.after(time.Minute, func() { seen["waiting"] = look() })
	w.after(time.Hour, w.admit)
	const gop = 90 // of the presets: chunks are as long
	half := make(chan struct{})
	var lookWhenHalf func()
	lookWhenHalf = func() {
		if v := look(); v.Progress.FramesDone == 2*6*gop {
			seen["half"] = v
			close(half)
			return
		}
		time.Sleep(time.Millisecond)
		w.after(0, lookWhenHalf)
	}
	w.chunk = func(_ context.Context, in activities.EncodeChunkInput) error {
		if in.Chunk.Index == 6 {
			w.after(0, lookWhenHalf)
		}
		if in.Chunk.Index >= 6 {
			<-half
		}
		return nil
	}
	if _, err := w.runAsIs(); err != nil {
		t.Fatal(err)
	}
	seen["end"] = look()

	want := map[string]view{
		"waiting": {Status: job.Submitted},
		"half":    {job.Progressing, job.Progress{FramesDone: 2 * 6 * gop, FramesTotal: 2 * 1000, Stage: "encoding"}, true, 1},
		"end":     {Status: job.Complete, Planned: true, Commands: 1 + 11 + 2 + 3}, // probe, chunks, tracks, outputs
	}
	if diff := cmp.Diff(want, seen); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// A job may be admitted before it has registered, late, and more than once.
func TestAdmission(t *testing.T) {
	for name, when := range map[string]func(*world){
		"before registration": func(w *world) {
			w.register = func(in activities.RegisterInput) (job.Job, error) {
				w.admit()
				return job.New(jobID, in.Request, job.Account{}, submitted), nil
			}
		},
		"a week later": func(w *world) { w.after(7*24*time.Hour, w.admit) },
		"three times": func(w *world) {
			w.after(0, w.admit)
			w.after(0, w.admit)
			w.probe = func(context.Context, activities.ProbeInput) error { w.admit(); return nil }
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			when(w)
			j, err := w.runAsIs()
			if err != nil {
				t.Fatal(err)
			}
			check(t, j, ok, ok, ok, ok, ok)
			for _, once := range []string{"Begin", "Probe", "Plan", "Publish staged/1", "Package"} {
				if n := w.count(once); n != 1 {
					t.Errorf("%s ran %d times", once, n)
				}
			}
		})
	}
}

// While a report is under way, what changes is told by one that follows.
func TestReportsCoalesce(t *testing.T) {
	w := newWorld(t)
	packaged := make(chan struct{})
	w.pack = func(activities.PackageInput) error { close(packaged); return nil }
	first := true
	w.report = func(activities.ReportInput) error {
		if first {
			first = false
			<-packaged // all of the job happens meanwhile
		}
		return nil
	}
	if _, err := w.run(); err != nil {
		t.Fatal(err)
	}
	if n := len(w.reports); n > 3 {
		t.Errorf("%d reports", n)
	}
	if s := w.reports[0].Job.Status; s != job.Progressing {
		t.Errorf("the first report says %s", s)
	}
}

// A catalog that is away for a while gets the final report all the same.
func TestFinalReportIsRepeated(t *testing.T) {
	w := newWorld(t)
	tries := 0
	w.report = func(in activities.ReportInput) error {
		if in.Job.Terminal() {
			tries++
			return unless(tries == 8, fail(fault.Unavailable, 0, ""))
		}
		return nil
	}
	if _, err := w.run(); err != nil {
		t.Fatal(err)
	}
	if tries != 8 {
		t.Errorf("%d tries", tries)
	}
}

// Summaries and commands are for people; keys may be longer than Temporal
// takes.
func TestBrief(t *testing.T) {
	for _, tt := range []struct {
		in   string
		size int
	}{
		{"short.mp4", 9},
		{strings.Repeat("a", 200), 200},
		{strings.Repeat("a", 201), 203},
		{strings.Repeat("ü", 101), 203},
		{"a" + strings.Repeat("ü", 500), 202},
	} {
		got := workflows.Brief(tt.in)
		if len(got) != tt.size || !strings.HasPrefix(tt.in, strings.TrimSuffix(got, "…")) {
			t.Errorf("Brief of %d bytes has %d, want %d: %q", len(tt.in), len(got), tt.size, got)
		}
	}
}
