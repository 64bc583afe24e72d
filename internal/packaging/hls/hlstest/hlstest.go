// Package hlstest checks a finished HLS version 3 set on disk the way a strict
// player and a validator would: playlists, transport stream segments, and how
// the variants fit together.
//
//	streams := hlstest.Check(t, dir, "master.m3u8")
//	if streams[0].Frames != want { … }
//
// It shares no arithmetic with the code that wrote the set: playlists are read
// by a library in strict mode, pictures and codecs by ffprobe. For tests only.
// Encrypted sets, byte ranges and fragmented MP4 are not understood yet, which
// is an error, not a pass.
package hlstest

import (
	"bytes"
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/Eyevinn/hls-m3u8/m3u8"

	"github.com/everframe/everframe/internal/packaging/mpegts"
	"github.com/everframe/everframe/internal/testmedia"
)

// Stream is one variant of a checked set.
type Stream struct {
	Path     string // of the media playlist, below the directory
	Segments []Segment
	Frames   int64 // pictures in all segments; 0 without video
	Video    bool
	Audio    bool
}

// Segment is one segment of a stream.
type Segment struct {
	Path    string  // below the directory
	Seconds float64 // EXTINF
	Bytes   int64
	Info    mpegts.Info
}

// Seconds returns the stream's length by its EXTINFs.
func (s Stream) Seconds() (sum float64) {
	for _, seg := range s.Segments {
		sum += seg.Seconds
	}
	return sum
}

// tolerance is how far, in seconds, a playlist's times may be from the media's.
const tolerance = 0.050

// Check checks the master playlist at path master below dir and everything it
// names, reports each flaw as a test error, and returns the variants in order.
func Check(t testing.TB, dir, master string) []Stream {
	t.Helper()
	testmedia.Need(t)
	c, stop := newChecker(t, dir)
	defer stop()
	text := c.playlist(master)
	p, kind, err := m3u8.DecodeFrom(bytes.NewReader(text), true)
	if err != nil || kind != m3u8.MASTER {
		t.Fatalf("%s: not a master playlist in strict reading: %v", master, err)
	}
	list := p.(*m3u8.MasterPlaylist)
	c.version(master, text, list)
	if len(list.Variants) == 0 {
		t.Fatalf("%s: no variants", master)
	}
	var streams []Stream
	seen := map[string]bool{}
	for _, v := range list.Variants {
		if v.Iframe {
			c.Errorf("%s: I-frame lists need version 4", master)
			continue
		}
		name, ok := c.follow(master, v.URI)
		if !ok {
			continue
		}
		if seen[name] {
			c.Errorf("%s: %s is listed twice", master, name)
		}
		seen[name] = true
		s := c.media(name)
		c.variant(s, v)
		streams = append(streams, s)
	}
	c.aligned(streams)
	return streams
}

// CheckMedia checks one media playlist below dir, and its segments.
func CheckMedia(t testing.TB, dir, playlist string) Stream {
	t.Helper()
	testmedia.Need(t)
	c, stop := newChecker(t, dir)
	defer stop()
	return c.media(playlist)
}

type checker struct {
	testing.TB
	dir   string
	base  string // URL of dir
	flaws int    // reported so far
}

// Errorf reports a flaw.
func (c *checker) Errorf(format string, args ...any) {
	c.Helper()
	c.flaws++
	c.TB.Errorf(format, args...)
}

// newChecker serves dir on the loopback interface: ffmpeg decodes percent
// escapes in a playlist only when it comes over HTTP.
func newChecker(t testing.TB, dir string) (*checker, func()) {
	server := httptest.NewServer(http.FileServer(http.Dir(dir)))
	return &checker{TB: t, dir: dir, base: server.URL}, server.Close
}

// url returns where players find a file.
func (c *checker) url(name string) string {
	return c.base + (&url.URL{Path: "/" + name}).EscapedPath()
}

func (c *checker) file(name string) string { return filepath.Join(c.dir, filepath.FromSlash(name)) }

// playlist reads a playlist and checks what holds for every one.
func (c *checker) playlist(name string) []byte {
	c.Helper()
	text, err := os.ReadFile(c.file(name))
	if err != nil {
		c.Fatalf("%s: %v", name, err)
	}
	if !bytes.HasPrefix(text, []byte("#EXTM3U\n")) { // a byte order mark fails, too
		c.Errorf("%s: does not begin with #EXTM3U", name)
	}
	if !bytes.HasSuffix(text, []byte("\n")) {
		c.Errorf("%s: the last line has no end", name)
	}
	return text
}

var versionTag = regexp.MustCompile(`(?m)^#EXT-X-VERSION:(\d+)$`)

// version checks that the playlist says version 3 once and needs no later one.
func (c *checker) version(name string, text []byte, p m3u8.Playlist) {
	c.Helper()
	if tags := versionTag.FindAllSubmatch(text, -1); len(tags) != 1 || string(tags[0][1]) != "3" {
		c.Errorf("%s: version tags %q, want one of version 3", name, tags)
	}
	if need, why := p.CalcMinVersion(); need > 3 {
		c.Errorf("%s: needs version %d: %s", name, need, why)
	}
}

// follow resolves a reference in the playlist name to a file below the
// directory that must exist.
func (c *checker) follow(name, reference string) (string, bool) {
	c.Helper()
	u, err := url.Parse(reference)
	if err != nil || u.IsAbs() || u.Host != "" || strings.HasPrefix(u.Path, "/") || u.RawQuery != "" {
		c.Errorf("%s: %q is not a relative reference (%v)", name, reference, err)
		return "", false
	}
	target := path.Join(path.Dir(name), u.Path)
	if target == ".." || strings.HasPrefix(target, "../") {
		c.Errorf("%s: %q leads out of the directory", name, reference)
		return "", false
	}
	if info, err := os.Stat(c.file(target)); err != nil || !info.Mode().IsRegular() {
		c.Errorf("%s: %q is not there: %v", name, reference, err)
		return "", false
	}
	return target, true
}

// near tells whether two times are within the tolerance.
func near(a, b float64) bool { return math.Abs(a-b) <= tolerance }

func ticks(n int64) float64 { return float64(n) / 90000 }

func describe(s Stream) string { return fmt.Sprintf("%s (%d segments)", s.Path, len(s.Segments)) }
