package activities_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"image"
	_ "image/jpeg"
	_ "image/png"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/everframe/everframe/activities"
	"github.com/everframe/everframe/internal/media"
	"github.com/everframe/everframe/internal/packaging/hls/hlstest"
	"github.com/everframe/everframe/internal/plan"
	"github.com/everframe/everframe/internal/testmedia"
	"github.com/everframe/everframe/job"
	"github.com/everframe/everframe/presets"
)

// System presets the tests use, by name.
const (
	generic480  = job.ID("1351620000001-000020")
	generic240  = job.ID("1351620000001-000061")
	hls600k     = job.ID("1351620000001-200040")
	hls400k     = job.ID("1351620000001-200050")
	hlsAudio64k = job.ID("1351620000001-200071")
	mp3At128k   = job.ID("1351620000001-300040")
	aacAt64k    = job.ID("1351620000001-100141")
)

func one(input string, o job.Output) job.Request {
	return job.Request{Input: &job.Input{Key: input}, Output: &o, OutputKeyPrefix: "out/"}
}

// ladder asks for two pictures with sound and one with sound only, in segments.
func ladder(input string, seconds string) job.Request {
	return job.Request{
		Input: &job.Input{Key: input}, OutputKeyPrefix: "out/",
		Outputs: []job.Output{
			{Key: "600k", PresetID: hls600k, SegmentDuration: seconds},
			{Key: "400k", PresetID: hls400k, SegmentDuration: seconds},
			{Key: "sound", PresetID: hlsAudio64k, SegmentDuration: seconds},
		},
		Playlists: []job.Playlist{{Name: "all", Format: job.HLSv3, OutputKeys: []string{"600k", "400k", "sound"}}},
	}
}

// TestRealFiles transcodes files of cameras, phones and other encoders.
func TestRealFiles(t *testing.T) {
	tests := []struct {
		file   string
		first  string // seconds of it, copied; "" is all
		preset job.ID
		size   media.Size
	}{
		{"video/wannaworktogether.mp4", "2", generic480, media.Size{Width: 480, Height: 352}},                               // never enlarged
		{"video/kpy_uno.mp4", "", generic240, media.Size{Width: 320, Height: 180}},                                          // a variable rate
		{"video/with-gps.mov", "", generic240, media.Size{Width: 136, Height: 240}},                                         // turned by a quarter
		{"video/bbb_800x640_768kbps_30fps_avc_2b_firstpts_10_sec.mp4", "", generic240, media.Size{Width: 320, Height: 180}}, // begins at 10 s, pixels are not square
		{"video/sintel-captions.ts", "3", generic240, media.Size{Width: 320, Height: 136}},
		{"video/sample.avi", "", generic240, media.Size{Width: 320, Height: 134}},
		{"video/gizmo-noaudio.mp4", "2", generic240, media.Size{Width: 320, Height: 182}},
		{"video/bear-vp9-odd-dimensions.webm", "", generic240, media.Size{Width: 160, Height: 120}},
		{"video/movie-hello.mpeg", "3", generic240, media.Size{Width: 320, Height: 240}},
		{"bad/sample_mdat_too_long.mp4", "", generic240, media.Size{Width: 320, Height: 214}},
	}
	for _, test := range tests {
		t.Run(filepath.Base(test.file), func(t *testing.T) {
			t.Parallel()
			path := testmedia.Fixture(t, test.file)
			if test.first != "" {
				path = cut(t, path, test.first)
			}
			w := newWorld(t)
			w.put(inputs, "in", path)
			pattern := "still-{count}-{resolution}"
			e := w.transcode(one("in", job.Output{Key: "film.mp4", PresetID: test.preset, ThumbnailPattern: &pattern})).complete(t)
			w.checkMP4(e, "1", path, test.size)
			w.checkStills(e, "1")
		})
	}
}

