package storagetest

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/everframe/everframe/internal/fault"
	"github.com/everframe/everframe/internal/media"
	"github.com/everframe/everframe/internal/storage"
)

func testBuckets(t *testing.T, s storage.Store) {
	ctx := t.Context()
	const noBucket = "The specified S3 bucket does not exist: bucket=videos."
	_, err := s.Stat(ctx, ref("a"))
	wantFault(t, err, fault.NotFound, 3005, noBucket)
	_, err = s.Open(ctx, ref("a"), 0, -1)
	wantFault(t, err, fault.NotFound, 3005, noBucket)
	_, err = s.Create(ctx, ref("a"), strings.NewReader("x"))
	wantFault(t, err, fault.NotFound, 3005, noBucket)
	wantFault(t, s.Delete(ctx, ref("a")), fault.NotFound, 3005, noBucket)
	wantFault(t, s.List(ctx, bucket, "", nil), fault.NotFound, 3005, noBucket)

	for _, name := range []string{bucket, bucket, media.WorkBucket, media.WorkBucket} { // again is fine
		must(t, s.CreateBucket(ctx, name))
	}
	put(t, s, "a", "customer's")
	if _, err := s.Create(ctx, media.Work("a"), strings.NewReader("ours")); err != nil {
		t.Fatal(err)
	}
	must(t, s.CreateBucket(ctx, bucket)) // keeps what is in it
	wantContent(t, s, "a", "customer's")
	wantKeys(t, s, "", "a")
}

func testRoundTrip(t *testing.T, s storage.Store) {
	before := time.Now().Add(-time.Minute)
	large := make([]byte, 3<<20+17)
	_, _ = rand.Read(large) // never fails
	for name, data := range map[string]string{"empty": "", "small": "hello", "dir/large": string(large)} {
		info := put(t, s, name, data)
		if info.Bytes != int64(len(data)) || info.ETag == "" || info.Modified.Before(before) {
			t.Errorf("%s: info %+v of %d bytes", name, info, len(data))
		}
		wantContent(t, s, name, data)
		again, err := s.Stat(t.Context(), ref(name))
		if diff := cmp.Diff(info, again); diff != "" || err != nil {
			t.Errorf("%s: Stat differs from Create (-create +stat), error %v:\n%s", name, err, diff)
		}
	}

	old, _ := s.Stat(t.Context(), ref("small"))
	must(t, s.Delete(t.Context(), ref("small")))
	if info := put(t, s, "small", "world"); info.ETag == old.ETag {
		t.Errorf("ETag %q is the same after the bytes changed", info.ETag)
	}
}

func testRanges(t *testing.T, s storage.Store) {
	put(t, s, "digits", "0123456789")
	tests := []struct {
		offset, length int64
		want           string
		kind           fault.Kind
	}{
		{0, -1, "0123456789", fault.None},
		{0, 10, "0123456789", fault.None},
		{3, 4, "3456", fault.None},
		{7, -1, "789", fault.None},
		{7, 100, "789", fault.None},
		{0, 0, "", fault.None},
		{10, -1, "", fault.None},
		{11, 5, "", fault.None},
		{1 << 62, 1 << 62, "", fault.None},
		{-1, 5, "", fault.Invalid},
	}
	for _, tt := range tests {
		got, kind := read(t.Context(), s, "digits", tt.offset, tt.length)
		if got != tt.want || kind != tt.kind {
			t.Errorf("range %d+%d: got %q, %v, want %q, %v", tt.offset, tt.length, got, kind, tt.want, tt.kind)
		}
	}
}

func testMissing(t *testing.T, s storage.Store) {
	put(t, s, "dir/a", "x")
	for _, key := range []string{"b", "dir", "dir/", "dir/a/b", "no/such/dir"} {
		text := fmt.Sprintf("The specified object does not exist in the specified S3 bucket: bucket=videos, key=%s.", key)
		_, err := s.Stat(t.Context(), ref(key))
		wantFault(t, err, fault.NotFound, 3001, text)
		_, err = s.Open(t.Context(), ref(key), 0, -1)
		wantFault(t, err, fault.NotFound, 3001, text)
	}
}

