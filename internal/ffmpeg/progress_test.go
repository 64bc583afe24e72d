package ffmpeg_test

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/everframe/everframe/internal/ffmpeg"
	"github.com/everframe/everframe/internal/media"
)

// TestProgress reads what real commands printed.
func TestProgress(t *testing.T) {
	tests := []struct {
		file  string
		moves int
		last  ffmpeg.Progress
	}{
		{"testdata/progress/video.txt", 20, ffmpeg.Progress{Frames: 1000, Time: media.Seconds(40_007_982, 1_000_000), Speed: "4.13x", Done: true}},
		{"testdata/progress/audio.txt", 5, ffmpeg.Progress{Time: media.Seconds(40_007_982, 1_000_000), Speed: "91.3x", Done: true}},
	}
	for _, test := range tests {
		t.Run(test.file, func(t *testing.T) {
			text, err := os.ReadFile(test.file)
			if err != nil {
				t.Fatal(err)
			}
			var p ffmpeg.Progress
			moves := 0
			for line := range strings.Lines(string(text)) {
				if p.Line(line) {
					moves++
				}
			}
			if diff := cmp.Diff(test.last, p, cmpopts.IgnoreUnexported(p)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if moves != test.moves {
				t.Errorf("moved %d times, want %d", moves, test.moves)
			}
		})
	}
}

func TestProgressMoves(t *testing.T) {
	tests := []struct {
		name  string
		lines string // "!" ends a line after which it must have moved
	}{
		{"nothing yet", "frame=0|out_time_us=0|progress=continue"},
		{"no time yet", "frame=0|out_time_us=N/A|progress=continue"},
		{"time before the start", "out_time_us=-9223372036854775807|progress=continue"},
		{"frames", "frame=1|progress=continue!|frame=2|progress=continue!"},
		{"a hang", "frame=7|out_time_us=5|progress=continue!|frame=7|out_time_us=5|progress=continue|frame=7|progress=continue"},
		{"time without frames", "out_time_us=5|progress=continue!|out_time_us=6|progress=continue!"},
		{"back and forth", "frame=7|progress=continue!|frame=5|progress=continue|frame=7|progress=continue|frame=8|progress=continue!"},
		{"time back and forth", "out_time_us=7|progress=continue!|out_time_us=5|progress=continue|out_time_us=7|progress=continue"},
		{"the end counts once", "frame=7|progress=continue!|progress=end!|progress=end|progress=continue"},
		{"frames outside of a block", "frame=1|frame=2|frame=3"},
		{"garbage", "frame|=|frame=|frame=x|out_time_us=|progress|frame=-4|progress=continue"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var p ffmpeg.Progress
			for i, line := range strings.Split(test.lines, "|") {
				line, want := strings.CutSuffix(line, "!")
				if got := p.Line(line + "\n"); got != want {
					t.Errorf("line %d, %q: moved %v, want %v", i, line, got, want)
				}
			}
		})
	}
}

func FuzzProgress(f *testing.F) {
	f.Add("frame=1\nout_time_us=40000\nspeed= 1.5x\nprogress=continue\nprogress=end")
	f.Fuzz(func(t *testing.T, text string) {
		var p ffmpeg.Progress
		var frames int64
		var time media.Timestamp
		ended := false
		for line := range strings.Lines(text) {
			moved := p.Line(line)
			further := p.Frames > frames || time.Less(p.Time) || p.Done && !ended
			if moved && !further {
				t.Fatalf("%q: moved from frame %d at %v to %+v", line, frames, time, p)
			}
			if moved {
				frames, ended = max(frames, p.Frames), p.Done
				if time.Less(p.Time) {
					time = p.Time
				}
			}
			if p.Frames < 0 || p.Time.Sign() < 0 {
				t.Fatalf("%q: %+v", line, p)
			}
		}
	})
}
