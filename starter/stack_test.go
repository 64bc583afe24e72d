//go:build unix

package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// actEnv makes the test binary act as the server program; see [actServer].
const actEnv = "STARTER_TEST_ACT"

func TestMain(m *testing.M) {
	if act := os.Getenv(actEnv); act != "" {
		os.Exit(actServer(act))
	}
	os.Exit(m.Run())
}

// actServer is a server as far as this program can tell: it takes its flags,
// logs its ready line between others, serves a fake API and stops on SIGTERM.
func actServer(act string) int {
	listen := flag.String("listen", "", "")
	data := flag.String("data", "", "")
	temporal := flag.Int("temporal-port", -1, "")
	ui := flag.Int("ui-port", -1, "")
	format := flag.String("log-format", "", "")
	flag.Parse()
	log := func(v map[string]string) {
		b, err := json.Marshal(v)
		if err != nil {
			panic(err)
		}
		fmt.Println(string(b))
	}
	if *listen != "127.0.0.1:0" || *temporal != 0 || *ui != 0 || *format != "json" || !filepath.IsAbs(*data) {
		fmt.Fprintln(os.Stderr, "unexpected flags", os.Args)
		return 1
	}
	switch act {
	case "fail":
		log(map[string]string{"msg": "starting"})
		fmt.Fprintln(os.Stderr, "the data directory is in use")
		return 4
	case "hang":
		log(map[string]string{"msg": `not "ready" yet`})
		time.Sleep(time.Minute)
		return 0
	}
	l, err := net.Listen("tcp", *listen)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	stop, done := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer done()
	if act == "stubborn" {
		signal.Ignore(syscall.SIGTERM)
		stop = context.Background()
	}
	f := newFakeAPI()
	f.mirror = filepath.Join(*data, "buckets")
	server := &http.Server{Handler: f}
	log(map[string]string{"msg": "opening", "data": *data})
	log(map[string]string{"msg": "ready", "api": "http://" + l.Addr().String(), "ui": "http://127.0.0.1:1", "temporal": "127.0.0.1:2", "data": *data})
	go func() {
		<-stop.Done()
		server.Close()
	}()
	if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return 1
	}
	log(map[string]string{"msg": "stopped"})
	return 0
}

// program returns a program called server, alone in its directory, that acts.
func program(t *testing.T, act string) string {
	t.Helper()
	t.Setenv(actEnv, act)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "server")
	if err := os.Symlink(self, path); err != nil {
		t.Skip("no symbolic links here: ", err)
	}
	return path
}

// nobody makes sure that no server is found at the default address. It skips
// the test when one is there.
func nobody(t *testing.T) {
	t.Helper()
	c, err := net.DialTimeout("tcp", strings.TrimPrefix(defaultServer, "http://"), time.Second)
	if err == nil {
		c.Close()
		t.Skip("something listens at ", defaultServer)
	}
}

func TestRunStartsAServer(t *testing.T) {
	nobody(t)
	t.Setenv("PATH", filepath.Dir(program(t, "serve")))
	data := filepath.Join(t.TempDir(), "new", "data")
	r := start(t, t.Context(), "run", media(t, "bear.mp4", "a film"), "--data", data)
	wantCode(t, r, exitOK)
	wantText(t, r.stderr, "No server at http://127.0.0.1:8080: starting ", "web UI: http://127.0.0.1:1\n")
	files := filepath.Join(data, "buckets", "starter-out", "bear-STAMP")
	wantText(t, r.stdout, "Files       "+files+"/\n", "Watch       ffplay "+files+"/index.m3u8 ")
	if strings.Contains(r.stdout, "URL") {
		t.Errorf("got URLs of a server that is gone:\n%s", r.stdout)
	}
	log, err := os.ReadFile(logFile(data))
	if err != nil {
		t.Fatal(err)
	}
	wantText(t, string(log), `"msg":"stopped"`)
}

