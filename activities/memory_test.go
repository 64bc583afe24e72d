package activities_test

import (
	"runtime/debug"
	"runtime/metrics"
	"testing"
	"time"

	"github.com/everframe/everframe/activities"
	"github.com/everframe/everframe/internal/ffmpeg"
	"github.com/everframe/everframe/internal/media"
	"github.com/everframe/everframe/internal/plan"
	"github.com/everframe/everframe/internal/testmedia"
)

// TestMemory compares the heap that steps need for a minute and for ten: a
// worker that runs many steps must not need room for whole films.
func TestMemory(t *testing.T) {
	film := func(seconds float64) string {
		return testmedia.Clip(t, testmedia.Spec{
			Size: "64x64", Seconds: seconds, Source: "testsrc",
			VideoArgs: []string{"-c:v", "libx264", "-preset", "ultrafast", "-g", "25", "-keyint_min", "25", "-sc_threshold", "0", "-pix_fmt", "yuv420p"},
			Args:      []string{"-movflags", "frag_keyframe+delay_moov+default_base_moof"},
		})
	}
	const minute, ten = 60, 600
	films := map[int]string{minute: film(minute), ten: film(ten)}
	frame := media.Size{Width: 64, Height: 64}

	steps := map[string]func(w *world, seconds int){
		"probe": func(w *world, seconds int) {
			w.Planning.WholeBelow = media.Seconds(1, 1)
			out := must(w, w.Probe, activities.ProbeInput{Job: jobID, Source: media.Ref{Bucket: inputs, Key: "in"}})
			if out.Source.KeyIndex.IsZero() {
				w.t.Error("no index")
			}
		},
		"join": func(w *world, seconds int) {
			piece := activities.Piece{Ref: w.put(media.WorkBucket, "chunks/p.mp4", films[minute]), Frames: minute * 25, BorderHashes: ffmpeg.BorderHashes{First: "x", Next: "x"}}
			var pieces []activities.Piece
			for range seconds / minute {
				pieces = append(pieces, piece)
			}
			out := must(w, w.Join, activities.JoinInput{Job: jobID, Name: "v", Pieces: pieces})
			if out.Frames != int64(seconds)*25 {
				w.t.Errorf("joined %d frames", out.Frames)
			}
		},
		"segment": func(w *world, seconds int) {
			video := w.put(media.WorkBucket, "chunks/p.mp4", films[seconds])
			rate := media.Rate(25, 1)
			out := must(w, w.Assemble, activities.AssembleInput{
				Job: jobID, Video: video, Frames: int64(seconds) * 25,
				Output:    plan.Output{ID: "1", Container: media.TSContainer, Rendition: "v1", Key: "out", Bucket: outputs, Segment: media.Seconds(minute, 1)},
				Timeline:  plan.Timeline{Rate: rate, Frames: int64(seconds) * 25, Duration: media.Seconds(int64(seconds), 1)},
				Rendition: &plan.Rendition{ID: "v1", Codec: media.H264, Picture: plan.Picture{Frame: frame}},
			})
			if out.Facts.Segments != seconds/minute {
				w.t.Errorf("%d segments", out.Facts.Segments)
			}
		},
	}
	for name, step := range steps {
		t.Run(name, func(t *testing.T) {
			need := map[int]int64{}
			for _, seconds := range []int{minute, ten} {
				w := newWorld(t)
				w.put(inputs, "in", films[seconds])
				need[seconds] = peak(func() { step(w, seconds) })
			}
			t.Logf("%d KB for a minute, %d KB for ten", need[minute]>>10, need[ten]>>10)
			// What grows is lists: of seek points, of segments. Files of ten
			// minutes hold megabytes.
			if grown := need[ten] - need[minute]; grown > 2<<20 {
				t.Errorf("the heap grew by %d KB: from %d to %d", grown>>10, need[minute]>>10, need[ten]>>10)
			}
		})
	}
}

// peak returns by how much the heap grows at most while f runs.
func peak(f func()) int64 {
	defer debug.SetGCPercent(debug.SetGCPercent(5))
	debug.FreeOSMemory()
	heap := func() int64 {
		s := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
		metrics.Read(s)
		return int64(s[0].Value.Uint64())
	}
	before, most := heap(), int64(0)
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-stop:
				return
			case <-tick.C:
				most = max(most, heap()-before)
			}
		}
	}()
	f()
	close(stop)
	<-done
	return most
}
