package testmedia_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/everframe/everframe/internal/testmedia"
)

func TestClip(t *testing.T) {
	tests := []struct {
		name   string
		spec   testmedia.Spec
		codecs []string
		frames int
		base   string // time base of the first stream
	}{
		{"default", testmedia.Spec{}, []string{"h264"}, 25, "1/12800"},
		{"ntsc with sound", testmedia.Spec{Rate: "30000/1001", Seconds: 2, Audio: true}, []string{"h264", "aac"}, 60, "1/30000"},
		{"transport stream", testmedia.Spec{Container: "ts", Size: "160x90"}, []string{"h264"}, 25, "1/90000"},
		{"other codec", testmedia.Spec{Container: "avi", VideoArgs: []string{"-c:v", "mpeg4"}}, []string{"mpeg4"}, 25, "1/25"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			clip := testmedia.Clip(t, test.spec)
			var codecs []string
			streams := testmedia.Streams(t, clip)
			for _, s := range streams {
				codecs = append(codecs, s.CodecName)
			}
			if diff := cmp.Diff(test.codecs, codecs); diff != "" {
				t.Errorf("codecs (-want +got):\n%s", diff)
			}
			if got := streams[0].TimeBase; got != test.base {
				t.Errorf("time base %s, want %s", got, test.base)
			}
			packets := testmedia.Packets(t, clip, "v:0")
			if len(packets) != test.frames {
				t.Errorf("%d packets, want %d", len(packets), test.frames)
			}
			if !packets[0].Key() || packets[0].Size == 0 {
				t.Errorf("first packet %+v, want a key frame", packets[0])
			}
			hashes := testmedia.FrameHashes(t, clip, "v:0")
			if len(hashes) != test.frames || hashes[0] == hashes[1] || len(hashes[0]) != 32 {
				t.Errorf("%d hashes, first %q; want %d that differ", len(hashes), hashes[:2], test.frames)
			}
		})
	}
}

func TestClipWithoutVideo(t *testing.T) {
	clip := testmedia.Clip(t, testmedia.Spec{NoVideo: true, Container: "m4a"})
	streams := testmedia.Streams(t, clip)
	if len(streams) != 1 || streams[0].CodecName != "aac" || streams[0].Channels != 2 {
		t.Errorf("streams %+v, want one stereo aac", streams)
	}
}

func TestFixture(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("EVERFRAME_FIXTURES", dir)
	want := filepath.Join(dir, "video", "a.mp4")
	if err := os.MkdirAll(filepath.Dir(want), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(want, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if got := testmedia.Fixture(t, "video/a.mp4"); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	var absent testing.TB
	t.Run("absent", func(t *testing.T) {
		absent = t
		testmedia.Fixture(t, "video/none.mp4")
	})
	if !absent.Skipped() {
		t.Error("an absent fixture did not skip the test")
	}
}
