package e2e_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/everframe/everframe/internal/testmedia"
	"github.com/everframe/everframe/job"
)

// detailForm is "<code> <uuid>: <sentence>".
var detailForm = regexp.MustCompile(`^(\d{4}) [0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}: (.+)$`)

// TestBadInput checks what a customer reads of an input that cannot be used,
// and that nothing of it is tried twice or left behind.
func TestBadInput(t *testing.T) {
	t.Parallel()
	s := chunked.use(t)
	p := s.pipeline("bad")
	dir := t.TempDir()
	file := func(name string, content []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, content, 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	clip := testmedia.Clip(t, testmedia.Spec{Audio: true, Seconds: 2})
	p.upload("clip.mp4", clip)
	p.upload("text.mp4", file("text.mp4", []byte(strings.Repeat("no media at all. ", 1000))))
	p.upload("empty.mp4", file("empty.mp4", nil))
	p.upload("cut.mp4", file("cut.mp4", readFile(t, clip)[:2000]))
	p.upload("silent.mp4", testmedia.Clip(t, testmedia.Spec{}))
	p.upload("sound.m4a", testmedia.Clip(t, testmedia.Spec{NoVideo: true, Container: "m4a"}))

	const taken = "The specified object could not be saved in the specified bucket because an object by that name already exists: bucket=bad-out, key="
	const notMedia = "Amazon Elastic Transcoder could not interpret the media file."
	inTheWay := func(key string) func() {
		return func() {
			if a := s.request("PUT", s.fileURL(p.out, key), strings.NewReader("here before")); a.status != http.StatusCreated {
				t.Fatalf("%d %s", a.status, a.body)
			}
		}
	}
	for _, test := range []struct {
		name    string
		input   string
		output  job.Output
		prepare func()
		code    string
		text    string // empty: any
		reasons string // a part of the text, where there is no known text of the API's
	}{
		{"no such input", "nowhere.mp4", mp4("x.mp4", mp4Small), nil, "3001", "", "nowhere.mp4"},
		{"output file exists", "clip.mp4", mp4("film.mp4", mp4Small), inTheWay("taken/output-file-exists/film.mp4"), "3002", taken + "taken/output-file-exists/film.mp4.", ""},
		{"first segment exists", "clip.mp4", hls("v", hls400k, "2"), inTheWay("taken/first-segment-exists/v00000.ts"), "3002", taken + "taken/first-segment-exists/v00000.ts.", ""},
		{"playlist exists", "clip.mp4", hls("v", hls400k, "2"), inTheWay("taken/playlist-exists/v.m3u8"), "3002", taken + "taken/playlist-exists/v.m3u8.", ""},
		{"text", "text.mp4", mp4("x.mp4", mp4Small), nil, "4000", notMedia, ""},
		{"empty", "empty.mp4", mp4("x.mp4", mp4Small), nil, "4000", notMedia, ""},
		{"cut short", "cut.mp4", mp4("x.mp4", mp4Small), nil, "4000", notMedia, ""},
		{"no sound for a preset of sound", "silent.mp4", hls("a", hlsSound, "2"), nil, "4008", "", "audio"},
		{"no picture for a preset of pictures", "sound.m4a", mp4("x.mp4", mp4Small), nil, "4008", "", "video"},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := pipeline{&stack{t, s.server}, p.id, p.in, p.out}
			prefix := "taken/" + strings.ReplaceAll(test.name, " ", "-") + "/"
			if test.prepare != nil {
				test.prepare()
			}
			before := p.objects(p.out, prefix)
			j := p.wait(p.submit(p.order(test.input, prefix, test.output)).ID)
			took := time.Duration(j.Timing.FinishTimeMillis-j.Timing.SubmitTimeMillis) * time.Millisecond
			t.Logf("ended %s after it was submitted: %s", took, j.Outputs[0].StatusDetail)
			if j.Status != job.Error || j.Outputs[0].Status != job.Error {
				t.Fatalf("status %s:\n%s", j.Status, details(j))
			}
			parts := detailForm.FindStringSubmatch(j.Outputs[0].StatusDetail)
			if parts == nil || parts[1] != test.code || test.text != "" && parts[2] != test.text || !strings.Contains(parts[2], test.reasons) {
				t.Errorf("detail %q, want %s %q", j.Outputs[0].StatusDetail, test.code, test.text+test.reasons)
			}
			if diff := cmp.Diff(before, p.objects(p.out, prefix)); diff != "" {
				t.Errorf("output bucket (-before +after):\n%s", diff)
			}
			p.settled(j.ID)
			for _, st := range steps(t, p.temporal, string(j.ID)) {
				if st.before.GetApplicationFailureInfo() != nil { // a missed heartbeat is the machine's
					t.Errorf("%s was tried %d times, the last time after: %s", st.name, st.attempts, st.before.GetMessage())
				}
			}
			for _, child := range children(t, p.temporal, string(j.ID)) {
				t.Errorf("something was encoded: %s", child)
			}
		})
	}
}

