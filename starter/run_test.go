package main

import (
	"context"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/everframe/everframe/internal/buildinfo"
	"github.com/everframe/everframe/job"
)

func TestRun(t *testing.T) {
	f := newFakeAPI()
	url := f.serve(t)
	r := start(t, t.Context(), "run", "--server", url, media(t, "The Bear.MP4", "a film"))
	wantCode(t, r, exitOK)
	want := `
The Bear.MP4: Complete after 0:05.250 (job 1700000002000-fakes1)

OUTPUT                     SIZE    DURATION  FRAME    STATUS
generic-480p-16-9.mp4      1.2 MB  0:16.683  854x480  Complete
hls-2m/stream.m3u8         1.2 MB  0:16.683  854x480  Complete
hls-1m/stream.m3u8         1.2 MB  0:16.683  854x480  Complete
hls-400k/stream.m3u8       1.2 MB  0:16.683  854x480  Complete
hls-audio-64k/stream.m3u8  1.2 MB  0:16.683  -        Complete
Playlist index.m3u8 (HLSv3): Complete

Thumbnails  2 in thumbnails/
URL         URL0/files/starter-out/the-bear-STAMP/index.m3u8
URL         URL0/files/starter-out/the-bear-STAMP/generic-480p-16-9.mp4
Watch       ffplay URL0/files/starter-out/the-bear-STAMP/index.m3u8   (or open it in VLC or any other player)
`
	if diff := cmp.Diff(want, strings.ReplaceAll(r.stdout, url, "URL0")); diff != "" {
		t.Errorf("output (-want +got):\n%s", diff)
	}
	wantText(t, r.stderr, "The Bear.MP4: Submitted\n", "hls-2m/stream: Progressing 40% (200/500 frames, ", "The Bear.MP4: Complete\n")
	if diff := cmp.Diff([]string{"the-bear-STAMP.mp4"}, f.keys(runInput)); diff != "" {
		t.Errorf("uploaded (-want +got):\n%s", diff)
	}
	// The second run finds the pipeline of the first.
	wantCode(t, start(t, t.Context(), "run", "--server", url, media(t, "b.mp4", "a film")), exitOK)
	if got := f.asked("POST /2012-09-25/pipelines"); got != 1 {
		t.Errorf("got %d pipelines created, want 1", got)
	}
}

