package activities_test

import (
	"context"
	"path"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/everframe/everframe/activities"
	"github.com/everframe/everframe/internal/fault"
	"github.com/everframe/everframe/internal/ffmpeg"
	"github.com/everframe/everframe/internal/media"
	"github.com/everframe/everframe/internal/plan"
	"github.com/everframe/everframe/internal/proc"
	"github.com/everframe/everframe/internal/testmedia"
	"github.com/everframe/everframe/job"
)

// small is a source that takes no time to encode.
func small(t *testing.T) string {
	return testmedia.Clip(t, testmedia.Spec{Size: "64x64", Audio: true})
}

// twoSizes asks for two pictures and one sound.
func twoSizes(input string) job.Request {
	return job.Request{Input: &job.Input{Key: input}, Outputs: []job.Output{
		{Key: "a.ts", PresetID: hls600k}, {Key: "b.ts", PresetID: hls400k},
	}}
}

func noteOf(ref media.Ref) media.Ref {
	ref.Key = strings.TrimSuffix(ref.Key, path.Ext(ref.Key)) + ".json"
	return ref
}

func TestEncodeOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.put(inputs, "in", small(t))
	g := w.prepare(twoSizes("in"))
	if len(g.Renditions) != 2 {
		t.Fatalf("renditions %+v", g.Renditions)
	}
	w.run.encodes()

	alone := chunk(g, 0)
	alone.Renditions = alone.Renditions[:1]
	first := must(w, w.EncodeChunk, alone)
	if n := w.run.encodes(); n != 1 || first.Command == "" || first.Pieces[0].Reused {
		t.Fatalf("%d runs, %+v", n, first)
	}
	second := must(w, w.EncodeChunk, alone)
	if n := w.run.encodes(); n != 0 || second.Command != "" || !second.Pieces[0].Reused {
		t.Fatalf("encoded again: %d runs, %+v", n, second)
	}
	second.Pieces[0].Reused = false
	if diff := cmp.Diff(first.Pieces, second.Pieces); diff != "" {
		t.Errorf("what was found differs (-encoded +found):\n%s", diff)
	}

	// Of two renditions only the missing one is encoded, and the result is in order.
	both := chunk(g, 0)
	slices.Reverse(both.Renditions)
	out := must(w, w.EncodeChunk, both)
	if n := w.run.encodes(); n != 1 || strings.Count(out.Command, "-c:v") != 1 {
		t.Errorf("%d runs: %s", n, out.Command)
	}
	if out.Pieces[0].Reused || !out.Pieces[1].Reused || out.Pieces[1].Ref != first.Pieces[0].Ref {
		t.Errorf("pieces %+v", out.Pieces)
	}

	w.Encoder = "another build"
	if other := must(w, w.EncodeChunk, alone); other.Pieces[0].Ref == first.Pieces[0].Ref {
		t.Error("another encoder's work has the same name")
	}

	sound := activities.EncodeTrackInput{Input: g.Input, Track: g.Tracks[0]}
	a := must(w, w.EncodeTrack, sound)
	w.run.encodes()
	b := must(w, w.EncodeTrack, sound)
	if n := w.run.encodes(); n != 0 || a.Ref != b.Ref || a.Reused || !b.Reused || b.Command != "" {
		t.Errorf("%d runs, %+v and then %+v", n, a, b)
	}
}

// TestLostNotes takes away what crashes and sweeps take away.
func TestLostNotes(t *testing.T) {
	t.Parallel()
	w := newFarWorld(t)
	w.put(inputs, "in", small(t))
	g := w.prepare(one("in", job.Output{Key: "a.mp4", PresetID: generic240}))
	in := chunk(g, 0)
	piece := must(w, w.EncodeChunk, in).Pieces[0].Ref
	etag := func() string {
		info, err := w.store.Stat(t.Context(), piece)
		if err != nil {
			t.Fatal(err)
		}
		return info.ETag
	}
	again := func(how string, replaced bool) {
		t.Helper()
		before := ""
		if w.has(piece) {
			before = etag()
		}
		w.run.encodes()
		out := must(w, w.EncodeChunk, in)
		if n := w.run.encodes(); n != 1 || out.Pieces[0].Reused || out.Pieces[0].Ref != piece || out.Pieces[0].Frames != 15 {
			t.Errorf("%s: %d runs, %+v", how, n, out)
		}
		if got := etag() != before; got != replaced {
			t.Errorf("%s: replaced %t", how, got)
		}
		if out := must(w, w.EncodeChunk, in); !out.Pieces[0].Reused {
			t.Errorf("%s: not found after that", how)
		}
	}
	w.remove(noteOf(piece))
	again("without a note", false) // it may be another attempt's that is just ending
	w.remove(piece)
	again("a note of nothing", true)
	w.remove(noteOf(piece))
	w.text(media.WorkBucket, noteOf(piece).Key, "{")
	again("a note nobody can read", false)
	w.remove(noteOf(piece))
	w.Now = func() time.Time { return time.Now().Add(20 * time.Hour) }
	w.run.encodes()
	before := etag()
	must(w, w.EncodeChunk, in)
	if w.run.encodes() != 1 || etag() == before {
		// The note would be young and the piece old: a sweep would take the piece alone.
		t.Error("an old piece without a note was kept")
	}
}

