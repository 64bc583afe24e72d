package ffmpeg_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/everframe/everframe/internal/ffmpeg"
	"github.com/everframe/everframe/internal/media"
	"github.com/everframe/everframe/internal/plan"
	"github.com/everframe/everframe/internal/testmedia"
	"github.com/everframe/everframe/presets"
)

// kind is a source that has broken somebody's chunked encoding.
type kind struct {
	name string
	rate string // of the output; "auto" unless given
	make func(t *testing.T) string
}

var (
	x264  = []string{"-c:v", "libx264", "-preset", "ultrafast", "-bf", "2", "-g", "30", "-pix_fmt", "yuv420p", "-threads", "1"}
	mpeg2 = []string{"-c:v", "mpeg2video", "-b:v", "600k", "-g", "15", "-bf", "2"}
)

// clip makes a source of 5 s with sound.
func clip(container, rate string, video []string, more ...string) func(t *testing.T) string {
	return func(t *testing.T) string {
		t.Helper()
		slots <- struct{}{}
		defer func() { <-slots }()
		return testmedia.Clip(t, testmedia.Spec{
			Size: "128x72", Rate: rate, Seconds: 5, Audio: true, Container: container, VideoArgs: video,
			AudioArgs: soundOf[container], Args: more,
		})
	}
}

// soundOf are the encoders of containers that cannot hold AAC.
var soundOf = map[string][]string{
	"mpg": {"-c:a", "mp2"}, "avi": {"-c:a", "libmp3lame"}, "webm": {"-c:a", "libopus"}, "ogv": {"-c:a", "libvorbis"},
}

// remuxed makes a source from another one without encoding.
func remuxed(from func(t *testing.T) string, container string, before, after []string) func(t *testing.T) string {
	return func(t *testing.T) string {
		t.Helper()
		in, out := from(t), filepath.Join(t.TempDir(), "remuxed."+container)
		testmedia.FFmpeg(t, slices.Concat(before, []string{"-i", "file:" + in, "-c", "copy"}, after, []string{"file:" + out})...)
		return out
	}
}

var vfr = []string{"-vf", "select='gt(random(1),0.4)'", "-fps_mode", "vfr"}

var kinds = []kind{
	{name: "mp4 23.976", make: clip("mp4", "24000/1001", x264)},
	{name: "mp4 25", make: clip("mp4", "25", x264)},
	{name: "mp4 29.97", make: clip("mp4", "30000/1001", x264)},
	{name: "mp4 30 to 25", rate: "25", make: clip("mp4", "30", x264)},
	{name: "mkv 25 to 29.97", rate: "29.97", make: clip("mkv", "25", x264)},
	{name: "mp4 59.94 to 23.97", rate: "23.97", make: clip("mp4", "60000/1001", x264)},
	{name: "mp4 variable rate", rate: "25", make: clip("mp4", "30", x264, vfr...)},
	{name: "mkv variable rate with a gap", rate: "29.97", make: clip("mkv", "30", x264,
		"-vf", "select='gt(random(1),0.4)*not(between(t,1.3,3.7))'", "-fps_mode", "vfr")},
	{name: "mp4 GOPs of 3 s", make: clip("mp4", "25", slices.Concat(x264, []string{"-g", "75"}))},
	{name: "mp4 edit list", make: remuxed(clip("mp4", "25", x264), "mp4", []string{"-ss", "1.3"}, nil)},
	{name: "mov all key frames", make: clip("mov", "25", []string{"-c:v", "mjpeg"})},
	{name: "ts start 3600.5 s", make: clip("ts", "25", x264, "-output_ts_offset", "3600.5")},
	{name: "ts clock wraps", make: clip("ts", "25", x264, "-output_ts_offset", "95441")}, // 2^33 ticks are 95443.7 s
	{name: "ts open GOP", make: clip("ts", "30000/1001", slices.Concat(x264, []string{"-x264-params", "open-gop=1:bframes=3"}))},
	{name: "ts cut in the middle of a GOP", make: headless},
	{name: "ts late video", make: late},
	{name: "ts interlaced MPEG-2", make: clip("ts", "25", slices.Concat(mpeg2, []string{"-flags", "+ildct+ilme", "-top", "1", "-vf", "setfield=tff"}))},
	{name: "mpg MPEG-2", make: clip("mpg", "30000/1001", mpeg2)},
	{name: "avi", make: clip("avi", "25", []string{"-c:v", "mpeg4", "-b:v", "300k", "-g", "30", "-bf", "2"})},
	{name: "flv", make: clip("flv", "30", x264)},
	{name: "webm VP9", make: clip("webm", "25", []string{"-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-g", "30", "-b:v", "200k"})},
	{name: "mov QuickTime RLE", make: clip("mov", "25", []string{"-c:v", "qtrle", "-g", "30"})},
	{name: "ogv", make: clip("ogv", "25", []string{"-c:v", "libtheora", "-g", "30"})},
}