// TestSoundOnly makes sound of files with and without a picture, into each
// container.
func TestSoundOnly(t *testing.T) {
	for _, name := range []string{"audio/bear-id3.mp3", "video/sintel-captions.ts"} {
		t.Run(filepath.Base(name), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			source := testmedia.Fixture(t, name)
			w.put(inputs, "in", source)
			e := w.transcode(job.Request{Input: &job.Input{Key: "in"}, Outputs: []job.Output{
				{Key: "a.mp3", PresetID: mp3At128k}, {Key: "a.mp4", PresetID: aacAt64k}, {Key: "a.ts", PresetID: hlsAudio64k},
			}}).complete(t)
			for id, codec := range map[string]string{"1": "mp3", "2": "aac", "3": "aac"} {
				path := filepath.Join(w.dir(outputs), output(e.plan, id).Key)
				streams := testmedia.Streams(t, path)
				if len(streams) != 1 || streams[0].CodecName != codec {
					t.Fatalf("output %s: streams %+v, want one of %s", id, streams, codec)
				}
				near(t, "sound of output "+id, number(t, streams[0].Duration), end(t, source, "a:0", e.source), 0.08)
				near(t, "reported", float64(e.facts[id].DurationMillis)/1000, number(t, streams[0].Duration), 0.06)
			}
		})
	}
}

// TestLadder packages several outputs of one source under one playlist, on a
// store without local paths.
func TestLadder(t *testing.T) {
	t.Parallel()
	w := newFarWorld(t)
	w.put(inputs, "in", cut(t, testmedia.Fixture(t, "video/sintel-captions.ts"), "4"))
	pattern := "still-{count}"
	req := ladder("in", "2")
	req.Outputs[0].ThumbnailPattern = &pattern
	e := w.transcode(req).complete(t)
	w.checkLadder(e)
	w.checkStills(e, "1")
	if len(e.plan.Groups) != 1 {
		t.Errorf("%d groups: the source is decoded more than once", len(e.plan.Groups))
	}
}

// TestFarStore runs the steps that TestLadder does not on such a store: one
// file, an MP3 file, chunks and their join.
func TestFarStore(t *testing.T) {
	t.Parallel()
	w := newFarWorld(t)
	inChunks(w)
	source := testmedia.Clip(t, testmedia.Spec{Seconds: 4, Audio: true})
	w.put(inputs, "in", source)
	e := w.transcode(job.Request{Input: &job.Input{Key: "in"}, Outputs: []job.Output{
		{Key: "a.mp4", PresetID: generic240}, {Key: "a.mp3", PresetID: mp3At128k},
	}}).complete(t)
	w.checkMP4(e, "1", source, media.Size{Width: 320, Height: 180})
	if e.chunks < 2 {
		t.Errorf("%d chunks: nothing was joined", e.chunks)
	}
	if got := testmedia.Streams(t, filepath.Join(w.dir(outputs), "a.mp3")); len(got) != 1 || got[0].CodecName != "mp3" {
		t.Errorf("streams %+v, want mp3", got)
	}
}

// inChunks has even the shortest sources cut, which needs short groups of
// pictures: cuts lie on their borders.
func inChunks(w *world) {
	shortGOPs(w)
	w.Planning = plan.Options{Slots: 2, ChunkLength: media.Seconds(2, 1), WholeBelow: media.Seconds(1, 1)}
}

func shortGOPs(w *world) {
	w.Presets = func(ctx context.Context, id job.ID) (presets.Preset, error) {
		p, err := activities.SystemPresets(ctx, id)
		if p.Video != nil {
			p.Video.KeyframesMaxDist = "15"
		}
		return p, err
	}
}

// TestChunkedEqualsWhole compares what is published, packet by packet: whoever
// gets the file must not be able to tell that it was made in pieces.
func TestChunkedEqualsWhole(t *testing.T) {
	source := testmedia.Clip(t, testmedia.Spec{Seconds: 6.5, Audio: true, Size: "160x90"})
	requests := map[string]job.Request{
		"mp4": one("in", job.Output{Key: "film.mp4", PresetID: generic240}),
		"hls": ladder("in", "2"),
	}
	for name, req := range requests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			whole, parts := newWorld(t), newWorld(t)
			shortGOPs(whole)
			inChunks(parts)
			var ends []ended
			for _, w := range []*world{whole, parts} {
				w.put(inputs, "in", source)
				ends = append(ends, w.transcode(req).complete(t))
			}
			if ends[0].chunks != 1 || ends[1].chunks < 3 || ends[1].onePass != 0 {
				t.Fatalf("%d and %d chunks, %d in one pass after all", ends[0].chunks, ends[1].chunks, ends[1].onePass)
			}
			if name == "hls" {
				parts.checkLadder(ends[1])
			}
			keys := whole.keys(outputs, "")
			if got := parts.keys(outputs, ""); strings.Join(got, " ") != strings.Join(keys, " ") {
				t.Fatalf("keys %q, whole %q", got, keys)
			}
			for _, key := range keys {
				ref := media.Ref{Bucket: outputs, Key: key}
				if filepath.Ext(key) == ".m3u8" {
					if key != "out/all.m3u8" && whole.read(ref) != parts.read(ref) {
						t.Errorf("%s differs", key) // but the master, which states bit rates
					}
					continue
				}
				a, b := filepath.Join(whole.dir(outputs), key), filepath.Join(parts.dir(outputs), key)
				if stem, segment := strings.CutSuffix(key, "00000.ts"); segment {
					a, b = whole.strung(stem), parts.strung(stem)
				} else if filepath.Ext(key) == ".ts" {
					continue // its first one stands for all
				}
				for _, s := range testmedia.Streams(t, a) {
					stream := strconv.Itoa(s.Index)
					sameTimes(t, key+":"+stream, testmedia.Packets(t, a, stream), testmedia.Packets(t, b, stream))
				}
			}
		})
	}
}

