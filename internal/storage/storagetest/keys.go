package storagetest

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/everframe/everframe/internal/fault"
	"github.com/everframe/everframe/internal/media"
	"github.com/everframe/everframe/internal/storage"
)

func testList(t *testing.T, s storage.Store) {
	wantKeys(t, s, "")
	// In byte order, which is not the order of a directory walk: '.' < '/' < '0'.
	all := []string{"a", "b-/x", "b.txt", "b/", "b/.hidden", "b/c", "b/c.d/e", "b/cc", "b0", "ba/x", "z"}
	for _, key := range slices.Backward(all) {
		put(t, s, key, key)
	}
	wantKeys(t, s, "", all...)
	wantKeys(t, s, "b/", "b/", "b/.hidden", "b/c", "b/c.d/e", "b/cc")
	wantKeys(t, s, "b/c", "b/c", "b/c.d/e", "b/cc")
	wantKeys(t, s, "b/c.d/e", "b/c.d/e")
	wantKeys(t, s, "b", all[1:10]...)
	wantKeys(t, s, "z/", []string{}...)
	wantKeys(t, s, "none/at/all", []string{}...)
	wantKeys(t, s, "../", []string{}...)
	wantKeys(t, s, strings.Repeat("l", 300)+"/x", []string{}...)

	// Information is each object's own, and yield can stop.
	var seen []string
	must(t, s.List(t.Context(), bucket, "b/", func(key string, info storage.Info) bool {
		seen = append(seen, key)
		want, err := s.Stat(t.Context(), ref(key))
		if diff := cmp.Diff(want, info); diff != "" || err != nil {
			t.Errorf("%s: List differs from Stat (-stat +list), error %v:\n%s", key, err, diff)
		}
		return len(seen) < 3
	}))
	if diff := cmp.Diff(all[3:6], seen); diff != "" {
		t.Errorf("keys until stopped (-want +got):\n%s", diff)
	}

	// Deleting what is listed, as a clean-up does.
	must(t, s.List(t.Context(), bucket, "b", func(key string, _ storage.Info) bool {
		must(t, s.Delete(t.Context(), ref(key)))
		return true
	}))
	wantKeys(t, s, "", "a", "z")
}

// testOddKeys stores every name that could confuse a store, all at once, so
// that two which it maps to one place collide.
func testOddKeys(t *testing.T, s storage.Store) {
	odd := []string{
		"with space", " ", "y/..", "y/.", "../x", "../../../../x", "x/../y", "x/./y", "x//y", "/x", "//", "end/",
		"a\x00b", "new\nline", "back\\slash", "c:d", "50%.mp4", "50%25.mp4", "~", "*", "?", "-rf", "$(x)",
		"пример/видео.mp4", "映像", "e\u0301", "\u00e9", "😀", ".hidden", "...",
		".everframe-tmp", ".everframe-tmp/x", ".everframe-x", ".everframe-x2e2e", ".everframe-x2e2e/x", ".everframe-",
		"UPPER", "upper", strings.Repeat("n", 255), strings.Repeat("d", 255) + "/" + strings.Repeat("f", 255),
		strings.Repeat("é", 127), strings.Repeat("s/", 100) + "deep",
	}
	var stored []string
	for _, key := range odd {
		_, err := s.Create(t.Context(), ref(key), strings.NewReader("content of "+key))
		switch {
		case err == nil:
			stored = append(stored, key)
		case nested(stored, key) && fault.KindOf(err) == fault.Invalid:
		default:
			t.Errorf("Create(%q): %v", key, err)
		}
	}
	for _, key := range stored {
		wantContent(t, s, key, "content of "+key)
	}
	slices.Sort(stored)
	wantKeys(t, s, "", stored...)
	wantKeys(t, s, "x/", "x/../y", "x/./y", "x//y")
	wantKeys(t, s, "../", "../../../../x", "../x")
	for _, key := range stored {
		must(t, s.Delete(t.Context(), ref(key)))
	}
	wantKeys(t, s, "")
}

// nested tells whether key lies below, or above, a key that is stored: what a
// store may refuse.
func nested(stored []string, key string) bool {
	return slices.ContainsFunc(stored, func(other string) bool {
		return strings.HasPrefix(key, other+"/") || strings.HasPrefix(other, key+"/")
	})
}

// testNestedKeys: a key and another below it. S3 holds both; a store that
// cannot says so and keeps what it has.
func testNestedKeys(t *testing.T, s storage.Store) {
	for _, tt := range []struct{ first, second string }{
		{"one", "one/below"}, {"two/below", "two"}, {"three", "three/far/below"}, {"four/far/below", "four"},
	} {
		put(t, s, tt.first, "first")
		_, err := s.Create(t.Context(), ref(tt.second), strings.NewReader("second"))
		if err == nil {
			wantContent(t, s, tt.second, "second")
		} else {
			wantFault(t, err, fault.Invalid, 1000, "")
			_, err := s.Stat(t.Context(), ref(tt.second))
			wantFault(t, err, fault.NotFound, 3001, "")
		}
		wantContent(t, s, tt.first, "first")
	}
}

func testBadNames(t *testing.T, s storage.Store) {
	for _, name := range []string{"", ".", "..", "a/b", "/", "a\x00", ".hidden", strings.Repeat("b", 256)} {
		wantFault(t, s.CreateBucket(t.Context(), name), fault.Invalid, 1000, "")
		_, err := s.Stat(t.Context(), media.Ref{Bucket: name, Key: "a"})
		wantFault(t, err, fault.Invalid, 1000, "")
		wantFault(t, s.List(t.Context(), name, "", nil), fault.Invalid, 1000, "")
	}
	for _, key := range []string{"", strings.Repeat("k", 1025)} {
		_, err := s.Create(t.Context(), ref(key), strings.NewReader("x"))
		wantFault(t, err, fault.Invalid, 1000, "")
		_, err = s.Open(t.Context(), ref(key), 0, -1)
		wantFault(t, err, fault.Invalid, 1000, "")
		wantFault(t, s.Delete(t.Context(), ref(key)), fault.Invalid, 1000, "")
	}
	wantKeys(t, s, "")
}
