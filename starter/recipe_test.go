package main

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/everframe/everframe/job"
	"github.com/everframe/everframe/presets"
)

func TestDefaultRecipe(t *testing.T) {
	c := &runCmd{}
	o, err := c.check()
	if err != nil {
		t.Fatal(err)
	}
	f := newFakeAPI()
	got, err := c.recipe(t.Context(), quick(t, f.serve(t)), o)
	if err != nil {
		t.Fatal(err)
	}
	thumbnails := "thumbnails/{count}"
	want := job.Request{
		PipelineID: "1111111111111-abcde1",
		Inputs:     []job.Input{{Key: "bear-1.mp4"}},
		Outputs: []job.Output{
			{Key: "generic-480p-16-9.mp4", PresetID: "1351620000001-000020", ThumbnailPattern: &thumbnails},
			{Key: "hls-2m/stream", PresetID: "1351620000001-200010", SegmentDuration: "6"},
			{Key: "hls-1m/stream", PresetID: "1351620000001-200030", SegmentDuration: "6"},
			{Key: "hls-400k/stream", PresetID: "1351620000001-200050", SegmentDuration: "6"},
			{Key: "hls-audio-64k/stream", PresetID: "1351620000001-200071", SegmentDuration: "6"},
		},
		OutputKeyPrefix: "bear-1/",
		Playlists: []job.Playlist{{
			Name: "index", Format: "HLSv3",
			OutputKeys: []string{"hls-2m/stream", "hls-1m/stream", "hls-400k/stream", "hls-audio-64k/stream"},
		}},
		UserMetadata:       map[string]string{"Client": "starter"},
		ClientRequestToken: "t-1",
	}
	req := got.request("1111111111111-abcde1", "bear-1.mp4", "bear-1/", "t-1")
	if diff := cmp.Diff(want, req); diff != "" {
		t.Errorf("request (-want +got):\n%s", diff)
	}
	if err := req.Validate(); err != nil {
		t.Errorf("the API refuses it: %v", err)
	}
}

