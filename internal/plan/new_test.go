package plan_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/everframe/everframe/internal/fault"
	"github.com/everframe/everframe/internal/golden"
	"github.com/everframe/everframe/internal/media"
	"github.com/everframe/everframe/internal/plan"
	"github.com/everframe/everframe/job"
	"github.com/everframe/everframe/presets"
)

// scenario is the input half of a golden file: job.json, source.json and, where
// there is need, source2.json (a second input), presets.json (custom presets)
// and options.json.
type scenario struct {
	job     job.Request
	sources []media.Source
	custom  []presets.Preset
	options plan.Options
}

func load(t *testing.T, file string) scenario {
	t.Helper()
	a, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	s := scenario{options: plan.Options{Slots: 4, ContentBucket: "content", ThumbnailBucket: "stills"}}
	for _, f := range a.Files {
		var into any
		switch f.Name {
		case "job.json":
			into = &s.job
		case "source.json", "source2.json":
			s.sources = append(s.sources, media.Source{})
			into = &s.sources[len(s.sources)-1]
		case "presets.json":
			into = &s.custom
		case "options.json":
			into = &s.options
		case "plan.json":
			continue
		default:
			t.Fatalf("%s: unknown section %s", file, f.Name)
		}
		d := json.NewDecoder(bytes.NewReader(f.Data))
		d.DisallowUnknownFields()
		if err := d.Decode(into); err != nil {
			t.Fatalf("%s: %s: %v", file, f.Name, err)
		}
	}
	return s
}

func (s scenario) find(id job.ID) (presets.Preset, bool) {
	for _, p := range s.custom {
		if p.ID == id {
			return p, true
		}
	}
	return presets.Lookup(id)
}

func (s scenario) plan(t *testing.T) plan.Plan {
	t.Helper()
	p, err := plan.New(s.job, s.find, s.sources, s.options)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func encode(t *testing.T, p plan.Plan) []byte {
	t.Helper()
	b, err := json.MarshalIndent(p, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// Each file says in its head what the reference wants of it.
func TestNew(t *testing.T) {
	for _, file := range golden.Files(t, "testdata/*.txtar") {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			s := load(t, file)
			p := s.plan(t)
			got := encode(t, p)
			if !bytes.Equal(got, encode(t, s.plan(t))) {
				t.Error("the same job was planned in two ways")
			}
			check(t, s, p)
			golden.Check(t, file, "plan.json", got)

			var again plan.Plan
			if err := json.Unmarshal(got, &again); err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got, encode(t, again)) {
				t.Error("a recorded plan is read back as another")
			}
		})
	}
}

