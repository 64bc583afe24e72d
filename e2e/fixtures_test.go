package e2e_test

import (
	"path"
	"strings"
	"testing"

	"github.com/everframe/everframe/internal/packaging/hls/hlstest"
	"github.com/everframe/everframe/internal/plan"
	"github.com/everframe/everframe/internal/testmedia"
	"github.com/everframe/everframe/job"
)

// TestRealFiles leads real files through the system as a newcomer starts it.
func TestRealFiles(t *testing.T) {
	for _, test := range []struct {
		name, file     string
		picture, sound bool
		portrait       bool
		cut            bool // long enough for chunks
	}{
		{"film of three minutes", "video/wannaworktogether.mp4", true, true, false, true},
		{"variable frame rate", "video/kpy_uno.mp4", true, false, false, false},
		{"turned by a telephone", "video/with-gps.mov", true, true, true, false},
		{"start at ten seconds", "video/bbb_800x640_768kbps_30fps_avc_2b_firstpts_10_sec.mp4", true, false, false, false},
		{"transport stream", "video/bbb_2500ms.ts", true, true, false, false},
		{"transport stream with a late start", "video/portrait.ts", true, false, true, false},
		{"avi", "video/sample.avi", true, true, false, false},
		{"program stream", "video/movie-hello.mpeg", true, true, false, false},
		{"sound alone", "audio/tagged.m4a", false, true, false, false},
		{"sound with a cover", "audio/bear-id3.mp3", false, true, false, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			file := testmedia.Fixture(t, test.file)
			t.Parallel()
			p := plain.use(t).pipeline(strings.ReplaceAll(test.name, " ", "-"))
			input := path.Base(test.file)
			p.upload(input, file)

			var outputs []job.Output
			list := job.Playlist{Name: "index", Format: job.HLSv3}
			single := test.picture && !test.cut // one size of the film is enough
			if single {
				outputs = append(outputs, mp4("film.mp4", mp4Small))
			}
			if test.picture {
				outputs = append(outputs, hls("v", hls400k, "4"))
				list.OutputKeys = append(list.OutputKeys, "v")
			}
			if test.sound {
				outputs = append(outputs, hls("a", hlsSound, "4"))
				list.OutputKeys = append(list.OutputKeys, "a")
			}
			if !test.picture {
				outputs = append(outputs, mp4("sound.mp4", m4a))
			}
			req := p.order(input, "", outputs...)
			req.Playlists = []job.Playlist{list}
			j := p.complete(p.submit(req).ID)
			made := planOf(t, p.temporal, string(j.ID))
			for _, g := range made.Groups {
				if cut := len(g.Chunks) > 1; len(g.Renditions) > 0 && cut != test.cut {
					t.Errorf("group %s: %d chunks", g.ID, len(g.Chunks))
				}
			}
			for _, s := range hlstest.Check(t, p.path(p.out, ""), "index.m3u8") {
				o := outputOf(t, j, strings.TrimSuffix(s.Path, ".m3u8"))
				if s.Video && s.Frames != frames(t, made, o.ID) {
					t.Errorf("%s: %d frames, planned were %d", s.Path, s.Frames, frames(t, made, o.ID))
				}
				near(t, o, s.Seconds())
			}
			for _, o := range j.Outputs {
				t.Logf("%s: %dx%d, %s frames a second, %d ms, %d B, %q", o.Key, o.Width, o.Height, o.FrameRate, o.DurationMillis, o.FileSize, o.StatusDetail)
				if (o.Width > 0) != (test.picture && o.Key != "a") || o.Width > 0 && (o.Width < o.Height) != test.portrait {
					t.Errorf("%s: %dx%d", o.Key, o.Width, o.Height)
				}
			}
			if single {
				checkFile(t, p, made, outputOf(t, j, "film.mp4"), test.sound)
			}
		})
	}
}

func outputOf(t *testing.T, j job.Job, key string) job.OutputRecord {
	t.Helper()
	for _, o := range j.Outputs {
		if o.Key == key {
			return o
		}
	}
	t.Fatalf("no output %s", key)
	return job.OutputRecord{}
}

// near checks that an output is as long as it says.
func near(t *testing.T, o job.OutputRecord, seconds float64) {
	t.Helper()
	if off := float64(o.DurationMillis)/1000 - seconds; off > 0.1 || off < -0.1 {
		t.Errorf("%s: %d ms, its media have %.3f s", o.Key, o.DurationMillis, seconds)
	}
}

// checkFile compares a file with the plan and with what its record says.
func checkFile(t *testing.T, p pipeline, made plan.Plan, o job.OutputRecord, sound bool) {
	t.Helper()
	file := p.path(p.out, o.Key)
	packets := testmedia.Packets(t, file, "v:0")
	if want := frames(t, made, o.ID); int64(len(packets)) != want {
		t.Errorf("%s: %d frames, planned were %d", o.Key, len(packets), want)
	}
	if !packets[0].Key() {
		t.Errorf("%s does not begin with a key frame", o.Key)
	}
	streams := testmedia.Streams(t, file)
	if want := 1; sound {
		want = 2
		if len(streams) != want || streams[1].CodecName != "aac" {
			t.Errorf("%s: %d streams", o.Key, len(streams))
		}
	} else if len(streams) != want {
		t.Errorf("%s: %d streams, want %d", o.Key, len(streams), want)
	}
	if v := streams[0]; v.CodecName != "h264" || int64(v.Width) != o.Width || int64(v.Height) != o.Height || v.StartTime != "0.000000" {
		t.Errorf("%s: %+v", o.Key, v)
	}
	testmedia.FFmpeg(t, "-xerror", "-i", "file:"+file, "-f", "null", "-") // decodes to its end without an error
}
