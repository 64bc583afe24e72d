package proc_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/everframe/everframe/internal/fault"
	"github.com/everframe/everframe/internal/proc"
)

func TestLines(t *testing.T) {
	var got []string
	result, err := proc.Run(t.Context(), child(t, "lines"), func(line string) { got = append(got, line) })
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"one", "two", "", "last without end"}, got); diff != "" {
		t.Errorf("lines (-want +got):\n%s", diff)
	}
	if result.Stderr != "a warning\n" {
		t.Errorf("standard error %q", result.Stderr)
	}
}

func TestNobodyListens(t *testing.T) {
	if _, err := proc.Run(t.Context(), child(t, "lines"), nil); err != nil {
		t.Error(err)
	}
}

func TestHugeLine(t *testing.T) {
	var got []string
	if _, err := proc.Run(t.Context(), child(t, "huge line"), func(line string) { got = append(got, line) }); err != nil {
		t.Fatal(err)
	}
	if len(got) != 2 || got[0] != strings.Repeat("x", 64<<10) || got[1] != "after" {
		t.Errorf("%d lines, the first of %d bytes; want 64 KB of the first, then the next", len(got), len(got[0]))
	}
}

func TestExitStatus(t *testing.T) {
	tests := []struct {
		mode   string
		kind   fault.Kind
		code   int
		signal syscall.Signal
		text   string // the error ends with it
	}{
		{"flood stderr", fault.Internal, 3, 0, "exit status 3: the reason"},
		{"die half way", fault.Internal, 1, 0, "exit status 1: conversion failed!"},
		{"kill itself", fault.Unavailable, -1, syscall.SIGKILL, "killed by signal: killed"},
	}
	for _, test := range tests {
		t.Run(test.mode, func(t *testing.T) {
			c := child(t, test.mode)
			c.Args = []string{"-a", "b"}
			result, err := proc.Run(t.Context(), c, nil)
			var exit *proc.ExitError
			if !errors.As(err, &exit) || fault.KindOf(err) != test.kind {
				t.Fatalf("got %v of kind %v, want an ExitError of kind %v", err, fault.KindOf(err), test.kind)
			}
			if exit.Code != test.code || exit.Signal != test.signal {
				t.Errorf("code %d signal %v, want %d %v", exit.Code, exit.Signal, test.code, test.signal)
			}
			if diff := cmp.Diff(c.Args, exit.Args); diff != "" {
				t.Errorf("arguments (-want +got):\n%s", diff)
			}
			if !strings.HasSuffix(err.Error(), test.text) {
				t.Errorf("error %q, want it to end with %q", err, test.text)
			}
			if exit.Stderr != result.Stderr || len(exit.Stderr) > 64<<10 {
				t.Errorf("standard error of %d bytes in the error, %d in the result; want the same, at most 64 KB", len(exit.Stderr), len(result.Stderr))
			}
		})
	}
}

func TestFloodKeepsTheLast64KB(t *testing.T) {
	result, _ := proc.Run(t.Context(), child(t, "flood stderr"), nil) // its error is another test's
	if len(result.Stderr) != 64<<10 || !strings.HasSuffix(result.Stderr, "noise \nthe reason\n") {
		t.Errorf("%d bytes ending in %q", len(result.Stderr), result.Stderr[max(0, len(result.Stderr)-20):])
	}
}

func TestNotInstalled(t *testing.T) {
	for _, path := range []string{"no-such-encoder", filepath.Join(t.TempDir(), "no-such-encoder")} {
		_, err := proc.Run(t.Context(), proc.Command{Path: path}, nil)
		if fault.KindOf(err) != fault.Internal || !strings.Contains(fault.Text(err), "no-such-encoder") {
			t.Errorf("got %v with text %q, want an internal fault that names the program", err, fault.Text(err))
		}
		if !errors.Is(err, exec.ErrNotFound) && !errors.Is(err, os.ErrNotExist) {
			t.Errorf("cause of %v is lost", err)
		}
	}
}

func TestBadDirectory(t *testing.T) {
	c := child(t, "lines")
	c.Dir = filepath.Join(c.Dir, "absent")
	if _, err := proc.Run(t.Context(), c, nil); fault.KindOf(err) != fault.Internal || !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v, want an internal fault", err)
	}
}

// The environment must not leak: credentials live there.
func TestEnvironment(t *testing.T) {
	t.Setenv("AWS_SECRET_ACCESS_KEY", "secret")
	var got []string
	if _, err := proc.Run(t.Context(), proc.Command{Path: "env"}, func(line string) { got = append(got, line) }); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"PATH=" + os.Getenv("PATH"), "LANG=C"}, got); diff != "" {
		t.Errorf("environment (-want +got):\n%s", diff)
	}
}

func TestUsage(t *testing.T) {
	result, err := proc.Run(t.Context(), child(t, "burn"), nil)
	if err != nil {
		t.Fatal(err)
	}
	if result.CPU < 10*time.Millisecond || result.MaxRSS < 32<<20 {
		t.Errorf("CPU %v, memory %d; want at least 10 ms and 32 MB", result.CPU, result.MaxRSS)
	}
}

// cancelWhenReady runs c and cancels it at its first line.
func cancelWhenReady(t *testing.T, c proc.Command) (lines []string, took time.Duration, err error) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var began time.Time
	_, err = proc.Run(ctx, c, func(line string) {
		if lines = append(lines, line); len(lines) == 1 {
			began = time.Now()
			cancel()
		}
	})
	return lines, time.Since(began), err
}

