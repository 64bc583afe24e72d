package job_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/everframe/everframe/internal/fault"
	"github.com/everframe/everframe/internal/golden"
	"github.com/everframe/everframe/job"
)

func TestParseRequest(t *testing.T) {
	empty := ""
	for _, c := range []struct {
		name, body string
		want       job.Request
	}{
		{"empty body", "", job.Request{}},
		{"null", " null ", job.Request{}},
		{"nulls are absent", `{"PipelineId":null,"Input":null,"Outputs":null,"UserMetadata":null}`, job.Request{}},
		{"names are case-sensitive", `{"pipelineid":"x","INPUT":{}}`, job.Request{}},
		{"unknown members", `{"Foo":{"Bar":[1,{}]},"Input":{"Key":"k","Status":{}}}`, job.Request{Input: &job.Input{Key: "k"}}},
		{
			"scalars where strings belong", `{"Outputs":[{"SegmentDuration":10.50,"Rotate":90,"Key":true}]}`,
			job.Request{Outputs: []job.Output{{SegmentDuration: "10.50", Rotate: "90", Key: "true"}}},
		},
		{
			"an empty pattern is not an absent one", `{"Outputs":[{"ThumbnailPattern":""},{}]}`,
			job.Request{Outputs: []job.Output{{ThumbnailPattern: &empty}, {}}},
		},
		{
			"an empty list is not an absent one", `{"Output":{"AlbumArt":{"Artwork":[]}}}`,
			job.Request{Output: &job.Output{AlbumArt: &job.AlbumArt{Artwork: []job.Artwork{}}}},
		},
		{"the last of two wins", `{"OutputKeyPrefix":"a","OutputKeyPrefix":"b"}`, job.Request{OutputKeyPrefix: "b"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := job.ParseRequest([]byte(c.body))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestParseRequestRefuses(t *testing.T) {
	const structure = "Start of structure or map found where not expected."
	for _, c := range []struct{ name, body, want string }{
		{"structure for a string", `{"PipelineId":{"Ref":"x"}}`, structure},
		{"structure for a string, deep", `{"Outputs":[{"Key":{}}]}`, structure},
		{"structure for a list", `{"Inputs":{"Key":"k"}}`, structure},
		{"structure for metadata", `{"UserMetadata":{"k":{}}}`, structure},
		{"list for a string", `{"PipelineId":["x"]}`, "Start of list found where not expected."},
		{"list for a structure", `{"Input":[{"Key":"k"}]}`, "Start of list found where not expected."},
		{"string for a list", `{"Inputs":"k"}`, "Expected list or null"},
		{"string for a structure", `{"Input":"k"}`, "Unexpected field type"},
		{"list for all", `[]`, "Start of list found where not expected."},
		{"no JSON", `{"PipelineId":`, "Could not parse request body into json: unexpected end of the body"},
		{"form data", `PipelineId=x`, "Could not parse request body into json: invalid character 'P' looking for beginning of value"},
		{"two objects", `{} {}`, "Could not parse request body into json: data after the object"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := job.ParseRequest([]byte(c.body))
			if fault.KindOf(err) != fault.Invalid || fault.Text(err) != c.want {
				t.Errorf("got %v, want Invalid: %s", err, c.want)
			}
		})
	}
}

// TestUnmarshalRequest is the way a workflow started by hand reads its input.
func TestUnmarshalRequest(t *testing.T) {
	var got job.Request
	if err := json.Unmarshal([]byte(`{"Output":{"SegmentDuration":10}}`), &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(job.Request{Output: &job.Output{SegmentDuration: "10"}}, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	err := json.Unmarshal([]byte(`{"PipelineId":{}}`), &got)
	if fault.KindOf(err) != fault.Invalid {
		t.Errorf("a structure for a string: %v, want Invalid", err)
	}
}

// FuzzParseRequest: any body is parsed or refused as Invalid; what was parsed
// prints to a body that parses to the same; no check or record panics on it.
func FuzzParseRequest(f *testing.F) {
	for _, file := range golden.Files(f, "testdata/*.txtar") {
		f.Add(golden.Section(f, file, "request.json"))
	}
	f.Add([]byte(`{"Outputs":[null,{"AlbumArt":{"Artwork":[]},"Composition":[{}]}],"Playlists":[{"OutputKeys":[null,1e9]}]}`))
	f.Add([]byte("{\"UserMetadata\":{\"\\ud800\":\"\xff\"},\"Input\":{\"Key\":-0.0}}"))
	f.Fuzz(func(t *testing.T, body []byte) {
		first, err := job.ParseRequest(body)
		if err != nil {
			if fault.KindOf(err) != fault.Invalid {
				t.Fatalf("refused with %v, want Invalid", err)
			}
			return
		}
		printed, err := json.Marshal(first)
		if err != nil {
			t.Fatal(err)
		}
		second, err := job.ParseRequest(printed)
		if err != nil {
			t.Fatalf("printed request is refused: %v\n%s", err, printed)
		}
		if diff := cmp.Diff(first, second); diff != "" {
			t.Fatalf("printed and parsed again (-first +second):\n%s", diff)
		}
		if err := first.Validate(); err != nil && fault.KindOf(err) != fault.Invalid {
			t.Fatalf("Validate: %v, want Invalid", err)
		}
		record := job.New("1533838012294-exampl", first, account, 1)
		var read job.Job
		if err := json.Unmarshal(mustMarshal(t, record), &read); err != nil {
			t.Fatal(err)
		}
	})
}
