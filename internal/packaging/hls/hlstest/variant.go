package hlstest

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/Eyevinn/hls-m3u8/m3u8"

	"github.com/everframe/everframe/internal/testmedia"
)

// variant compares a variant's attributes with what the segments are.
func (c *checker) variant(s Stream, v *m3u8.Variant) {
	c.Helper()
	c.bandwidth(s, v)
	var video, audio *testmedia.Stream
	streams := testmedia.Streams(c.TB, c.file(s.Segments[0].Path))
	for i := range streams {
		switch {
		case streams[i].CodecType == "video" && video == nil:
			video = &streams[i]
		case streams[i].CodecType == "audio" && audio == nil:
			audio = &streams[i]
		}
	}
	if v.Codecs != "" {
		c.codecs(s, v.Codecs, video, audio)
	}
	if video == nil {
		if v.Resolution != "" || v.FrameRate != 0 {
			c.Errorf("%s: resolution %q and frame rate %v of a variant without picture", s.Path, v.Resolution, v.FrameRate)
		}
		return
	}
	if want := fmt.Sprintf("%dx%d", video.Width, video.Height); v.Resolution != want {
		c.Errorf("%s: resolution %q, the picture is %s", s.Path, v.Resolution, want)
	}
	if rate := fraction(video.AverageRate); v.FrameRate != 0 && rate > 0 && math.Abs(v.FrameRate-rate) > 0.02 {
		c.Errorf("%s: frame rate %v, the picture has %.3f", s.Path, v.FrameRate, rate)
	}
}

// bandwidth compares BANDWIDTH and AVERAGE-BANDWIDTH with the files: within a
// tenth of what is measured, and never below what a player will need.
func (c *checker) bandwidth(s Stream, v *m3u8.Variant) {
	c.Helper()
	var bits, seconds, target float64
	for _, seg := range s.Segments {
		bits += 8 * float64(seg.Bytes)
		seconds += seg.Seconds
		target = max(target, math.Ceil(seg.Seconds))
	}
	average, peak := bits/seconds, 0.0
	for i := range s.Segments {
		var run, lasts float64
		for _, seg := range s.Segments[i:] {
			run, lasts = run+8*float64(seg.Bytes), lasts+seg.Seconds
			if lasts >= target/2 && lasts <= target*3/2 {
				peak = max(peak, run/lasts)
			}
		}
	}
	peak = max(peak, average)
	if got := float64(v.Bandwidth); got < peak-1 || got > 1.1*peak+1 {
		c.Errorf("%s: BANDWIDTH %d, the peak measured is %.0f", s.Path, v.Bandwidth, peak)
	}
	if got := float64(v.AverageBandwidth); v.AverageBandwidth != 0 && math.Abs(got-average) > 0.1*average {
		c.Errorf("%s: AVERAGE-BANDWIDTH %d, measured %.0f", s.Path, v.AverageBandwidth, average)
	}
}

// codecs compares the CODECS attribute with the streams.
func (c *checker) codecs(s Stream, attribute string, video, audio *testmedia.Stream) {
	c.Helper()
	want := []string{}
	if video != nil {
		want = append(want, c.videoCodec(s, video))
	}
	if audio != nil {
		want = append(want, audioCodec(audio))
	}
	got := strings.Split(strings.ToLower(strings.ReplaceAll(attribute, " ", "")), ",")
	slices.Sort(got)
	slices.Sort(want)
	// MP3 has two names: by MPEG-4 object type and by its own.
	for i := range got {
		if got[i] == "mp4a.6b" || got[i] == "mp4a.69" {
			got[i] = "mp4a.40.34"
		}
	}
	if !slices.Equal(got, want) {
		c.Errorf("%s: CODECS %v, the streams are %v", s.Path, got, want)
	}
}

// videoCodec reads profile, constraints and level from the first SPS in the
// file, which lies in the first packet of the picture.
func (c *checker) videoCodec(s Stream, video *testmedia.Stream) string {
	c.Helper()
	if video.CodecName != "h264" {
		return video.CodecName
	}
	b, err := os.ReadFile(c.file(s.Segments[0].Path))
	if err != nil {
		c.Fatal(err)
	}
	for {
		at := bytes.Index(b, []byte{0, 0, 1})
		if at < 0 || len(b) < at+7 {
			return "h264 without parameters"
		}
		if b = b[at+3:]; b[0]&0x9f == 7 { // an SPS, whatever its importance
			return fmt.Sprintf("avc1.%02x%02x%02x", b[1], b[2], b[3])
		}
	}
}

func audioCodec(audio *testmedia.Stream) string {
	switch audio.CodecName {
	case "mp3":
		return "mp4a.40.34"
	case "aac":
		switch audio.Profile {
		case "HE-AAC":
			return "mp4a.40.5"
		case "HE-AACv2":
			return "mp4a.40.29"
		}
		return "mp4a.40.2"
	}
	return audio.CodecName
}

// aligned checks that a player can switch between variants at any segment.
func (c *checker) aligned(streams []Stream) {
	c.Helper()
	var first *Stream
	for i := range streams {
		s := &streams[i]
		if start := ticks(s.Segments[0].Info.FirstPTS()); !near(start, ticks(streams[0].Segments[0].Info.FirstPTS())) {
			c.Errorf("%s: begins at %.3f s, %s at %.3f s", s.Path, start, streams[0].Path, ticks(streams[0].Segments[0].Info.FirstPTS()))
		}
		switch {
		case !s.Video: // sound may be shorter than the picture
		case first == nil:
			first = s
		case len(s.Segments) != len(first.Segments):
			c.Errorf("%s and %s are not aligned", describe(*s), describe(*first))
		default:
			for k := range s.Segments {
				if !near(s.Segments[k].Seconds, first.Segments[k].Seconds) {
					c.Errorf("segment %d lasts %.3f s in %s and %.3f s in %s", k, s.Segments[k].Seconds, s.Path, first.Segments[k].Seconds, first.Path)
				}
			}
		}
	}
}

func fraction(s string) float64 {
	num, den, _ := strings.Cut(s, "/")
	n, err1 := strconv.ParseFloat(num, 64)
	d, err2 := strconv.ParseFloat(den, 64)
	if err1 != nil || err2 != nil || d == 0 {
		return 0
	}
	return n / d
}
