package ffmpeg_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"image"
	_ "image/jpeg"
	_ "image/png"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/everframe/everframe/internal/ffmpeg"
	"github.com/everframe/everframe/internal/media"
	"github.com/everframe/everframe/internal/plan"
	"github.com/everframe/everframe/internal/testmedia"
	"github.com/everframe/everframe/presets"
)

// made is an output's intermediate files.
type made struct {
	group plan.Group
	files ffmpeg.MuxFiles
}

// encoded encodes a file whole: one picture and one sound, as its preset says.
func encoded(t *testing.T, source string, p presets.Preset) made {
	t.Helper()
	g := planned(t, probe(t, source), plan.Options{}, p)
	m := made{group: g}
	if len(g.Renditions) > 0 {
		files, _ := encode(t, source, step(g, plan.Chunk{}))
		m.files.Video = files[0]
	}
	if len(g.Tracks) > 0 {
		m.files.Audio = filepath.Join(t.TempDir(), "a1."+string(g.Tracks[0].Codec))
		run(t, "ffmpeg", ffmpeg.EncodeTrack(g.Input, g.Tracks[0], source, m.files.Audio))
	}
	return m
}

// muxed puts m into one file.
func muxed(t *testing.T, m made, c media.Container) string {
	t.Helper()
	out := filepath.Join(t.TempDir(), "out."+string(c))
	run(t, "ffmpeg", ffmpeg.Mux(c, m.files, out))
	return out
}

// segmented cuts m into segments and returns them in order of the playlist.
func segmented(t *testing.T, m made, length media.Timestamp) (segments []string, playlist string) {
	t.Helper()
	dir := t.TempDir()
	list := filepath.Join(dir, "list.m3u8")
	run(t, "ffmpeg", ffmpeg.Segment(m.files, length, filepath.Join(dir, "%05d.ts"), list))
	text, err := os.ReadFile(list)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			segments = append(segments, filepath.Join(dir, line))
		}
	}
	return segments, string(text)
}

// TestFaststart wants the index before the data, and nothing that depends on
// the day or the program that made it.
func TestFaststart(t *testing.T) {
	t.Parallel()
	p := picture("main", "auto", true)
	p.Audio = sound("2")
	source := clip("mp4", "25", x264, "-metadata", "title=secret")(t)
	out := muxed(t, encoded(t, source, p), media.MP4Container)
	b, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	var boxes []string
	for rest := b; len(rest) >= 8; {
		n := int(binary.BigEndian.Uint32(rest))
		if n < 8 || n > len(rest) {
			t.Fatalf("box of %d bytes", n)
		}
		boxes = append(boxes, string(rest[4:8]))
		rest = rest[n:]
	}
	moov, mdat := slices.Index(boxes, "moov"), slices.Index(boxes, "mdat")
	if moov < 0 || mdat < moov {
		t.Errorf("boxes %v, want moov before mdat", boxes)
	}
	for _, leak := range []string{"secret", "Lavf", "Lavc"} {
		if bytes.Contains(b, []byte(leak)) {
			t.Errorf("%q is in the output", leak)
		}
	}
}

// TestTransportClock wants the first picture of every transport stream at
// exactly 10 s, so that files of one playlist share a clock.
func TestTransportClock(t *testing.T) {
	t.Parallel()
	p := picture("main", "auto", true)
	p.Audio = sound("2")
	m := encoded(t, clip("mp4", "30000/1001", x264)(t), p)
	first := func(file, stream string) int64 {
		lowest := int64(math.MaxInt64)
		for _, packet := range testmedia.Packets(t, file, stream) {
			lowest = min(lowest, packet.PTS)
		}
		return lowest
	}
	const start = 900_000 // 10 s at 90 kHz
	file := muxed(t, m, media.TSContainer)
	if got := first(file, "v:0"); got != start {
		t.Errorf("ts: first picture at %d, want %d", got, start)
	}
	priming := first(file, "a:0") // the encoder's delay comes before
	if priming > start || priming < start-2*1024*90_000/48_000 {
		t.Errorf("ts: first sound at %d", priming)
	}
	segments, playlist := segmented(t, m, media.Seconds(1, 1))
	if len(segments) < 5 || !strings.Contains(playlist, "#EXT-X-ENDLIST") {
		t.Fatalf("%d segments:\n%s", len(segments), playlist)
	}
	if got := first(segments[0], "v:0"); got != start {
		t.Errorf("segments: first picture at %d, want %d", got, start)
	}
	if got := first(segments[0], "a:0"); got != priming {
		t.Errorf("segments: first sound at %d, in one file %d", got, priming)
	}
	pictures := 0
	for _, s := range segments {
		packets := testmedia.Packets(t, s, "v:0")
		if len(packets) > 0 && !packets[0].Key() {
			t.Errorf("%s does not begin with a key frame", filepath.Base(s))
		}
		pictures += len(packets)
	}
	if want := len(testmedia.Packets(t, m.files.Video, "v:0")); pictures != want {
		t.Errorf("%d pictures in the segments, want %d", pictures, want)
	}

	m.files.Video = ""
	file = muxed(t, m, media.TSContainer)
	if got := first(file, "a:0"); got != priming {
		t.Errorf("sound alone begins at %d, beside a picture at %d", got, priming)
	}
	segments, _ = segmented(t, m, media.Seconds(2, 1))
	if got := first(segments[0], "a:0"); got != priming {
		t.Errorf("segments of sound alone begin at %d, beside a picture at %d", got, priming)
	}
}

