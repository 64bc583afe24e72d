package e2e_test

import (
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/everframe/everframe/internal/testmedia"
	"github.com/everframe/everframe/job"
)

// prepare uploads what long and short jobs read.
func (p pipeline) prepare() {
	p.Helper()
	p.upload("long.mp4", testmedia.Clip(p, testmedia.Spec{Size: "640x360", Rate: "5", Seconds: 90, Audio: true}))
	p.upload("short.mp4", testmedia.Clip(p, testmedia.Spec{Audio: true}))
}

// long is a job that would run for a minute: its source has few frames, but
// the presets of its outputs ask for many.
func (p pipeline) long(prefix string) job.Job {
	p.Helper()
	return p.submit(p.order("long.mp4", prefix, mp4("480p.mp4", mp4480p), mp4("720p.mp4", mp4720p), hls("2M/v", hls2M, "4")))
}

func (p pipeline) short(prefix string) job.Job {
	p.Helper()
	return p.submit(p.order("short.mp4", prefix, mp4("film.mp4", mp4Small)))
}

// encoders returns the process ids of the ffmpegs below the server.
func (s *stack) encoders() []int {
	s.Helper()
	out, err := exec.Command("ps", "-axo", "pid=,ppid=,comm=").Output()
	if err != nil {
		s.Skipf("processes cannot be listed here: %v", err)
	}
	var found []int
	for line := range strings.Lines(string(out)) {
		f := strings.Fields(line)
		if len(f) >= 3 && strings.HasSuffix(f[2], "ffmpeg") && f[1] == strconv.Itoa(s.cmd.Process.Pid) {
			pid, err := strconv.Atoi(f[0])
			if err != nil {
				s.Fatal(err)
			}
			found = append(found, pid)
		}
	}
	return found
}

// running waits until encoders work for a job, the only one that runs.
func (s *stack) running(id job.ID) {
	s.Helper()
	eventually(s, time.Minute, "encoders at work", func() bool {
		return len(s.encoders()) > 0 && s.read(id).Status == job.Progressing && len(s.scratch()) > 0
	})
}

// quiet waits until no encoder of those runs and nothing of their work is left.
func (s *stack) quiet(pids []int, limit time.Duration) {
	s.Helper()
	eventually(s, limit, "the encoders are gone", func() bool {
		now := s.encoders()
		return !slices.ContainsFunc(pids, func(pid int) bool { return slices.Contains(now, pid) })
	})
}

// TestCancel cancels jobs that wait and jobs that run.
func TestCancel(t *testing.T) {
	t.Parallel()
	s := start(t, append([]string{"--max-active", "1"}, chunked.flags...)...)
	p := s.pipeline("cancel")
	p.prepare()
	first := p.long("first/")
	second := p.short("second/")
	third := p.short("third/")

	// A waiting job: at once and without a trace.
	if a := s.call("DELETE", "/jobs/"+string(second.ID), nil); a.status != 202 || string(a.body) != `{"Success":"true"}` {
		t.Errorf("cancel of a waiting job: %d %s", a.status, a.body)
	}
	got := s.read(second.ID)
	if got.Status != job.Canceled || got.Outputs[0].Status != job.Canceled || got.Timing.FinishTimeMillis == 0 || got.Timing.StartTimeMillis != 0 {
		t.Errorf("a canceled waiting job: %s, output %s, %+v", got.Status, got.Outputs[0].Status, got.Timing)
	}

	// A running one: not by the API.
	s.running(first.ID)
	want := "The job was already in use: accountId=000000000000, resourceId=" + string(first.ID) + "."
	for range 2 {
		if a := s.call("DELETE", "/jobs/"+string(first.ID), nil); a.status != 409 || a.errorType != "ResourceInUseException" || a.message() != want {
			t.Errorf("cancel of a running job: %d %s %s", a.status, a.errorType, a.body)
		}
	}
	if a := s.call("DELETE", "/jobs/"+string(second.ID), nil); a.status != 409 {
		t.Errorf("cancel of a canceled job: %d %s", a.status, a.body)
	}
	if got := s.read(third.ID).Status; got != job.Submitted {
		t.Errorf("the third job is %s while the first has the only place", got)
	}

	// But by a signal: encoders stop, nothing stays, the next job begins.
	before := s.encoders()
	signaled := time.Now()
	if err := s.temporal.SignalWorkflow(t.Context(), string(first.ID), "", "cancel", nil); err != nil {
		t.Fatal(err)
	}
	s.quiet(before, 20*time.Second)
	gone := time.Since(signaled)
	got = s.wait(first.ID)
	t.Logf("signal to no encoder %s, to the record %s", gone.Round(time.Millisecond), time.Since(signaled).Round(time.Millisecond))
	if got.Status != job.Canceled || got.Timing.FinishTimeMillis < got.Timing.StartTimeMillis || got.Timing.StartTimeMillis == 0 {
		t.Errorf("a canceled running job: %s %+v", got.Status, got.Timing)
	}
	for _, o := range got.Outputs {
		if o.Status != job.Canceled {
			t.Errorf("its output %s: %s", o.Key, o.Status)
		}
	}
	s.complete(third.ID)
	s.settled(first.ID)
	s.settled(third.ID)
	if left := s.scratch(); len(left) > 0 {
		t.Errorf("scratch holds %v", left)
	}
	if made := p.objects(p.out, "first/"); len(made) > 0 {
		t.Errorf("a canceled job left %v", made)
	}
	if made := p.objects(p.out, "second/"); len(made) > 0 {
		t.Errorf("a job canceled while it waited left %v", made)
	}
	s.found(`WorkflowId = '` + string(first.ID) + `' AND EverframeStatus = 'Canceled' AND ExecutionStatus = 'Canceled'`)
}

// TestTerminate terminates a workflow, which then runs no code: the repair
// mends its record and gives its place to the next.
func TestTerminate(t *testing.T) {
	t.Parallel()
	s := start(t, append([]string{"--max-active", "1"}, chunked.flags...)...)
	p := s.pipeline("terminate")
	p.prepare()
	first := p.long("first/")
	second := p.short("second/")
	s.running(first.ID)
	encoders := s.encoders()
	terminated := time.Now()
	if err := s.temporal.TerminateWorkflow(t.Context(), string(first.ID), "", "to see what happens"); err != nil {
		t.Fatal(err)
	}
	s.quiet(encoders, 30*time.Second)
	gone := time.Since(terminated)
	got := s.wait(first.ID)
	t.Logf("terminated to no encoder %s, to the record %s: %s", gone.Round(100*time.Millisecond), time.Since(terminated).Round(100*time.Millisecond), got.Outputs[0].StatusDetail)
	if got.Status != job.Error || detailForm.FindString(got.Outputs[0].StatusDetail) == "" {
		t.Errorf("a terminated job: %s\n%s", got.Status, details(got))
	}
	s.complete(second.ID)
	eventually(t, time.Minute, "scratch is empty", func() bool { return len(s.scratch()) == 0 })
	if made := p.objects(p.out, "first/"); len(made) > 0 {
		t.Errorf("a terminated job left %v", made)
	}
}
