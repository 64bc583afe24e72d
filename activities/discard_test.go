package activities_test

import (
	"context"
	"io"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/everframe/everframe/activities"
	"github.com/everframe/everframe/internal/fault"
	"github.com/everframe/everframe/internal/media"
	"github.com/everframe/everframe/internal/storage"
	"github.com/everframe/everframe/job"
)

func (w *world) sweep() {
	w.t.Helper()
	if err := w.execute(w.Sweep, nil, try{}, nil); err != nil {
		w.t.Error(err)
	}
}

var workObjects = []string{"chunks/a.json", "chunks/a.mp4", "jobs/1/list.json", "jobs/1/output-1/0", "jobs/10/0", "tracks/b.json", "tracks/b.m4a"}

func workWorld(t *testing.T) *world {
	t.Helper()
	w := newFarWorld(t)
	for _, key := range workObjects {
		w.text(media.WorkBucket, key, "x")
	}
	return w
}

// TestDiscard removes one job's objects, and not those of job 10 for job 1.
func TestDiscard(t *testing.T) {
	w := workWorld(t)
	want := slices.DeleteFunc(slices.Clone(workObjects), func(key string) bool { return key[:min(7, len(key))] == "jobs/1/" })
	for range 2 {
		if err := run(w, w.Discard, activities.DiscardInput{Job: job.ID("1")}, try{}); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, w.keys(media.WorkBucket, "")); diff != "" {
			t.Errorf("left (-want +got):\n%s", diff)
		}
	}
}

func TestSweep(t *testing.T) {
	tests := map[string]struct {
		age       time.Duration // of every object when the sweep comes
		retention time.Duration
		oldest    time.Duration // how long the oldest active job has run; 0 = none
		swept     bool
	}{
		"young":                             {age: 23 * time.Hour},
		"old":                               {age: 25 * time.Hour, swept: true},
		"by another setting":                {age: 3 * time.Hour, retention: 2 * time.Hour, swept: true},
		"a job began since":                 {age: 40 * time.Hour, oldest: time.Hour, swept: true},
		"an active job may have found it":   {age: 40 * time.Hour, oldest: 30 * time.Hour},
		"an active job would not have used": {age: 43 * time.Hour, oldest: 30 * time.Hour, swept: true},
		"an active job made it":             {age: 40 * time.Hour, oldest: 50 * time.Hour},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			w := workWorld(t)
			w.WorkRetention = test.retention
			now := time.Now().Add(test.age)
			w.Now = func() time.Time { return now }
			if test.oldest > 0 {
				w.records.oldest = now.Add(-test.oldest)
			}
			w.sweep()
			want := workObjects
			if test.swept {
				want = nil
			}
			if diff := cmp.Diff(want, w.keys(media.WorkBucket, "")); diff != "" {
				t.Errorf("left (-want +got):\n%s", diff)
			}
		})
	}
}

// TestSweepOrder stops a sweep after its first deletion: no note may be left
// without what it vouches for.
func TestSweepOrder(t *testing.T) {
	w := workWorld(t)
	w.Now = func() time.Time { return time.Now().Add(25 * time.Hour) }
	w.Store = &dying{Store: w.store, deletes: 1}
	err := w.execute(w.Sweep, nil, try{}, nil)
	isFault(t, err, fault.Unavailable, fault.StorageError)
	if got := w.keys(media.WorkBucket, "chunks/"); !slices.Equal(got, []string{"chunks/a.mp4"}) {
		t.Errorf("left %q", got)
	}
}

// dying is a store that is lost after so many deletions.
type dying struct {
	storage.Store
	deletes int
}

func (d *dying) Delete(ctx context.Context, ref media.Ref) error {
	if d.deletes--; d.deletes < 0 {
		return storage.Down("test", ref, nil)
	}
	return d.Store.Delete(ctx, ref)
}

// full is a store that takes nothing more.
type full struct{ storage.Store }

func (f full) CreateFromFile(_ context.Context, ref media.Ref, _ string) (storage.Info, error) {
	return storage.Info{}, storage.Down("test", ref, syscall.ENOSPC)
}

// slow is a store that gives inputs byte by byte, each after twenty seconds.
type slow struct{ storage.Store }

func (s slow) Open(ctx context.Context, ref media.Ref, offset, length int64) (io.ReadCloser, error) {
	if ref.Bucket != inputs {
		return s.Store.Open(ctx, ref, offset, length)
	}
	return &drip{left: 24}, nil
}

type drip struct{ left int }

func (d *drip) Read(p []byte) (int, error) {
	if d.left == 0 {
		return 0, io.EOF
	}
	d.left--
	time.Sleep(20 * time.Second)
	p[0] = 'x'
	return 1, nil
}

func (d *drip) Close() error { return nil }

// TestSweepStore: what the store itself leaves behind goes by the same rule.
func TestSweepStore(t *testing.T) {
	w := workWorld(t)
	now := time.Now()
	w.Now = func() time.Time { return now }
	s := &sweeping{Store: w.store}
	w.Store = s
	w.sweep()
	if want := now.Add(-24 * time.Hour); !s.before.Equal(want) {
		t.Errorf("swept what is older than %s, want %s", s.before, want)
	}
}

// sweeping is a store that notes how it is swept.
type sweeping struct {
	storage.Store
	before time.Time
}

func (s *sweeping) Sweep(_ context.Context, before time.Time) error {
	s.before = before
	return nil
}
