package ffmpeg_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/everframe/everframe/internal/ffmpeg"
	"github.com/everframe/everframe/internal/media"
	"github.com/everframe/everframe/internal/plan"
	"github.com/everframe/everframe/internal/testmedia"
)

// ours are the three ways in which this package opens a customer's file.
// Whatever probing said, the others must hold alone.
func ours(file, dir string) map[string][]string {
	in := plan.Input{VideoStream: 0, AudioStream: 0}
	r := rendition()
	r.Picture = square(128, 72)
	return map[string][]string{
		"ffprobe": ffmpeg.Probe(file),
		"packets": ffmpeg.Packets(file, 0),
		"ffmpeg": ffmpeg.Encode(ffmpeg.EncodeStep{Input: in, Timeline: plan.Timeline{Rate: media.Rate(25, 1)}, Renditions: []plan.Rendition{r}},
			ffmpeg.EncodeFiles{Source: file, Out: []string{filepath.Join(dir, "v1.mp4")}}),
		"ffmpeg track": ffmpeg.EncodeTrack(in, plan.Track{Codec: media.AAC, BitRate: media.Kbps(64), SampleRate: 44100, Channels: 2, Layout: "stereo"},
			file, filepath.Join(dir, "a1.mp4")),
	}
}

func program(name string) string {
	if strings.HasPrefix(name, "ffmpeg") {
		return "ffmpeg"
	}
	return "ffprobe"
}

// door counts who knocks at a local port.
func door(t *testing.T) (address string, knocks *atomic.Int64) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	knocks = new(atomic.Int64)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			knocks.Add(1)
			c.Close()
		}
	}()
	t.Cleanup(func() { l.Close(); <-done })
	return l.Addr().String(), knocks
}

// TestPlaylistsOpenNothing gives lists of other files the names of films. None
// of them may be followed, to the disk or to the network.
func TestPlaylistsOpenNothing(t *testing.T) {
	t.Parallel()
	address, knocks := door(t)
	dir := t.TempDir()
	secret := filepath.Join(dir, "secret.ts")
	testmedia.FFmpeg(t, "-i", "file:"+testmedia.Clip(t, testmedia.Spec{Size: "128x72", Audio: true, Container: "ts"}), "-c", "copy", "file:"+secret)

	hls := func(target string) string {
		return "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXT-X-MEDIA-SEQUENCE:0\n#EXTINF:1,\n" + target + "\n#EXT-X-ENDLIST\n"
	}
	mpd := func(target string) string {
		return `<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" mediaPresentationDuration="PT1S" profiles="urn:mpeg:dash:profile:isoff-on-demand:2011">` +
			`<Period><AdaptationSet mimeType="video/mp4"><Representation id="1" bandwidth="1"><BaseURL>` + target + `</BaseURL></Representation></AdaptationSet></Period></MPD>`
	}
	attacks := []struct {
		name, file, text string
		works            bool // with ffmpeg's own defaults: the attack is a real one
	}{
		{"HLS of a local file", "hls.mp4", hls("file://" + secret), true},
		{"HLS of a relative name", "relative.mp4", hls("secret.ts"), true},
		{"HLS over http", "http.mp4", hls("http://" + address + "/a.ts"), false},
		{"HLS over tcp", "tcp.mp4", hls("tcp://" + address), false},
		{"HLS key over http", "key.mp4", "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXT-X-KEY:METHOD=AES-128,URI=\"http://" + address + "/k\"\n#EXTINF:1,\nsecret.ts\n#EXT-X-ENDLIST\n", false},
		{"HLS within HLS", "master.mp4", "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nhttp://" + address + "/m.m3u8\n", false},
		{"HLS under a playlist's name", "list.m3u8", hls("secret.ts"), true},
		{"concat of a relative name", "concat.mp4", "ffconcat version 1.0\nfile secret.ts\n", true},
		{"concat of any name", "unsafe.mp4", "ffconcat version 1.0\nfile " + secret + "\n", false},
		{"DASH over http", "dash.mp4", mpd("http://" + address + "/a.mp4"), false},
		{"DASH of a local file", "local.mpd", mpd("file://" + secret), false},
		{"SDP", "sdp.mp4", "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 5004 RTP/AVP 96\na=rtpmap:96 H264/90000\n", false},
		{"text that is a subtitle", "sub.mp4", "1\n00:00:00,000 --> 00:00:01,000\nsecret\n", false},
	}
	for _, a := range attacks {
		t.Run(a.name, func(t *testing.T) {
			file := filepath.Join(dir, a.file)
			if err := os.WriteFile(file, []byte(a.text), 0o600); err != nil {
				t.Fatal(err)
			}
			if a.works {
				if r := try(t, "ffprobe", []string{"-v", "error", "-show_streams", "file:" + file}); r.err != nil || !strings.Contains(r.out, "h264") {
					t.Fatalf("the attack does not work where it should: %v %s", r.err, r.log)
				}
			}
			refused(t, file, knocks)
		})
	}
}