// TestOneBadOutput checks that an output which cannot be made takes neither the
// others with it nor leaves a playlist over what is missing.
func TestOneBadOutput(t *testing.T) {
	t.Parallel()
	p := chunked.use(t).pipeline("one-bad")
	p.upload("in.mp4", testmedia.Clip(t, testmedia.Spec{Seconds: 2}))
	req := p.order("in.mp4", "x/", hls("v", hls400k, "1"), hls("a", hlsSound, "1"))
	req.Playlists = []job.Playlist{
		{Name: "both", Format: job.HLSv3, OutputKeys: []string{"v", "a"}},
		{Name: "good", Format: job.HLSv3, OutputKeys: []string{"v"}},
	}
	j := p.wait(p.submit(req).ID)
	var got []string
	for _, o := range j.Outputs {
		got = append(got, fmt.Sprintf("%s %s %.4s", o.Key, o.Status, o.StatusDetail))
	}
	for _, l := range j.Playlists {
		got = append(got, fmt.Sprintf("%s %s %.4s", l.Name, l.Status, l.StatusDetail))
	}
	want := []string{"v Complete ", "a Error 4008", "both Error 1001", "good Complete "}
	if diff := cmp.Diff(want, got); diff != "" || j.Status != job.Error {
		t.Errorf("job %s (-want +got):\n%s", j.Status, diff)
	}
	if has(p.objects(p.out, ""), "both.m3u8") {
		t.Error("a playlist names what is not there")
	}
}

// TestRefusedRequests checks what the API says at once.
func TestRefusedRequests(t *testing.T) {
	t.Parallel()
	s := chunked.use(t)
	p := s.pipeline("refused")
	const nobody = "1111111111111-abcdef"
	good := string(p.id)
	body := func(pipeline, preset string) string {
		return fmt.Sprintf(`{"PipelineId":%q,"Input":{"Key":"in.mp4"},"Output":{"Key":"out.mp4","PresetId":%q}}`, pipeline, preset)
	}
	for _, test := range []struct {
		name, method, path, body string
		status                   int
		errorType, message       string // a message that ends in … is a beginning
	}{
		{
			"unknown preset", "POST", "/jobs", body(good, nobody), 404, "ResourceNotFoundException",
			"The specified preset was not found: account=000000000000, presetId=" + nobody,
		},
		{
			"unknown pipeline", "POST", "/jobs", body(nobody, mp4Small), 404, "ResourceNotFoundException",
			"The specified pipeline was not found: account=000000000000, pipelineId=" + nobody,
		},
		{
			"unknown job", "GET", "/jobs/" + nobody, "", 404, "ResourceNotFoundException",
			"The specified job was not found: account=000000000000, jobId=" + nobody + ".",
		},
		{
			"cancel of an unknown job", "DELETE", "/jobs/" + nobody, "", 404, "ResourceNotFoundException",
			"The specified job was not found: account=000000000000, jobId=" + nobody + ".",
		},
		{
			"jobs of an unknown pipeline", "GET", "/jobsByPipeline/" + nobody, "", 404, "ResourceNotFoundException",
			"The specified pipeline was not found: account=000000000000, pipelineId=" + nobody,
		},
		{
			"not an id", "GET", "/jobs/abc", "", 400, "ValidationException",
			`1 validation error detected: Value 'abc' at 'id' failed to satisfy constraint: Member must satisfy regular expression pattern: ^\d{13}-\w{6}$`,
		},
		{
			"no pipeline", "POST", "/jobs", `{"Input":{"Key":"in.mp4"},"Output":{"Key":"o","PresetId":"` + mp4Small + `"}}`, 400, "ValidationException",
			"1 validation error detected: Value null at 'pipelineId' failed to satisfy constraint: Member must not be null",
		},
		{"broken JSON", "POST", "/jobs", `{"PipelineId":`, 400, "SerializationException", "…"},
		{"no JSON", "POST", "/jobs", `hello`, 400, "SerializationException", "…"},
		{
			"structure for a string", "POST", "/jobs", `{"PipelineId":{}}`, 400, "SerializationException",
			"Start of structure or map found where not expected.",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			a := (&stack{t, s.server}).call(test.method, test.path, test.body)
			message := a.message()
			if start, ok := strings.CutSuffix(test.message, "…"); ok && message != "" && strings.HasPrefix(message, start) {
				message = test.message
			}
			if a.status != test.status || a.errorType != test.errorType || message != test.message {
				t.Errorf("%d %s %s\nwant %d %s %s", a.status, a.errorType, a.body, test.status, test.errorType, test.message)
			}
		})
	}
	var list struct{ Jobs []job.Job }
	if s.get("/jobsByPipeline/"+good, &list); len(list.Jobs) > 0 {
		t.Errorf("refused requests left jobs: %+v", list.Jobs)
	}
}