func TestCancel(t *testing.T) {
	tests := []struct {
		mode  string
		grace time.Duration
		lines []string
	}{
		// Grace is a minute where SIGTERM must do, so that a run that needed
		// SIGKILL is seen by its length.
		{"hang", time.Minute, []string{"ready"}},
		{"polite", time.Minute, []string{"ready", "finishing"}},
		{"ignore term", 50 * time.Millisecond, []string{"ready"}},
	}
	for _, test := range tests {
		t.Run(test.mode, func(t *testing.T) {
			c := child(t, test.mode)
			c.Grace = test.grace
			lines, took, err := cancelWhenReady(t, c)
			if fault.KindOf(err) != fault.Canceled || !errors.Is(err, context.Canceled) {
				t.Errorf("got %v, want kind Canceled", err)
			}
			if diff := cmp.Diff(test.lines, lines); diff != "" {
				t.Errorf("lines (-want +got):\n%s", diff)
			}
			if took > 20*time.Second {
				t.Errorf("stopping took %v", took)
			}
		})
	}
}

func TestCanceledBeforeStart(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	started := false
	_, err := proc.Run(ctx, child(t, "lines"), func(string) { started = true })
	if fault.KindOf(err) != fault.Canceled || started {
		t.Errorf("got %v, started %v", err, started)
	}
}

func TestDeadline(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	_, err := proc.Run(ctx, child(t, "hang"), nil)
	if fault.KindOf(err) != fault.Unavailable || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, want kind Unavailable", err)
	}
}

func TestStall(t *testing.T) {
	c := child(t, "hang")
	c.Stall = 100 * time.Millisecond
	_, err := proc.Run(t.Context(), c, nil)
	if fault.KindOf(err) != fault.Unavailable {
		t.Errorf("a hung child gave %v, want kind Unavailable", err)
	}
	c = child(t, "talk") // 400 ms in all, never silent for long
	c.Stall = 10 * time.Second
	if _, err := proc.Run(t.Context(), c, nil); err != nil {
		t.Errorf("a talking child was stopped: %v", err)
	}
}

// No process of the group may outlive Run, whether the program was stopped or
// ended by itself. The grandchild ignores SIGTERM and holds the output open.
func TestGrandchild(t *testing.T) {
	for _, mode := range []string{"leave a grandchild", "wait with a grandchild"} {
		t.Run(mode, func(t *testing.T) {
			c := child(t, mode)
			c.Grace = time.Minute
			if mode == "wait with a grandchild" {
				c.Grace = 100 * time.Millisecond
			}
			var pid atomic.Int64
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			began := time.Now()
			_, err := proc.Run(ctx, c, func(line string) {
				var n int
				if _, err := fmt.Sscanf(line, "pid %d", &n); err == nil {
					pid.Store(int64(n))
				}
				if line == "ready" && mode == "wait with a grandchild" { // said by the grandchild
					cancel()
				}
			})
			if want := mode == "wait with a grandchild"; (fault.KindOf(err) == fault.Canceled) != want {
				t.Errorf("got %v", err)
			}
			if took := time.Since(began); took > 30*time.Second {
				t.Errorf("took %v: the grandchild was waited for", took)
			}
			if pid.Load() == 0 {
				t.Fatal("no grandchild")
			}
			for deadline := time.Now().Add(10 * time.Second); alive(int(pid.Load())); time.Sleep(10 * time.Millisecond) {
				if time.Now().After(deadline) {
					t.Fatalf("grandchild %d lives on", pid.Load())
				}
			}
		})
	}
}

// alive tells whether pid runs; one that is dead but not yet reaped does not.
func alive(pid int) bool {
	if syscall.Kill(pid, 0) != nil {
		return false
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return !errors.Is(err, os.ErrNotExist) || runtime.GOOS != "linux"
	}
	_, state, _ := strings.Cut(string(stat), ") ")
	return !strings.HasPrefix(state, "Z") && !strings.HasPrefix(state, "X")
}

func TestLimits(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("limits hold on Linux only")
	}
	var mine syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &mine); err != nil {
		t.Fatal(err)
	}
	c := child(t, "limits")
	c.Limits = proc.Limits{AddressSpace: 4 << 30, CPUSeconds: 60, FileSize: 1 << 20, OpenFiles: 64}
	var got []string
	if _, err := proc.Run(t.Context(), c, func(line string) { got = append(got, line) }); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"0 0", "4294967296 4294967296", "60 65", "1048576 1048576", "64 64"}, got); diff != "" {
		t.Errorf("soft and hard limits (-want +got):\n%s", diff)
	}
	var now syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &now); err != nil || now != mine {
		t.Errorf("our own limit is %v, was %v (%v)", now, mine, err)
	}
}

// TestNice asks the standard program of that name, which prints its own value.
func TestNice(t *testing.T) {
	if _, err := exec.LookPath("nice"); err != nil {
		t.Skip("no program named nice here")
	}
	niceness := func(c proc.Command) (n int) {
		_, err := proc.Run(t.Context(), c, func(line string) { _, _ = fmt.Sscan(line, &n) })
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	ours := niceness(proc.Command{Path: "nice"})
	// The shell gives the value time to be set, and hands it on.
	got := niceness(proc.Command{Path: "sh", Args: []string{"-c", "sleep 0.2; nice"}, Nice: 7})
	if want := max(7, ours); got != want {
		t.Errorf("got %d, want %d", got, want)
	}
}
