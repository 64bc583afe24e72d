package host

import (
	"io"
	"os"
	"path/filepath"

	"github.com/everframe/everframe/internal/fault"
	"github.com/everframe/everframe/internal/filelock"
)

const (
	scratchPattern = "host-*"
	scratchLock    = ".lock" // beside the directories, and in each
)

// claimScratch makes a directory under parent that is this process's alone,
// and removes those whose process has ended. Close gives the directory up; the
// next host to start removes it, too, if this one is killed.
func claimScratch(parent string) (dir string, give io.Closer, err error) {
	const op = "host.claimScratch"
	if err := os.MkdirAll(parent, 0o700); err != nil {
		return "", nil, fault.Wrap(err, op, fault.Denied)
	}
	// One at a time: between being made and being locked a directory looks
	// like one whose process has ended.
	door, err := filelock.Wait(filepath.Join(parent, scratchLock))
	if err != nil {
		return "", nil, err
	}
	defer door.Close()
	if err := removeDead(parent); err != nil {
		return "", nil, err
	}
	dir, err = os.MkdirTemp(parent, scratchPattern)
	if err != nil {
		return "", nil, fault.Wrap(err, op, fault.Denied)
	}
	lock, _, err := filelock.Try(filepath.Join(dir, scratchLock))
	if err != nil {
		return "", nil, err
	}
	return dir, scratch{dir, lock}, nil
}

func removeDead(parent string) error {
	dirs, err := filepath.Glob(filepath.Join(parent, scratchPattern))
	if err != nil {
		return fault.Wrap(err, "host.removeDead", fault.Internal)
	}
	for _, dir := range dirs {
		lock, dead, err := filelock.Try(filepath.Join(dir, scratchLock))
		if err != nil || !dead {
			continue // alive, or another user's
		}
		err = os.RemoveAll(dir)
		_ = lock.Close() // of a file that is gone
		if err != nil {
			return fault.Wrap(err, "host.removeDead", fault.Unavailable)
		}
	}
	return nil
}

// scratch is a claimed directory.
type scratch struct {
	dir  string
	lock io.Closer
}

func (s scratch) Close() error {
	err := os.RemoveAll(s.dir)
	_ = s.lock.Close() // of a file that is gone
	return err
}
