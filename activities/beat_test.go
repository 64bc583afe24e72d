package activities_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/everframe/everframe/activities"
	"github.com/everframe/everframe/internal/fault"
	"github.com/everframe/everframe/internal/media"
	"github.com/everframe/everframe/internal/plan"
	"github.com/everframe/everframe/internal/proc"
)

// watched is a world of fake time whose encoder is a function, and which notes
// when its steps beat.
type watched struct {
	*world
	began time.Time
	beats []activities.Beat
	at    []time.Duration // since began
}

// inTime runs test in fake time.
func inTime(t *testing.T, encoder func(ctx context.Context, args []string, onLine func(string)) error, test func(t *testing.T, w *watched)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := &watched{world: newFarWorld(t), began: time.Now()}
		w.run.ffmpeg = func(ctx context.Context, args []string, onLine func(string)) (proc.Result, error) {
			return proc.Result{}, encoder(ctx, args, onLine)
		}
		test(t, w)
	})
}

func (w *watched) listen() try {
	return try{Beat: func(b any) {
		w.beats, w.at = append(w.beats, b.(activities.Beat)), append(w.at, time.Since(w.began))
	}}
}

// encode runs the encoding of a chunk whose source is no media: the encoder is none.
func (w *watched) encode() error {
	ref := w.text(inputs, "in", "x")
	info, err := w.store.Stat(w.t.Context(), ref)
	if err != nil {
		w.t.Fatal(err)
	}
	in := activities.EncodeChunkInput{
		Input:      plan.Input{Ref: ref, Bytes: info.Bytes, ETag: info.ETag},
		Timeline:   plan.Timeline{Rate: media.Rate(25, 1)},
		Renditions: []plan.Rendition{{ID: "v1", Codec: media.H264, GOP: 25, PixelFormat: "yuv420p"}},
	}
	_, err = do(w.world, w.EncodeChunk, in, w.listen())
	return err
}

// print writes a block of ffmpeg's progress.
func print(onLine func(string), frame int) {
	onLine(fmt.Sprintf("frame=%d", frame))
	onLine("progress=continue")
}

// stopped waits for its context, as proc does.
func stopped(ctx context.Context) error {
	<-ctx.Done()
	return fault.Wrap(ctx.Err(), "proc.Run", fault.Canceled)
}

// TestHang has an encoder that goes on printing, but at the same frame.
func TestHang(t *testing.T) {
	inTime(t, func(ctx context.Context, _ []string, onLine func(string)) error {
		for frame := 1; ; frame = min(frame+1, 10) {
			print(onLine, frame)
			select {
			case <-ctx.Done():
				return stopped(ctx)
			case <-time.After(time.Second):
			}
		}
	}, func(t *testing.T, w *watched) {
		isFault(t, w.encode(), fault.Unavailable, fault.InternalServiceError) // it may go better elsewhere
		if took := time.Since(w.began); took < time.Minute || took > 75*time.Second {
			t.Errorf("given up after %s, want a minute after the tenth second", took)
		}
		if last := w.beats[len(w.beats)-1]; last.Stage != "encoding" || last.Progress.Frames != 10 {
			t.Errorf("last beat %+v, want frame 10", last)
		}
		for i := 1; i < len(w.at); i++ {
			if gap := w.at[i] - w.at[i-1]; gap > 3*time.Second {
				t.Errorf("no beat for %s while it was alive", gap)
			}
		}
	})
}

// TestHangForGood has an encoder that not even its end can stop.
func TestHangForGood(t *testing.T) {
	inTime(t, func(_ context.Context, _ []string, onLine func(string)) error {
		print(onLine, 1)
		time.Sleep(time.Hour)
		return &fault.Error{Kind: fault.Unavailable}
	}, func(t *testing.T, w *watched) {
		isFault(t, w.encode(), fault.Unavailable, fault.InternalServiceError)
		if last := w.at[len(w.at)-1]; last > 65*time.Second {
			t.Errorf("beats after %s: it looks alive", last)
		}
	})
}

// TestSlowStart has an encoder that decodes for minutes before its first frame.
func TestSlowStart(t *testing.T) {
	inTime(t, func(ctx context.Context, _ []string, onLine func(string)) error {
		for range 5 * 60 {
			print(onLine, 0)
			time.Sleep(time.Second)
		}
		print(onLine, 1)
		return ctx.Err()
	}, func(t *testing.T, w *watched) {
		isFault(t, w.encode(), fault.Internal, fault.InternalError) // there is nothing in its file
		if took := time.Since(w.began); took < 5*time.Minute {
			t.Errorf("stopped after %s", took)
		}
	})
}

// TestWaiting has a step wait for cores longer than anything may hang: to the
// end of the time the SDK's test environment gives it, less a minute.
func TestWaiting(t *testing.T) {
	inTime(t, func(context.Context, []string, func(string)) error { return &fault.Error{Kind: fault.Internal} }, func(t *testing.T, w *watched) {
		release, err := w.Slots.Acquire(t.Context(), 0)
		if err != nil {
			t.Fatal(err)
		}
		time.AfterFunc(9*time.Minute, release)
		isFault(t, w.encode(), fault.Internal, fault.InternalError)
		if n := len(w.beats); n < 9*60/3 || w.beats[n/2].Stage != "waiting" {
			t.Errorf("%d beats in nine minutes", n)
		}
	})
}

// TestSilentWork has a program that prints nothing, but writes, for eight
// minutes, and then no longer.
func TestSilentWork(t *testing.T) {
	inTime(t, func(ctx context.Context, args []string, _ func(string)) error {
		dir := filepath.Dir(args[len(args)-1][len("file:"):])
		for i := range 12 {
			time.Sleep(40 * time.Second)
			if err := os.WriteFile(filepath.Join(dir, "growing"), make([]byte, i), 0o600); err != nil {
				return err
			}
		}
		return stopped(ctx)
	}, func(t *testing.T, w *watched) {
		video := w.text(media.WorkBucket, "chunks/v.mp4", "x")
		_, err := do(w.world, w.Stills, activities.StillsInput{Job: jobID, Output: "1", Thumbnails: plan.Thumbnails{Format: "png", Interval: media.Seconds(1, 1)}, Video: video}, w.listen())
		isFault(t, err, fault.Unavailable, fault.InternalServiceError)
		if took := time.Since(w.began); took < 9*time.Minute || took > 9*time.Minute+10*time.Second {
			t.Errorf("given up after %s, want a minute after the eighth", took)
		}
	})
}

// TestSlowDownload fetches a source for eight minutes, and encodes it.
func TestSlowDownload(t *testing.T) {
	inTime(t, func(context.Context, []string, func(string)) error { return &fault.Error{Kind: fault.BadInput} }, func(t *testing.T, w *watched) {
		w.Store = slow{Store: w.store}
		isFault(t, w.encode(), fault.BadInput, fault.BadInputFile)
		if took := time.Since(w.began); took < 8*time.Minute {
			t.Errorf("stopped after %s", took)
		}
		for i := 1; i < len(w.at); i++ {
			if gap := w.at[i] - w.at[i-1]; gap > 3*time.Second {
				t.Fatalf("no beat for %s", gap)
			}
		}
	})
}