// refused runs all our commands on a file: every one must fail, and none may
// knock at the door or write a picture.
func refused(t *testing.T, file string, knocks *atomic.Int64) {
	t.Helper()
	dir := t.TempDir()
	for name, args := range ours(file, dir) {
		if r := try(t, program(name), args); r.err == nil {
			t.Errorf("%s takes it: %s", name, r.out)
		}
	}
	if n := knocks.Load(); n != 0 {
		t.Errorf("%d connections", n)
	}
	left, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range left {
		if info, err := os.Stat(f); err != nil || info.Size() > 0 {
			t.Errorf("%s was written", filepath.Base(f))
		}
	}
}

// TestPublishedAttacks runs the attack files of the fixture collection.
func TestPublishedAttacks(t *testing.T) {
	t.Parallel()
	_, knocks := door(t)
	for _, name := range []string{"bad/ssrf_m3u8.avi", "bad/lfi_read_passwd.avi"} {
		t.Run(filepath.Base(name), func(t *testing.T) {
			file, dir := testmedia.Fixture(t, name), t.TempDir()
			for name, args := range ours(file, dir) {
				r := try(t, program(name), args)
				for _, secret := range []string{"root:", "/bin/"} {
					if strings.Contains(r.out+r.log, secret) {
						t.Errorf("%s shows the password file", name)
					}
				}
				if name == "ffprobe" {
					if _, err := ffmpeg.ParseProbe([]byte(r.out)); err == nil {
						t.Errorf("taken for media: %s", r.out)
					}
				} else if r.err == nil && name != "packets" {
					t.Errorf("%s takes it", name)
				}
			}
			if n := knocks.Load(); n != 0 {
				t.Errorf("%d connections", n)
			}
		})
	}
}

// gif returns a GIF of that size with one pixel in it: a few bytes that ask for
// as much memory as the screen needs.
func gif(side uint16) []byte {
	var b bytes.Buffer
	b.WriteString("GIF89a")
	for _, v := range []any{
		side, side,
		[3]byte{0x80, 0, 0}, // the screen, with a palette of two
		[6]byte{0, 0, 0, 255, 255, 255},
		[]byte{0x2c, 0, 0, 0, 0, 1, 0, 1, 0, 0}, // an image of one pixel
		[]byte{2, 2, 0x44, 0x01, 0, 0x3b},
	} {
		if err := binary.Write(&b, binary.LittleEndian, v); err != nil {
			panic(err) // a buffer takes everything
		}
	}
	return b.Bytes()
}

// TestBombs opens small files that unpack into more than a worker has.
func TestBombs(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	bombs := map[string]string{}
	for _, side := range []uint16{14000, 65000} { // below and above the limit of one allocation
		name := filepath.Join(dir, fmt.Sprintf("%d.gif", side))
		if err := os.WriteFile(name, gif(side), 0o600); err != nil {
			t.Fatal(err)
		}
		bombs[filepath.Base(name)] = name
	}
	// A film of one large white picture.
	film := filepath.Join(dir, "film.mov")
	testmedia.FFmpeg(t, "-f", "lavfi", "-i", "color=white:size=8000x8000:rate=1:duration=1,format=gray", "-c:v", "png", "-pred", "none", "file:"+film)
	bombs["film.mov"] = film

	const most = 250 << 20 // a probe of an ordinary file takes 40 to 80 MB
	for name, file := range bombs {
		t.Run(name, func(t *testing.T) {
			info, err := os.Stat(file)
			if err != nil {
				t.Fatal(err)
			}
			if info.Size() > 1<<20 {
				t.Fatalf("%d bytes are no bomb", info.Size())
			}
			for command, args := range ours(file, t.TempDir()) {
				r := try(t, program(command), args)
				if r.rss > most {
					t.Errorf("%s holds %d MB", command, r.rss>>20)
				}
				if command == "ffmpeg" && r.err == nil {
					t.Error("it was encoded")
				}
			}
		})
	}
}

// TestLateSound finds sound that begins long after the picture, where a shorter
// look would miss the stream: its number must be the same to all commands.
func TestLateSound(t *testing.T) {
	t.Parallel()
	source := filepath.Join(t.TempDir(), "late.ts")
	testmedia.FFmpeg(t, "-f", "lavfi", "-i", "testsrc2=size=640x360:rate=25:duration=14", "-itsoffset", "12", "-f", "lavfi", "-i", "sine=duration=2",
		"-c:v", "mpeg2video", "-b:v", "5M", "-c:a", "mp2", "file:"+source)
	src := probe(t, source)
	if len(src.Audio) != 1 || src.Video == nil {
		t.Fatalf("found %+v", src)
	}
	track := plan.Track{Codec: media.AAC, BitRate: media.Kbps(64), SampleRate: 48000, Channels: 2, Layout: "stereo"}
	out := filepath.Join(t.TempDir(), "a1.mp4")
	run(t, "ffmpeg", ffmpeg.EncodeTrack(plan.Input{Start: src.Start, AudioStream: src.Audio[0].Index, Channels: src.Audio[0].Channels}, track, source, out))
	// Silence up to the first tone: 14 s in all.
	if got := probe(t, out).Duration.Millis(); got < 13800 || got > 14200 {
		t.Errorf("%d ms of sound, want 14000", got)
	}
}
