package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// ran is what a command line did.
type ran struct {
	code           int
	stdout, stderr string
}

// start runs a command line in process, as main does.
func start(t *testing.T, ctx context.Context, args ...string) ran {
	t.Helper()
	return startWith(t, ctx, nil, args...)
}

// startWith lets change adjust the program before it runs.
func startWith(t *testing.T, ctx context.Context, change func(*app), args ...string) ran {
	t.Helper()
	var stdout, stderr bytes.Buffer
	a := &app{
		ctx:   ctx,
		stdin: strings.NewReader(""),
		out:   newPrinter(&stdout),
		err:   newPrinter(&stderr),
		clock: time.Now,
		poll:  polling{first: time.Millisecond, last: time.Millisecond, patience: 10 * time.Second},
		again: func() (context.Context, context.CancelFunc) { return context.WithCancel(context.WithoutCancel(ctx)) },
	}
	if change != nil {
		change(a)
	}
	code := report(&stderr, a.run(args))
	return ran{code, unstamped(stdout.String()), unstamped(stderr.String())}
}

func withInput(s string) func(*app) {
	return func(a *app) { a.stdin = io.NopCloser(strings.NewReader(s)) }
}

var stamps = regexp.MustCompile(`\d{8}-\d{6}-[0-9a-f]{8}`)

// unstamped replaces what differs from run to run.
func unstamped(s string) string { return stamps.ReplaceAllString(s, "STAMP") }

// media writes a file for the fake to transcode.
func media(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func wantCode(t *testing.T, r ran, code int) {
	t.Helper()
	if r.code != code {
		t.Fatalf("got exit status %d, want %d\nstdout: %s\nstderr: %s", r.code, code, r.stdout, r.stderr)
	}
}

func wantText(t *testing.T, got string, want ...string) {
	t.Helper()
	for _, w := range want {
		if !strings.Contains(got, w) {
			t.Errorf("got text without %q:\n%s", w, got)
		}
	}
}
