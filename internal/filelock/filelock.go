// Package filelock claims files for one process, until it lets go or ends,
// however it ends.
//
//	lock, ok, err := filelock.Try("data/temporal.db.lock")
//	if err == nil && !ok { … } // another process has it
//	defer lock.Close()
//
// The file's content does not matter and is left alone; its existence says
// nothing. Locks are advisory: everybody must ask.
package filelock

import (
	"io"
	"os"

	"github.com/everframe/everframe/internal/fault"
)

// Try claims path, which is created where missing, and reports false when
// another process has it. Closing the lock lets it go. Where the system has no
// such locks (not Unix) every claim succeeds.
//
// Errors: Denied (the file cannot be made), Unavailable.
func Try(path string) (lock io.Closer, ok bool, err error) {
	return claim(path, false)
}

// Wait claims path as Try does, and waits until it is free.
//
// Errors: as [Try].
func Wait(path string) (io.Closer, error) {
	lock, _, err := claim(path, true)
	return lock, err
}

func claim(path string, wait bool) (io.Closer, bool, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, false, fault.Wrap(err, "filelock", fault.Denied)
	}
	ok, err := lock(f, wait)
	if err != nil || !ok {
		_ = f.Close() // nothing was written
		return nil, false, fault.Wrap(err, "filelock", fault.Unavailable)
	}
	return f, true, nil
}
