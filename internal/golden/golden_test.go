package golden_test

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/everframe/everframe/internal/golden"
)

// recorder is a test that remembers its failure instead of showing it.
type recorder struct {
	testing.TB
	failed bool
}

func (r *recorder) Helper()               {}
func (r *recorder) Errorf(string, ...any) { r.failed = true }

func setUpdate(t *testing.T, v string) {
	t.Helper()
	old := flag.Lookup("update").Value.String()
	if err := flag.Set("update", v); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = flag.Set("update", old) }) // restoring a value it printed itself cannot fail
}

func TestCheck(t *testing.T) {
	file := filepath.Join(t.TempDir(), "case.txtar")
	if err := os.WriteFile(file, []byte("about\n-- in --\n1\n-- out --\nold\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	fails := func(section, got string) bool {
		r := &recorder{TB: t}
		golden.Check(r, file, section, []byte(got))
		return r.failed
	}

	setUpdate(t, "false")
	if fails("out", "old\n") || fails("out", "old") {
		t.Error("equal text reported as different")
	}
	if !fails("out", "new\n") {
		t.Error("different text not reported")
	}

	setUpdate(t, "true")
	if fails("out", "new\n") || fails("more", "x") {
		t.Error("update reported a difference")
	}
	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if want := "about\n-- in --\n1\n-- out --\nnew\n-- more --\nx\n"; string(got) != want {
		t.Errorf("updated file:\n%s\nwant:\n%s", got, want)
	}
	if got := string(golden.Section(t, file, "in")); got != "1\n" {
		t.Errorf("Section(in) = %q", got)
	}
}