func TestRecipe(t *testing.T) {
	const hls1, hls2, sound, mp4, dash = "1351620000001-200010", "1351620000001-200050", "1351620000001-300040", "1351620000001-000010", "1351620000001-500030"
	type out struct{ Key, Segment, Thumbnails string }
	tests := []struct {
		name    string
		presets []string
		order   order
		outputs []out
		lists   map[string][]string
		wrong   bool
	}{
		{name: "one file", presets: []string{mp4}, outputs: []out{{Key: "generic-720p.mp4"}}},
		{name: "ts without segments", presets: []string{hls1}, outputs: []out{{Key: "hls-2m.ts"}}},
		{
			name: "segments without a playlist", presets: []string{hls1, mp4}, order: order{segment: 2.5},
			outputs: []out{{Key: "hls-2m/stream", Segment: "2.5"}, {Key: "generic-720p.mp4"}},
		},
		{
			name: "the same preset twice", presets: []string{mp4, mp4},
			outputs: []out{{Key: "generic-720p.mp4"}, {Key: "generic-720p-2.mp4"}},
		},
		{
			name: "a playlist in a folder", presets: []string{hls1, hls2, mp4}, order: order{playlists: []playlistFlag{{"HLSv3", "tv/main"}}},
			outputs: []out{{Key: "tv/hls-2m/stream", Segment: "6"}, {Key: "tv/hls-400k/stream", Segment: "6"}, {Key: "generic-720p.mp4"}},
			lists:   map[string][]string{"tv/main": {"tv/hls-2m/stream", "tv/hls-400k/stream"}},
		},
		{
			name: "two playlists of their own outputs", presets: []string{hls1, dash}, order: order{segment: 4, playlists: []playlistFlag{{"HLSv3", "a"}, {"MPEG-DASH", "b"}}},
			outputs: []out{{Key: "hls-2m/stream", Segment: "4"}, {Key: "mpeg-dash-video-2-4m.fmp4", Segment: "4"}},
			lists:   map[string][]string{"a": {"hls-2m/stream"}, "b": {"mpeg-dash-video-2-4m.fmp4"}},
		},
		{
			name: "thumbnails are of the first picture", presets: []string{sound, mp4, hls1}, order: order{thumbnails: true},
			outputs: []out{{Key: "audio-mp3-128k.mp3"}, {Key: "generic-720p.mp4", Thumbnails: "thumbnails/{count}"}, {Key: "hls-2m.ts"}},
		},
		{name: "thumbnails of sound", presets: []string{sound}, order: order{thumbnails: true}, wrong: true},
		{name: "a playlist of nothing", presets: []string{mp4}, order: order{playlists: []playlistFlag{{"HLSv3", "a"}}}, wrong: true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var from []presets.Preset
			for _, id := range tt.presets {
				p, ok := presets.Lookup(job.ID(id))
				if !ok {
					t.Fatalf("no preset %s", id)
				}
				from = append(from, p)
			}
			r, err := newRecipe(from, tt.order)
			if tt.wrong {
				if exitCode(err) != exitUsage {
					t.Errorf("got %v, want a usage error", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			var outputs []out
			for _, o := range r.outputs {
				got := out{Key: o.Key, Segment: o.SegmentDuration}
				if o.ThumbnailPattern != nil {
					got.Thumbnails = *o.ThumbnailPattern
				}
				outputs = append(outputs, got)
			}
			if diff := cmp.Diff(tt.outputs, outputs); diff != "" {
				t.Errorf("outputs (-want +got):\n%s", diff)
			}
			var lists map[string][]string
			for _, l := range r.playlists {
				if lists == nil {
					lists = map[string][]string{}
				}
				lists[l.Name] = l.OutputKeys
			}
			if diff := cmp.Diff(tt.lists, lists); diff != "" {
				t.Errorf("playlists (-want +got):\n%s", diff)
			}
			req := r.request("1111111111111-abcde1", "in", "p/", "t")
			if err := req.Validate(); err != nil {
				t.Errorf("the API refuses it: %v", err)
			}
		})
	}
}

func TestPlaylistFlag(t *testing.T) {
	tests := []struct {
		given []string
		want  []playlistFlag
		wrong bool
	}{
		{given: nil},
		{given: []string{"hlsv3"}, want: []playlistFlag{{"HLSv3", "index"}}},
		{given: []string{"HLSv3:main", "mpeg-dash"}, want: []playlistFlag{{"HLSv3", "main"}, {"MPEG-DASH", "index-mpeg-dash"}}},
		{given: []string{"HLSv3", "HLSv4", "Smooth:s/x"}, want: []playlistFlag{{"HLSv3", "index"}, {"HLSv4", "index-hlsv4"}, {"Smooth", "s/x"}}},
		{given: []string{"HLS"}, wrong: true},
		{given: []string{"HLSv3:a", "HLSv4:a"}, wrong: true},
	}
	for _, tt := range tests {
		got, err := parsePlaylists(tt.given)
		if tt.wrong != (exitCode(err) == exitUsage) {
			t.Errorf("%q: got error %v, want one: %t", tt.given, err, tt.wrong)
		}
		if diff := cmp.Diff(tt.want, got, cmp.AllowUnexported(playlistFlag{})); !tt.wrong && diff != "" {
			t.Errorf("%q (-want +got):\n%s", tt.given, diff)
		}
	}
}

func TestMatchPreset(t *testing.T) {
	all := presets.System()
	tests := []struct {
		name  string
		want  job.ID // empty is a usage error
		names string // what the error must name
	}{
		{"Generic 720p", "1351620000001-000010", ""},
		{"  generic 720P ", "1351620000001-000010", ""},
		{"System preset: HLS 2M", "1351620000001-200010", ""},
		{"hls 2m", "1351620000001-200010", ""}, // exact, though nothing else has it
		{"Video - 2M", "1351620000001-200015", ""},
		{"xdcam422", "", "Full HD 1080i60"},
		{"hls", "", "…"},
		{"Generic", "", "Generic 1080p (1351620000001-000001)"},
		{"8-track", "", "no preset"},
		{" ", "", "no preset"},
	}
	for _, tt := range tests {
		got, err := matchPreset(all, tt.name)
		if got.ID != tt.want {
			t.Errorf("%q: got %q (%v), want %q", tt.name, got.ID, err, tt.want)
		}
		if tt.want == "" {
			if exitCode(err) != exitUsage {
				t.Errorf("%q: got %v, want a usage error", tt.name, err)
				continue
			}
			wantText(t, err.Error(), tt.names)
		}
	}
}

func TestNames(t *testing.T) {
	for file, want := range map[string][2]string{
		"Holiday in Rome.MOV": {"holiday-in-rome-S.mov", "holiday-in-rome-S/"},
		"noextension":         {"noextension-S", "noextension-S/"},
		".hidden":             {"hidden-S", "hidden-S/"},
		"日本.mp4":              {"input-S.mp4", "input-S/"},
		"a.tar.gz":            {"a-tar-S.gz", "a-tar-S/"},
	} {
		input, prefix := names(file, "S")
		if got := [2]string{input, prefix}; got != want {
			t.Errorf("%q: got %q, want %q", file, got, want)
		}
	}
	long := ""
	for range 300 {
		long += "x"
	}
	if input, prefix := names(long+".mp4", "20260102-150405-abcdef01"); len(input) > 120 || len(prefix) > 120 {
		t.Errorf("got names of %d and %d bytes", len(input), len(prefix))
	}
}