// check says what must hold of every plan.
func check(t *testing.T, s scenario, p plan.Plan) {
	t.Helper()
	if p.Schema != plan.Schema {
		t.Errorf("schema %d", p.Schema)
	}
	fate := map[string]int{}
	for _, g := range p.Groups {
		used := map[string]bool{}
		for _, o := range g.Outputs {
			fate[o.ID]++
			if _, ok := g.Rendition(o.Rendition); ok != (o.Rendition != "") {
				t.Errorf("output %s: rendition %q is not in its group", o.ID, o.Rendition)
			}
			if _, ok := g.Track(o.Track); ok != (o.Track != "") {
				t.Errorf("output %s: track %q is not in its group", o.ID, o.Track)
			}
			if o.Rendition == "" && o.Track == "" {
				t.Errorf("output %s is empty", o.ID)
			}
			if o.Bucket == "" || o.Key == "" {
				t.Errorf("output %s has no place", o.ID)
			}
			used[o.Rendition], used[o.Track] = true, true
		}
		for _, r := range g.Renditions {
			if !used[r.ID] {
				t.Errorf("rendition %s serves no output", r.ID)
			}
			if len(g.Chunks) == 0 || int64(r.GOP) != int64(g.Renditions[0].GOP) {
				t.Errorf("rendition %s: GOP %d does not suit its group's chunks", r.ID, r.GOP)
			}
			if (r.BitRate == 0) == (r.Quality == 0) {
				t.Errorf("rendition %s: either a bit rate or a quality", r.ID)
			}
		}
		for _, k := range g.Tracks {
			if !used[k.ID] {
				t.Errorf("track %s serves no output", k.ID)
			}
		}
		for _, c := range g.Chunks {
			if gop := int64(g.Renditions[0].GOP); c.First%gop != 0 || c.End%gop != 0 {
				t.Errorf("chunk %d is not cut on GOPs", c.Index)
			}
		}
	}
	playlists := map[int]int{}
	for _, l := range p.Playlists {
		playlists[l.Index]++
		for _, id := range l.Outputs {
			if fate[id] != 1 {
				t.Errorf("playlist %d lists output %s, which is not made", l.Index, id)
			}
		}
	}
	for _, r := range p.Refused {
		if r.Output == "" {
			playlists[r.Playlist]++
		} else {
			fate[r.Output]++
		}
		if fault.ParseKind(r.Kind).String() != r.Kind || r.Code == 0 || !strings.HasSuffix(r.Text, ".") {
			t.Errorf("refusal %+v", r)
		}
	}
	for id, n := range fate {
		if n != 1 {
			t.Errorf("output %s is planned or refused %d times", id, n)
		}
	}
	if len(fate) != len(s.job.AllOutputs()) || len(playlists) != len(s.job.Playlists) {
		t.Errorf("%d outputs and %d playlists of %d and %d have a fate", len(fate), len(playlists), len(s.job.AllOutputs()), len(s.job.Playlists))
	}
}

func TestNewRefuses(t *testing.T) {
	video := media.Source{Video: &media.VideoStream{Size: size(640, 480)}}
	one := func(preset job.ID) job.Request {
		return job.Request{Inputs: []job.Input{{Key: "a"}}, Outputs: []job.Output{{Key: "b", PresetID: preset}}}
	}
	tests := []struct {
		name    string
		req     job.Request
		sources []media.Source
	}{
		{"no inputs", job.Request{}, nil},
		{"an input not read", one("1351620000001-000010"), nil},
		{"more read than asked", one("1351620000001-000010"), []media.Source{video, video}},
		{"no such preset", one("1351620000001-999999"), []media.Source{video}},
		{"an override that is no rate", job.Request{Input: &job.Input{FrameRate: "fast"}}, []media.Source{video}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, err := plan.New(tt.req, presets.Lookup, tt.sources, plan.Options{})
			if fault.KindOf(err) != fault.Invalid || len(p.Groups) > 0 {
				t.Errorf("got %+v, %v, want an Invalid error", p, err)
			}
		})
	}
}

// Every system preset is planned or refused, for every kind of source: broken
// numbers must not panic, hang or give a plan that breaks its own rules.
func TestNewHostile(t *testing.T) {
	const most = 1<<63 - 1
	var outputs []job.Output
	pattern := "t-{count}"
	for _, p := range presets.System() {
		outputs = append(outputs, job.Output{Key: string(p.ID), PresetID: p.ID, SegmentDuration: "10", ThumbnailPattern: &pattern, Rotate: "90"})
	}
	keys := []media.Key{{PTS: seconds(most)}, {PTS: seconds(-most), DTS: seconds(most)}, {}}
	sources := map[string]media.Source{
		"empty":         {},
		"zero video":    {Video: &media.VideoStream{}},
		"negative size": {Video: &media.VideoStream{Size: size(-640, -480)}},
		"huge": {Duration: seconds(most), Start: seconds(-most), Keys: keys, Audio: []media.AudioStream{{Channels: most, SampleRate: most}}, Video: &media.VideoStream{
			Size: size(most, most), SAR: media.NewRational(most, 1), Rotation: 45, AverageRate: media.Rate(most, 1), BaseRate: media.Rate(1, most), Duration: seconds(most), Start: seconds(most), Frames: most,
		}},
		"tiny": {Duration: media.Seconds(1, most), Keys: keys, Audio: []media.AudioStream{{Channels: -1, SampleRate: -1}}, Video: &media.VideoStream{
			Size: size(1, 1), SAR: media.NewRational(1, most), AverageRate: media.Rate(1, most), BaseRate: media.Rate(1, 0),
		}},
		"long": {Duration: seconds(90 * 24 * 3600), Keys: append(every(seconds(600), media.Timestamp{}, seconds(90*24*3600)), keys...), Video: &media.VideoStream{
			Size: size(640, 480), AverageRate: media.Rate(300, 1), BaseRate: media.Rate(300, 1),
		}},
	}
	for name, src := range sources {
		t.Run(name, func(t *testing.T) {
			s := scenario{job: job.Request{Inputs: []job.Input{{Key: "in"}}, Outputs: outputs}, sources: []media.Source{src}, options: plan.Options{Slots: 1000, ContentBucket: "c", ThumbnailBucket: "t"}}
			p := s.plan(t)
			check(t, s, p)
			chunks := 0
			for _, g := range p.Groups {
				chunks += len(g.Chunks)
			}
			if chunks > plan.MaxChunks {
				t.Errorf("%d chunks", chunks)
			}
			t.Logf("%d groups, %d chunks, %d of %d outputs refused", len(p.Groups), chunks, len(p.Refused), len(outputs))
		})
	}
}