func TestAKeptServerIsFoundAgain(t *testing.T) {
	nobody(t)
	server := program(t, "serve")
	data := t.TempDir()
	film := media(t, "bear.mp4", "a film")
	r := start(t, t.Context(), "run", film, "--keep", "--data", data, "--server-program", server)
	var url string
	var pid int
	for line := range strings.Lines(r.stderr) {
		if _, err := fmt.Sscanf(line, "The server stays: %s (to stop it: kill %d)", &url, &pid); err == nil {
			break
		}
	}
	if pid == 0 {
		t.Fatalf("the server was not kept: %s", r.stderr)
	}
	t.Cleanup(func() { syscall.Kill(pid, syscall.SIGKILL) })
	wantCode(t, r, exitOK)
	wantText(t, r.stdout, "URL         "+url+"/files/starter-out/bear-STAMP/index.m3u8")

	t.Setenv(actEnv, "fail") // a second server would not start
	r = start(t, t.Context(), "run", film, "--data", data, "--server-program", server)
	wantCode(t, r, exitOK)
	wantText(t, r.stdout, "URL         "+url+"/files/", "Files       "+data)
	c := quick(t, url)
	if err := c.healthy(t.Context()); err != nil {
		t.Errorf("a server that was there before was stopped: %v", err)
	}
}

func TestANamedServerIsNotReplaced(t *testing.T) {
	server := program(t, "serve")
	data := t.TempDir()
	r := start(t, t.Context(), "run", media(t, "a.mp4", "a film"), "--server", "http://"+freeAddress(t), "--data", data, "--server-program", server)
	wantCode(t, r, exitServer)
	wantText(t, r.stderr, "starter: no server answers at http://127.0.0.1:")
	if _, err := os.Stat(logFile(data)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a server was started: %v", err)
	}
}

func TestNoServerToStart(t *testing.T) {
	nobody(t)
	t.Setenv("PATH", t.TempDir())
	film := media(t, "a.mp4", "a film")
	r := start(t, t.Context(), "run", film)
	wantCode(t, r, exitServer)
	wantText(t, r.stderr, "no server answers at http://127.0.0.1:8080", "`go run ./server` starts one")
	r = start(t, t.Context(), "run", film, "--server-program", "/no/such/program")
	wantCode(t, r, exitUsage)
	wantText(t, r.stderr, "--server-program: ")
}

func TestServerThatFails(t *testing.T) {
	nobody(t)
	data := t.TempDir()
	r := start(t, t.Context(), "run", media(t, "a.mp4", "a film"), "--data", data, "--server-program", program(t, "fail"))
	wantCode(t, r, exitServer)
	wantText(t, r.stderr, "the server ended (exit status 4); the end of its log "+logFile(data), "the data directory is in use")
}

func TestServerThatIsNeverReady(t *testing.T) {
	started := time.Now()
	_, _, err := startChild(t.Context(), program(t, "hang"), t.TempDir(), 300*time.Millisecond)
	if err == nil {
		t.Fatal("got no error")
	}
	wantText(t, err.Error(), "the server was not ready after 300ms", `not \"ready\" yet`)

	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if _, _, err := startChild(ctx, program(t, "hang"), t.TempDir(), time.Minute); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, want the context's error", err)
	}
	if time.Since(started) > 20*time.Second {
		t.Error("starting was not given up")
	}
}

func TestServerThatDoesNotStop(t *testing.T) {
	for _, tt := range []struct {
		name  string
		grace time.Duration
		ctx   func() (context.Context, context.CancelFunc)
	}{
		{"grace", 100 * time.Millisecond, func() (context.Context, context.CancelFunc) { return context.WithCancel(context.Background()) }},
		{"second interrupt", time.Minute, func() (context.Context, context.CancelFunc) {
			return context.WithTimeout(context.Background(), 100*time.Millisecond)
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, r, err := startChild(t.Context(), program(t, "stubborn"), t.TempDir(), time.Minute)
			if err != nil {
				t.Fatal(err)
			}
			c.grace = tt.grace
			ctx, cancel := tt.ctx()
			defer cancel()
			if err := c.stop(ctx); err == nil {
				t.Error("got no error for a server that had to be killed")
			}
			var exit *exec.ExitError
			if !errors.As(c.err, &exit) {
				t.Errorf("got %v, want a killed process", c.err)
			}
			if err := c.ended(); err == nil {
				t.Error("a killed server is said to run")
			}
			if quick(t, r.API).healthy(t.Context()) == nil {
				t.Error("it still answers")
			}
		})
	}
}

func TestLogOfTheLastServerIsKept(t *testing.T) {
	data := t.TempDir()
	for range 3 {
		c, _, err := startChild(t.Context(), program(t, "serve"), data, time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		if err := c.stop(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	logs, err := filepath.Glob(filepath.Join(data, "server.log*"))
	if err != nil || len(logs) != 2 {
		t.Errorf("got logs %v, %v, want the last two", logs, err)
	}
}
