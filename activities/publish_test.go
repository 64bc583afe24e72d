package activities_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/everframe/everframe/activities"
	"github.com/everframe/everframe/internal/fault"
	"github.com/everframe/everframe/internal/media"
	"github.com/everframe/everframe/internal/plan"
	"github.com/everframe/everframe/internal/storage"
	"github.com/everframe/everframe/internal/storage/memory"
	"github.com/everframe/everframe/job"
)

// tapped is a store in memory that calls before each creation of an output.
type tapped struct {
	*memory.Store
	before func(ref media.Ref) error
	order  []string // keys of created outputs
}

func (s *tapped) Create(ctx context.Context, ref media.Ref, r io.Reader) (storage.Info, error) {
	return s.create(ref, func() (storage.Info, error) { return s.Store.Create(ctx, ref, r) })
}

func (s *tapped) CreateFromFile(ctx context.Context, ref media.Ref, path string) (storage.Info, error) {
	return s.create(ref, func() (storage.Info, error) { return s.Store.CreateFromFile(ctx, ref, path) })
}

func (s *tapped) create(ref media.Ref, do func() (storage.Info, error)) (storage.Info, error) {
	if ref.Bucket == outputs && s.before != nil {
		if err := s.before(ref); err != nil {
			return storage.Info{}, err
		}
	}
	info, err := do()
	if err == nil && ref.Bucket == outputs {
		s.order = append(s.order, ref.Key)
	}
	return info, err
}

// staging is a world with an output that waits to be published.
type staging struct {
	*world
	tap *tapped
	in  activities.PublishInput
}

var finalKeys = []string{"out00000.ts", "out00001.ts", "out00002.ts", "out.m3u8"}

func newStaging(t *testing.T) staging {
	t.Helper()
	tap := &tapped{Store: memory.New()}
	s := staging{world: worldOn(t, tap), tap: tap}
	stills := s.stage("stills-1", "still-00001.png")
	s.in = activities.PublishInput{Lists: []media.Ref{stills, s.stage("output-1", finalKeys...)}}
	return s
}

// stage puts files and their list into the work bucket, as Assemble and Stills
// do. The content of a file is its key.
func (s staging) stage(name string, keys ...string) media.Ref {
	s.t.Helper()
	prefix := fmt.Sprintf("jobs/%s/%s/run-1-1/", jobID, name)
	var list activities.Staged
	for i, key := range keys {
		work := s.text(media.WorkBucket, fmt.Sprint(prefix, i), key)
		list.Files = append(list.Files, activities.StagedFile{Work: work.Key, Final: media.Ref{Bucket: outputs, Key: key}, Bytes: int64(len(key))})
	}
	b, err := json.Marshal(list)
	if err != nil {
		s.t.Fatal(err)
	}
	return s.text(media.WorkBucket, prefix+"list.json", string(b))
}

// failAt fails the creation of an output, once.
func (s staging) failAt(key string, err error) {
	s.tap.before = func(ref media.Ref) error {
		if ref.Key != key {
			return nil
		}
		s.tap.before = nil
		return err
	}
}

func (s staging) foreign(key string) media.Ref { return s.text(outputs, key, "somebody else's") }

func (s staging) left(want ...string) {
	s.t.Helper()
	if diff := cmp.Diff(want, s.keys(outputs, "")); diff != "" {
		s.t.Errorf("objects (-want +got):\n%s", diff)
	}
}

var published = []string{"out.m3u8", "out00000.ts", "out00001.ts", "out00002.ts", "still-00001.png"}

func TestPublish(t *testing.T) {
	s := newStaging(t)
	out := must(s.world, s.Publish, s.in)
	if want := append([]string{"still-00001.png"}, finalKeys...); !slices.Equal(s.tap.order, want) {
		t.Errorf("order %q, want %q", s.tap.order, want)
	}
	if out.Files != 5 || out.Bytes != int64(len("still-00001.png")+3*len("out00000.ts")+len("out.m3u8")) {
		t.Errorf("counted %+v", out)
	}
	for _, key := range published {
		if got := s.read(media.Ref{Bucket: outputs, Key: key}); got != key {
			t.Errorf("%s holds %q", key, got)
		}
	}
	// The result was lost on its way: the server asks again.
	if again, err := do(s.world, s.Publish, s.in, try{Attempt: 2}); err != nil || again != out {
		t.Errorf("again %+v, %v", again, err)
	}
}

func TestPublishConflicts(t *testing.T) {
	unavailable := &fault.Error{Kind: fault.Unavailable, Err: errors.New("the worker dies here")}
	tests := map[string]struct {
		arrange func(s staging)
		attempt int32
		left    []string
	}{
		"before": {func(s staging) { s.foreign("out.m3u8") }, 1, []string{"out.m3u8"}},
		"before, on a second attempt": { // the first one died before it wrote anything
			func(s staging) { s.foreign("out.m3u8") }, 2, []string{"out.m3u8"},
		},
		"before, with our very bytes": { // of a job just like this one
			func(s staging) { s.text(outputs, "out00000.ts", "out00000.ts") }, 2, []string{"out00000.ts"},
		},
		"midway": {func(s staging) {
			s.tap.before = func(ref media.Ref) error {
				if ref.Key == "out00002.ts" && !s.has(ref) {
					_, err := s.tap.Store.Create(s.t.Context(), ref, io.LimitReader(nil, 0))
					return err
				}
				return nil
			}
		}, 1, []string{"out00002.ts"}},
		"after a crash": {func(s staging) {
			s.failAt("out00001.ts", unavailable)
			_, err := do(s.world, s.Publish, s.in, try{})
			isFault(s.t, err, fault.Unavailable, fault.StorageError)
			s.left("out00000.ts", "still-00001.png")
			s.foreign("out.m3u8")
		}, 2, []string{"out.m3u8"}},
		"of another size": {func(s staging) {
			s.failAt("out00001.ts", unavailable)
			_, err := do(s.world, s.Publish, s.in, try{})
			isFault(s.t, err, fault.Unavailable, fault.StorageError)
			s.text(outputs, "out00001.ts", "out00001.ts and more")
		}, 2, []string{"out00001.ts"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			s := newStaging(t)
			test.arrange(s)
			_, err := do(s.world, s.Publish, s.in, try{Attempt: test.attempt})
			f := isFault(t, err, fault.Exists, fault.OutputAlreadyExists)
			if want := "key=" + test.left[0] + "."; len(f.Text) < len(want) || f.Text[len(f.Text)-len(want):] != want {
				t.Errorf("the text %q does not name %s", f.Text, want)
			}
			s.left(test.left...)
		})
	}
}

