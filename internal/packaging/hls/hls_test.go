package hls_test

import (
	"bytes"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/Eyevinn/hls-m3u8/m3u8"
	"github.com/google/go-cmp/cmp"

	"github.com/everframe/everframe/internal/fault"
	"github.com/everframe/everframe/internal/golden"
	"github.com/everframe/everframe/internal/media"
	"github.com/everframe/everframe/internal/packaging/hls"
	"github.com/everframe/everframe/internal/testmedia"
)

func seconds(num, den int64) media.Timestamp { return media.Seconds(num, den) }

func TestMediaPlaylist(t *testing.T) {
	tests := []struct {
		name     string
		segments []hls.MediaSegment
	}{
		{"two", []hls.MediaSegment{
			{URI: "hls-bats-400k00000.ts", Duration: seconds(11308056, 1000000)},
			{URI: "hls-bats-400k00001.ts", Duration: seconds(5, 1)},
		}},
		{"ntsc", []hls.MediaSegment{ // 180 frames are 6.006 s: TARGETDURATION 7
			{URI: "a00000.ts", Duration: media.Rate(30000, 1001).FrameTime(180)},
			{URI: "a00001.ts", Duration: media.Rate(30000, 1001).FrameTime(180)},
			{URI: "a00002.ts", Duration: media.Rate(30000, 1001).FrameTime(1)},
		}},
		{"whole seconds", []hls.MediaSegment{{URI: "a00000.ts", Duration: seconds(10, 1)}}},
		{"short", []hls.MediaSegment{{URI: "a00000.ts", Duration: seconds(1, 25)}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			text := hls.MediaPlaylist(test.segments)
			golden.Check(t, "testdata/media.txtar", test.name+".m3u8", text)

			p, _, err := m3u8.DecodeFrom(bytes.NewReader(text), true)
			if err != nil {
				t.Fatalf("strict reading: %v", err)
			}
			if need, why := p.CalcMinVersion(); need > 3 {
				t.Errorf("needs version %d: %s", need, why)
			}
			back, err := hls.ParseSegmentList(text)
			if err != nil {
				t.Fatal(err)
			}
			for i, s := range test.segments { // what is left after six digits
				test.segments[i].Duration = seconds(s.Duration.MulInt(1000000).Round(), 1000000)
			}
			if diff := cmp.Diff(test.segments, back); diff != "" {
				t.Errorf("read back (-want +got):\n%s", diff)
			}
		})
	}
}

// More segments than the library's reader first makes room for.
func TestLongPlaylist(t *testing.T) {
	var segments []hls.MediaSegment
	for i := range 5000 {
		segments = append(segments, hls.MediaSegment{URI: fmt.Sprintf("a%05d.ts", i), Duration: seconds(2, 1)})
	}
	back, err := hls.ParseSegmentList(hls.MediaPlaylist(segments))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(segments, back); diff != "" {
		t.Errorf("read back (-want +got):\n%s", diff)
	}
}

func TestMaster(t *testing.T) {
	tests := []struct {
		name     string
		variants []hls.Variant
	}{
		{"ladder", []hls.Variant{
			{
				URI: "hls1m.m3u8", PeakBandwidth: 1100000, AverageBandwidth: 950123, Codecs: []string{"avc1.4d401f", "mp4a.40.2"},
				Size: media.Size{Width: 640, Height: 360}, FrameRate: media.Rate(30000, 1001),
			},
			{
				URI: "hls400k.m3u8", PeakBandwidth: 455000, AverageBandwidth: 430000, Codecs: []string{"avc1.42001e", "mp4a.40.2"},
				Size: media.Size{Width: 400, Height: 226}, FrameRate: media.Rate(25, 1),
			},
			{URI: "hls64k.m3u8", PeakBandwidth: 71000, AverageBandwidth: 70000, Codecs: []string{"mp4a.40.2"}},
		}},
		{"little known", []hls.Variant{{URI: "a.m3u8", PeakBandwidth: 1, Size: media.Size{Width: 2, Height: 2}}}},
		{"sound has no frame rate", []hls.Variant{{URI: "a.m3u8", PeakBandwidth: 64000, FrameRate: media.Rate(25, 1)}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			text := hls.Master(test.variants)
			golden.Check(t, "testdata/master.txtar", test.name+".m3u8", text)

			p, kind, err := m3u8.DecodeFrom(bytes.NewReader(text), true)
			if err != nil || kind != m3u8.MASTER {
				t.Fatalf("strict reading: kind %v, %v", kind, err)
			}
			if need, why := p.CalcMinVersion(); need > 3 {
				t.Errorf("needs version %d: %s", need, why)
			}
			got := p.(*m3u8.MasterPlaylist).Variants
			if len(got) != len(test.variants) {
				t.Fatalf("%d variants, want %d", len(got), len(test.variants))
			}
			for i, v := range test.variants {
				if got[i].URI != v.URI || got[i].Bandwidth != uint32(v.PeakBandwidth) || got[i].Codecs != strings.Join(v.Codecs, ",") {
					t.Errorf("variant %d read back as %+v", i, got[i])
				}
			}
		})
	}
}