func testExists(t *testing.T, s storage.Store) {
	const text = "The specified object could not be saved in the specified bucket because an object by that name already exists: bucket=videos, key=out/a.ts."
	put(t, s, "out/a.ts", "first")
	_, err := s.Create(t.Context(), ref("out/a.ts"), strings.NewReader("second"))
	wantFault(t, err, fault.Exists, 3002, text)
	_, err = s.CreateFromFile(t.Context(), ref("out/a.ts"), localFile(t, "third"))
	wantFault(t, err, fault.Exists, 3002, text)
	wantContent(t, s, "out/a.ts", "first")
}

// testRace lets many create one key at once. One must win, and readers must
// see nothing or all of what the winner wrote.
func testRace(t *testing.T, s storage.Store) {
	const creators, size = 12, 300_000
	var (
		wg   sync.WaitGroup
		errs [creators]error
		done = make(chan struct{})
	)
	for i := range creators {
		wg.Go(func() {
			data := bytes.Repeat([]byte{'a' + byte(i)}, size)
			_, errs[i] = s.Create(t.Context(), ref("deep/er/raced"), iotest{bytes.NewReader(data)})
		})
	}
	var reader sync.WaitGroup
	reader.Go(func() {
		for {
			got, kind := read(t.Context(), s, "deep/er/raced", 0, -1)
			if kind == fault.None && (len(got) != size || strings.Trim(got, got[:1]) != "") {
				t.Errorf("a reader saw half an object: %d bytes", len(got))
				return
			}
			select {
			case <-done:
				return
			default:
			}
		}
	})
	wg.Wait()
	close(done)
	reader.Wait()

	winner := -1
	for i, err := range errs {
		switch {
		case err == nil && winner >= 0:
			t.Errorf("creators %d and %d both won", winner, i)
		case err == nil:
			winner = i
		default:
			wantFault(t, err, fault.Exists, 3002, "")
		}
	}
	if winner < 0 {
		t.Fatal("nobody won")
	}
	wantContent(t, s, "deep/er/raced", strings.Repeat(string(rune('a'+winner)), size))
	wantKeys(t, s, "", "deep/er/raced")
}

// iotest reads in small steps, so that the creators overlap.
type iotest struct{ r io.Reader }

func (r iotest) Read(p []byte) (int, error) { return r.r.Read(p[:min(len(p), 10_000)]) }

