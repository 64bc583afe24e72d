package activities_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.temporal.io/sdk/temporal"

	"github.com/everframe/everframe/activities"
	"github.com/everframe/everframe/internal/fault"
	"github.com/everframe/everframe/internal/media"
	"github.com/everframe/everframe/internal/plan"
	"github.com/everframe/everframe/internal/proc"
	"github.com/everframe/everframe/internal/testmedia"
	"github.com/everframe/everframe/job"
)

var mp4Job = one("in", job.Output{Key: "a.mp4", PresetID: generic240})

// why returns the only failure of a job that published nothing.
func (w *world) why(e ended) error {
	w.t.Helper()
	if left := w.keys(outputs, ""); len(left) > 0 {
		w.t.Errorf("published %q", left)
	}
	if e.err != nil {
		return e.err
	}
	if err := e.failed["1"]; err != nil {
		return err
	}
	w.t.Fatalf("complete: %+v", e.facts)
	return nil
}

// TestNotMedia has files that nobody can read, under the name of a film.
func TestNotMedia(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	probe := func(t *testing.T, ref media.Ref) {
		t.Helper()
		w.t = t
		_, err := do(w, w.Probe, activities.ProbeInput{Job: jobID, Source: ref}, try{})
		f := isFault(t, err, fault.BadInput, fault.BadInputFile)
		if want := fault.BadInputFile.Text(); fault.Text(f) != want {
			t.Errorf("text %q, want %q", fault.Text(f), want)
		}
	}
	for name, text := range map[string]string{
		"empty": "", "text": "hello\n", "html": "<html><body>404</body></html>", "zeros": strings.Repeat("\x00", 100_000),
		"subtitles": "1\n00:00:00,000 --> 00:00:01,000\nhello\n",
	} {
		t.Run(name, func(t *testing.T) { probe(t, w.text(inputs, name+".mp4", text)) })
	}
	for _, name := range []string{"1830206.mp4", "test_case_1389299.mp4", "sample_fragmented_clearkey.mp4", "not_media.pdf", "photo.jpg", "flac_faulty_06.flac"} {
		t.Run(name, func(t *testing.T) {
			path := testmedia.Fixture(t, "bad/"+name)
			w.t = t
			probe(t, w.put(inputs, name, path))
		})
	}
	w.t = t
	if left := w.keys(media.WorkBucket, ""); len(left) > 0 {
		t.Errorf("stored %q", left)
	}
}

// TestDamaged has files that look well and are not.
func TestDamaged(t *testing.T) {
	film := testmedia.Clip(t, testmedia.Spec{Seconds: 6, Size: "160x90", Audio: true, Args: []string{"-movflags", "+faststart"}})
	matroska := testmedia.Clip(t, testmedia.Spec{Seconds: 6, Size: "160x90", Audio: true, Container: "mkv"})
	sound := testmedia.Clip(t, testmedia.Spec{NoVideo: true, Container: "m4a"})
	unknown := testmedia.Clip(t, testmedia.Spec{Size: "64x64", Container: "avi", VideoArgs: []string{"-c:v", "mpeg4"}})
	replace(t, unknown, "FMP4", "ZZZZ")
	tests := map[string]struct {
		file   func(t *testing.T) string
		chunks bool
		kind   fault.Kind
		code   fault.Code
	}{
		"cut off":                 {func(t *testing.T) string { return half(t, film) }, false, fault.BadInput, fault.BadInputFile},
		"cut off, in chunks":      {func(t *testing.T) string { return half(t, film) }, true, fault.BadInput, fault.BadInputFile},
		"cut off Matroska":        {func(t *testing.T) string { return half(t, matroska) }, false, fault.BadInput, fault.BadInputFile},
		"a codec nobody knows":    {func(*testing.T) string { return unknown }, false, fault.BadInput, fault.UnhandledInputFile},
		"no picture":              {func(*testing.T) string { return sound }, false, fault.Unsupported, fault.PresetInputMismatch},
		"no frame in the picture": {func(t *testing.T) string { return testmedia.Fixture(t, "bad/zero-frame.ts") }, false, fault.Unsupported, fault.PresetInputMismatch},
		"time scale of zero":      {func(t *testing.T) string { return testmedia.Fixture(t, "bad/0-timescale.mp4") }, false, fault.BadInput, fault.BadInputFile},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			if test.chunks {
				inChunks(w)
			}
			w.put(inputs, "in", test.file(t))
			err := w.why(w.transcode(mp4Job))
			if f := activities.Fault(err); f.Kind != test.kind || fault.CodeOf(f) != test.code {
				var own *fault.Error // of the plan, which is no error of a step
				if !errors.As(err, &own) || own.Kind != test.kind || fault.CodeOf(own) != test.code {
					t.Errorf("got %s %d (%v), want %s %d", f.Kind, fault.CodeOf(f), err, test.kind, test.code)
				}
			}
		})
	}
}