// samples decodes a file's sound as interleaved floats.
func samples(t *testing.T, file string, channels int) []float32 {
	t.Helper()
	out := run(t, "ffmpeg", []string{
		"-hide_banner", "-nostdin", "-v", "error", "-i", "file:" + file, "-map", "0:a",
		"-ac", strconv.Itoa(channels), "-f", "f32le", "-",
	}).out
	all := make([]float32, len(out)/4)
	if err := binary.Read(strings.NewReader(out), binary.LittleEndian, all); err != nil {
		t.Fatal(err)
	}
	return all
}

// TestMonoToStereo wants two equal channels at the source's level.
func TestMonoToStereo(t *testing.T) {
	t.Parallel()
	source := testmedia.Clip(t, testmedia.Spec{NoVideo: true, Seconds: 2, Container: "wav", AudioArgs: []string{"-c:a", "pcm_s16le", "-ac", "1"}})
	m := encoded(t, source, presets.Preset{Container: "mp4", Audio: sound("2")})
	peak := func(all []float32) (p float64) {
		for _, s := range all {
			p = max(p, math.Abs(float64(s)))
		}
		return p
	}
	before, after := samples(t, source, 1), samples(t, muxed(t, m, media.MP4Container), 2)
	var sum, apart float64 // of squares; the encoder is lossy
	for i := 0; i+1 < len(after); i += 2 {
		l, r := float64(after[i]), float64(after[i+1])
		sum, apart = sum+l*l, apart+(l-r)*(l-r)
	}
	if db := 10 * math.Log10(apart/sum); db > -40 {
		t.Errorf("left and right differ by %.1f dB", db)
	}
	if change := 20 * math.Log10(peak(after)/peak(before)); math.Abs(change) > 0.5 {
		t.Errorf("level changed by %+.2f dB", change)
	}
	if got, want := len(after)/2, len(before)*48000/48000; got < want-2048 || got > want+2048 {
		t.Errorf("%d samples, want %d", got, want)
	}
}

// TestMP3 wants an MP3 file with sound from its first moment.
func TestMP3(t *testing.T) {
	t.Parallel()
	source := testmedia.Clip(t, testmedia.Spec{NoVideo: true, Seconds: 2, Container: "m4a"})
	a := &presets.Audio{Codec: "mp3", SampleRate: "44100", BitRate: "128", Channels: "2"}
	out := muxed(t, encoded(t, source, presets.Preset{Container: "mp3", Audio: a}), media.MP3Container)
	streams := testmedia.Streams(t, out)
	if len(streams) != 1 || streams[0].CodecName != "mp3" || streams[0].SampleRate != "44100" || streams[0].Channels != 2 {
		t.Fatalf("streams %+v", streams)
	}
	src := probe(t, out)
	if got := src.Duration.Millis(); got < 1990 || got > 2080 {
		t.Errorf("%d ms long, want 2000", got)
	}
	if b, err := os.ReadFile(out); err != nil || bytes.HasPrefix(b, []byte("ID3")) {
		t.Errorf("tags in the file, or error %v", err)
	}
}

