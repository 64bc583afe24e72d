package filelock_test

import (
	"path/filepath"
	"testing"

	"github.com/everframe/everframe/internal/fault"
	"github.com/everframe/everframe/internal/filelock"
)

func TestOnlyOneHasIt(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	first, ok, err := filelock.Try(path)
	if err != nil || !ok {
		t.Fatalf("first claim: got %t, %v", ok, err)
	}
	// flock belongs to the open file, so a second claim of this process is as
	// foreign as another's.
	if _, ok, err := filelock.Try(path); err != nil || ok {
		t.Fatalf("second claim: got %t, %v; want false, nil", ok, err)
	}
	waited := make(chan error)
	go func() {
		lock, err := filelock.Wait(path)
		if err == nil {
			err = lock.Close()
		}
		waited <- err
	}()
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-waited; err != nil {
		t.Errorf("waiting claim: %v", err)
	}
}

func TestNoFile(t *testing.T) {
	_, ok, err := filelock.Try(filepath.Join(t.TempDir(), "no", "such", "directory"))
	if ok || fault.KindOf(err) != fault.Denied {
		t.Errorf("got %t, %v; want a Denied fault", ok, err)
	}
}
