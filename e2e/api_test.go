package e2e_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/everframe/everframe/job"
)

// answer is what the API said.
type answer struct {
	status    int
	errorType string
	body      []byte
}

// message returns the text of an error.
func (a answer) message() string {
	var m struct{ Message string } // either case
	_ = json.Unmarshal(a.body, &m)
	return m.Message
}

// call makes one request of the API. body is sent as it is when it is a string
// and as JSON otherwise.
func (s *stack) call(method, path string, body any) answer {
	s.Helper()
	var r io.Reader
	switch b := body.(type) {
	case nil:
	case string:
		r = strings.NewReader(b)
	default:
		text, err := json.Marshal(b)
		if err != nil {
			s.Fatal(err)
		}
		r = bytes.NewReader(text)
	}
	return s.request(method, s.API+"/2012-09-25"+path, r)
}

func (s *stack) request(method, url string, body io.Reader) answer {
	s.Helper()
	req, err := http.NewRequestWithContext(s.Context(), method, url, body)
	if err != nil {
		s.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		s.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		s.Fatalf("%s %s: %v", method, url, err)
	}
	return answer{resp.StatusCode, resp.Header.Get("x-amzn-ErrorType"), text}
}

// get makes a request that must succeed and reads its answer.
func (s *stack) get(path string, into any) {
	s.Helper()
	s.into(s.call("GET", path, nil), http.StatusOK, into)
}

func (s *stack) into(a answer, status int, into any) {
	s.Helper()
	if a.status != status {
		s.Fatalf("status %d, want %d: %s", a.status, status, a.body)
	}
	if err := json.Unmarshal(a.body, into); err != nil {
		s.Fatalf("%v: %s", err, a.body)
	}
}

// pipeline is a pipeline of one test, with its buckets.
type pipeline struct {
	*stack
	id      job.ID
	in, out string
}

// pipeline makes a pipeline whose buckets are named after it.
func (s *stack) pipeline(name string) pipeline {
	s.Helper()
	p := pipeline{stack: s, in: name + "-in", out: name + "-out"}
	var made struct{ Pipeline job.Pipeline }
	s.into(s.call("POST", "/pipelines", map[string]string{
		"Name": name, "InputBucket": p.in, "OutputBucket": p.out, "Role": "arn:aws:iam::123456789012:role/any",
	}), http.StatusCreated, &made)
	p.id = made.Pipeline.ID
	return p
}

// upload puts a local file into the input bucket.
func (p pipeline) upload(key, file string) {
	p.Helper()
	f, err := os.Open(file)
	if err != nil {
		p.Fatal(err)
	}
	defer f.Close()
	if a := p.request("PUT", p.fileURL(p.in, key), f); a.status != http.StatusCreated {
		p.Fatalf("upload of %s: %d %s", key, a.status, a.body)
	}
}

// fileURL returns where the server shows an object.
func (s *stack) fileURL(bucket, key string) string {
	return s.API + (&url.URL{Path: "/files/" + bucket + "/" + key}).EscapedPath()
}

// order returns the request for one input with some outputs.
func (p pipeline) order(input, prefix string, outputs ...job.Output) job.Request {
	return job.Request{PipelineID: p.id, Inputs: []job.Input{{Key: input}}, OutputKeyPrefix: prefix, Outputs: outputs}
}

// submit creates a job.
func (p pipeline) submit(req job.Request) job.Job {
	p.Helper()
	var made struct{ Job job.Job }
	p.into(p.call("POST", "/jobs", req), http.StatusCreated, &made)
	if made.Job.Status != job.Submitted {
		p.Errorf("a new job is %s", made.Job.Status)
	}
	return made.Job
}

func (s *stack) read(id job.ID) job.Job {
	s.Helper()
	var read struct{ Job job.Job }
	s.get("/jobs/"+string(id), &read)
	return read.Job
}

// jobTime is how long a job of these tests may take on a busy machine.
const jobTime = 4 * time.Minute

// wait waits for the end of a job.
func (s *stack) wait(id job.ID) job.Job {
	s.Helper()
	var j job.Job
	// Not more often: each look at a running job is a query of its workflow.
	poll(s, 250*time.Millisecond, jobTime, "the end of job "+string(id), func() bool {
		j = s.read(id)
		return j.Terminal()
	})
	return j
}

// complete waits for the end of a job, which must be a good one.
func (s *stack) complete(id job.ID) job.Job {
	s.Helper()
	j := s.wait(id)
	if j.Status != job.Complete {
		s.Fatalf("job %s is %s:\n%s", id, j.Status, details(j))
	}
	return j
}

// details lists what outputs and playlists say of themselves.
func details(j job.Job) string {
	var b strings.Builder
	for _, o := range j.Outputs {
		b.WriteString("output " + o.ID + " " + o.Key + ": " + string(o.Status) + " " + o.StatusDetail + "\n")
	}
	for _, p := range j.Playlists {
		b.WriteString("playlist " + p.Name + ": " + string(p.Status) + " " + p.StatusDetail + "\n")
	}
	return b.String()
}

// path returns where the file store keeps a bucket, or an object of it with a
// plain name.
func (s *server) path(bucket, key string) string {
	return filepath.Join(s.dir, "data", "buckets", bucket, filepath.FromSlash(key))
}

// objects lists the objects of a bucket that begin with prefix.
func (s *stack) objects(bucket, prefix string) []string {
	s.Helper()
	keys, err := walk(s.path(bucket, ""))
	if err != nil {
		s.Fatal(err)
	}
	var found []string
	for _, k := range keys {
		if strings.HasPrefix(k, prefix) {
			found = append(found, k)
		}
	}
	return found
}

// walk lists the files below dir, sorted, without the file store's unfinished
// ones. Files may come and go meanwhile.
func walk(dir string) ([]string, error) {
	var files []string
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		switch {
		case os.IsNotExist(err):
			return nil
		case err != nil:
			return err
		case d.IsDir() && strings.HasPrefix(d.Name(), ".everframe-"):
			return filepath.SkipDir
		case d.Type().IsRegular():
			rel, err := filepath.Rel(dir, path)
			files = append(files, filepath.ToSlash(rel))
			return err
		}
		return nil
	})
	return files, err
}

func hls(key, preset, segment string) job.Output {
	return job.Output{Key: key, PresetID: job.ID(preset), SegmentDuration: segment}
}

func mp4(key, preset string) job.Output { return job.Output{Key: key, PresetID: job.ID(preset)} }

// The system presets of these tests.
const (
	hls2M    = "1351620000001-200010"
	hls1M    = "1351620000001-200030"
	hls400k  = "1351620000001-200050"
	hlsSound = "1351620000001-200071"
	mp4Small = "1351620000001-000061" // up to 320x240, 15 frames a second
	mp4480p  = "1351620000001-000020" // 29.97 frames a second, as the next
	mp4720p  = "1351620000001-000010"
	m4a      = "1351620000001-100130" // sound in mp4
)

func readFile(t testing.TB, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func decimal(n int) string { return strconv.Itoa(n) }
