package activities

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"

	"github.com/everframe/everframe/internal/fault"
	"github.com/everframe/everframe/internal/media"
)

// scratch makes a fresh directory for one attempt of a step and returns a
// function that removes it. Attempts never share files: a lost one may still
// be writing.
func (a *Activities) scratch() (dir string, remove func(), err error) {
	if err := os.MkdirAll(a.Scratch, 0o700); err != nil {
		return "", nil, trouble(err, "activities.scratch")
	}
	dir, err = os.MkdirTemp(a.Scratch, "step-")
	if err != nil {
		return "", nil, trouble(err, "activities.scratch")
	}
	return dir, func() { _ = os.RemoveAll(dir) }, nil // what stays is swept with the scratch directory
}

// SweepScratch removes what attempts that died with their process left behind.
// Call it before a worker starts; workers must not share a scratch directory.
func SweepScratch(dir string) error {
	left, err := filepath.Glob(filepath.Join(dir, "step-*"))
	if err != nil {
		return fault.Wrap(err, "activities.SweepScratch", fault.Internal)
	}
	for _, d := range left {
		if err := os.RemoveAll(d); err != nil {
			return trouble(err, "activities.SweepScratch")
		}
	}
	return nil
}

// download copies an object into a scratch file.
func (a *Activities) download(ctx context.Context, h *heart, ref media.Ref) (path string, release func(), err error) {
	dir, remove, err := a.scratch()
	if err != nil {
		return "", nil, err
	}
	defer func() {
		if err != nil {
			remove()
		}
	}()
	r, err := a.Store.Open(ctx, ref, 0, -1)
	if err != nil {
		return "", nil, err
	}
	defer r.Close()
	path = filepath.Join(dir, "object")
	f, err := os.Create(path)
	if err != nil {
		return "", nil, trouble(err, "activities.download")
	}
	_, err = io.Copy(moving{f, h}, r)
	if closed := f.Close(); err == nil {
		err = closed
	}
	var known *fault.Error
	if err != nil && !errors.As(err, &known) { // not the store's: the disk's
		err = trouble(err, "activities.download")
	}
	if err != nil {
		return "", nil, err
	}
	return path, remove, nil
}

// moving tells a heart of what is written.
type moving struct {
	io.Writer
	heart *heart
}

func (m moving) Write(p []byte) (int, error) {
	m.heart.move()
	return m.Writer.Write(p)
}