// strung strings the segments of an output together.
func (w *world) strung(stem string) string {
	w.t.Helper()
	f, err := os.Create(filepath.Join(w.t.TempDir(), "strung.ts"))
	if err != nil {
		w.t.Fatal(err)
	}
	defer f.Close()
	for _, key := range w.keys(outputs, stem) {
		if filepath.Ext(key) != ".ts" {
			continue
		}
		if _, err := f.WriteString(w.read(media.Ref{Bucket: outputs, Key: key})); err != nil {
			w.t.Fatal(err)
		}
	}
	return f.Name()
}

func sameTimes(t *testing.T, name string, whole, parts []testmedia.Packet) {
	t.Helper()
	if len(whole) != len(parts) {
		t.Errorf("%s: %d packets, whole %d", name, len(parts), len(whole))
		return
	}
	for i, a := range whole {
		if b := parts[i]; a.PTS != b.PTS || a.DTS != b.DTS || a.Duration != b.Duration || a.Key() != b.Key() {
			t.Errorf("%s: packet %d is %+v, whole %+v", name, i, b, a)
			return
		}
	}
}

// checkMP4 checks a published MP4 file against source, plan and report.
func (w *world) checkMP4(e ended, id, source string, size media.Size) {
	t := w.t
	t.Helper()
	g, o := e.plan.Groups[0], output(e.plan, id)
	path := filepath.Join(w.dir(outputs), o.Key)
	facts := e.facts[id]
	if info, err := os.Stat(path); err != nil || info.Size() != facts.Bytes {
		t.Fatalf("reported %d bytes of %+v (%v)", facts.Bytes, info, err)
	}
	if boxes := topBoxes(t, path); strings.Index(boxes, "moov") > strings.Index(boxes, "mdat") {
		t.Errorf("boxes %q: not for fast start", boxes)
	}
	streams := testmedia.Streams(t, path)
	v := streams[0]
	frame := g.Timeline.Rate.FrameTime(1)
	if v.CodecName != "h264" || v.Width != size.Width || v.Height != size.Height || facts.Size != size {
		t.Errorf("%s %dx%d, reported %s, want h264 %s", v.CodecName, v.Width, v.Height, facts.Size, size)
	}
	packets := testmedia.Packets(t, path, "v:0")
	if n := int64(len(packets)); n != facts.Frames || !g.Timeline.Plausible(n) {
		t.Errorf("%d frames, reported %d, planned %d", n, facts.Frames, g.Timeline.Frames)
	}
	wanted := g.Timeline.Rate.FrameTime(facts.Frames)
	near(t, "picture", number(t, v.Duration), seconds(wanted), seconds(frame))
	near(t, "picture beside the source's", number(t, v.Duration), end(t, source, "v:0", e.source), 2*seconds(frame)+0.05)
	if !packets[0].Key() || packets[0].PTS != 0 {
		t.Errorf("begins with %+v", packets[0])
	}
	if o.Track == "" {
		if len(streams) != 1 {
			t.Errorf("streams %+v, want a picture only", streams)
		}
		return
	}
	a := streams[1]
	if len(streams) != 2 || a.CodecName != "aac" {
		t.Fatalf("streams %+v, want picture and sound", streams)
	}
	near(t, "sound beside the source's", number(t, a.Duration), end(t, source, "a:0", e.source), 2*seconds(frame)+0.05)
}