func TestRunDownloads(t *testing.T) {
	f := newFakeAPI()
	out := t.TempDir()
	r := start(t, t.Context(), "run", "--server", f.serve(t), media(t, "bear.mp4", "a film"),
		"--preset", "hls 2m", "--preset", "generic 720p", "--preset", "1351620000001-200071",
		"--playlist", "HLSv3:live", "--segment-duration", "4", "--thumbnails", "--out", out)
	wantCode(t, r, exitOK)
	got := map[string]string{}
	err := filepath.WalkDir(out, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		got[unstamped(strings.TrimPrefix(path, out+"/"))] = strings.SplitN(string(b), "\n", 2)[0]
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"bear-STAMP/live.m3u8":                    "#EXTM3U",
		"bear-STAMP/hls-2m/stream.m3u8":           "#EXTM3U",
		"bear-STAMP/hls-2m/stream00000.ts":        "segment 0",
		"bear-STAMP/hls-2m/stream00001.ts":        "segment 1",
		"bear-STAMP/hls-audio-64k/stream.m3u8":    "#EXTM3U",
		"bear-STAMP/hls-audio-64k/stream00000.ts": "segment 0",
		"bear-STAMP/hls-audio-64k/stream00001.ts": "segment 1",
		"bear-STAMP/generic-720p.mp4":             "the file generic-720p.mp4",
		"bear-STAMP/thumbnails/00001.png":         "one",
		"bear-STAMP/thumbnails/00002.png":         "two",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
	if got := f.jobs[0].Outputs[0].SegmentDuration; got != "4.0" {
		t.Errorf("got segments of %s s", got)
	}
	wantText(t, r.stdout, "Files       "+out+"/bear-STAMP/\n")
}

func TestRunJSON(t *testing.T) {
	f := newFakeAPI()
	url := f.serve(t)
	a, b := media(t, "a.mp4", "a film"), media(t, "b.mp4", "broken")
	r := start(t, t.Context(), "run", "--json", "--server", url, a, b)
	wantCode(t, r, exitJob)
	if r.stderr != "starter: 1 of 2 jobs did not complete\n" {
		t.Errorf("got on standard error: %s", r.stderr)
	}
	dec := json.NewDecoder(strings.NewReader(r.stdout))
	var got []result
	for dec.More() {
		var line result
		if err := dec.Decode(&line); err != nil {
			t.Fatalf("standard output is not only JSON: %v\n%s", err, r.stdout)
		}
		got = append(got, line)
	}
	if len(got) != 2 || got[0].Input != a || got[1].Input != b {
		t.Fatalf("got %+v, want a line for each input", got)
	}
	if got[0].Job.Status != job.Complete || len(got[0].Files) != 1+4*3+2+1 {
		t.Errorf("got a job %s with %d files", got[0].Job.Status, len(got[0].Files))
	}
	want := []object{{Key: "a-STAMP/index.m3u8", URL: url + "/files/starter-out/a-STAMP/index.m3u8"}}
	if diff := cmp.Diff(want, got[0].Playlists); diff != "" {
		t.Errorf("playlists (-want +got):\n%s", diff)
	}
	if got[1].Job.Status != job.Error || len(got[1].Files) != 0 {
		t.Errorf("got a job %s with files %v", got[1].Job.Status, got[1].Files)
	}
}

func TestRunOfABrokenFile(t *testing.T) {
	f := newFakeAPI()
	r := start(t, t.Context(), "run", "--server", f.serve(t), media(t, "b.mp4", "broken"), "--preset", "Generic 720p")
	wantCode(t, r, exitJob)
	wantText(t, r.stdout, "b.mp4: Error", "error 4000: Amazon Elastic Transcoder could not interpret the media file.\n")
	wantText(t, r.stderr, "starter: the job did not complete\n")
	if strings.Contains(r.stdout, "Watch") {
		t.Errorf("there is nothing to watch:\n%s", r.stdout)
	}
}

func TestInterruptCancelsTheJobs(t *testing.T) {
	ctx, interrupt := context.WithCancel(t.Context())
	f := newFakeAPI()
	var once sync.Once
	f.onRead = func(j *fakeJob) {
		if j.reads == 3 {
			once.Do(interrupt)
		}
	}
	r := start(t, ctx, "run", "--server", f.serve(t), media(t, "a.mp4", "endless"), media(t, "b.mp4", "endless"))
	wantCode(t, r, exitJob)
	wantText(t, r.stderr, "Interrupted: asking the server to cancel (Ctrl-C again to leave at once).\n", "b.mp4: Canceled\n", "2 of 2 jobs")
	wantText(t, r.stdout, "a.mp4: Canceled after")
	for _, j := range f.jobs {
		if j.Status != job.Canceled {
			t.Errorf("job %s is %s", j.ID, j.Status)
		}
	}
}

func TestSecondInterruptLeavesAtOnce(t *testing.T) {
	ctx, interrupt := context.WithCancel(t.Context())
	f := newFakeAPI()
	f.onRead = func(j *fakeJob) { interrupt() }
	r := startWith(t, ctx, func(a *app) {
		a.again = func() (context.Context, context.CancelFunc) {
			again, cancel := context.WithCancel(context.Background())
			cancel() // the second one comes immediately
			return again, cancel
		}
	}, "run", "--server", f.serve(t), media(t, "a.mp4", "endless"))
	wantCode(t, r, exitInterrupted)
	if f.jobs[0].Status.Terminal() {
		t.Errorf("the job is %s", f.jobs[0].Status)
	}
}

func TestInterruptBeforeAnyJob(t *testing.T) {
	ctx, interrupt := context.WithCancel(t.Context())
	f := newFakeAPI()
	url := f.serve(t)
	interrupt()
	r := start(t, ctx, "run", "--server", url, media(t, "a.mp4", "endless"))
	wantCode(t, r, exitInterrupted)
	if len(f.jobs) != 0 {
		t.Errorf("got %d jobs", len(f.jobs))
	}
}

func TestRunWaitsForAServerThatIsAway(t *testing.T) {
	f := newFakeAPI()
	url := f.serve(t)
	var once sync.Once
	f.onRead = func(j *fakeJob) {
		if j.reads == 3 { // more refusals than one request is tried
			once.Do(func() { f.refuse = []int{503, 503, 503, 503, 503, 503, 503} })
		}
	}
	r := start(t, t.Context(), "run", "--server", url, media(t, "a.mp4", "a film"), "--preset", "Generic 720p")
	wantCode(t, r, exitOK)
	wantText(t, r.stderr, "The server does not answer; its jobs go on when it is back. Waiting.\n", "a.mp4: Complete\n")
}

func TestSegmentsOutsideTheFolderAreRefused(t *testing.T) {
	f := newFakeAPI()
	c := quick(t, f.serve(t))
	for name, ok := range map[string]bool{
		"stream00000.ts": true, "deep/er.ts": true,
		"../other.ts": false, "../../../../etc/passwd": false, "http://example.com/x.ts": false, "/etc/passwd": true,
	} {
		f.objects[runOutput+"/p/a.m3u8"] = []byte("#EXTM3U\n" + name + "\n")
		keys, err := segmentsOf(t.Context(), c, "p/a.m3u8")
		if ok != (err == nil) {
			t.Errorf("%q: got %v, %v", name, keys, err)
		}
		for _, k := range keys {
			if !strings.HasPrefix(k, "p/") {
				t.Errorf("%q: got key %q", name, k)
			}
		}
	}
	if _, err := fetch(t.Context(), c, "../x", t.TempDir()); err == nil {
		t.Error("a key led out of the directory")
	}
}

func TestUsage(t *testing.T) {
	film := media(t, "a.mp4", "a film")
	url := newFakeAPI().serve(t)
	for _, args := range [][]string{
		{},
		{"walk"},
		{"run"},
		{"run", "no-such-file.mp4"},
		{"run", t.TempDir()},
		{"run", film, "--segment-duration", "0.5"},
		{"run", film, "--segment-duration", "NaN"},
		{"run", film, "--playlist", "HLSv9"},
		{"run", film, "--playlist", "Smooth"},
		{"run", film, "--server", url, "--preset", "no such preset"},
		{"run", film, "--server", url, "--preset", "Generic 720p", "--playlist", "HLSv3"},
		{"job", "list"},
		{"job", "list", "--pipeline", "x", "--limit", "-1"},
		{"job", "create", "no-such-file.json"},
		{"job", "read", "x", "--server", "localhost"},
		{"pipeline", "create", "--name", "x"},
	} {
		if r := start(t, t.Context(), args...); r.code != exitUsage || r.stderr == "" {
			t.Errorf("%q: got exit status %d: %s", args, r.code, r.stderr)
		}
	}
	if r := start(t, t.Context(), "--version"); r.code != exitOK || r.stdout != buildinfo.Version()+"\n" {
		t.Errorf("--version: got exit status %d: %s", r.code, r.stdout)
	}
	for _, args := range [][]string{{"--help"}, {"run", "--help"}, {"job", "list", "--help"}} {
		if r := start(t, t.Context(), args...); r.code != exitOK || !strings.Contains(r.stdout, "Usage: starter") {
			t.Errorf("%q: got exit status %d: %s", args, r.code, r.stdout)
		}
	}
}

// TestDocumentedVariables keeps the package documentation true: it lists each
// variable that a flag has, and no other.
func TestDocumentedVariables(t *testing.T) {
	doc, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	variable := regexp.MustCompile(`EVERFRAME_[A-Z_]*[A-Z]`)
	documented, have := map[string]bool{}, map[string]bool{}
	for _, v := range variable.FindAllString(string(doc), -1) {
		documented[v] = true
	}
	for _, command := range []string{"run", "job create", "job read", "job cancel", "job list", "job watch", "pipeline create", "pipeline read", "pipeline list", "preset list", "preset read"} {
		help := start(t, t.Context(), append(strings.Fields(command), "--help")...)
		for _, v := range variable.FindAllString(help.stdout, -1) {
			have[v] = true
		}
	}
	if diff := cmp.Diff(have, documented); diff != "" {
		t.Errorf("variables (-flags +documentation):\n%s", diff)
	}
}
