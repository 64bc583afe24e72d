package hlstest

import (
	"bytes"
	"math"
	"os"
	"regexp"
	"strconv"
	"strings"

	"github.com/Eyevinn/hls-m3u8/m3u8"

	"github.com/everframe/everframe/internal/packaging/mpegts"
	"github.com/everframe/everframe/internal/testmedia"
)

// media checks one media playlist and its segments.
func (c *checker) media(name string) Stream {
	c.Helper()
	before := c.flaws
	text := c.playlist(name)
	p, kind, err := m3u8.DecodeFrom(bytes.NewReader(text), true)
	if err != nil || kind != m3u8.MEDIA {
		c.Fatalf("%s: not a media playlist in strict reading: %v", name, err)
	}
	list := p.(*m3u8.MediaPlaylist)
	c.version(name, text, list)
	c.header(name, text, list)

	s := Stream{Path: name}
	seen := map[string]bool{}
	for _, seg := range list.GetAllSegments() {
		if !(seg.Duration > 0) {
			c.Errorf("%s: %s lasts %v s", name, seg.URI, seg.Duration)
		}
		if len(seg.Keys) > 0 || seg.Map != nil || seg.Limit > 0 {
			c.Errorf("%s: %s is encrypted, a byte range or fragmented MP4, which cannot be checked", name, seg.URI)
			continue
		}
		target, ok := c.follow(name, seg.URI)
		if !ok {
			continue
		}
		if seen[target] {
			c.Errorf("%s: %s is listed twice", name, target)
		}
		seen[target] = true
		if info, ok := c.segment(target); ok {
			s.Segments = append(s.Segments, Segment{Path: target, Seconds: seg.Duration, Bytes: info.Packets * mpegts.PacketSize, Info: info})
		}
	}
	if len(s.Segments) == 0 || len(s.Segments) != int(list.Count()) {
		c.Fatalf("%s: %d of %d segments can be read", name, len(s.Segments), list.Count())
	}
	_, s.Video = s.Segments[0].Info.Video()
	for _, e := range s.Segments[0].Info.Streams {
		s.Audio = s.Audio || !e.Video()
	}
	c.times(s)
	for _, seg := range s.Segments {
		if v, ok := seg.Info.Video(); ok {
			s.Frames += v.Units
		}
	}
	// Playing a broken list would only repeat what is known, or wait for ever
	// for segments of a live stream.
	if c.flaws == before {
		c.play(s)
	}
	return s
}

var targetTag = regexp.MustCompile(`(?m)^#EXT-X-TARGETDURATION:(\d+)$`)

// longest returns the longest segment in whole seconds, rounded up.
func longest(list *m3u8.MediaPlaylist) int {
	var seconds float64
	for _, seg := range list.GetAllSegments() {
		seconds = max(seconds, seg.Duration)
	}
	return int(math.Ceil(seconds))
}

// header checks the tags in front of the segments and the end mark.
func (c *checker) header(name string, text []byte, list *m3u8.MediaPlaylist) {
	c.Helper()
	if list.MediaType != m3u8.VOD || !list.Closed || !bytes.HasSuffix(text, []byte("#EXT-X-ENDLIST\n")) {
		c.Errorf("%s: not a complete recording (VOD, end mark)", name)
	}
	if list.SeqNo != 0 {
		c.Errorf("%s: begins with segment %d, want 0", name, list.SeqNo)
	}
	if tags := targetTag.FindAllSubmatch(text, -1); len(tags) != 1 {
		c.Errorf("%s: %d target durations, want 1", name, len(tags))
	} else if target, err := strconv.Atoi(string(tags[0][1])); err != nil || target != longest(list) {
		// The reader's own field is no help: it grows with the segments.
		c.Errorf("%s: the target duration is %d, the longest segment rounds up to %d", name, target, longest(list))
	}
	// The reader takes a name without a duration for the end of nothing.
	lines := strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
	for i, line := range lines {
		isName := line != "" && !strings.HasPrefix(line, "#")
		if isName && !strings.HasPrefix(lines[i-1], "#EXTINF:") {
			c.Errorf("%s: line %d: %q has no EXTINF", name, i+1, line)
		}
		if strings.TrimSpace(line) != line || line == "" {
			c.Errorf("%s: line %d: stray spaces or an empty line", name, i+1)
		}
	}
	segments := list.GetAllSegments()
	if n := len(segments); n > 1 && segments[n-1].Duration < 0.1 {
		c.Errorf("%s: the last segment lasts %v s: some players stop before it", name, segments[n-1].Duration)
	}
}

