package presets_test

import (
	"testing"

	"github.com/everframe/everframe/internal/fault"
	"github.com/everframe/everframe/internal/golden"
	"github.com/everframe/everframe/job"
	"github.com/everframe/everframe/presets"
)

func TestCheckRequest(t *testing.T) {
	request := func(format string, outputs ...job.Output) job.Request {
		r := job.Request{Outputs: outputs}
		if format != "" {
			r.Playlists = []job.Playlist{{Name: "index", Format: format}}
			for _, o := range outputs {
				r.Playlists[0].OutputKeys = append(r.Playlists[0].OutputKeys, o.Key)
			}
		}
		return r
	}
	ts := job.Output{Key: "ts", PresetID: "1351620000001-200040"}
	fmp4 := job.Output{Key: "fmp4", PresetID: "1351620000001-500020"}
	mp4 := job.Output{Key: "mp4", PresetID: "1351620000001-000010"}
	mp3 := job.Output{Key: "mp3", PresetID: "1351620000001-300010"}
	with := func(o job.Output, change func(*job.Output)) job.Output { change(&o); return o }
	watermark := func(id string) func(*job.Output) {
		return func(o *job.Output) { o.Watermarks = []job.Watermark{{PresetWatermarkID: id, InputKey: "w.png"}} }
	}
	art := func(o *job.Output) { o.AlbumArt = &job.AlbumArt{Artwork: []job.Artwork{{InputKey: "a.png"}}} }
	const inPlaylist = " cannot be part of the playlist 'index': the playlist format "
	for _, c := range []struct {
		name string
		req  job.Request
		kind fault.Kind
		want string
	}{
		{"no playlist", request("", ts, fmp4, mp4, mp3), fault.None, ""},
		{"HLS", request(job.HLSv3, ts), fault.None, ""},
		{"DASH", request(job.MPEGDASH, fmp4), fault.None, ""},
		{
			"unknown preset", request("", ts, job.Output{Key: "x", PresetID: "1351620000001-999999"}), fault.NotFound,
			"The specified preset was not found: account=123456789012, presetId=1351620000001-999999",
		},
		{
			"withdrawn preset", request("", job.Output{Key: "x", PresetID: "1351620000000-100070"}), fault.None, "",
		},
		{
			"mp4 in HLS", request(job.HLSv4, ts, mp4), fault.Invalid,
			"Output 'mp4'" + inPlaylist + "HLSv4 requires presets with the container 'ts', not 'mp4'.",
		},
		{
			"ts in Smooth", request(job.Smooth, ts), fault.Invalid,
			"Output 'ts'" + inPlaylist + "Smooth requires presets with the container 'fmp4', not 'ts'.",
		},
		{"watermark", request("", with(ts, watermark("TopRight"))), fault.None, ""},
		{
			"watermark the preset lacks", request("", with(ts, watermark("Middle"))), fault.Invalid,
			"Output 'ts' uses the watermark 'Middle', which the preset 1351620000001-200040 does not have.",
		},
		{
			"watermark on sound", request("", with(mp3, watermark("TopRight"))), fault.Invalid,
			"Output 'mp3' uses the watermark 'TopRight', which the preset 1351620000001-300010 does not have.",
		},
		{"art on sound", request("", with(mp3, art)), fault.None, ""},
		{
			"art on video", request("", with(mp4, art)), fault.Invalid,
			"Output 'mp4' has AlbumArt, which only audio outputs in flac, mp3 and mp4 files can have.",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := presets.CheckRequest(c.req, presets.Lookup, "123456789012")
			if got := fault.KindOf(err); got != c.kind {
				t.Fatalf("kind %s, want %s: %v", got, c.kind, err)
			}
			if err != nil && fault.Text(err) != c.want {
				t.Errorf("got  %s\nwant %s", fault.Text(err), c.want)
			}
		})
	}
}

// TestCheckRequestGolden checks the requests of real clients whose presets
// are all built in.
func TestCheckRequestGolden(t *testing.T) {
	for _, name := range []string{"hls_ladder", "dash_captions", "audio_clip", "audio_extract"} {
		req, err := job.ParseRequest(golden.Section(t, "../job/testdata/"+name+".txtar", "request.json"))
		if err != nil {
			t.Fatal(err)
		}
		if err := presets.CheckRequest(req, presets.Lookup, "123456789012"); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