// TestPublishCrash loses the first attempt at every file.
func TestPublishCrash(t *testing.T) {
	for _, key := range published {
		t.Run(key, func(t *testing.T) {
			s := newStaging(t)
			s.failAt(key, &fault.Error{Kind: fault.Unavailable})
			_, err := do(s.world, s.Publish, s.in, try{})
			isFault(t, err, fault.Unavailable, fault.StorageError)
			out, err := do(s.world, s.Publish, s.in, try{Attempt: 2})
			if err != nil || out.Files != 5 {
				t.Errorf("%+v, %v", out, err)
			}
			s.left(published...)
			if last := s.tap.order[len(s.tap.order)-1]; last != "out.m3u8" {
				t.Errorf("%s came last, not the playlist", last)
			}
		})
	}
}

// TestPublishEnds ends publishing in the middle: nothing of an output stays
// unless another attempt will go on with it.
func TestPublishEnds(t *testing.T) {
	denied := storage.NotWritable("test", media.Ref{Bucket: outputs, Key: "out00001.ts"})
	t.Run("denied", func(t *testing.T) {
		s := newStaging(t)
		s.failAt("out00001.ts", denied)
		_, err := do(s.world, s.Publish, s.in, try{})
		isFault(t, err, fault.Denied, fault.NoWritePermission)
		s.left()
	})
	t.Run("canceled", func(t *testing.T) {
		s := newStaging(t)
		var cancel func()
		s.tap.before = func(ref media.Ref) error {
			if ref.Key == "out00001.ts" {
				cancel()
			}
			return nil
		}
		_, err := do(s.world, s.Publish, s.in, try{Ctx: canceled(&cancel)})
		isFault(t, err, fault.Canceled, 0)
		s.left()
	})
	t.Run("the worker stops", func(t *testing.T) {
		s := newStaging(t)
		var stop context.CancelCauseFunc
		s.tap.before = func(ref media.Ref) error {
			if ref.Key == "out00001.ts" {
				stop(errors.New("shutdown"))
			}
			return nil
		}
		_, err := do(s.world, s.Publish, s.in, try{Ctx: func(ctx context.Context) context.Context {
			ctx, stop = context.WithCancelCause(ctx)
			return ctx
		}})
		isFault(t, err, fault.Unavailable, fault.InternalServiceError)
		s.left("out00000.ts", "still-00001.png")
		s.tap.before = nil
		if _, err := do(s.world, s.Publish, s.in, try{Attempt: 2}); err != nil {
			t.Error(err)
		}
		s.left(published...)
	})
	t.Run("what was staged is lost", func(t *testing.T) {
		s := newStaging(t)
		s.remove(s.in.Lists[1])
		_, err := do(s.world, s.Publish, s.in, try{})
		isFault(t, err, fault.Unavailable, fault.InternalServiceError)
		s.left()
	})
	t.Run("no bucket", func(t *testing.T) {
		s := newStaging(t)
		s.in.Lists = append(s.in.Lists, s.text(media.WorkBucket, "jobs/x/list.json", `{"Files":[{"Work":"x","Final":{"Bucket":"elsewhere","Key":"k"}}]}`))
		_, err := do(s.world, s.Publish, s.in, try{})
		isFault(t, err, fault.NotFound, fault.BucketDoesNotExist)
		s.left()
	})
}

func TestPackage(t *testing.T) {
	w := newFarWorld(t)
	in := activities.PackageInput{
		Job:      jobID,
		Playlist: plan.Playlist{Format: job.HLSv3, Key: "p/all.m3u8", Bucket: outputs},
		Variants: []activities.Variant{{Output: plan.Output{Key: "p/400k", Segment: media.Seconds(2, 1)}, Facts: activities.Facts{Peak: 400000, Codecs: []string{"mp4a.40.2"}}}},
	}
	if err := run(w, w.Package, in, try{}); err != nil {
		t.Fatal(err)
	}
	ref := media.Ref{Bucket: outputs, Key: "p/all.m3u8"}
	text := w.read(ref)
	if err := run(w, w.Package, in, try{Attempt: 2}); err != nil {
		t.Errorf("what the lost attempt wrote is not accepted: %v", err)
	}
	isFault(t, run(w, w.Package, in, try{}), fault.Exists, fault.OutputAlreadyExists)
	in.Variants[0].Facts.Peak++
	isFault(t, run(w, w.Package, in, try{Attempt: 2}), fault.Exists, fault.OutputAlreadyExists)
	if w.read(ref) != text {
		t.Error("overwritten")
	}
}
