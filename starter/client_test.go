package main

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/everframe/everframe/job"
)

// quick returns a client that does not wait long between tries.
func quick(t *testing.T, url string) *client {
	t.Helper()
	c, err := newClient(url)
	if err != nil {
		t.Fatal(err)
	}
	c.backoff = time.Microsecond
	return c
}

func TestRetries(t *testing.T) {
	read := func(c *client) error { _, err := c.readPipeline(context.Background(), "1-a"); return err }
	create := func(c *client) error {
		_, err := c.createPipeline(context.Background(), job.CreatePipelineRequest{Name: "n"})
		return err
	}
	tests := []struct {
		name    string
		refuse  []int
		do      func(*client) error
		want    int // requests
		success bool
	}{
		{"read, throttled", []int{429, 429}, read, 3, false}, // then 404: no such pipeline
		{"read, server error", []int{500, 502, 503}, read, 4, false},
		{"read, refused", []int{403}, read, 1, false},
		{"read, never well", []int{500, 500, 500, 500, 500, 500}, read, 5, false},
		{"create, throttled", []int{429}, create, 2, true},
		{"create, not taken", []int{503, 503}, create, 3, true},
		{"create, perhaps obeyed", []int{500}, create, 1, false},
		{"create, refused", []int{400}, create, 1, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := newFakeAPI()
			f.refuse = tt.refuse
			err := tt.do(quick(t, f.serve(t)))
			if (err == nil) != tt.success {
				t.Errorf("got error %v, want success %t", err, tt.success)
			}
			if got := f.asked(""); got != tt.want {
				t.Errorf("got %d requests, want %d", got, tt.want)
			}
		})
	}
}

func TestCreateJobWithATokenIsRepeated(t *testing.T) {
	f := newFakeAPI()
	c := quick(t, f.serve(t))
	req := job.Request{
		PipelineID: "1111111111111-abcde1", Inputs: []job.Input{{Key: "a"}}, ClientRequestToken: "t-1",
		Outputs: []job.Output{{Key: "b", PresetID: "1351620000001-000010"}},
	}
	first, err := c.createJob(context.Background(), req, true)
	if err != nil {
		t.Fatal(err)
	}
	f.refuse = []int{500} // as if the first answer had been lost
	again, err := c.createJob(context.Background(), req, true)
	if err != nil || again.ID != first.ID {
		t.Errorf("got job %q, %v, want %q", again.ID, err, first.ID)
	}
	if len(f.jobs) != 1 {
		t.Errorf("got %d jobs, want 1", len(f.jobs))
	}
}

func TestErrorAnswers(t *testing.T) {
	tests := []struct {
		name, kind, body string
		status           int
		want             apiError
		text             string
	}{
		{
			"of the service", "ValidationException:http://x/", `{"message":"Role cannot be blank"}`, 400,
			apiError{Op: "ReadJob", Status: 400, Type: "ValidationException", Message: "Role cannot be blank", RequestID: "r-1"},
			"ReadJob: Role cannot be blank (ValidationException)",
		},
		{
			"of serialization", "SerializationException", `{"Message":"Start of structure or map found where not expected."}`, 400,
			apiError{Op: "ReadJob", Status: 400, Type: "SerializationException", Message: "Start of structure or map found where not expected.", RequestID: "r-1"},
			"ReadJob: Start of structure or map found where not expected. (SerializationException)",
		},
		{
			"of a proxy, text", "", "upstream timed out\nmore", 418,
			apiError{Op: "ReadJob", Status: 418, Message: "upstream timed out", RequestID: "r-1"},
			"ReadJob: upstream timed out (HTTP 418)",
		},
		{
			"of a proxy, page", "", "<html>…", 404,
			apiError{Op: "ReadJob", Status: 404, RequestID: "r-1"},
			"ReadJob: Not Found (HTTP 404)",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				if tt.kind != "" {
					w.Header().Set("x-amzn-ErrorType", tt.kind)
				}
				w.Header().Set("x-amzn-RequestId", "r-1")
				w.WriteHeader(tt.status)
				w.Write([]byte(tt.body))
			}))
			defer s.Close()
			_, err := quick(t, s.URL).readJob(context.Background(), "1111111111111-abcde1")
			var got *apiError
			if !errors.As(err, &got) {
				t.Fatalf("got %v, want an *apiError", err)
			}
			if diff := cmp.Diff(tt.want, *got); diff != "" {
				t.Errorf("error (-want +got):\n%s", diff)
			}
			if got.Error() != tt.text {
				t.Errorf("got text %q, want %q", got.Error(), tt.text)
			}
		})
	}
}

