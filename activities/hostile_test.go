package activities_test

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/everframe/everframe/activities"
	"github.com/everframe/everframe/internal/fault"
	"github.com/everframe/everframe/internal/media"
	"github.com/everframe/everframe/internal/plan"
	"github.com/everframe/everframe/internal/testmedia"
)

// TestHostileFiles has lists of other files under the names of films. A job
// ends with 4000, whatever step meets them, and reads and calls nothing.
func TestHostileFiles(t *testing.T) {
	w := newWorld(t)
	secret := w.put(inputs, "secret.ts", testmedia.Clip(t, testmedia.Spec{Size: "64x64", Audio: true, Container: "ts"}))
	path := filepath.Join(w.root, secret.Bucket, secret.Key)
	address, knocks := door(t)
	list := func(target string) string {
		return "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n" + target + "\n#EXT-X-ENDLIST\n"
	}
	files := map[string]string{
		"hls.mp4":      list("file://" + path),
		"relative.mp4": list("secret.ts"),
		"http.mp4":     list("http://" + address + "/a.ts"),
		"concat.mp4":   "ffconcat version 1.0\nfile secret.ts\n",
		"unsafe.mp4":   "ffconcat version 1.0\nfile '" + path + "'\n",
		"dash.mp4":     `<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011"><Period><AdaptationSet><BaseURL>http://` + address + `/</BaseURL></AdaptationSet></Period></MPD>`,
		"sdp.mp4":      "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 5004 RTP/AVP 96\n",
		"-i.mp4":       list("secret.ts"), // a name that could be an option
		"a:b.mp4":      list("secret.ts"), // and one that could be a protocol
	}
	for _, name := range []string{"ssrf_m3u8.avi", "lfi_read_passwd.avi"} {
		if b, err := os.ReadFile(fixture(name)); err == nil {
			files[name] = string(b)
		}
	}
	// A plan that an honest file of that name was given.
	honest := plan.Input{VideoStream: 0, AudioStream: 1, Channels: 2}
	rendition := plan.Rendition{
		ID: "v1", Codec: media.H264, GOP: 25, Quality: 23, Effort: "ultrafast", PixelFormat: "yuv420p",
		Picture: plan.Picture{Scale: media.Size{Width: 64, Height: 64}, Crop: media.Size{Width: 64, Height: 64}, Frame: media.Size{Width: 64, Height: 64}},
	}
	track := plan.Track{ID: "a1", Codec: media.AAC, BitRate: 64000, SampleRate: 48000, Channels: 2, Layout: "stereo"}
	for name, text := range files {
		t.Run(name, func(t *testing.T) {
			w.t = t
			ref := w.text(inputs, name, text)
			_, err := do(w, w.Probe, activities.ProbeInput{Job: jobID, Source: ref}, try{})
			f := isFault(t, err, fault.BadInput, fault.BadInputFile)
			if strings.Contains(f.Text, "secret") || strings.Contains(f.Text, "http") {
				t.Errorf("the text tells what was looked for: %q", f.Text)
			}
			info, err := w.store.Stat(t.Context(), ref)
			if err != nil {
				t.Fatal(err)
			}
			in := honest
			in.Ref, in.Bytes, in.ETag = ref, info.Bytes, info.ETag
			_, err = do(w, w.EncodeChunk, activities.EncodeChunkInput{
				Input: in, Timeline: plan.Timeline{Rate: media.Rate(25, 1)}, Chunk: plan.Chunk{}, Renditions: []plan.Rendition{rendition},
			}, try{})
			isFault(t, err, fault.BadInput, fault.UnhandledInputFile)
			_, err = do(w, w.EncodeTrack, activities.EncodeTrackInput{Input: in, Track: track}, try{})
			isFault(t, err, fault.BadInput, fault.UnhandledInputFile)
		})
	}
	w.t = t
	if left := w.keys(media.WorkBucket, ""); len(left) > 0 {
		t.Errorf("stored %q", left)
	}
	if n := knocks.Load(); n > 0 {
		t.Errorf("%d connections", n)
	}
}

// fixture is the path of a bad file, there or not.
func fixture(name string) string {
	dir := os.Getenv("EVERFRAME_FIXTURES")
	if dir == "" {
		dir = filepath.Join("..", "..", "shared", "fixtures")
	}
	return filepath.Join(dir, "bad", name)
}

// TestOddNames transcodes an honest file whose name ffmpeg could take for
// something else, into names that a shell could.
func TestOddNames(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	inChunks(w)
	for i, name := range []string{"-i:%05d|y.mp4", "http://a/$(touch x);'\"` ünï\n.mp4"} {
		w.put(inputs, name, small(t))
		req := ladder(name, "1")
		req.OutputKeyPrefix = string(rune('a'+i)) + "/"
		req.Outputs, req.Playlists[0].OutputKeys = req.Outputs[1:2], req.Playlists[0].OutputKeys[1:2]
		req.Outputs[0].Key, req.Playlists[0].OutputKeys[0] = "-"+name, "-"+name
		w.transcode(req).complete(t)
		if len(w.keys(outputs, req.OutputKeyPrefix+"-"+name+"00000.ts")) != 1 {
			t.Errorf("%q: keys %q", name, w.keys(outputs, req.OutputKeyPrefix))
		}
	}
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
