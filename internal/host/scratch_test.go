package host

import (
	"os"
	"path/filepath"
	"testing"
)

func TestScratchOfDeadProcessesGoes(t *testing.T) {
	parent := filepath.Join(t.TempDir(), "scratch")
	alive, give, err := claimScratch(parent)
	if err != nil {
		t.Fatal(err)
	}
	dead := filepath.Join(parent, "host-dead") // nobody holds its lock
	if err := os.MkdirAll(filepath.Join(dead, "step-1"), 0o700); err != nil {
		t.Fatal(err)
	}
	second, giveSecond, err := claimScratch(parent)
	if err != nil {
		t.Fatal(err)
	}
	if second == alive {
		t.Errorf("two hosts share %s", alive)
	}
	for path, want := range map[string]bool{alive: true, second: true, dead: false} {
		if _, err := os.Stat(path); (err == nil) != want {
			t.Errorf("%s: got %v, want there: %t", path, err, want)
		}
	}
	for _, c := range []interface{ Close() error }{give, giveSecond} {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	}
	if left, err := filepath.Glob(filepath.Join(parent, "host-*")); err != nil || len(left) > 0 {
		t.Errorf("left: %v, %v", left, err)
	}
}