// replace changes every occurrence of a text in a file to one as long.
func replace(t *testing.T, path, from, to string) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(b, []byte(from)) || len(from) != len(to) {
		t.Fatalf("%s holds no %q", path, from)
	}
	if err := os.WriteFile(path, bytes.ReplaceAll(b, []byte(from), []byte(to)), 0o644); err != nil {
		t.Fatal(err)
	}
}

// half copies the first half of a file.
func half(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(t.TempDir(), "half"+filepath.Ext(path))
	if err := os.WriteFile(out, b[:len(b)/2], 0o644); err != nil {
		t.Fatal(err)
	}
	return out
}

// TestCutTransportStream has a stream that ends in the middle of a packet. Its
// length is nowhere stated, so what is there is all of it.
func TestCutTransportStream(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	source := half(t, testmedia.Clip(t, testmedia.Spec{Seconds: 4, Size: "160x90", Audio: true, Container: "ts"}))
	w.put(inputs, "in", source)
	e := w.transcode(mp4Job).complete(t)
	w.checkMP4(e, "1", source, media.Size{Width: 160, Height: 90})
}

// TestMissing asks for objects and buckets that are not there, and for names
// that are taken.
func TestMissing(t *testing.T) {
	t.Parallel()
	w := newFarWorld(t)
	_, err := do(w, w.Probe, activities.ProbeInput{Job: jobID, Source: media.Ref{Bucket: inputs, Key: "none.mp4"}}, try{})
	if f := isFault(t, err, fault.NotFound, fault.InputDoesNotExist); !strings.Contains(fault.Text(f), "key=none.mp4") {
		t.Errorf("text %q", fault.Text(f))
	}
	_, err = do(w, w.Probe, activities.ProbeInput{Job: jobID, Source: media.Ref{Bucket: "nowhere", Key: "in"}}, try{})
	if f := isFault(t, err, fault.NotFound, fault.BucketDoesNotExist); fault.Text(f) != "The specified S3 bucket does not exist: bucket=nowhere." {
		t.Errorf("text %q", fault.Text(f))
	}

	src := media.Source{Audio: []media.AudioStream{{Channels: 2, SampleRate: 44100}}}
	in := activities.PlanInput{Job: jobID, Sources: []media.Source{src}, Pipeline: pipeline, Request: job.Request{
		Input: &job.Input{Key: "in"}, OutputKeyPrefix: "p/",
		Outputs: []job.Output{{Key: "a.mp3", PresetID: mp3At128k}, {Key: "b", PresetID: hlsAudio64k, SegmentDuration: "4"}, {Key: "c.mp3", PresetID: mp3At128k}},
	}}
	w.text(outputs, "p/a.mp3", "x")
	w.text(outputs, "p/b00000.ts", "x")
	p := must(w, w.Plan, in).Plan
	if len(p.Outputs()) != 1 || len(p.Refused) != 2 {
		t.Fatalf("planned %+v", p)
	}
	for i, key := range []string{"p/a.mp3", "p/b00000.ts"} {
		want := "The specified object could not be saved in the specified bucket because an object by that name already exists: bucket=outputs, key=" + key + "."
		if r := p.Refused[i]; r.Code != fault.OutputAlreadyExists || r.Text != want {
			t.Errorf("refused with %d %q, want %q", r.Code, r.Text, want)
		}
	}
	in.Pipeline.ContentConfig.Bucket = "nowhere"
	_, err = do(w, w.Plan, in, try{})
	isFault(t, err, fault.NotFound, fault.BucketDoesNotExist)
}

