package hlstest_test

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/everframe/everframe/internal/media"
	"github.com/everframe/everframe/internal/packaging/fmp4"
	"github.com/everframe/everframe/internal/packaging/hls"
	"github.com/everframe/everframe/internal/packaging/hls/hlstest"
	"github.com/everframe/everframe/internal/packaging/mpegts"
	"github.com/everframe/everframe/internal/testmedia"
)

// files is a set in memory, by name.
type files map[string][]byte

// write puts the set into a directory of its own.
func (f files) write(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for name, b := range f {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// with returns a copy with one file changed.
func (f files) with(t *testing.T, name string, change func([]byte) []byte) files {
	t.Helper()
	if f[name] == nil {
		t.Fatalf("no %s in %v", name, slices.Sorted(maps.Keys(f)))
	}
	f = maps.Clone(f)
	if f[name] = change(bytes.Clone(f[name])); f[name] == nil {
		delete(f, name)
	}
	return f
}

// replace returns a change of one text that must be there.
func replace(old, with string) func([]byte) []byte {
	return func(b []byte) []byte {
		if !bytes.Contains(b, []byte(old)) {
			panic(fmt.Sprintf("no %q in %q", old, b))
		}
		return bytes.Replace(b, []byte(old), []byte(with), 1)
	}
}

func remove([]byte) []byte { return nil }

// variant encodes and packages one variant the way the service does.
func (f files) variant(t *testing.T, key string, rate media.FrameRate, spec testmedia.Spec) hls.Variant {
	t.Helper()
	spec.Rate, spec.Seconds = rate.String(), 3
	clip := testmedia.Clip(t, spec)
	dir := t.TempDir()
	// One clock for all variants: ffmpeg's defaults begin each by its own
	// decoding delay.
	testmedia.FFmpeg(t, "-i", "file:"+clip, "-map", "0", "-c", "copy",
		"-avoid_negative_ts", "disabled", "-output_ts_offset", "10", "-muxdelay", "0", "-muxpreload", "0", "-hls_ts_options", "mpegts_copyts=1",
		"-f", "hls", "-hls_time", "1", "-hls_playlist_type", "vod",
		"-hls_segment_filename", filepath.Join(dir, "%05d.ts"), filepath.Join(dir, "list.m3u8"))
	list, err := hls.ParseSegmentList(read(t, filepath.Join(dir, "list.m3u8")))
	if err != nil {
		t.Fatal(err)
	}
	for i := range list {
		segment := read(t, filepath.Join(dir, list[i].URI))
		if err := mpegts.FixPSI(segment); err != nil {
			t.Fatal(err)
		}
		name := fmt.Sprintf("%s%05d.ts", key, i)
		f[name] = segment
		list[i].URI, list[i].Bytes = hls.RelativeURI(key, name), int64(len(segment))
	}
	if last := len(list) - 1; list[last].Duration.Millis() < 500 { // a tail of sound
		tail, before := fmt.Sprintf("%s%05d.ts", key, last), fmt.Sprintf("%s%05d.ts", key, last-1)
		f[before] = append(f[before], f[tail]...)
		delete(f, tail)
		list[last-1].Duration = list[last-1].Duration.Plus(list[last].Duration)
		list[last-1].Bytes += list[last].Bytes
		list = list[:last]
	}
	f[key+".m3u8"] = hls.MediaPlaylist(list)

	info, err := fmp4.Inspect(bytes.NewReader(read(t, clip)))
	if err != nil {
		t.Fatal(err)
	}
	v := hls.Variant{URI: hls.RelativeURI("master.m3u8", key+".m3u8")}
	v.PeakBandwidth, v.AverageBandwidth = hls.Bandwidth(list)
	for _, track := range info.Tracks {
		v.Codecs = append(v.Codecs, track.Codec)
		if track.Kind == "vide" {
			v.Size, v.FrameRate = track.Size, rate
		}
	}
	return v
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

var (
	high  = testmedia.Spec{Size: "320x180", Audio: true}
	low   = testmedia.Spec{Size: "160x90", Audio: true}
	sound = testmedia.Spec{NoVideo: true, AudioArgs: []string{"-c:a", "aac", "-b:a", "64k"}}
)

func TestCheckPasses(t *testing.T) {
	for _, rate := range []media.FrameRate{media.Rate(25, 1), media.Rate(30000, 1001)} {
		t.Run(strings.ReplaceAll(rate.String(), "/", "_"), func(t *testing.T) {
			f := files{}
			f["master.m3u8"] = hls.Master([]hls.Variant{
				f.variant(t, "v/high", rate, high), f.variant(t, "v/low rate", rate, low), f.variant(t, "a/sound", rate, sound),
			})
			streams := hlstest.Check(t, f.write(t), "master.m3u8")
			if len(streams) != 3 {
				t.Fatalf("%d streams, want 3", len(streams))
			}
			frames := rate.Frames(media.Seconds(3, 1))
			for i, s := range streams {
				want := hlstest.Stream{Frames: frames, Video: true, Audio: true}
				if i == 2 {
					want = hlstest.Stream{Audio: true}
				}
				if s.Frames != want.Frames || s.Video != want.Video || s.Audio != want.Audio {
					t.Errorf("%s: %d frames, video %v, audio %v; want %+v", s.Path, s.Frames, s.Video, s.Audio, want)
				}
				if sec := s.Seconds(); sec < 2.95 || sec > 3.1 || len(s.Segments) < 3 {
					t.Errorf("%s: %d segments of %.3f s, want 3 s", s.Path, len(s.Segments), sec)
				}
			}
		})
	}
}

// A checker that finds nothing is worse than none: each flaw is made and must
// be reported.
func TestCheckFindsFlaws(t *testing.T) {
	good := files{}
	v, a := good.variant(t, "v/high", media.Rate(25, 1), high), good.variant(t, "a/sound", media.Rate(25, 1), sound)
	good["master.m3u8"] = hls.Master([]hls.Variant{v, a})
	const master, high, sound, first, second = "master.m3u8", "v/high.m3u8", "a/sound.m3u8", "v/high00000.ts", "v/high00001.ts"
	null := append([]byte{0x47, 0x1f, 0xff, 0x10}, make([]byte, 184)...)
	lead := func(b []byte) []byte { return append(null, b...) } // a packet of stuffing
	tests := []struct {
		name, file string
		change     func([]byte) []byte
		want       string // in a reported flaw
	}{
		{"no head", high, replace("#EXTM3U\n", ""), "#EXTM3U"},
		{"byte order mark", master, func(b []byte) []byte { return append([]byte("\ufeff"), b...) }, "#EXTM3U"},
		{"version", high, replace("VERSION:3", "VERSION:6"), "version"},
		{"two versions", high, replace("#EXT-X-VERSION:3\n", "#EXT-X-VERSION:3\n#EXT-X-VERSION:3\n"), "version"},
		{"target too low", high, replace("TARGETDURATION:1", "TARGETDURATION:0"), "target duration is 0"},
		{"no comma", high, replace("#EXTINF:1.000000,", "#EXTINF:1.000000"), "strict reading"},
		{"name without duration", high, replace("#EXT-X-ENDLIST", "high00000.ts\n#EXT-X-ENDLIST"), "no EXTINF"},
		{"not VOD", high, replace("#EXT-X-PLAYLIST-TYPE:VOD\n", ""), "VOD"},
		{"no end", high, replace("#EXT-X-ENDLIST\n", ""), "end mark"},
		{"wrong length", high, replace("#EXTINF:1.000000,\nhigh00001", "#EXTINF:0.900000,\nhigh00001"), "EXTINF says"},
		{"tiny tail", high, replace("#EXT-X-ENDLIST", "#EXTINF:0.020000,\nhigh00000.ts\n#EXT-X-ENDLIST"), "last segment"},
		{"segment twice", high, replace("high00001.ts", "high00000.ts"), "twice"},
		{"absolute", high, replace("high00001.ts", "http://elsewhere/high00001.ts"), "relative"},
		{"out of the directory", high, replace("high00001.ts", "../../high00001.ts"), "leads out"},
		{"encrypted", high, replace("#EXTINF", "#EXT-X-KEY:METHOD=AES-128,URI=\"k\"\n#EXTINF"), "cannot be checked"},
		{"segment missing", second, remove, "is not there"},
		{"segment cut", second, func(b []byte) []byte { return b[:len(b)-100] }, "of a packet"},
		{"packets lost", second, func(b []byte) []byte { return slices.Concat(b[:188*20], b[188*23:]) }, "continuity"},
		{"tables not first", first, lead, "PAT and PMT"},
		{"no key frame", second, func([]byte) []byte { return withoutKey(good[second]) }, "key frame"},
		{"segments swapped", second, func([]byte) []byte { return good["v/high00002.ts"] }, "EXTINF says"},
		{"playlist missing", sound, remove, "is not there"},
		{"no picture promised", master, replace("RESOLUTION=320x180,", ""), "resolution"},
		{"wrong size", master, replace("320x180", "640x360"), "resolution"},
		{"wrong rate", master, replace("FRAME-RATE=25.000", "FRAME-RATE=24.000"), "frame rate"},
		{"wrong profile", master, replace("avc1.", "avc1.0"), "CODECS"},
		{"sound not named", master, replace(",mp4a.40.2", ""), "CODECS"},
		{"bandwidth too low", master, replace("BANDWIDTH=", "BANDWIDTH=1,X="), "BANDWIDTH"},
		{"variant twice", master, func(b []byte) []byte {
			lines := strings.SplitAfter(string(b), "\n")
			return []byte(strings.Join(append(lines, lines[3:5]...), ""))
		}, "twice"},
		{"no variants", master, func([]byte) []byte { return []byte("#EXTM3U\n#EXT-X-VERSION:3\n") }, "master playlist"},
		{"sound late", "a/sound00000.ts", func([]byte) []byte { return good["a/sound00001.ts"] }, "begins at"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			flaws := check(t, good.with(t, test.file, test.change).write(t))
			if !slices.ContainsFunc(flaws, func(f string) bool { return strings.Contains(f, test.want) }) {
				t.Errorf("reported %q, want a flaw with %q", flaws, test.want)
			}
		})
	}
}

// withoutKey turns the segment's IDR slices into others.
func withoutKey(segment []byte) []byte {
	b := bytes.Clone(segment)
	for at := 0; ; {
		i := bytes.Index(b[at:], []byte{0, 0, 1, 0x65})
		if i < 0 {
			return b
		}
		b[at+i+3] = 0x61
		at += i + 4
	}
}

// recorder collects what a check reports instead of failing the test.
type recorder struct {
	testing.TB
	flaws []string
}

func (r *recorder) Helper() {}
func (r *recorder) Errorf(format string, args ...any) {
	r.flaws = append(r.flaws, fmt.Sprintf(format, args...))
}

func (r *recorder) Fatalf(format string, args ...any) {
	r.Errorf(format, args...)
	runtime.Goexit()
}

func check(t *testing.T, dir string) []string {
	t.Helper()
	r := &recorder{TB: t}
	done := make(chan struct{})
	go func() { // Fatalf ends a goroutine
		defer close(done)
		hlstest.Check(r, dir, "master.m3u8")
	}()
	<-done
	return r.flaws
}

// Two pictures whose key frames are apart cannot be switched between.
func TestCheckFindsMisaligned(t *testing.T) {
	f := files{}
	other := low
	other.VideoArgs = []string{"-c:v", "libx264", "-preset", "ultrafast", "-bf", "0", "-force_key_frames", "0,1.2,2"}
	f["master.m3u8"] = hls.Master([]hls.Variant{f.variant(t, "a", media.Rate(25, 1), high), f.variant(t, "b", media.Rate(25, 1), other)})
	flaws := check(t, f.write(t))
	if !slices.ContainsFunc(flaws, func(s string) bool { return strings.HasPrefix(s, "segment 0 lasts") }) {
		t.Errorf("reported %q, want that segment 0 differs", flaws)
	}
}

func TestCheckMedia(t *testing.T) {
	f := files{}
	f.variant(t, "only", media.Rate(24, 1), testmedia.Spec{})
	s := hlstest.CheckMedia(t, f.write(t), "only.m3u8")
	if s.Frames != 72 || s.Audio || !s.Video {
		t.Errorf("%d frames, video %v, audio %v", s.Frames, s.Video, s.Audio)
	}
}
