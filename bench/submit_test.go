package bench_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/everframe/everframe/internal/media"
	"github.com/everframe/everframe/internal/testmedia"
	"github.com/everframe/everframe/job"
)

// preset720 is "Generic 720p" of the system presets: one MP4.
const preset720 = "1351620000001-000010"

// BenchmarkSubmit measures from sending CreateJob to the start of the first
// ffprobe and of the first encoder, on an idle stack, and counts the processes
// that a small job runs.
//
// The server finds wrappers in its PATH that leave a file behind, whose
// modification time is the moment, and become the real program: a millisecond
// or two that are counted as ours.
func BenchmarkSubmit(b *testing.B) {
	again(b)
	testmedia.Need(b)
	dir := b.TempDir()
	input := made(b, "small", "-f", "lavfi", "-i", "testsrc2=s=320x180:r=25:d=5", "-f", "lavfi", "-i", "sine=d=5")
	path, marks := wrappers(b, dir)
	s := startServer(b, filepath.Join(dir, "data"), path)
	s.put(b, input, "in.mp4")
	time.Sleep(5 * time.Second)
	for n := 0; b.Loop(); n++ {
		clearMarks(b, marks)
		begin := time.Now()
		id := s.create(b, "in.mp4", fmt.Sprintf("%d-", n), job.Output{Key: "o.mp4", PresetID: preset720})
		time.Sleep(3 * time.Second) // asking would disturb it
		j := s.complete(b, id)
		started := readMarks(b, marks)
		for _, what := range []struct {
			name, program, mark string
			target              float64
		}{{"to the first ffprobe", "ffprobe", "", 0}, {"to the first encoder", "ffmpeg", "-c:", 0.3}} {
			i := slices.IndexFunc(started, func(m mark) bool { return m.program == what.program && strings.Contains(m.args, what.mark) })
			if i < 0 && n == 0 {
				b.Fatalf("no %s ran: %+v", what.program, started)
			}
			if i >= 0 {
				note(b, what.name, "s", started[i].at.Sub(begin).Seconds(), what.target)
			}
		}
		note(b, "whole job of 5 s", "s", float64(j.Timing.FinishTimeMillis-j.Timing.SubmitTimeMillis)/1000, 0)
		note(b, "processes", "n", float64(len(started)), 0)
		// Each job must encode: the next finds no pieces of this one.
		if err := os.RemoveAll(filepath.Join(s.data, "buckets", media.WorkBucket)); err != nil {
			b.Fatal(err)
		}
		if err := os.Mkdir(filepath.Join(s.data, "buckets", media.WorkBucket), 0o777); err != nil {
			b.Fatal(err)
		}
		time.Sleep(time.Second)
	}
}

// BenchmarkNotMedia measures from sending CreateJob until ReadJob says that
// the input is no media (4000).
func BenchmarkNotMedia(b *testing.B) {
	again(b)
	testmedia.Need(b)
	dir := b.TempDir()
	s := startServer(b, filepath.Join(dir, "data"), "")
	input := filepath.Join(dir, "text.mp4")
	if err := os.WriteFile(input, []byte(strings.Repeat("This is no film. ", 4096)), 0o666); err != nil {
		b.Fatal(err)
	}
	s.put(b, input, "in.mp4")
	time.Sleep(5 * time.Second)
	for n := 0; b.Loop(); n++ {
		begin := time.Now()
		id := s.create(b, "in.mp4", fmt.Sprintf("%d-", n), job.Output{Key: "o.mp4", PresetID: preset720})
		j := s.await(b, id, 20*time.Millisecond)
		wall := time.Since(begin)
		if j.Status != job.Error || !strings.HasPrefix(j.Outputs[0].StatusDetail, "4000 ") {
			b.Fatalf("%s: %s", j.Status, j.Outputs[0].StatusDetail)
		}
		note(b, "to error 4000", "s", wall.Seconds(), 1)
		time.Sleep(time.Second)
	}
}

// mark is a process that was started.
type mark struct {
	program, args string
	at            time.Time
}

// wrappers makes programs that mark their start in a directory.
func wrappers(b *testing.B, dir string) (path, marks string) {
	b.Helper()
	path, marks = filepath.Join(dir, "wrappers"), filepath.Join(dir, "marks")
	for _, d := range []string{path, marks} {
		if err := os.Mkdir(d, 0o777); err != nil {
			b.Fatal(err)
		}
	}
	for _, p := range []string{"ffmpeg", "ffprobe"} {
		at, err := exec.LookPath(p)
		if err != nil {
			b.Fatal(err)
		}
		script := fmt.Sprintf("#!/bin/sh\nprintf '%%s' \"$*\" > '%s/%s.'$$\nexec '%s' \"$@\"\n", marks, p, at)
		if err := os.WriteFile(filepath.Join(path, p), []byte(script), 0o777); err != nil {
			b.Fatal(err)
		}
	}
	return path, marks
}

func clearMarks(b *testing.B, dir string) {
	b.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		b.Fatal(err)
	}
	for _, name := range names {
		if err := os.Remove(name); err != nil {
			b.Fatal(err)
		}
	}
}

// readMarks returns what was started, in the order of time.
func readMarks(b *testing.B, dir string) []mark {
	b.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		b.Fatal(err)
	}
	var found []mark
	for _, e := range entries {
		info, err := e.Info()
		if err != nil {
			b.Fatal(err)
		}
		args, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			b.Fatal(err)
		}
		program, _, _ := strings.Cut(e.Name(), ".")
		found = append(found, mark{program: program, args: string(args), at: info.ModTime()})
	}
	slices.SortFunc(found, func(x, y mark) int { return x.at.Compare(y.at) })
	return found
}