func testFailedReader(t *testing.T, s storage.Store) {
	half := strings.NewReader(strings.Repeat("x", 400_000))
	tests := []struct {
		name string
		err  error
		kind fault.Kind
		code fault.Code
	}{
		{"plain", errors.New("connection reset"), fault.Unavailable, 3000},
		{"fault", fault.New("test", fault.BadInput, 4000, "not media"), fault.BadInput, 4000},
		{"canceled", fmt.Errorf("read: %w", context.Canceled), fault.Canceled, 0},
	}
	for _, tt := range tests {
		_, err := s.Create(t.Context(), ref("dir/half"), io.MultiReader(half, failing{tt.err}))
		wantFault(t, err, tt.kind, tt.code, "")
		if _, err := s.Stat(t.Context(), ref("dir/half")); fault.KindOf(err) != fault.NotFound {
			t.Errorf("%s: half an object is left: %v", tt.name, err)
		}
	}
	wantKeys(t, s, "")
	put(t, s, "dir/half", "whole") // the key is free
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

func testCanceled(t *testing.T, s storage.Store) {
	put(t, s, "a", "x")
	ctx, cancel := context.WithCancel(t.Context())
	r, err := s.Open(ctx, ref("a"), 0, -1)
	must(t, err)
	defer r.Close()

	// In the middle of a Create.
	_, err = s.Create(ctx, ref("b"), io.MultiReader(strings.NewReader("half"), canceling{cancel}, strings.NewReader("rest")))
	wantFault(t, err, fault.Canceled, 0, "")
	_, err = r.Read(make([]byte, 1))
	wantFault(t, err, fault.Canceled, 0, "")

	// Before anything.
	_, err = s.Stat(ctx, ref("a"))
	wantFault(t, err, fault.Canceled, 0, "")
	_, err = s.Open(ctx, ref("a"), 0, -1)
	wantFault(t, err, fault.Canceled, 0, "")
	_, err = s.CreateFromFile(ctx, ref("b"), localFile(t, "x"))
	wantFault(t, err, fault.Canceled, 0, "")
	wantFault(t, s.Delete(ctx, ref("a")), fault.Canceled, 0, "")
	wantFault(t, s.CreateBucket(ctx, "more"), fault.Canceled, 0, "")
	wantFault(t, s.List(ctx, bucket, "", nil), fault.Canceled, 0, "")
	wantKeys(t, s, "", "a")

	late, stop := context.WithDeadline(t.Context(), time.Unix(1, 0))
	defer stop()
	_, err = s.Stat(late, ref("a"))
	wantFault(t, err, fault.Unavailable, 3000, "")
}

// canceling ends the context and reads nothing.
type canceling struct{ cancel func() }

func (c canceling) Read([]byte) (int, error) { c.cancel(); return 0, io.EOF }

func testFromFile(t *testing.T, s storage.Store) {
	path := localFile(t, "from a file")
	info, err := s.CreateFromFile(t.Context(), ref("out/a"), path)
	must(t, err)
	if info.Bytes != 11 {
		t.Errorf("%d bytes, want 11", info.Bytes)
	}
	if _, err := s.CreateFromFile(t.Context(), ref("out/b"), path); err != nil { // twice is fine
		t.Error(err)
	}
	must(t, os.Remove(path)) // the object does not depend on it
	wantContent(t, s, "out/a", "from a file")
	wantContent(t, s, "out/b", "from a file")

	target := localFile(t, "behind a link")
	link := filepath.Join(t.TempDir(), "link")
	must(t, os.Symlink(target, link))
	_, err = s.CreateFromFile(t.Context(), ref("out/c"), link)
	must(t, err)
	wantContent(t, s, "out/c", "behind a link")

	for _, bad := range []string{filepath.Join(t.TempDir(), "missing"), t.TempDir()} {
		if _, err := s.CreateFromFile(t.Context(), ref("out/d"), bad); fault.KindOf(err) != fault.Internal {
			t.Errorf("CreateFromFile(%s): got %v, want kind Internal", bad, err)
		}
	}
	wantKeys(t, s, "", "out/a", "out/b", "out/c")
}

func testDelete(t *testing.T, s storage.Store) {
	put(t, s, "dir/sub/a", "x")
	put(t, s, "dir/b", "x")
	for range 2 { // again is fine
		must(t, s.Delete(t.Context(), ref("dir/sub/a")))
	}
	for _, key := range []string{"dir", "dir/", "dir/b/c", "no/such"} { // not objects
		must(t, s.Delete(t.Context(), ref(key)))
	}
	wantKeys(t, s, "", "dir/b")
	put(t, s, "dir/sub", "x") // its name is free when the objects below are gone
	wantKeys(t, s, "", "dir/b", "dir/sub")
}

func testLocalPath(t *testing.T, s storage.Store) {
	local, ok := s.(storage.LocalPather)
	if !ok {
		t.Skip("the store has no local files")
	}
	for _, key := range []string{"a.mp4", "dir/b c", "../x", "d//e"} {
		put(t, s, key, "content of "+key)
		path, ok := local.LocalPath(t.Context(), ref(key))
		if !ok {
			t.Errorf("%q has no path", key)
			continue
		}
		if data, err := os.ReadFile(path); err != nil || string(data) != "content of "+key {
			t.Errorf("file of %q: got %q, %v", key, data, err)
		}
	}
	for _, key := range []string{"missing", "dir", ""} {
		if path, ok := local.LocalPath(t.Context(), ref(key)); ok {
			t.Errorf("%q has the path %s", key, path)
		}
	}
}

func localFile(t *testing.T, data string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "local")
	must(t, os.WriteFile(path, []byte(data), 0o644))
	return path
}