func TestBandwidth(t *testing.T) {
	type pair struct{ Peak, Average media.BitRate }
	segment := func(bytes, ms int64) hls.MediaSegment {
		return hls.MediaSegment{Bytes: bytes, Duration: media.Millis(ms)}
	}
	tests := []struct {
		name     string
		segments []hls.MediaSegment
		want     pair
	}{
		{"none", nil, pair{0, 0}},
		{"no length", []hls.MediaSegment{{Bytes: 100}}, pair{0, 0}},
		{"one", []hls.MediaSegment{segment(1000, 4000)}, pair{2000, 2000}},
		{"rounded up", []hls.MediaSegment{segment(1000, 3000)}, pair{2667, 2667}},
		{"peak", []hls.MediaSegment{segment(1000, 4000), segment(3000, 4000), segment(500, 4000)}, pair{6000, 3000}},
		// A target of 4 s: the dense half second says nothing alone, and with
		// its neighbour is below the second segment.
		{"tiny tail", []hls.MediaSegment{segment(1000, 4000), segment(2000, 4000), segment(500, 500)}, pair{4445, 3295}},
		{"short runs", []hls.MediaSegment{segment(100, 1000), segment(300, 1000), segment(300, 1000), segment(1000, 4000)}, pair{2400, 1943}},
		{"shorter than half its target", []hls.MediaSegment{segment(100, 400)}, pair{2000, 2000}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var got pair
			got.Peak, got.Average = hls.Bandwidth(test.segments)
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestRelativeURI(t *testing.T) {
	tests := []struct{ from, to, want string }{
		{"master.m3u8", "hls400k.m3u8", "hls400k.m3u8"},
		{"out/master.m3u8", "out/hls400k.m3u8", "hls400k.m3u8"},
		{"out/master.m3u8", "out/video/a.m3u8", "video/a.m3u8"},
		{"out/master/m.m3u8", "out/video/a.m3u8", "../video/a.m3u8"},
		{"a/b/c.m3u8", "d.m3u8", "../../d.m3u8"},
		{"a/b.m3u8", "a/b.m3u8", "b.m3u8"},
		{"ab/m.m3u8", "a/b.m3u8", "../a/b.m3u8"}, // not a folder in common
		{"m.m3u8", "my video #1 (50%).ts", "my%20video%20%231%20%2850%25%29.ts"},
		{"m.m3u8", "a+b?c.ts", "a%2Bb%3Fc.ts"},
		{"m.m3u8", "http:x.ts", "http%3Ax.ts"},
		{"m.m3u8", "日本.ts", "%E6%97%A5%E6%9C%AC.ts"},
		{"m.m3u8", "line\nbreak.ts", "line%0Abreak.ts"},
		{"a/m.m3u8", "a//b.ts", ".//b.ts"},
		{"m.m3u8", "/b.ts", ".//b.ts"},
		{"/a/m.m3u8", "/a/b.ts", "b.ts"},
		{"m.m3u8", "a~b-c_d.e", "a~b-c_d.e"},
	}
	for _, test := range tests {
		got := hls.RelativeURI(test.from, test.to)
		if got != test.want {
			t.Errorf("from %q to %q: %q, want %q", test.from, test.to, got, test.want)
		}
		if back := resolve(t, test.from, got); back != test.to {
			t.Errorf("from %q, %q leads to %q, want %q", test.from, got, back, test.to)
		}
	}
}

// resolve follows a reference as a player does.
func resolve(t testing.TB, from, reference string) string {
	t.Helper()
	base := &url.URL{Scheme: "https", Host: "bucket.example", Path: "/" + from}
	ref, err := url.Parse(reference)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimPrefix(base.ResolveReference(ref).Path, "/")
}

func TestParseSegmentListOfFFmpeg(t *testing.T) {
	for _, rate := range []string{"25", "30000/1001"} {
		clip := testmedia.Clip(t, testmedia.Spec{Size: "160x90", Rate: rate, Seconds: 3, Audio: true})
		dir := t.TempDir()
		testmedia.FFmpeg(t, "-i", "file:"+clip, "-c", "copy", "-f", "hls", "-hls_time", "1", "-hls_playlist_type", "vod",
			"-hls_segment_filename", filepath.Join(dir, "seg%05d.ts"), filepath.Join(dir, "list.m3u8"))
		text, err := os.ReadFile(filepath.Join(dir, "list.m3u8"))
		if err != nil {
			t.Fatal(err)
		}
		segments, err := hls.ParseSegmentList(text)
		if err != nil {
			t.Fatal(err)
		}
		var total media.Timestamp
		for i, s := range segments {
			if want := fmt.Sprintf("seg%05d.ts", i); s.URI != want {
				t.Errorf("segment %d is %q, want %q", i, s.URI, want)
			}
			total = total.Plus(s.Duration)
		}
		if ms := total.Millis(); len(segments) < 3 || ms < 2990 || ms > 3060 {
			t.Errorf("%s fps: %d segments of %d ms in all, want 3 s", rate, len(segments), ms)
		}
	}
}

func TestParseSegmentListRefuses(t *testing.T) {
	const head = "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:2\n"
	tests := map[string]string{
		"empty":             "",
		"no head":           "#EXTINF:2.000000,\na.ts\n#EXT-X-ENDLIST\n",
		"no end":            head + "#EXTINF:2.000000,\na.ts\n",
		"no segments":       head + "#EXT-X-ENDLIST\n",
		"a master":          "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\na.m3u8\n",
		"no number":         head + "#EXTINF:two,\na.ts\n#EXT-X-ENDLIST\n",
		"not a number":      head + "#EXTINF:NaN,\na.ts\n#EXT-X-ENDLIST\n",
		"negative":          head + "#EXTINF:-1,\na.ts\n#EXT-X-ENDLIST\n",
		"longer than a day": head + "#EXTINF:1e9,\na.ts\n#EXT-X-ENDLIST\n",
		"no comma":          head + "#EXTINF:2.0\na.ts\n#EXT-X-ENDLIST\n",
		"huge":              head + strings.Repeat("#\n", 10<<20),
	}
	for name, text := range tests {
		t.Run(name, func(t *testing.T) {
			if got, err := hls.ParseSegmentList([]byte(text)); fault.KindOf(err) != fault.Internal || err == nil {
				t.Errorf("got %v, %v; want an internal fault", got, err)
			}
		})
	}
}

func FuzzParseSegmentList(f *testing.F) {
	f.Add([]byte("#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2.000000,\na.ts\n#EXT-X-ENDLIST\n"))
	f.Add([]byte("#EXTM3U\n#EXT-X-KEY:METHOD=AES-128,URI=\"k\"\n#EXT-X-BYTERANGE:5@\n#EXTINF:1,\na.ts\n#EXT-X-ENDLIST\n"))
	f.Add([]byte("#EXTM3U\n#EXT-X-MAP:URI=\n#EXT-X-PROGRAM-DATE-TIME:2020\n#EXTINF:1,t\na\n#EXT-X-ENDLIST\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		segments, err := hls.ParseSegmentList(text)
		if err != nil {
			return
		}
		// What was read can be written and read again, unless a name would
		// not survive as a line.
		for _, s := range segments {
			if strings.TrimSpace(s.URI) != s.URI || strings.ContainsAny(s.URI, "\r\n") {
				return
			}
		}
		again, err := hls.ParseSegmentList(hls.MediaPlaylist(segments))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(segments, again); diff != "" {
			t.Errorf("print and parse (-want +got):\n%s", diff)
		}
	})
}

func FuzzRelativeURI(f *testing.F) {
	f.Add("out/master.m3u8", "out/a/b c.ts")
	f.Add("a//b", "a///c")
	f.Fuzz(func(t *testing.T, from, to string) {
		for _, part := range strings.Split(from+"/"+to, "/") {
			if part == "." || part == ".." || part == "" {
				return // cannot be expressed, or only just
			}
		}
		if got := resolve(t, from, hls.RelativeURI(from, to)); got != to {
			t.Errorf("from %q to %q leads to %q", from, to, got)
		}
	})
}
