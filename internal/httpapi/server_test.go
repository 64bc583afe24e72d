package httpapi_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/everframe/everframe/internal/httpapi"
	"github.com/everframe/everframe/internal/storage/memory"
)

// rig is a running server on a backend in memory.
type rig struct {
	t       testing.TB
	backend *backend
	store   *memory.Store // with the bucket "videos"
	log     *logBuffer
	url     string
}

// serve starts a server; change, if any, changes its configuration first.
func serve(t testing.TB, change ...func(*httpapi.Config)) *rig {
	t.Helper()
	r := &rig{t: t, backend: newBackend(), store: memory.New(), log: new(logBuffer)}
	if err := r.store.CreateBucket(t.Context(), "videos"); err != nil {
		t.Fatal(err)
	}
	cfg := httpapi.Config{
		Account:   account,
		Jobs:      r.backend,
		Pipelines: r.backend,
		Presets:   httpapi.SystemPresets(account),
		Files:     r.store,
		Logger:    slog.New(slog.NewJSONHandler(r.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
	for _, c := range change {
		c(&cfg)
	}
	s := httptest.NewServer(httpapi.New(cfg))
	t.Cleanup(s.Close)
	r.url = s.URL
	return r
}

// reply is an answer with its body read.
type reply struct {
	*http.Response
	body []byte
}

func (r reply) errorType() string { return r.Header.Get("x-amzn-ErrorType") }

// message returns the text of an error's body.
func (r reply) message(t testing.TB) string {
	t.Helper()
	var m map[string]string
	if err := json.Unmarshal(r.body, &m); err != nil {
		t.Fatalf("answer %d %q: %v", r.StatusCode, r.body, err)
	}
	return m["message"] + m["Message"]
}

// send sends one request. headers are "Name: value"; "Host" sets the host.
func (r *rig) send(method, target, body string, headers ...string) reply {
	r.t.Helper()
	return r.stream(method, target, strings.NewReader(body), headers...)
}

func (r *rig) stream(method, target string, body io.Reader, headers ...string) reply {
	r.t.Helper()
	req, err := http.NewRequestWithContext(r.t.Context(), method, r.url+target, body)
	if err != nil {
		r.t.Fatal(err)
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		if name == "Host" {
			req.Host = value
		}
		req.Header.Set(name, value)
	}
	resp, err := noRedirects.Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	return reply{resp, b}
}

var noRedirects = &http.Client{
	Transport:     &http.Transport{DisableCompression: true},
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

// logBuffer holds log lines; the server writes them after its answer.
type logBuffer struct {
	mu  sync.Mutex // guards buf
	buf bytes.Buffer
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

// line returns the log line of a request.
func (r *rig) line(id string) map[string]any {
	r.t.Helper()
	return r.find(func(line map[string]any) bool { return line["requestId"] == id })
}

// find waits for a log line: a long answer is out before its line.
func (r *rig) find(wanted func(line map[string]any) bool) map[string]any {
	r.t.Helper()
	for end := time.Now().Add(5 * time.Second); time.Now().Before(end); runtime.Gosched() {
		for l := range strings.Lines(r.log.String()) {
			var m map[string]any
			if json.Unmarshal([]byte(l), &m) == nil && wanted(m) {
				return m
			}
		}
	}
	r.t.Fatalf("no such line in the log:\n%s", r.log)
	return nil
}

var uuidForm = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)

const (
	pipelineBody = `{"Name":"p","InputBucket":"in","OutputBucket":"out","Role":"arn:aws:iam::123456789012:role/r"}`
	unknownID    = "1400000000000-nosuch"
)

// pipeline makes a pipeline and returns its id.
func (r *rig) pipeline() string {
	r.t.Helper()
	return r.created("pipelines", pipelineBody, "Pipeline")
}

// job makes a job and returns its id.
func (r *rig) job(pipeline string) string {
	r.t.Helper()
	return r.created("jobs", jobBody(pipeline, "1351620000001-300040"), "Job")
}

func jobBody(pipeline, preset string) string {
	return `{"PipelineId":"` + pipeline + `","Input":{"Key":"a.mp4"},"Output":{"Key":"a.mp3","PresetId":"` + preset + `"}}`
}

func (r *rig) created(path, body, member string) string {
	r.t.Helper()
	got := r.send("POST", "/2012-09-25/"+path, body)
	var m map[string]struct{ Id string }
	// Warnings is a list, which this type has no room for; its error is expected.
	if err := json.Unmarshal(got.body, &m); got.StatusCode != 201 || m[member].Id == "" {
		r.t.Fatalf("create %s: %d %s (%v)", path, got.StatusCode, got.body, err)
	}
	return m[member].Id
}

func TestHealth(t *testing.T) {
	var down error
	r := serve(t, func(c *httpapi.Config) {
		c.Ready = func(context.Context) error { return down }
	})
	got := r.send("GET", "/healthz", "", "Host: 10.1.2.3:8080")
	if got.StatusCode != 200 || string(got.body) != "ok\n" {
		t.Errorf("ready: got %d %q, want 200 ok", got.StatusCode, got.body)
	}
	down = errors.New("database password is wrong")
	got = r.send("GET", "/healthz", "")
	if got.StatusCode != 503 || strings.Contains(string(got.body), "password") {
		t.Errorf("not ready: got %d %q, want 503 without the reason", got.StatusCode, got.body)
	}
	if l := r.line(got.Header.Get("x-amzn-RequestId")); l["error"] != down.Error() {
		t.Errorf("log of not ready: got %v, want the reason", l)
	}
	if got := r.send("POST", "/healthz", ""); got.StatusCode != 405 {
		t.Errorf("POST: got %d, want 405", got.StatusCode)
	}
}

// TestLog wants one line a request, with what finds it again and nothing
// that is secret.
func TestLog(t *testing.T) {
	r := serve(t)
	got := r.send("POST", "/2012-09-25/jobs?X-Amz-Signature=s3cret", `{"PipelineId":"s3cret"}`, "Authorization: s3cret")
	id := got.Header.Get("x-amzn-RequestId")
	if !uuidForm.MatchString(id) {
		t.Errorf("request id: got %q, want a random UUID", id)
	}
	l := r.line(id)
	if l["operation"] != "CreateJob" || l["status"] != 400.0 || l["errorType"] != "ValidationException" || l["duration"] == nil || l["level"] != "INFO" {
		t.Errorf("log: got %v", l)
	}
	if s := r.log.String(); strings.Contains(s, "s3cret") || strings.Count(s, "\n") != 1 {
		t.Errorf("log: got %s, want one line without bodies, queries or headers", s)
	}
}

func TestSeparateRequestIDs(t *testing.T) {
	r := serve(t)
	a, b := r.send("GET", "/2012-09-25/presets", ""), r.send("GET", "/nothing", "")
	if x, y := a.Header.Get("x-amzn-RequestId"), b.Header.Get("x-amzn-RequestId"); x == y || !uuidForm.MatchString(x) || !uuidForm.MatchString(y) {
		t.Errorf("request ids: got %q and %q, want two UUIDs", x, y)
	}
}
