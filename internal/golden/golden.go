// Package golden compares what a test got with what a text archive says it
// should be, and rewrites the archive when the test is run with -update.
//
// One txtar file holds the input and the expected answers of one case, so that
// a reader sees both on one page:
//
//	in := golden.Section(t, "testdata/hls.txtar", "job.json")
//	golden.Check(t, "testdata/hls.txtar", "plan.json", planOf(in))
//
// It knows nothing of what the sections mean and is imported by tests only.
package golden

import (
	"flag"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
)

var (
	update = flag.Bool("update", false, "rewrite golden files with what the tests got")

	mu sync.Mutex // serializes the read-modify-write of Check among parallel tests
)

// Update tells whether the test was run with -update.
func Update() bool { return *update }

// Files returns the files that match pattern, sorted. A pattern that matches
// nothing fails the test: a moved directory must not pass silently.
func Files(t testing.TB, pattern string) []string {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		t.Fatalf("golden files %s: %d found, error %v", pattern, len(files), err)
	}
	return files
}

// Section returns the named section of file. A missing file or section fails
// the test.
func Section(t testing.TB, file, section string) []byte {
	t.Helper()
	a, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	i := index(a, section)
	if i < 0 {
		t.Fatalf("%s has no section %s", file, section)
	}
	return a.Files[i].Data
}

// Check compares got with the named section of file and reports the
// difference as a test error. With -update it writes got into the file
// instead, adding the file or the section if it is not there. A missing last
// newline of got is added, as txtar has no way to lack one.
func Check(t testing.TB, file, section string, got []byte) {
	t.Helper()
	mu.Lock()
	defer mu.Unlock()
	if n := len(got); n > 0 && got[n-1] != '\n' {
		got = append(slices.Clip(got), '\n')
	}
	a, err := txtar.ParseFile(file)
	switch {
	case os.IsNotExist(err) && Update():
		a = new(txtar.Archive)
	case err != nil:
		t.Fatal(err)
	}
	i := index(a, section)
	if !Update() {
		if i < 0 {
			t.Fatalf("%s has no section %s; run the test with -update to add it", file, section)
		}
		if diff := cmp.Diff(string(a.Files[i].Data), string(got)); diff != "" {
			t.Errorf("%s: %s (-want +got):\n%s", file, section, diff)
		}
		return
	}
	if i < 0 {
		a.Files = append(a.Files, txtar.File{Name: section})
		i = len(a.Files) - 1
	}
	a.Files[i].Data = got
	if err := os.WriteFile(file, txtar.Format(a), 0o644); err != nil {
		t.Fatal(err)
	}
}

func index(a *txtar.Archive, section string) int {
	return slices.IndexFunc(a.Files, func(f txtar.File) bool { return f.Name == section })
}
