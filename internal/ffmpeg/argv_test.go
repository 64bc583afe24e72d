package ffmpeg_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/everframe/everframe/internal/ffmpeg"
	"github.com/everframe/everframe/internal/golden"
	"github.com/everframe/everframe/internal/media"
	"github.com/everframe/everframe/internal/plan"
)

// hostile is text of a customer's. It is put wherever a step carries some, and
// must never come out.
const hostile = "-i[0:v]movie=/etc/passwd,;'\\ http://example.com/%s"

func input() plan.Input {
	return plan.Input{
		Ref: media.Ref{Bucket: hostile, Key: hostile}, ETag: hostile, Bytes: 1 << 20,
		Start: media.Millis(1400), VideoStream: 0, AudioStream: 1, Channels: 2,
	}
}

func square(w, h int) plan.Picture {
	s := media.Size{Width: w, Height: h}
	return plan.Picture{Scale: s, Crop: s, Frame: s}
}

// rendition is a usual one: main profile, fixed GOPs, a buffer model.
func rendition() plan.Rendition {
	return plan.Rendition{
		ID: hostile, Codec: media.H264, Profile: "main", Level: "3.1", References: 3, BFrames: 2, GOP: 90, FixedGOP: true,
		BitRate: media.Kbps(872), MaxBitRate: media.Kbps(900), BufferBits: 7_848_000,
		Effort: "medium", PixelFormat: "yuv420p", Picture: square(640, 360),
	}
}

// chunks of a cut time line; each differs in what has to be said of its ends.
var (
	firstChunk  = plan.Chunk{Index: 0, First: 0, End: 1800}
	middleChunk = plan.Chunk{Index: 1, First: 1800, End: 3600, Seek: media.Seconds(58, 1)}
	lastChunk   = plan.Chunk{Index: 2, First: 3600, Seek: media.Seconds(118, 1)}
)

func encodeStep(c plan.Chunk, change ...func(*ffmpeg.EncodeStep, *plan.Rendition)) ffmpeg.EncodeStep {
	r := rendition()
	if c != (plan.Chunk{}) {
		r.Threads = 1
	}
	s := ffmpeg.EncodeStep{Input: input(), Timeline: plan.Timeline{Rate: media.Rate(30000, 1001)}, Chunk: c}
	for _, f := range change {
		f(&s, &r)
	}
	s.Renditions = append([]plan.Rendition{r}, s.Renditions...)
	return s
}

type command struct {
	file, name string
	args       []string
}