// segment checks one transport stream file by itself.
func (c *checker) segment(name string) (mpegts.Info, bool) {
	c.Helper()
	f, err := os.Open(c.file(name))
	if err != nil {
		c.Errorf("%s: %v", name, err)
		return mpegts.Info{}, false
	}
	defer f.Close()
	info, err := mpegts.Scan(f) // refuses broken packets
	if err != nil {
		c.Errorf("%s: %v", name, err)
		return mpegts.Info{}, false
	}
	if !info.PSIFirst {
		c.Errorf("%s: does not begin with PAT and PMT", name)
	}
	if info.CounterErrors > 0 {
		c.Errorf("%s: %d continuity counters are wrong", name, info.CounterErrors)
	}
	video, hasVideo := info.Video()
	if hasVideo && !video.Key {
		c.Errorf("%s: does not begin with a key frame", name)
	}
	// ffmpeg writes clock references of sound alone every 0.25 s.
	if limit := int64(27_000_000 / 10); hasVideo && info.PCRGap > limit {
		c.Errorf("%s: %.0f ms between clock references, want at most 100", name, float64(info.PCRGap)/27000)
	}
	for _, e := range info.Streams {
		if e.Units == 0 || e.FirstPTS == mpegts.Unknown {
			c.Errorf("%s: stream %#x is empty", name, e.PID)
		}
	}
	return info, true
}

// times compares the playlist's durations with the media's time stamps: no
// jump, no gap, sound and picture together.
func (c *checker) times(s Stream) {
	c.Helper()
	for i, seg := range s.Segments {
		if len(seg.Info.Streams) != len(s.Segments[0].Info.Streams) {
			c.Errorf("%s: %d streams, the first segment has %d", seg.Path, len(seg.Info.Streams), len(s.Segments[0].Info.Streams))
			return
		}
		lead := leading(seg.Info)
		if i+1 < len(s.Segments) {
			next := leading(s.Segments[i+1].Info)
			if lasts := ticks(next.FirstPTS - lead.FirstPTS); !near(lasts, seg.Seconds) {
				c.Errorf("%s: lasts %.3f s, its EXTINF says %.3f", seg.Path, lasts, seg.Seconds)
			}
		} else if lead.Video() && lead.Units > 1 {
			frame := ticks(lead.LastPTS-lead.FirstPTS) / float64(lead.Units-1)
			if lasts := frame * float64(lead.Units); !near(lasts, seg.Seconds) {
				c.Errorf("%s: lasts %.3f s, its EXTINF says %.3f", seg.Path, lasts, seg.Seconds)
			}
		}
		// Only the first: later on, a segment begins with whatever sound is
		// next in the file, up to a PES packet away.
		for _, e := range seg.Info.Streams {
			if i == 0 && !near(ticks(e.FirstPTS), ticks(lead.FirstPTS)) {
				c.Errorf("%s: stream %#x begins %.0f ms from the picture", seg.Path, e.PID, 1000*ticks(e.FirstPTS-lead.FirstPTS))
			}
		}
	}
}

// leading returns the stream that sets a segment's times: the picture, else
// the first.
func leading(info mpegts.Info) mpegts.Stream {
	if v, ok := info.Video(); ok {
		return v
	}
	return info.Streams[0]
}

// play reads the whole list with ffmpeg, as a player would: every segment
// begins at a packet ffprobe calls a key frame, and every picture decodes.
func (c *checker) play(s Stream) {
	c.Helper()
	if !s.Video {
		if len(testmedia.FrameHashes(c.TB, c.url(s.Path), "a:0")) == 0 {
			c.Errorf("%s: no sound can be decoded", s.Path)
		}
		return
	}
	packets := testmedia.Packets(c.TB, c.url(s.Path), "v:0")
	if int64(len(packets)) != s.Frames {
		c.Errorf("%s: ffprobe reads %d pictures, the segments hold %d", s.Path, len(packets), s.Frames)
		return
	}
	at := 0
	for _, seg := range s.Segments {
		v, _ := seg.Info.Video()
		if p := packets[at]; !p.Key() {
			c.Errorf("%s: ffprobe finds no key frame at its beginning", seg.Path)
		}
		at += int(v.Units)
	}
	if decoded := len(testmedia.FrameHashes(c.TB, c.url(s.Path), "v:0")); int64(decoded) != s.Frames {
		c.Errorf("%s: %d pictures decode, %d are there", s.Path, decoded, s.Frames)
	}
}
