package bench_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/everframe/everframe/internal/buildinfo"
	"github.com/everframe/everframe/job"
)

// shared is a directory for what all benchmarks of a run use: the programs and
// the made inputs.
var shared = sync.OnceValues(func() (string, error) { return os.MkdirTemp("", "everframe-bench-") })

func removeShared() {
	if dir, err := shared(); err == nil {
		_ = os.RemoveAll(dir) // a leftover in the temporary directory is no failure
	}
}

func sharedDir(b *testing.B) string {
	b.Helper()
	dir, err := shared()
	if err != nil {
		b.Fatal(err)
	}
	return dir
}

// programs builds the three as "make build" does and returns their directory.
func programs(b *testing.B) string {
	b.Helper()
	dir := filepath.Join(sharedDir(b), "bin")
	if _, err := os.Stat(dir); err == nil {
		return dir
	}
	for _, p := range []string{"server", "worker", "starter"} {
		cmd := exec.Command("go", "build", "-ldflags", "-s -w", "-o", dir+"/", "./"+p)
		cmd.Dir, cmd.Env = "..", append(os.Environ(), "CGO_ENABLED=0")
		if out, err := cmd.CombinedOutput(); err != nil {
			b.Fatalf("build %s: %v\n%s", p, err, out)
		}
	}
	return dir
}

// server is a running bin/server.
type server struct {
	cmd      *exec.Cmd
	data     string
	api      string
	temporal string
	ready    time.Duration // from the start of the process to its ready line
	pipeline job.ID
	stopped  bool
}

const (
	inBucket  = "bench-in"
	outBucket = "bench-out"
)

// startServer starts the server on data with everything on free ports, and
// waits until it is ready. path is put before PATH, "" = nothing.
func startServer(b *testing.B, data, path string) *server {
	b.Helper()
	s := &server{data: data}
	s.cmd = exec.Command(filepath.Join(programs(b), "server"),
		"--listen", "127.0.0.1:0", "--temporal-port", "0", "--ui-port", "0", "--data", data, "--log-format", "json")
	s.cmd.Env = os.Environ()
	if path != "" {
		s.cmd.Env = append(s.cmd.Env, "PATH="+path+":"+os.Getenv("PATH"))
	}
	log, err := os.Create(data + ".log")
	if err != nil {
		b.Fatal(err)
	}
	defer log.Close()
	s.cmd.Stderr = log
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	begin := time.Now()
	if err := s.cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(s.stop)
	line, err := bufio.NewReader(out).ReadBytes('\n')
	s.ready = time.Since(begin)
	var at struct{ Msg, API, Temporal string }
	if err == nil {
		err = json.Unmarshal(line, &at)
	}
	if err != nil || at.Msg != "ready" {
		text, _ := os.ReadFile(data + ".log")
		b.Fatalf("server said %q, %v\n%s", line, err, text)
	}
	s.api, s.temporal = at.API, at.Temporal
	return s
}

// stop ends the server as Ctrl-C does.
func (s *server) stop() {
	if s.stopped {
		return
	}
	s.stopped = true
	_ = s.cmd.Process.Signal(syscall.SIGINT) // it may have ended by itself
	timer := time.AfterFunc(30*time.Second, func() { _ = s.cmd.Process.Kill() })
	defer timer.Stop()
	_ = s.cmd.Wait() // its exit code is not what is measured
}

// call makes an API call and decodes the answer into v.
func (s *server) call(b *testing.B, method, path string, in, v any) {
	b.Helper()
	var body io.Reader
	if in != nil {
		text, err := json.Marshal(in)
		if err != nil {
			b.Fatal(err)
		}
		body = bytes.NewReader(text)
	}
	req, err := http.NewRequestWithContext(b.Context(), method, s.api+"/2012-09-25"+path, body)
	if err != nil {
		b.Fatal(err)
	}
	req.Header.Set("User-Agent", "everframe-bench/"+buildinfo.Version())
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		b.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode/100 != 2 {
		err = fmt.Errorf("status %d", resp.StatusCode)
	}
	if err == nil {
		err = json.Unmarshal(text, v)
	}
	if err != nil {
		b.Fatalf("%s %s: %v\n%s", method, path, err, text)
	}
}

// put makes a file the object key of the input bucket. The pipeline is made
// with the first.
func (s *server) put(b *testing.B, path, key string) {
	b.Helper()
	if s.pipeline == "" {
		var out struct{ Pipeline job.Pipeline }
		s.call(b, "POST", "/pipelines", job.CreatePipelineRequest{
			Name: "bench", InputBucket: inBucket, OutputBucket: outBucket, Role: "arn:aws:iam::000000000000:role/bench",
		}, &out)
		s.pipeline = out.Pipeline.ID
	}
	if err := os.Link(path, filepath.Join(s.data, "buckets", inBucket, key)); err != nil {
		b.Fatal(err)
	}
}

// create submits a job of one input.
func (s *server) create(b *testing.B, key, prefix string, outputs ...job.Output) job.ID {
	b.Helper()
	var out struct{ Job job.Job }
	s.call(b, "POST", "/jobs", job.Request{
		PipelineID: s.pipeline, Input: &job.Input{Key: key}, OutputKeyPrefix: prefix, Outputs: outputs,
	}, &out)
	return out.Job.ID
}

// await polls a job until it has ended.
func (s *server) await(b *testing.B, id job.ID, every time.Duration) job.Job {
	b.Helper()
	for {
		var out struct{ Job job.Job }
		s.call(b, "GET", "/jobs/"+string(id), nil, &out)
		if out.Job.Terminal() {
			return out.Job
		}
		time.Sleep(every)
	}
}

// complete awaits a job that must become Complete.
func (s *server) complete(b *testing.B, id job.ID) job.Job {
	b.Helper()
	j := s.await(b, id, 2*time.Second) // each answer costs the server 20 ms of CPU
	if j.Status != job.Complete {
		var details []string
		for _, o := range j.Outputs {
			details = append(details, o.StatusDetail)
		}
		b.Fatalf("job %s is %s: %s", id, j.Status, strings.Join(details, "; "))
	}
	return j
}
