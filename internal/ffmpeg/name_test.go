package ffmpeg_test

import (
	"regexp"
	"testing"

	"github.com/everframe/everframe/internal/ffmpeg"
	"github.com/everframe/everframe/internal/media"
	"github.com/everframe/everframe/internal/plan"
)

const encoder = "ffmpeg 5.1.9 libavcodec 59.37.100 x264 164"

// TestChunkNameIsStable holds one name: a new one means that every stored chunk
// is encoded again.
func TestChunkNameIsStable(t *testing.T) {
	got := ffmpeg.ChunkName(encodeStep(middleChunk), 0, encoder)
	if want := "e7fcc4947671f38954f7a2ea3740ad5b8f71a2afa74eaa8346a1da2e5306f4ec"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if !regexp.MustCompile(`^[0-9a-f]{64}$`).MatchString(got) {
		t.Errorf("%q cannot be a key", got)
	}
}

func TestTrackNameIsStable(t *testing.T) {
	track := plan.Track{Codec: media.AAC, BitRate: media.Kbps(128), SampleRate: 44100, Channels: 2, Layout: "stereo"}
	if got, want := ffmpeg.TrackName(input(), track, encoder), "12ab4f4249df310d8393fe241e420136225c1b237b66cd6978a5c99051142819"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// TestChunkNameAlone gives a rendition the same name whatever is encoded
// beside it, in whatever order.
func TestChunkNameAlone(t *testing.T) {
	small := func(s *ffmpeg.EncodeStep, _ *plan.Rendition) {
		r := rendition()
		r.Threads, r.Picture = 1, square(320, 180)
		s.Renditions = []plan.Rendition{r}
	}
	alone, beside := encodeStep(middleChunk), encodeStep(middleChunk, small)
	if ffmpeg.ChunkName(alone, 0, encoder) != ffmpeg.ChunkName(beside, 0, encoder) {
		t.Error("a rendition beside another has another name")
	}
	second := ffmpeg.ChunkName(beside, 1, encoder)
	if second == ffmpeg.ChunkName(beside, 0, encoder) {
		t.Error("two renditions have one name")
	}
	beside.Renditions[0], beside.Renditions[1] = beside.Renditions[1], beside.Renditions[0]
	beside.Renditions[0].ID = "v7"
	if ffmpeg.ChunkName(beside, 0, encoder) != second {
		t.Error("the order or the id of renditions is part of the name")
	}
}

// TestChunkNameTells changes everything that decides the bytes, one by one.
func TestChunkNameTells(t *testing.T) {
	type step = ffmpeg.EncodeStep
	type picture = plan.Rendition
	changes := map[string]func(*step, *picture){
		"bucket":       func(s *step, _ *picture) { s.Input.Ref.Bucket = "b" },
		"key":          func(s *step, _ *picture) { s.Input.Ref.Key = "k" },
		"size":         func(s *step, _ *picture) { s.Input.Bytes++ },
		"version":      func(s *step, _ *picture) { s.Input.ETag = "e" },
		"start":        func(s *step, _ *picture) { s.Input.Start = media.Millis(1401) },
		"stream":       func(s *step, _ *picture) { s.Input.VideoStream = 1 },
		"deinterlace":  func(s *step, _ *picture) { s.Input.Deinterlace = true },
		"rate":         func(s *step, _ *picture) { s.Timeline.Rate = media.Rate(30, 1) },
		"first":        func(s *step, _ *picture) { s.Chunk.First-- },
		"end":          func(s *step, _ *picture) { s.Chunk.End++ },
		"open end":     func(s *step, _ *picture) { s.Chunk.End = 0 },
		"seek":         func(s *step, _ *picture) { s.Chunk.Seek = media.Seconds(57, 1) },
		"profile":      func(_ *step, r *picture) { r.Profile = "high" },
		"level":        func(_ *step, r *picture) { r.Level = "3" },
		"references":   func(_ *step, r *picture) { r.References = 2 },
		"B-frames":     func(_ *step, r *picture) { r.BFrames = 1 },
		"GOP":          func(_ *step, r *picture) { r.GOP = 60 },
		"free GOP":     func(_ *step, r *picture) { r.FixedGOP = false },
		"bit rate":     func(_ *step, r *picture) { r.BitRate++ },
		"quality":      func(_ *step, r *picture) { r.BitRate, r.Quality = 0, 23 },
		"max bit rate": func(_ *step, r *picture) { r.MaxBitRate++ },
		"buffer":       func(_ *step, r *picture) { r.BufferBits++ },
		"effort":       func(_ *step, r *picture) { r.Effort = "fast" },
		"threads":      func(_ *step, r *picture) { r.Threads = 2 },
		"pixel format": func(_ *step, r *picture) { r.PixelFormat = "yuv422p" },
		"turn":         func(_ *step, r *picture) { r.Turn = 90 },
		"scale":        func(_ *step, r *picture) { r.Picture.Scale.Width = 642 },
		"crop":         func(_ *step, r *picture) { r.Picture.Crop.Height = 358 },
		"pad":          func(_ *step, r *picture) { r.Picture.Frame.Height = 362 },
		"aspect":       func(_ *step, r *picture) { r.Picture.Aspect = media.NewRational(4, 3) },
	}
	names := map[string]string{
		ffmpeg.ChunkName(encodeStep(middleChunk), 0, encoder):        "no change",
		ffmpeg.ChunkName(encodeStep(middleChunk), 0, encoder+" (2)"): "encoder",
	}
	if len(names) != 2 {
		t.Error("the encoder's build is no part of the name")
	}
	for change, f := range changes {
		name := ffmpeg.ChunkName(encodeStep(middleChunk, f), 0, encoder)
		if other, taken := names[name]; taken {
			t.Errorf("%s and %s have one name", change, other)
		}
		names[name] = change
	}
	// What decides no bytes is no part of it: the same file as another input,
	// the number of the chunk, the length of the whole.
	same := encodeStep(middleChunk, func(s *step, r *picture) {
		s.Input.Source, s.Input.AudioStream, s.Input.Channels, s.Chunk.Index = 3, 5, 6, 9
		s.Timeline.Frames, s.Timeline.Duration, r.ID = 7, media.Seconds(9, 1), "v9"
	})
	if got := names[ffmpeg.ChunkName(same, 0, encoder)]; got != "no change" {
		t.Errorf("name %q for the same bytes", got)
	}
}
