package ffmpeg_test

import (
	"fmt"

	"github.com/everframe/everframe/internal/ffmpeg"
	"github.com/everframe/everframe/internal/media"
	"github.com/everframe/everframe/internal/plan"
)

// A step of a plan and the files it works on make a command.
func ExampleMux() {
	args := ffmpeg.Mux(media.MP4Container, ffmpeg.MuxFiles{Video: "v1.mp4", Audio: "a1.mp4"}, "out.mp4")
	fmt.Println(args[len(args)-5:])
	// Output: [-f mp4 -movflags +faststart file:out.mp4]
}

// One chunk has one name, on every worker and in every job.
func ExampleChunkName() {
	s := ffmpeg.EncodeStep{
		Input:      plan.Input{Ref: media.Ref{Bucket: "films", Key: "a.mp4"}, ETag: "5d41402abc4b2a76"},
		Timeline:   plan.Timeline{Rate: media.Rate(25, 1)},
		Chunk:      plan.Chunk{Index: 1, First: 1500, End: 3000, Seek: media.Seconds(56, 1)},
		Renditions: []plan.Rendition{{Effort: "medium", GOP: 50, Threads: 1}},
	}
	once, again := ffmpeg.ChunkName(s, 0, "x264 164"), ffmpeg.ChunkName(s, 0, "x264 164")
	fmt.Println(once == again, len(once))
	// Output: true 64
}

// Reading -progress: a heartbeat is due when something moved.
func ExampleProgress() {
	var p ffmpeg.Progress
	for _, line := range []string{"frame=48", "out_time_us=1920000", "progress=continue", "frame=48", "progress=continue"} {
		if p.Line(line) {
			fmt.Println(p.Frames, p.Time.FFmpeg())
		}
	}
	// Output: 48 1.920000
}

// Neighbours agree on the frame between them, or the cut is not exact.
func ExampleParseHashes() {
	before := ffmpeg.EncodeStep{Chunk: plan.Chunk{First: 0, End: 48}}
	after := ffmpeg.EncodeStep{Chunk: plan.Chunk{First: 48, End: 0}}
	a := ffmpeg.ParseHashes(before, "0, 48, 48, 1, 13824, 5f0ad8a1")
	b := ffmpeg.ParseHashes(after, "0, 0, 0, 1, 13824, 5f0ad8a1")
	fmt.Println(a.Next != "" && a.Next == b.First)
	// Output: true
}