// TestOldEncodes asks for an encode that a sweep might soon take away.
func TestOldEncodes(t *testing.T) {
	t.Parallel()
	w := newFarWorld(t)
	w.put(inputs, "in", small(t))
	g := w.prepare(one("in", job.Output{Key: "a.mp4", PresetID: generic240}))
	began := time.Now()
	later := func(hours int) { w.Now = func() time.Time { return began.Add(time.Duration(hours) * time.Hour) } }
	in, sound := chunk(g, 0), activities.EncodeTrackInput{Input: g.Input, Track: g.Tracks[0]}
	ref := must(w, w.EncodeChunk, in).Pieces[0].Ref
	must(w, w.EncodeTrack, sound)

	later(11)
	if !must(w, w.EncodeChunk, in).Pieces[0].Reused || !must(w, w.EncodeTrack, sound).Reused {
		t.Error("encoded again within half the retention time")
	}
	// The job that began then and found it may last as long as it likes.
	w.records.oldest = began.Add(11 * time.Hour)
	later(11 + 1000)
	w.sweep()
	if !w.has(ref) || !w.has(noteOf(ref)) {
		t.Fatal("taken from the job that had found it")
	}
	w.records.oldest = time.Time{}
	later(13)
	if must(w, w.EncodeChunk, in).Pieces[0].Reused || must(w, w.EncodeTrack, sound).Reused {
		t.Error("a sweep could take it from a job that begins now")
	}
}

// TestSourceChanges changes the source between probing and encoding, and while
// it is being encoded.
func TestSourceChanges(t *testing.T) {
	t.Parallel()
	clip, other := small(t), testmedia.Clip(t, testmedia.Spec{Size: "64x64", Audio: true, Seconds: 1.2})
	for name, change := range map[string]func(w *world, replace func()){
		"before": func(_ *world, replace func()) { replace() },
		"during": func(w *world, replace func()) {
			w.run.ffmpeg = func(ctx context.Context, args []string, onLine func(string)) (proc.Result, error) {
				replace()
				return proc.Run(ctx, proc.Command{Path: "ffmpeg", Args: args}, onLine)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			for _, gone := range []bool{false, true} {
				w := newWorld(t)
				ref := w.put(inputs, "in", clip)
				g := w.prepare(one("in", job.Output{Key: "a.mp4", PresetID: generic240}))
				kind, code := fault.BadInput, fault.BadInputFile
				replaced := false
				change(w, func() {
					if replaced {
						return
					}
					replaced = true
					w.remove(ref)
					if !gone {
						w.put(inputs, "in", other)
					}
				})
				if gone {
					kind, code = fault.NotFound, fault.InputDoesNotExist
				}
				_, err := do(w, w.EncodeChunk, chunk(g, 0), try{})
				isFault(t, err, kind, code)
				_, err = do(w, w.EncodeTrack, activities.EncodeTrackInput{Input: g.Input, Track: g.Tracks[0]}, try{})
				isFault(t, err, kind, code)
				if left := w.keys(media.WorkBucket, ""); len(left) != 0 {
					t.Errorf("stored under the name of the old one: %q", left)
				}
			}
		})
	}
}

func TestJoinAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	inChunks(w)
	w.put(inputs, "in", testmedia.Clip(t, testmedia.Spec{Size: "64x64", Seconds: 4}))
	g := w.prepare(one("in", job.Output{Key: "a.mp4", PresetID: generic240}))
	var pieces []activities.Piece
	for i := range g.Chunks {
		pieces = append(pieces, must(w, w.EncodeChunk, chunk(g, i)).Pieces[0])
	}
	in := activities.JoinInput{Job: jobID, Name: "v", Pieces: pieces}
	first := must(w, w.Join, in)
	if !first.Seamless || first.Frames != g.Timeline.Frames {
		t.Fatalf("joined %+v, want %d frames", first, g.Timeline.Frames)
	}
	for _, p := range pieces { // nothing of them is needed any more
		w.remove(p.Ref)
	}
	if second := must(w, w.Join, in); second != first {
		t.Errorf("then %+v, first %+v", second, first)
	}

	// A lost piece is nobody's fault but ours, and may come back.
	in.Name = "other"
	_, err := do(w, w.Join, in, try{})
	isFault(t, err, fault.Unavailable, fault.InternalServiceError)

	broken := slices.Clone(pieces)
	for name, hashes := range map[string]ffmpeg.BorderHashes{"another frame": {First: "x", Next: broken[1].Next}, "no hashes": {}} {
		broken[1].BorderHashes = hashes
		if out := must(w, w.Join, activities.JoinInput{Job: jobID, Name: name, Pieces: broken}); out.Seamless {
			t.Errorf("%s: joined", name)
		}
	}
}

// TestShortChunk encodes a chunk that reaches beyond the end of its source, as
// a plan from a wrong index would have it.
func TestShortChunk(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	inChunks(w)
	w.put(inputs, "in", testmedia.Clip(t, testmedia.Spec{Size: "64x64", Seconds: 3}))
	g := w.prepare(one("in", job.Output{Key: "a.mp4", PresetID: generic240}))
	in := chunk(g, 0)
	in.Chunk = plan.Chunk{End: g.Timeline.Frames + 30}
	p := must(w, w.EncodeChunk, in).Pieces[0]
	if p.Frames != g.Timeline.Frames || p.First != "" || p.Next != "" {
		t.Errorf("piece %+v, want %d frames and no hashes", p, g.Timeline.Frames)
	}
	if out := must(w, w.Join, activities.JoinInput{Job: jobID, Name: "v", Pieces: []activities.Piece{p, p}}); out.Seamless {
		t.Error("something was joined to it")
	}
}
