package dispatch_test

import (
	"context"
	"testing"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/temporal"

	"github.com/everframe/everframe/activities"
	"github.com/everframe/everframe/internal/fault"
	"github.com/everframe/everframe/internal/ffmpeg"
	"github.com/everframe/everframe/job"
	"github.com/everframe/everframe/workflows"
)

func (s *system) read(id job.ID) job.Job {
	s.Helper()
	j, err := s.Job(s.Context(), id)
	if err != nil {
		s.Fatal(err)
	}
	return j
}

// A running job's progress is to the frame: chunks done, and what the steps
// under way last said.
func TestProgress(t *testing.T) {
	s := newSystem(t, 1)
	s.steps.cut = true
	s.steps.chunk = func(ctx context.Context, in activities.EncodeChunkInput) error {
		if in.Chunk.Index < 3 {
			return nil
		}
		for ctx.Err() == nil {
			activity.RecordHeartbeat(ctx, activities.Beat{Stage: "encoding", Progress: ffmpeg.Progress{Frames: 7}})
			time.Sleep(10 * time.Millisecond)
		}
		return temporal.NewCanceledError()
	}
	j := s.submit()
	s.begins()
	if p := s.read(j.ID).Progress; p != nil {
		t.Errorf("progress %+v before there is a plan", p)
	}
	close(s.steps.release)
	const chunk, window = 90, 32
	want := int64(3*chunk + window*7) // as many chunks are out at once
	var last job.Job
	s.eventually("frames of all chunks", func() bool {
		s.pass(time.Second) // past the last view
		last = s.read(j.ID)
		return last.Progress != nil && last.Progress.FramesDone == want
	})
	if p := last.Outputs[0].Progress; p == nil || p.FramesDone != want || p.FramesTotal != 10000 || p.Stage != "encoding" {
		t.Errorf("output: %+v", p)
	}
	if p := last.Progress; p.FramesTotal != 10000 {
		t.Errorf("job: %+v", p)
	}
	if err := s.Cancel(t.Context(), j.ID, true); err != nil {
		t.Fatal(err)
	}
	s.becomes(j.ID, job.Canceled)
}

// Whoever polls fast costs one look each quarter of a second.
func TestViews(t *testing.T) {
	s := newSystem(t, 1)
	j := s.submit()
	waiting := s.submit()
	s.begins()
	s.becomes(j.ID, job.Progressing)
	before := s.temporal.asked(workflows.StatusQuery)
	for range 10 {
		s.read(j.ID)
		s.read(waiting.ID)
	}
	if n := s.temporal.asked(workflows.StatusQuery) - before; n != 1 {
		t.Errorf("%d looks for ten reads", n)
	}
	s.pass(time.Second)
	s.read(j.ID)
	if n := s.temporal.asked(workflows.StatusQuery) - before; n != 2 {
		t.Errorf("%d looks after a second", n)
	}
	s.steps.release <- struct{}{}
	s.becomes(j.ID, job.Complete)
	if got := s.read(j.ID); got.Status != job.Complete {
		t.Errorf("read %s after the end", got.Status)
	}
	_, err := s.Job(t.Context(), "1600000000000-nojob1")
	kind(t, "Job", err, fault.NotFound)
}

// Without Temporal the record answers.
func TestViewWithoutTemporal(t *testing.T) {
	s := newSystem(t, 1)
	j := s.submit()
	s.begins()
	s.becomes(j.ID, job.Progressing)
	s.temporal.cutOff(true)
	if got := s.read(j.ID); got.Status != job.Progressing || got.ID != j.ID {
		t.Errorf("read %s %s", got.ID, got.Status)
	}
}