// headless makes a transport stream whose first packets are lost: it begins
// between two key frames.
func headless(t *testing.T) string {
	t.Helper()
	whole, err := os.ReadFile(clip("ts", "25", x264)(t))
	if err != nil {
		t.Fatal(err)
	}
	const packet = 188
	name := filepath.Join(t.TempDir(), "headless.ts")
	if err := os.WriteFile(name, whole[len(whole)/11/packet*packet:], 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// late makes a transport stream whose picture begins 3 s after its sound: in
// the second chunk.
func late(t *testing.T) string {
	t.Helper()
	in, out := clip("ts", "25", x264)(t), filepath.Join(t.TempDir(), "late.ts")
	testmedia.FFmpeg(t, "-itsoffset", "3", "-i", "file:"+in, "-i", "file:"+in, "-map", "0:v", "-map", "1:a", "-c", "copy", "file:"+out)
	return out
}

// TestChunksAreExact is the promise of the recipe: cut anywhere the plan cuts,
// the joined packets are those of a single pass.
func TestChunksAreExact(t *testing.T) {
	for _, k := range kinds {
		t.Run(k.name, func(t *testing.T) {
			t.Parallel()
			rate := k.rate
			if rate == "" {
				rate = "auto"
			}
			exact(t, k.make(t), rate, media.Seconds(2, 1))
		})
	}
}

// TestRealChunksAreExact does the same with files that cameras, phones and
// studios made.
func TestRealChunksAreExact(t *testing.T) {
	for _, f := range []struct {
		name   string
		length int64 // of a chunk, in seconds
	}{
		{"wannaworktogether.mp4", 60},
		{"kpy_uno.mp4", 2},
		{"sample.avi", 1},
		{"sintel-captions.ts", 3},
		{"movie-hello.mpeg", 2},
		{"with-gps.mov", 1},
		{"test.flv", 5},
		{"edts.mp4", 2},
		{"3gp.3gp", 2},
		{"asf.asf", 1},
		{"ogg.ogv", 2},
		{"bbb_mpeg4_51.mkv", 1},
		{"gstreamer_sample_sorenson.mov", 2},
		{"100_0306.AVI", 1},
		{"bbb_800x640_768kbps_30fps_avc_2b_firstpts_10_sec.mp4", 3},
		{"BigBuckBunny_160x90-24fps.mov", 7},
	} {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			exact(t, testmedia.Fixture(t, "video/"+f.name), "auto", media.Seconds(f.length, 1))
		})
	}
}

// exact encodes a file in chunks and in one pass, into two pictures, and
// compares.
func exact(t *testing.T, file, rate string, length media.Timestamp) {
	t.Helper()
	src := probe(t, file)
	index(t, file, &src)
	if len(src.Keys) < 3 {
		// The plan would not cut. The recipe holds all the same: every chunk
		// is decoded from the start.
		src.Keys = []media.Key{{}, {PTS: src.Duration}}
	}
	pictures := []presets.Preset{picture("high", rate, true), picture("baseline", rate, false)}
	if media.Seconds(60, 1).Less(src.Duration) {
		pictures = pictures[:1] // one takes long enough
	}
	g := planned(t, src, plan.Options{ChunkLength: length, WholeBelow: media.Seconds(1, 2)}, pictures...)
	if len(g.Chunks) < 2 {
		t.Fatalf("one chunk of %d frames, %d keys: nothing to compare", g.Timeline.Frames, len(src.Keys))
	}

	chunks := make([][]string, len(g.Renditions)) // by rendition
	hashes := make([]ffmpeg.BorderHashes, len(g.Chunks))
	for i, c := range g.Chunks {
		var files []string
		files, hashes[i] = encode(t, file, step(g, c))
		for j, f := range files {
			chunks[j] = append(chunks[j], f)
		}
		if i > 0 && (hashes[i].First == "" || hashes[i].First != hashes[i-1].Next) {
			t.Errorf("border %d: %+v and %+v differ", i, hashes[i-1], hashes[i])
		}
	}
	whole, _ := encode(t, file, step(g, plan.Chunk{}))
	for j, r := range g.Renditions {
		joined, frames := join(t, chunks[j])
		for i, c := range g.Chunks {
			if c.Frames() > 0 && frames[i] != c.Frames() {
				t.Errorf("chunk %d of %s: %d frames, want %d", i, r.ID, frames[i], c.Frames())
			}
		}
		want, got := testmedia.Packets(t, whole[j], "v:0"), testmedia.Packets(t, joined, "v:0")
		if diff := cmp.Diff(times(want, r.FixedGOP), times(got, r.FixedGOP)); diff != "" {
			t.Errorf("%s: packets of the single pass (-) and of %d chunks (+):\n%s", r.ID, len(g.Chunks), diff)
		}
	}
}

// TestWrongCutShows seeks too late, as a container with a wrong index would
// make ffmpeg do: the hashes must tell, whatever the exit code.
func TestWrongCutShows(t *testing.T) {
	t.Parallel()
	for _, container := range []string{"mp4", "ts", "mkv"} {
		file := clip(container, "25", x264)(t)
		src := probe(t, file)
		index(t, file, &src)
		g := planned(t, src, plan.Options{ChunkLength: media.Seconds(2, 1), WholeBelow: media.Seconds(1, 2)}, picture("high", "auto", true))
		_, before := encode(t, file, step(g, g.Chunks[0]))
		wrong := g.Chunks[1]
		wrong.Seek = g.Timeline.Rate.FrameTime(wrong.First + 20)
		files, after := encode(t, file, step(g, wrong))
		if before.Next == "" || before.Next == after.First {
			t.Errorf("%s: hashes %+v and %+v agree on a wrong cut", container, before, after)
		}
		if n := int64(len(testmedia.Packets(t, files[0], "v:0"))); n == wrong.Frames() {
			t.Errorf("%s: all %d frames came", container, n)
		}
	}
}

// times returns what must be equal: not the bytes, for the encoder spends them
// differently when it knows another past.
func times(packets []testmedia.Packet, fixed bool) []testmedia.Packet {
	out := make([]testmedia.Packet, len(packets))
	for i, p := range packets {
		out[i] = testmedia.Packet{PTS: p.PTS, DTS: p.DTS, Duration: p.Duration}
		if fixed { // else the encoder puts key frames where it likes
			out[i].Flags = p.Flags
		}
	}
	return out
}