// TestProgramFails has ffmpeg fail in every way it can.
func TestProgramFails(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.put(inputs, "in", small(t))
	g := w.prepare(mp4Job)
	exits := func(e proc.ExitError) error {
		kind := fault.Internal
		if e.Signal == syscall.SIGKILL {
			kind = fault.Unavailable
		}
		e.Path = "ffmpeg"
		return fault.Wrap(&e, "proc.Run", kind) // as proc does
	}
	tests := map[string]struct {
		err                 error
		encode, mux         fault.Kind
		encodeCode, muxCode fault.Code
	}{
		"its own verdict": {exits(proc.ExitError{Code: 1, Stderr: "Conversion failed!"}), fault.BadInput, fault.Internal, fault.UnhandledInputFile, fault.InternalError},
		"it crashes":      {exits(proc.ExitError{Code: -1, Signal: syscall.SIGSEGV}), fault.BadInput, fault.Internal, fault.UnhandledInputFile, fault.InternalError},
		"disk full":       {exits(proc.ExitError{Code: 1, Stderr: "av_interleaved_write_frame(): No space left on device\nConversion failed!"}), fault.Unavailable, fault.Unavailable, fault.InternalServiceError, fault.InternalServiceError},
		"no memory":       {exits(proc.ExitError{Code: 1, Stderr: "x264 [error]: malloc of size 3133440 failed"}), fault.Unavailable, fault.Unavailable, fault.InternalServiceError, fault.InternalServiceError},
		"killed":          {exits(proc.ExitError{Code: -1, Signal: syscall.SIGKILL}), fault.Unavailable, fault.Unavailable, fault.InternalServiceError, fault.InternalServiceError},
		"ended by others": {exits(proc.ExitError{Code: -1, Signal: syscall.SIGTERM}), fault.Unavailable, fault.Unavailable, fault.InternalServiceError, fault.InternalServiceError},
		"stalled":         {&fault.Error{Kind: fault.Unavailable}, fault.Unavailable, fault.Unavailable, fault.InternalServiceError, fault.InternalServiceError},
	}
	video := w.put(media.WorkBucket, "chunks/v.mp4", small(t))
	for name, test := range tests {
		w.run.ffmpeg = func(context.Context, []string, func(string)) (proc.Result, error) { return proc.Result{}, test.err }
		t.Run(name, func(t *testing.T) {
			_, err := do(w, w.EncodeChunk, chunk(g, 0), try{})
			isFault(t, err, test.encode, test.encodeCode)
			_, err = do(w, w.EncodeTrack, activities.EncodeTrackInput{Input: g.Input, Track: g.Tracks[0]}, try{})
			isFault(t, err, test.encode, test.encodeCode)
			_, err = do(w, w.Stills, activities.StillsInput{Job: jobID, Output: "1", Thumbnails: plan.Thumbnails{Format: "png"}, Video: video}, try{})
			isFault(t, err, test.mux, test.muxCode)
		})
	}

	w.run.ffmpeg = func(ctx context.Context, args []string, onLine func(string)) (proc.Result, error) {
		return proc.Run(ctx, proc.Command{Path: "no-such-ffmpeg", Args: args}, onLine)
	}
	_, err := do(w, w.EncodeChunk, chunk(g, 0), try{})
	if f := isFault(t, err, fault.Internal, fault.InternalError); fault.Text(f) != "The program no-such-ffmpeg is not installed on this worker." {
		t.Errorf("text %q", fault.Text(f))
	}
	// Our own bugs are tried again, but not for ever.
	_, err = do(w, w.EncodeChunk, chunk(g, 0), try{Attempt: 3})
	var app *temporal.ApplicationError
	if !errors.As(err, &app) || !app.NonRetryable() {
		t.Errorf("a third failure of the same kind is retried: %v", err)
	}
}

// TestNoScratch has a worker without a place to work at.
func TestNoScratch(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.put(inputs, "in", small(t))
	g := w.prepare(mp4Job)
	w.Scratch = filepath.Join(small(t), "below a file")
	_, err := do(w, w.EncodeChunk, chunk(g, 0), try{})
	isFault(t, err, fault.Unavailable, fault.InternalServiceError)
}