func TestTwoHundredInputs(t *testing.T) {
	s := scenario{job: job.Request{Inputs: make([]job.Input, 200), Outputs: []job.Output{{Key: "a", PresetID: "1351620000001-000010"}}}, sources: make([]media.Source, 200)}
	p := s.plan(t)
	if len(p.Groups) != 0 || len(p.Refused) != 1 || p.Refused[0].Code != 4006 {
		t.Errorf("%+v", p)
	}
}

// A recorded plan of every schema must still decode, with nothing lost.
func TestSchemas(t *testing.T) {
	for _, file := range golden.Files(t, "testdata/schema-*.json") {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var p plan.Plan
		d := json.NewDecoder(bytes.NewReader(b))
		d.DisallowUnknownFields()
		if err := d.Decode(&p); err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		var recorded, now any
		if err := json.Unmarshal(b, &recorded); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(encode(t, p), &now); err != nil {
			t.Fatal(err)
		}
		// Fields that came later may be added, and nothing else may differ.
		if diff := cmp.Diff(recorded, only(now, recorded)); diff != "" {
			t.Errorf("%s (-recorded +now):\n%s", file, diff)
		}
	}
}

// only returns v without the fields that like does not have.
func only(v, like any) any {
	switch like := like.(type) {
	case map[string]any:
		from, _ := v.(map[string]any)
		out := map[string]any{}
		for k, l := range like {
			if f, ok := from[k]; ok {
				out[k] = only(f, l)
			}
		}
		return out
	case []any:
		from, _ := v.([]any)
		out := make([]any, len(from))
		for i := range from {
			out[i] = from[i]
			if i < len(like) {
				out[i] = only(from[i], like[i])
			}
		}
		return out
	}
	return v
}

func TestRefuse(t *testing.T) {
	s := load(t, "testdata/abr.txtar")
	p := s.plan(t)
	err := fault.New("publish", fault.Exists, 0, "taken.")
	p.Refuse("4", err) // the sound-only output
	check(t, s, p)
	if len(p.Groups) != 2 || len(p.Playlists) != 0 {
		t.Errorf("%d groups, %d playlists", len(p.Groups), len(p.Playlists))
	}
	want := []plan.Refusal{
		{Output: "4", Kind: "Exists", Code: 3002, Text: "taken."},
		{Kind: "Dependency", Code: 1001, Text: fault.DependencyError.Text()},
	}
	if diff := cmp.Diff(want, p.Refused); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, id := range []string{"1", "2", "3", "5"} {
		p.Refuse(id, err)
	}
	check(t, s, p)
	if len(p.Groups) != 0 {
		t.Errorf("%d groups are left of nothing", len(p.Groups))
	}
}
