package fmp4_test

import (
	"bytes"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/everframe/everframe/internal/fault"
	"github.com/everframe/everframe/internal/media"
	"github.com/everframe/everframe/internal/packaging/fmp4"
	"github.com/everframe/everframe/internal/testmedia"
)

func TestInspect(t *testing.T) {
	profile := func(p, level string) []string {
		return []string{"-c:v", "libx264", "-preset", "superfast", "-profile:v", p, "-level:v", level, "-pix_fmt", "yuv420p", "-bf", "0"}
	}
	const fragmented = "frag_keyframe+delay_moov+default_base_moof"
	tests := []struct {
		name       string
		spec       testmedia.Spec
		fragmented bool
		want       []fmp4.Track
	}{
		{
			"progressive with sound",
			testmedia.Spec{Audio: true, VideoArgs: profile("baseline", "3.0")},
			false,
			[]fmp4.Track{
				{ID: 1, Kind: "vide", Codec: "avc1.42c01e", Samples: 25, Duration: 12800, Timescale: 12800, Size: media.Size{Width: 320, Height: 180}},
				{ID: 2, Kind: "soun", Codec: "mp4a.40.2", Samples: 48, Duration: 48000 + 1024, Timescale: 48000},
			},
		},
		{
			"fast start",
			testmedia.Spec{Rate: "30000/1001", Seconds: 2, VideoArgs: profile("main", "3.1"), Args: []string{"-movflags", "+faststart"}},
			false,
			[]fmp4.Track{{ID: 1, Kind: "vide", Codec: "avc1.4d401f", Samples: 60, Duration: 60060, Timescale: 30000, Size: media.Size{Width: 320, Height: 180}}},
		},
		{
			"fragmented, two tracks",
			testmedia.Spec{Audio: true, Rate: "24", VideoArgs: append(profile("high", "4.0"), "-x264-params", "8x8dct=1"), Args: []string{"-movflags", fragmented}},
			true,
			[]fmp4.Track{
				{ID: 1, Kind: "vide", Codec: "avc1.640028", Samples: 24, Duration: 12288, Timescale: 12288, Size: media.Size{Width: 320, Height: 180}},
				{ID: 2, Kind: "soun", Codec: "mp4a.40.2", Samples: 48, Duration: 48000 + 1024, Timescale: 48000},
			},
		},
		{
			"mp3 in mp4",
			testmedia.Spec{NoVideo: true, AudioArgs: []string{"-c:a", "libmp3lame", "-ac", "1", "-ar", "44100"}},
			false,
			[]fmp4.Track{{ID: 1, Kind: "soun", Codec: "mp4a.6b", Samples: 40, Timescale: 44100}},
		},
		{
			"another codec",
			testmedia.Spec{VideoArgs: []string{"-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=error", "-tag:v", "hvc1"}},
			false,
			[]fmp4.Track{{ID: 1, Kind: "vide", Codec: "hvc1", Samples: 25, Duration: 12800, Timescale: 12800, Size: media.Size{Width: 320, Height: 180}}},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			clip := testmedia.Clip(t, test.spec)
			info, err := fmp4.Inspect(open(t, clip))
			if err != nil {
				t.Fatal(err)
			}
			if info.Fragmented != test.fragmented || (info.Fragments > 0) != test.fragmented {
				t.Errorf("fragmented %v in %d fragments, want %v", info.Fragmented, info.Fragments, test.fragmented)
			}
			for i := range info.Tracks {
				stream := fmt.Sprint(info.Tracks[i].ID - 1)
				if n := int64(len(testmedia.Packets(t, clip, stream))); n != info.Tracks[i].Samples {
					t.Errorf("track %d: %d samples, ffprobe counts %d", i, info.Tracks[i].Samples, n)
				}
				if info.Tracks[i].Codec == "mp4a.6b" { // the encoder's padding is not ours to know
					test.want[i].Samples, test.want[i].Duration = info.Tracks[i].Samples, info.Tracks[i].Duration
				}
			}
			if diff := cmp.Diff(test.want, info.Tracks); diff != "" {
				t.Errorf("tracks (-want +got):\n%s", diff)
			}
		})
	}
}

func TestInspectLength(t *testing.T) {
	track := fmp4.Track{Duration: 60060, Timescale: 30000}
	if got, want := track.Length(), media.Seconds(2002, 1000); got != want {
		t.Errorf("length %v, want %v", got, want)
	}
}

func TestInspectDamaged(t *testing.T) {
	whole := mustRead(t, testmedia.Clip(t, testmedia.Spec{Size: "160x90", Audio: true}))
	fast := mustRead(t, testmedia.Clip(t, testmedia.Spec{Size: "160x90", Args: []string{"-movflags", "+faststart"}}))
	lied := bytes.Clone(fast)
	copy(lied[bytes.Index(lied, []byte("stsz"))+16:], []byte{0x10, 0, 0, 0})
	tests := []struct {
		name  string
		input []byte
	}{
		{"empty", nil},
		{"no moov", whole[:bytes.Index(whole, []byte("moov"))-4]},
		{"truncated", whole[:len(whole)-100]},
		{"truncated behind the moov", fast[:len(fast)-100]},
		{"samples larger than the data", lied},
		{"not media", []byte("<!doctype html><html><body>not media</body></html>")},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if info, err := fmp4.Inspect(bytes.NewReader(test.input)); fault.KindOf(err) != fault.BadInput {
				t.Errorf("got %+v, %v; want kind BadInput", info, err)
			}
		})
	}
}

// Real files from phones, cameras and other muxers.
func TestInspectFixtures(t *testing.T) {
	dir := filepath.Dir(testmedia.Fixture(t, "video/wannaworktogether.mp4"))
	files, err := filepath.Glob(filepath.Join(dir, "*.m[op][4v]"))
	if err != nil || len(files) < 2 {
		t.Fatalf("%d fixtures, error %v", len(files), err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			info, err := fmp4.Inspect(open(t, file))
			if bytes.Contains([]byte(file), []byte("wrong_extension")) {
				if fault.KindOf(err) != fault.BadInput {
					t.Errorf("got %v, want BadInput", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			for i, track := range info.Tracks {
				if track.Kind != "vide" && track.Kind != "soun" {
					continue
				}
				if track.Samples == 0 || track.Duration == 0 || track.Codec == "" {
					t.Errorf("track %d: %+v, want samples, duration and codec", i, track)
				}
			}
		})
	}
}
