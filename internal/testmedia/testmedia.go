// Package testmedia makes short clips with ffmpeg for tests, finds the real
// files of the fixture collection, and reads back what a media file holds:
// packets with their time stamps, and a hash of every decoded picture.
//
//	clip := testmedia.Clip(t, testmedia.Spec{Rate: "30000/1001", Seconds: 2, Audio: true})
//	packets := testmedia.Packets(t, clip, "v:0")
//
// Every helper ends the test itself when something is wrong. A machine without
// ffmpeg skips the test, except where CI=true, which must not pass by skipping.
// The package is imported by tests only and knows nothing of jobs.
package testmedia

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// timeout bounds one ffmpeg or ffprobe run: a hung one must fail its test, not
// the whole package by go test's own limit.
const timeout = 2 * time.Minute

// missing looks for the programs once; the answer does not change while tests run.
var missing = sync.OnceValue(func() string {
	for _, name := range []string{"ffmpeg", "ffprobe"} {
		if _, err := exec.LookPath(name); err != nil {
			return name
		}
	}
	return ""
})

// Need skips the test when ffmpeg or ffprobe is absent, and fails it where
// CI=true. The other helpers call it themselves.
func Need(t testing.TB) {
	t.Helper()
	name := missing()
	switch {
	case name == "":
	case os.Getenv("CI") == "true":
		t.Fatalf("%s is not installed, and CI=true does not allow skipping", name)
	default:
		t.Skipf("%s is not installed", name)
	}
}

// FFmpeg runs ffmpeg with args, quietly and without standard input, and
// returns what it wrote to standard output. It fails the test when ffmpeg does
// not exit with 0.
func FFmpeg(t testing.TB, args ...string) []byte {
	t.Helper()
	Need(t)
	return run(t, "ffmpeg", append([]string{"-hide_banner", "-nostdin", "-v", "error", "-nostats", "-y"}, args...))
}

// FFprobe runs ffprobe with args and returns its standard output. It fails the
// test when ffprobe does not exit with 0.
func FFprobe(t testing.TB, args ...string) []byte {
	t.Helper()
	Need(t)
	return run(t, "ffprobe", append([]string{"-hide_banner", "-v", "error"}, args...))
}

func run(t testing.TB, name string, args []string) []byte {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, stderr.Bytes())
	}
	return stdout.Bytes()
}

// Fixture returns the path of a real file of the fixture collection, named as
// in its manifest ("video/wannaworktogether.mp4"). The collection lies in
// $EVERFRAME_FIXTURES, else in ../shared/fixtures beside the module. It is no
// part of the repository: the test is skipped when the file is not there.
func Fixture(t testing.TB, name string) string {
	t.Helper()
	dir := os.Getenv("EVERFRAME_FIXTURES")
	if dir == "" {
		dir = filepath.Join(moduleRoot(t), "..", "shared", "fixtures")
	}
	path := filepath.Join(dir, filepath.FromSlash(name))
	if _, err := os.Stat(path); err != nil {
		t.Skipf("fixture %s is not there (EVERFRAME_FIXTURES names the collection)", name)
	}
	return path
}

// moduleRoot returns the directory above the test's that holds go.mod.
func moduleRoot(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			t.Fatal("no go.mod above the test's directory")
		}
		dir = parent
	}
}