func commands() []command {
	type step = ffmpeg.EncodeStep
	type picture = plan.Rendition
	encode := func(name string, s step) command {
		f := ffmpeg.EncodeFiles{Source: "/job/in", Hashes: "/job/hashes"}
		for i := range s.Renditions {
			f.Out = append(f.Out, fmt.Sprintf("/job/v%d.mp4", i+1))
		}
		return command{"encode", name, ffmpeg.Encode(s, f)}
	}
	track := plan.Track{ID: hostile, Codec: media.AAC, Profile: "AAC-LC", BitRate: media.Kbps(128), SampleRate: 44100, Channels: 2, Layout: "stereo"}
	mono := input()
	mono.Channels = 1
	mp3 := track
	mp3.Codec = media.MP3
	surround := track
	surround.Channels, surround.Layout, surround.SampleRate = 6, "5.1", 48000

	both := ffmpeg.MuxFiles{Video: "/job/v1.mp4", Audio: "/job/a1.mp4"}
	stills := plan.Thumbnails{Bucket: hostile, Pattern: hostile, Format: "png", Interval: media.Seconds(60, 1), Picture: square(192, 108), Count: 3}
	keys := stills
	keys.Format, keys.KeyOnly = "jpg", true
	keys.Picture.Frame = media.Size{Width: 192, Height: 144}

	return []command{
		encode("whole", encodeStep(plan.Chunk{})),
		encode("first chunk", encodeStep(firstChunk)),
		encode("middle chunk", encodeStep(middleChunk)),
		encode("last chunk", encodeStep(lastChunk)),
		encode("chunk before the first key frame but one", encodeStep(plan.Chunk{First: 90, End: 180})),
		encode("ladder", encodeStep(middleChunk, func(s *step, _ *picture) {
			second, third := rendition(), rendition()
			second.Threads, third.Threads = 1, 1
			second.Picture, third.Picture = square(480, 270), square(320, 180)
			s.Renditions = []picture{second, third}
		})),
		encode("deinterlaced", encodeStep(firstChunk, func(s *step, _ *picture) { s.Input.Deinterlace = true })),
		encode("turned 90", encodeStep(plan.Chunk{}, func(_ *step, r *picture) { r.Turn = 90 })),
		encode("turned 180", encodeStep(plan.Chunk{}, func(_ *step, r *picture) { r.Turn = 180 })),
		encode("turned 270", encodeStep(plan.Chunk{}, func(_ *step, r *picture) { r.Turn = 270 })),
		encode("cropped and padded", encodeStep(plan.Chunk{}, func(_ *step, r *picture) {
			r.Picture = plan.Picture{Scale: media.Size{Width: 640, Height: 480}, Crop: media.Size{Width: 640, Height: 362}, Frame: media.Size{Width: 700, Height: 402}}
		})),
		encode("signalled aspect", encodeStep(plan.Chunk{}, func(_ *step, r *picture) { r.Picture.Aspect = media.NewRational(16, 9) })),
		encode("constant quality", encodeStep(plan.Chunk{}, func(_ *step, r *picture) {
			r.BitRate, r.MaxBitRate, r.BufferBits, r.Quality = 0, 0, 0, 23
		})),
		encode("capped quality", encodeStep(plan.Chunk{}, func(_ *step, r *picture) { r.BitRate, r.Quality = 0, 23 })),
		encode("baseline, free key frames", encodeStep(plan.Chunk{}, func(_ *step, r *picture) {
			r.Profile, r.Level, r.References, r.BFrames, r.FixedGOP = "baseline", "1b", 1, 0, false
		})),
		encode("encoder's choice", encodeStep(plan.Chunk{}, func(_ *step, r *picture) { r.Profile, r.Level, r.References = "", "", 0 })),

		{"track", "aac", ffmpeg.EncodeTrack(input(), track, "/job/in", "/job/a1.mp4")},
		{"track", "mono to stereo", ffmpeg.EncodeTrack(mono, track, "/job/in", "/job/a1.mp4")},
		{"track", "surround", ffmpeg.EncodeTrack(input(), surround, "/job/in", "/job/a1.mp4")},
		{"track", "mp3", ffmpeg.EncodeTrack(input(), mp3, "/job/in", "/job/a1.mp3")},

		{"mux", "mp4", ffmpeg.Mux(media.MP4Container, both, "/job/out.mp4")},
		{"mux", "mp4 without sound", ffmpeg.Mux(media.MP4Container, ffmpeg.MuxFiles{Video: both.Video}, "/job/out.mp4")},
		{"mux", "ts", ffmpeg.Mux(media.TSContainer, both, "/job/out.ts")},
		{"mux", "mp3", ffmpeg.Mux(media.MP3Container, ffmpeg.MuxFiles{Audio: "/job/a1.mp3"}, "/job/out.mp3")},
		{"mux", "segments", ffmpeg.Segment(both, media.Seconds(19, 2), "/job/%05d.ts", "/job/list.m3u8")},
		{"mux", "segments of sound", ffmpeg.Segment(ffmpeg.MuxFiles{Audio: both.Audio}, media.Seconds(10, 1), "/job/%05d.ts", "/job/list.m3u8")},
		{"stills", "png", ffmpeg.Stills(stills, "/job/v1.mp4", "/job/%05d.png")},
		{"stills", "jpg from key frames, padded", ffmpeg.Stills(keys, "/job/v1.mp4", "/job/%05d.jpg")},

		{"probe", "probe", ffmpeg.Probe("/job/in")},
		{"probe", "packets", ffmpeg.Packets("/job/in", 3)},
	}
}

// TestCommands holds every argument list as a golden, one argument a line.
func TestCommands(t *testing.T) {
	for _, c := range commands() {
		t.Run(c.file+"/"+c.name, func(t *testing.T) {
			golden.Check(t, "testdata/"+c.file+".txtar", c.name, []byte(strings.Join(c.args, "\n")))
		})
	}
}