func TestAStrangersAnswerIsAnError(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("<html>welcome</html>")) }))
	defer s.Close()
	c := quick(t, s.URL)
	if err := c.healthy(context.Background()); err == nil {
		t.Error("a web page was taken for a healthy server")
	}
	var got *apiError
	if _, err := c.readJob(context.Background(), "1111111111111-abcde1"); !errors.As(err, &got) {
		t.Errorf("got %v, want an *apiError", err)
	}
}

func TestUnreachable(t *testing.T) {
	c := quick(t, "http://"+freeAddress(t))
	var gone *unreachable
	_, err := c.readJob(context.Background(), "1111111111111-abcde1")
	if !errors.As(err, &gone) {
		t.Fatalf("got %v, want *unreachable", err)
	}

	hangs := make(chan struct{})
	s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-hangs }))
	defer s.Close()
	defer close(hangs)
	c = quick(t, s.URL)
	c.timeout = 20 * time.Millisecond
	if _, err := c.readJob(context.Background(), "1111111111111-abcde1"); !errors.As(err, &gone) {
		t.Errorf("of a server that hangs: got %v, want *unreachable", err)
	}

	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := c.readJob(ctx, "1111111111111-abcde1"); !errors.Is(err, context.Canceled) {
		t.Errorf("after a cancel: got %v, want context.Canceled", err)
	}
}

// freeAddress returns an address where nothing listens.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func TestServerURL(t *testing.T) {
	for server, want := range map[string]string{
		"http://127.0.0.1:8080":      "http://127.0.0.1:8080",
		"https://example.com/et/":    "https://example.com/et",
		"http://localhost:1/?x=y#z":  "http://localhost:1",
		"localhost:8080":             "",
		"ftp://localhost":            "",
		"http://":                    "",
		"http://[::1]:8080":          "http://[::1]:8080",
		"http://bad host/everything": "",
	} {
		c, err := newClient(server)
		switch {
		case want == "" && exitCode(err) != exitUsage:
			t.Errorf("%q: got %v, want a usage error", server, err)
		case want != "" && (err != nil || c.base != want):
			t.Errorf("%q: got %+v, %v, want %q", server, c, err, want)
		}
	}
}

func TestUploadIsRepeated(t *testing.T) {
	f := newFakeAPI()
	url := f.serve(t)
	name := media(t, "a.mp4", "content")
	read := 0
	c := quick(t, url)
	f.refuse = []int{500, 503}
	if err := c.upload(context.Background(), "b", "k/ä #1.mp4", name, func(n int) { read += n }); err != nil {
		t.Fatal(err)
	}
	if got := string(f.objects["b/k/ä #1.mp4"]); got != "content" {
		t.Errorf("got object %q", got)
	}
	if want := 3 * len("content"); read != want {
		t.Errorf("counted %d bytes, want %d", read, want)
	}
	// The first try was stored but its answer was lost.
	f.refuse = []int{502}
	if err := c.upload(context.Background(), "b", "k/ä #1.mp4", name, func(int) {}); err != nil {
		t.Errorf("after a lost answer: %v", err)
	}
	// Nobody else's object is taken for ours.
	var taken *apiError
	if err := c.upload(context.Background(), "b", "k/ä #1.mp4", name, func(int) {}); !errors.As(err, &taken) || taken.Status != 409 {
		t.Errorf("of a key that is taken: got %v, want status 409", err)
	}
	before := f.asked("")
	if err := c.upload(context.Background(), "b", "k2", filepath.Join(t.TempDir(), "none"), func(int) {}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("of no file: got %v", err)
	}
	if f.asked("") != before {
		t.Error("a file that is not there was sent")
	}
	empty := media(t, "empty", "")
	if err := c.upload(context.Background(), "b", "empty", empty, func(int) {}); err != nil {
		t.Errorf("of an empty file: %v", err)
	}
}

func TestListsGoThroughAllPages(t *testing.T) {
	f := newFakeAPI()
	f.pageSize = 7
	c := quick(t, f.serve(t))
	all, err := collect(c.presets(context.Background()), 0)
	if err != nil || len(all) != 62 {
		t.Fatalf("got %d presets, %v, want 62", len(all), err)
	}
	if got := f.asked("GET"); got != 9 {
		t.Errorf("got %d requests, want 9", got)
	}
	some, err := collect(c.presets(context.Background()), 8)
	if err != nil || len(some) != 8 || some[7].ID != all[7].ID {
		t.Errorf("got %d presets, %v, want the first 8", len(some), err)
	}
	if got := f.asked("GET"); got != 11 {
		t.Errorf("got %d requests in all, want 11: no page more than needed", got)
	}
}

func TestARepeatedPageEndsTheList(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Write([]byte(`{"Pipelines":[],"NextPageToken":"same"}`))
	}))
	defer s.Close()
	if _, err := collect(quick(t, s.URL).pipelines(context.Background()), 0); err == nil {
		t.Error("got no error")
	}
}