// TestStills wants as many stills as planned, each of its own moment. The
// clip's brightness tells the second.
func TestStills(t *testing.T) {
	t.Parallel()
	source := filepath.Join(t.TempDir(), "steps.mp4")
	testmedia.FFmpeg(t, "-f", "lavfi", "-i", "color=black:size=128x72:rate=25:duration=11.4",
		"-vf", "geq=lum='16+18*floor(T)':cb=128:cr=128,format=yuv420p", "-c:v", "libx264", "-preset", "ultrafast", "file:"+source)
	tests := []struct {
		name     string
		format   string
		interval string
		gop      string
		early    float64 // seconds a still may be before its time
		want     int
	}{
		{"every second", "png", "1", "30", 0, 12},
		{"between key frames", "jpg", "2", "90", 0, 6},
		{"key frames", "jpg", "5", "72", 2.88, 3},
		{"key frames, as far apart as stills", "png", "3", "75", 0, 4},
		{"longer than the clip", "jpg", "60", "90", 3.6, 1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			p := picture("main", "auto", true)
			p.Video.KeyframesMaxDist = test.gop
			p.Thumbnails = &presets.Thumbnails{Format: test.format, Interval: test.interval, MaxWidth: "64", MaxHeight: "64", SizingPolicy: "Fit", PaddingPolicy: "Pad"}
			m := encoded(t, source, p)
			thumbnails := *m.group.Outputs[0].Thumbnails
			if thumbnails.KeyOnly != (test.early > 0 || strings.HasPrefix(test.name, "key")) {
				t.Fatalf("key frames only: %v", thumbnails.KeyOnly)
			}
			dir := t.TempDir()
			run(t, "ffmpeg", ffmpeg.Stills(thumbnails, m.files.Video, filepath.Join(dir, "%05d."+test.format)))
			entries, err := os.ReadDir(dir)
			if err != nil {
				t.Fatal(err)
			}
			if len(entries) != test.want || int64(test.want) != thumbnails.Count {
				t.Errorf("%d stills, planned %d, want %d", len(entries), thumbnails.Count, test.want)
			}
			interval, err := strconv.ParseFloat(test.interval, 64)
			if err != nil {
				t.Fatal(err)
			}
			for i, e := range entries {
				if want := fmt.Sprintf("%05d.%s", i+1, test.format); e.Name() != want {
					t.Errorf("still %d is named %s, want %s", i, e.Name(), want)
				}
				second, format := brightness(t, filepath.Join(dir, e.Name()))
				want := float64(i) * interval
				if second > math.Floor(want) || second < math.Floor(want-test.early) {
					t.Errorf("still %d shows second %v, want %v", i, second, want)
				}
				if format != map[string]string{"jpg": "jpeg", "png": "png"}[test.format] {
					t.Errorf("still %d is %s", i, format)
				}
			}
		})
	}
}

// brightness reads the second off a still of TestStills, which is 64 pixels
// square with bars above and below.
func brightness(t *testing.T, name string) (second float64, format string) {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	img, format, err := image.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	if size := img.Bounds().Size(); size != (image.Point{X: 64, Y: 64}) {
		t.Errorf("%s: %v", filepath.Base(name), size)
	}
	r, _, _, _ := img.At(32, 32).RGBA()
	if top, _, _, _ := img.At(32, 2).RGBA(); top>>8 > 4 {
		t.Errorf("%s: the bar is %d, not black", filepath.Base(name), top>>8)
	}
	// Images are full range: 255/219 of the video's steps of 18.
	return math.Round(float64(r>>8) * 219 / 255 / 18), format
}

// TestRange wants video range in every output, converted and tagged, whatever
// the source has.
func TestRange(t *testing.T) {
	full := func(t *testing.T) string {
		t.Helper()
		return testmedia.Clip(t, testmedia.Spec{Size: "128x72", Source: "color", VideoArgs: []string{
			"-vf", "negate,scale=out_range=pc,format=yuvj420p", "-c:v", "libx264", "-preset", "ultrafast", "-color_range", "pc",
		}})
	}
	fixture := func(name string) func(t *testing.T) string {
		return func(t *testing.T) string { t.Helper(); return testmedia.Fixture(t, "video/"+name) }
	}
	tests := []struct {
		name     string
		source   func(t *testing.T) string
		transfer string
		white    bool
	}{
		{"full range", full, "", true},
		{"camera, MJPEG", fixture("100_0306.AVI"), "", false},
		{"camera, H.264", fixture("mb_video_1080p25.mp4"), "", false},
		{"HDR10", fixture("hdr10-av1.mp4"), "smpte2084", false},
		{"HLG", fixture("hlg10-color-test.mp4"), "arib-std-b67", false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			m := encoded(t, test.source(t), picture("main", "auto", true))
			src := probe(t, muxed(t, m, media.MP4Container))
			v := src.Video
			if v.ColorRange != "tv" && v.ColorRange != "" {
				t.Errorf("range %q, want tv", v.ColorRange)
			}
			if v.PixelFormat != "yuv420p" {
				t.Errorf("pixel format %s", v.PixelFormat)
			}
			if v.ColorTransfer != test.transfer {
				t.Errorf("transfer %q, want %q: the picture keeps its meaning", v.ColorTransfer, test.transfer)
			}
			if test.white {
				out := run(t, "ffmpeg", []string{"-v", "error", "-i", "file:" + m.files.Video, "-frames:v", "1", "-f", "rawvideo", "-pix_fmt", "yuv420p", "-"}).out
				if y := out[0]; y < 233 || y > 237 {
					t.Errorf("white is %d, want 235", y)
				}
			}
		})
	}
}
