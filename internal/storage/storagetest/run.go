// Package storagetest says what every [storage.Store] must do:
//
//	func TestConformance(t *testing.T) {
//		storagetest.Run(t, func(t *testing.T) storage.Store { return memory.New() })
//	}
//
// It tests the interface alone; what only one adapter promises is tested
// beside that adapter.
package storagetest

import (
	"bytes"
	"context"
	"io"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/everframe/everframe/internal/fault"
	"github.com/everframe/everframe/internal/media"
	"github.com/everframe/everframe/internal/storage"
)

const bucket = "videos"

// Run tests stores that open makes: each call returns an empty one, without
// buckets, which lives until the end of its test.
func Run(t *testing.T, open func(t *testing.T) storage.Store) {
	tests := []struct {
		name string
		test func(t *testing.T, s storage.Store)
	}{
		{"Buckets", testBuckets},
		{"RoundTrip", testRoundTrip},
		{"Ranges", testRanges},
		{"Missing", testMissing},
		{"Exists", testExists},
		{"Race", testRace},
		{"FailedReader", testFailedReader},
		{"Canceled", testCanceled},
		{"FromFile", testFromFile},
		{"Delete", testDelete},
		{"List", testList},
		{"OddKeys", testOddKeys},
		{"NestedKeys", testNestedKeys},
		{"BadNames", testBadNames},
		{"LocalPath", testLocalPath},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := open(t)
			if tt.name != "Buckets" {
				must(t, s.CreateBucket(t.Context(), bucket))
			}
			tt.test(t, s)
		})
	}
}

func ref(key string) media.Ref { return media.Ref{Bucket: bucket, Key: key} }

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// put stores an object that must be new.
func put(t *testing.T, s storage.Store, key, data string) storage.Info {
	t.Helper()
	info, err := s.Create(t.Context(), ref(key), bytes.NewReader([]byte(data)))
	if err != nil {
		t.Fatalf("Create(%q): %v", key, err)
	}
	return info
}

// read returns a range of an object, or the kind of error on the way.
func read(ctx context.Context, s storage.Store, key string, offset, length int64) (string, fault.Kind) {
	r, err := s.Open(ctx, ref(key), offset, length)
	if err != nil {
		return "", fault.KindOf(err)
	}
	data, err := io.ReadAll(r)
	if e := r.Close(); err == nil {
		err = e
	}
	return string(data), fault.KindOf(err)
}

func wantContent(t *testing.T, s storage.Store, key, want string) {
	t.Helper()
	if got, kind := read(t.Context(), s, key, 0, -1); kind != fault.None || got != want {
		t.Errorf("object %q: got %.40q, kind %v, want %.40q", key, got, kind, want)
	}
}

// wantFault checks an error's kind and, unless zero, its code and the
// customer's text.
func wantFault(t *testing.T, err error, kind fault.Kind, code fault.Code, text string) {
	t.Helper()
	if got := fault.KindOf(err); got != kind {
		t.Errorf("error %v: kind %v, want %v", err, got, kind)
		return
	}
	if got := fault.CodeOf(err); code != 0 && got != code {
		t.Errorf("error %v: code %d, want %d", err, got, code)
	}
	if got := fault.Text(err); text != "" && got != text {
		t.Errorf("text of error:\n got %s\nwant %s", got, text)
	}
}

func keys(t *testing.T, s storage.Store, prefix string) []string {
	t.Helper()
	got := []string{}
	must(t, s.List(t.Context(), bucket, prefix, func(key string, _ storage.Info) bool {
		got = append(got, key)
		return true
	}))
	return got
}

func wantKeys(t *testing.T, s storage.Store, prefix string, want ...string) {
	t.Helper()
	if want == nil {
		want = []string{}
	}
	if diff := cmp.Diff(want, keys(t, s, prefix)); diff != "" {
		t.Errorf("keys with prefix %q (-want +got):\n%s", prefix, diff)
	}
}