// checkLadder checks the set of a ladder as a strict player would.
func (w *world) checkLadder(e ended) {
	t := w.t
	t.Helper()
	streams := hlstest.Check(t, w.dir(outputs), "out/all.m3u8")
	if len(streams) != 3 {
		t.Fatalf("%d variants, want 3", len(streams))
	}
	g := e.plan.Groups[0]
	for i, s := range streams {
		facts := e.facts[strconv.Itoa(i+1)]
		if picture := i < 2; s.Video != picture || !s.Audio {
			t.Errorf("%s: picture %t, sound %t", s.Path, s.Video, s.Audio)
		}
		if s.Video && (s.Frames != facts.Frames || !g.Timeline.Plausible(s.Frames)) {
			t.Errorf("%s: %d frames, reported %d, planned %d", s.Path, s.Frames, facts.Frames, g.Timeline.Frames)
		}
		var bytes int64
		for _, segment := range s.Segments {
			bytes += segment.Bytes
		}
		if len(s.Segments) != facts.Segments || bytes != facts.Bytes {
			t.Errorf("%s: %d segments of %d bytes, reported %d of %d", s.Path, len(s.Segments), bytes, facts.Segments, facts.Bytes)
		}
		near(t, s.Path, s.Seconds(), float64(facts.DurationMillis)/1000, 0.001)
		if s.Video {
			near(t, s.Path, s.Seconds(), seconds(g.Timeline.Duration), 2*seconds(g.Timeline.Rate.FrameTime(1)))
		}
	}
}

// checkStills checks an output's thumbnails: how many, and of which size.
func (w *world) checkStills(e ended, id string) {
	t := w.t
	t.Helper()
	thumbs := output(e.plan, id).Thumbnails
	n := e.stills[id]
	if n != thumbs.Count && !(thumbs.KeyOnly && n == thumbs.Count-1) || n == 0 {
		t.Errorf("%d thumbnails, planned %d", n, thumbs.Count)
	}
	for i := int64(1); i <= n; i++ {
		f, err := os.Open(filepath.Join(w.dir(outputs), thumbs.Key(i)))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		c, _, err := image.DecodeConfig(f)
		if err != nil {
			t.Fatal(err)
		}
		if got := (media.Size{Width: c.Width, Height: c.Height}); got != thumbs.Picture.Frame {
			t.Errorf("thumbnail %d is %s, want %s", i, got, thumbs.Picture.Frame)
		}
	}
	if w.has(media.Ref{Bucket: outputs, Key: thumbs.Key(n + 1)}) {
		t.Errorf("more than the %d thumbnails reported", n)
	}
}

// cut copies the first seconds of a file.
func cut(t *testing.T, path, seconds string) string {
	t.Helper()
	out := filepath.Join(t.TempDir(), "cut"+filepath.Ext(path))
	testmedia.FFmpeg(t, "-i", "file:"+path, "-t", seconds, "-c", "copy", "file:"+out)
	return out
}

// topBoxes returns the kinds of an MP4 file's top-level boxes.
func topBoxes(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var kinds []string
	for len(b) >= 8 {
		n := binary.BigEndian.Uint32(b)
		kinds = append(kinds, string(b[4:8]))
		if n < 8 || int(n) > len(b) {
			break
		}
		b = b[n:]
	}
	return strings.Join(kinds, " ")
}

func near(t *testing.T, what string, got, want, within float64) {
	t.Helper()
	if math.Abs(got-want) > within {
		t.Errorf("%s: %.3f s, want %.3f s within %.3f", what, got, want, within)
	}
}

// end returns when a stream of a source ends, from the file's start: by its
// packets, for headers are often wrong.
func end(t *testing.T, path, stream string, s media.Source) (last float64) {
	t.Helper()
	var base media.Rational
	for _, st := range testmedia.Streams(t, path) {
		if st.CodecType[:1] == stream[:1] {
			r, err := media.ParseRational(st.TimeBase)
			if err != nil {
				t.Fatal(err)
			}
			base = r
			break
		}
	}
	for _, p := range testmedia.Packets(t, path, stream) {
		pts := p.PTS
		if pts == testmedia.Unknown { // AVI
			pts = p.DTS
		}
		last = max(last, float64(pts+max(p.Duration, 0))*float64(base.Num)/float64(base.Den))
	}
	return last - seconds(s.Start)
}

func seconds(t media.Timestamp) float64 { return float64(t.Num) / float64(t.Den) }

func number(t *testing.T, s string) float64 {
	t.Helper()
	n, err := strconv.ParseFloat(s, 64)
	if err != nil {
		t.Fatal(fmt.Errorf("duration: %w", err))
	}
	return n
}
