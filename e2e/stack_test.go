package e2e_test

import (
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/log"

	"github.com/everframe/everframe/internal/testmedia"
)

// stack is a running server as one test sees it.
type stack struct {
	testing.TB
	*server
}

// server is a server program and where it serves. It may be killed and started
// again on the same data.
type server struct {
	ready
	dir   string // holds data/ and the log
	env   []string
	flags []string
	*process
	temporal client.Client
}

// start starts a server of the test's own, on an empty directory.
func start(t testing.TB, flags ...string) *stack {
	t.Helper()
	return startEnv(t, nil, flags...)
}

func startEnv(t testing.TB, env []string, flags ...string) *stack {
	t.Helper()
	need(t)
	s := &stack{t, &server{dir: t.TempDir(), env: env, flags: flags}}
	t.Cleanup(func() {
		if err := s.server.stop(); err != nil {
			t.Errorf("the server ended with: %v", err)
		}
		s.tell()
	})
	s.restart()
	return s
}

// need prepares the machine for a test, or skips it.
func need(t testing.TB) {
	t.Helper()
	testmedia.Need(t)
	if err := dependOnSources(); err != nil {
		t.Fatal(err)
	}
}

// restart starts the server, the first time or again.
func (s *stack) restart() {
	s.Helper()
	if err := s.server.start(); err != nil {
		s.Fatal(err)
	}
}

func (s *server) start() error {
	args := append([]string{
		"--listen", "127.0.0.1:0", "--temporal-port", "0", "--ui-port", "0",
		"--log-format", "json", "--data", filepath.Join(s.dir, "data"),
	}, s.flags...)
	p, err := launch(filepath.Join(s.dir, "server.log"), s.env, "server", args...)
	if err != nil {
		return err
	}
	s.process = p
	if s.ready, err = p.ready(); err != nil {
		p.kill()
		return err
	}
	s.temporal, err = dial(s.Temporal, "default")
	return err
}

func dial(address, namespace string) (client.Client, error) {
	return client.Dial(client.Options{HostPort: address, Namespace: namespace, Logger: log.NewStructuredLogger(slog.New(slog.DiscardHandler))})
}

// kill kills the server with SIGKILL: no code of it runs any more.
func (s *server) kill() {
	s.temporal.Close()
	s.process.kill()
}

func (s *server) stop() error {
	if s.process == nil {
		return nil
	}
	if s.temporal != nil {
		s.temporal.Close()
	}
	return s.process.stop()
}

// tell shows the end of the log of a test that failed.
func (s *stack) tell() {
	if s.Failed() && s.process != nil {
		s.Log(tail(s.process.log))
	}
}

// shared is a server that several tests use at once, each with a pipeline and
// buckets of its own. It is started by the first.
type shared struct {
	flags  []string
	once   sync.Once
	server *server
	err    error
}

var (
	// chunked cuts everything it can, into pieces of one GOP.
	chunked = shared{flags: []string{"--chunk-length", "2s", "--whole-below", "1s"}}
	// plain is what a newcomer starts.
	plain = shared{}
)

func (s *shared) use(t testing.TB) *stack {
	t.Helper()
	need(t)
	s.once.Do(func() {
		var dir string
		if dir, s.err = os.MkdirTemp("", "everframe-e2e-"); s.err != nil {
			return
		}
		s.server = &server{dir: dir, flags: s.flags}
		s.err = s.server.start()
	})
	if s.err != nil {
		t.Fatal(s.err)
	}
	u := &stack{t, s.server}
	t.Cleanup(u.tell)
	return u
}

func (s *shared) stop() error {
	if s.server == nil {
		return nil
	}
	defer os.RemoveAll(s.server.dir)
	return s.server.stop()
}

// eventually waits until ok, asking often, for at most limit.
func eventually(t testing.TB, limit time.Duration, what string, ok func() bool) {
	t.Helper()
	poll(t, 50*time.Millisecond, limit, what, ok)
}

// soon asks as often as it can, for what passes by quickly.
func soon(t testing.TB, limit time.Duration, what string, ok func() bool) {
	t.Helper()
	poll(t, time.Millisecond, limit, what, ok)
}

func poll(t testing.TB, every, limit time.Duration, what string, ok func() bool) {
	t.Helper()
	late := time.NewTimer(limit)
	defer late.Stop()
	again := time.NewTicker(every)
	defer again.Stop()
	for !ok() {
		select {
		case <-again.C:
		case <-late.C:
			t.Fatalf("not within %s: %s", limit, what)
		}
	}
}