// flags are all options this package may use, and whether a value follows. One
// that is not here was not thought about: add it with its reason beside its use.
var flags = map[string]bool{
	"-hide_banner": false, "-nostdin": false, "-nostats": false, "-y": false, "-vn": false,
	"-v": true, "-max_alloc": true, "-progress": true, "-stats_period": true,
	"-protocol_whitelist": true, "-format_whitelist": true, "-max_pixels": true, "-probesize": true, "-analyzeduration": true,
	"-copyts": false, "-itsoffset": true, "-noaccurate_seek": false, "-ss": true, "-i": true,
	"-filter_complex": true, "-filter_complex_threads": true, "-threads": true, "-map": true, "-fps_mode": true, "-vf": true, "-af": true,
	"-map_metadata": true, "-map_chapters": true, "-fflags": true, "-flags:v": true, "-flags:a": true,
	"-c": true, "-c:v": true, "-preset": true, "-profile:v": true, "-level:v": true, "-refs": true, "-bf": true, "-g": true,
	"-keyint_min": true, "-sc_threshold": true, "-b:v": true, "-crf": true, "-maxrate": true, "-bufsize": true, "-pix_fmt": true,
	"-a53cc": true, "-x264-params": true, "-q:v": true,
	"-c:a": true, "-profile:a": true, "-b:a": true, "-ar": true, "-ac": true,
	"-f": true, "-movflags": true, "-id3v2_version": true, "-start_number": true, "-skip_frame": true,
	"-avoid_negative_ts": true, "-output_ts_offset": true, "-muxdelay": true, "-muxpreload": true, "-mpegts_copyts": true,
	"-hls_time": true, "-hls_playlist_type": true, "-hls_ts_options": true, "-hls_segment_filename": true,
	"-show_format": false, "-show_streams": false, "-of": true, "-select_streams": true, "-show_entries": true,
}

// TestKnownFlags reads the argument lists as ffmpeg does: options that are
// known, their values, and files that cannot be taken for anything else. No
// text of a customer is in them.
func TestKnownFlags(t *testing.T) {
	for _, c := range commands() {
		t.Run(c.file+"/"+c.name, func(t *testing.T) {
			for i := 0; i < len(c.args); i++ {
				arg := c.args[i]
				if strings.Contains(arg, "passwd") || strings.Contains(arg, "example.com") {
					t.Errorf("argument %d holds a customer's text: %q", i, arg)
				}
				takes, known := flags[arg]
				switch {
				case known && takes:
					i++
					if i == len(c.args) {
						t.Errorf("%s lacks its value", arg)
					} else if (arg == "-i" || arg == "-hls_segment_filename") && !strings.HasPrefix(c.args[i], "file:/job/") {
						t.Errorf("%s %q is not one of our files", arg, c.args[i])
					}
				case !known && !strings.HasPrefix(arg, "file:/job/"):
					t.Errorf("argument %d, %q, is neither a known flag nor one of our files", i, arg)
				}
			}
		})
	}
}

// TestSourcesAreGuarded makes sure that no command opens a file without the
// limits that go with it.
func TestSourcesAreGuarded(t *testing.T) {
	for _, c := range commands() {
		all := strings.Join(c.args, " ")
		opens := strings.Count(all, "-i ") + strings.Count(c.name, "probe") + strings.Count(c.name, "packets")
		for _, limit := range []string{"-protocol_whitelist file ", "-format_whitelist mov,", "-max_alloc "} {
			want := opens
			if limit == "-max_alloc " {
				want = 1
			}
			if got := strings.Count(all, limit); got != want {
				t.Errorf("%s %s: %d times %q, want %d", c.file, c.name, got, limit, want)
			}
		}
		for _, never := range []string{"hls,", "concat", "dash", "sdp", "image2,", "lavfi", "http"} {
			if i := strings.Index(all, "-format_whitelist"); i >= 0 && strings.Contains(strings.Fields(all[i:])[1], never) {
				t.Errorf("%s %s allows %s as input", c.file, c.name, never)
			}
		}
	}
}