// TestWorkBucketGone loses the bucket that customers do not know of.
func TestWorkBucketGone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.put(inputs, "in", small(t))
	g := w.prepare(mp4Job)
	if err := os.RemoveAll(filepath.Join(w.root, media.WorkBucket)); err != nil {
		t.Fatal(err)
	}
	_, err := do(w, w.EncodeChunk, chunk(g, 0), try{})
	isFault(t, err, fault.Unavailable, fault.InternalServiceError)
	if err := run(w, w.Discard, activities.DiscardInput{Job: jobID}, try{}); err != nil {
		t.Errorf("nothing to discard: %v", err)
	}
}

// TestCancel cancels a step while its encoder runs, and while it waits for one.
func TestCancel(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.put(inputs, "in", testmedia.Clip(t, testmedia.Spec{Seconds: 20, Size: "640x360", Rate: "10", VideoArgs: []string{"-c:v", "mpeg4"}}))
	g := w.prepare(one("in", job.Output{Key: "a.mp4", PresetID: generic480}))
	g.Renditions[0].Effort = "placebo" // long enough to be stopped
	ended := make(chan time.Time, 1)
	w.run.ffmpeg = func(ctx context.Context, args []string, onLine func(string)) (proc.Result, error) {
		r, err := proc.Run(ctx, proc.Command{Path: "ffmpeg", Args: args}, onLine)
		ended <- time.Now()
		return r, err
	}
	var cancel func()
	var asked time.Time
	frames := int64(0)
	_, err := do(w, w.EncodeChunk, chunk(g, 0), try{Ctx: canceled(&cancel), Beat: func(b any) {
		if n := b.(activities.Beat).Progress.Frames; n > 0 && asked.IsZero() {
			frames, asked = n, time.Now()
			cancel()
		}
	}})
	isFault(t, err, fault.Canceled, 0)
	if frames == 0 || frames >= g.Timeline.Frames {
		t.Errorf("canceled after %d of %d frames", frames, g.Timeline.Frames)
	}
	if took := (<-ended).Sub(asked); took > 6*time.Second { // ffmpeg's grace, and one for a busy machine
		t.Errorf("the encoder went on for %s", took)
	}
	if left := w.keys(media.WorkBucket, "chunks/"); len(left) > 0 {
		t.Errorf("stored %q", left)
	}

	release, err := w.Slots.Acquire(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	_, err = do(w, w.EncodeChunk, chunk(g, 0), try{Ctx: canceled(&cancel), Beat: func(b any) {
		if b.(activities.Beat).Stage == "waiting" {
			cancel()
		}
	}})
	isFault(t, err, fault.Canceled, 0)
}

// TestFullStore has the store fail where results are kept.
func TestFullStore(t *testing.T) {
	t.Parallel()
	w := newFarWorld(t)
	w.put(inputs, "in", small(t))
	g := w.prepare(mp4Job)
	w.Store = full{w.store}
	_, err := do(w, w.EncodeChunk, chunk(g, 0), try{})
	isFault(t, err, fault.Unavailable, fault.StorageError)
	if left := w.keys(media.WorkBucket, "chunks/"); len(left) > 0 {
		t.Errorf("stored %q", left)
	}
}

// TestHugeAnswer has ffprobe describe more streams than anybody has.
func TestHugeAnswer(t *testing.T) {
	t.Parallel()
	w := newFarWorld(t)
	ref := w.text(inputs, "in", "x")
	w.Run = talker{}
	_, err := do(w, w.Probe, activities.ProbeInput{Job: jobID, Source: ref}, try{})
	isFault(t, err, fault.BadInput, fault.BadInputFile)
}

// talker is an ffprobe that never ends to list streams.
type talker struct{ activities.Runner }

func (talker) FFprobe(_ context.Context, _ []string, onLine func(string)) (proc.Result, error) {
	onLine(`{"streams":[`)
	stream := `{"codec_type":"audio","channels":2,"tags":{"x":"` + string(bytes.Repeat([]byte("x"), 60_000)) + `"}},`
	for range 1000 {
		onLine(stream)
	}
	onLine(`{}],"format":{}}`)
	return proc.Result{}, nil
}
