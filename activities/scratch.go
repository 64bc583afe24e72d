package activities

import (
	"context"
	"io"
	"os"
	"path/filepath"

	"github.com/everframe/everframe/internal/media"
	"github.com/everframe/everframe/internal/storage"
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
	_, err = io.Copy(disk{f, h}, r)
	if closed := f.Close(); err == nil {
		err = trouble(closed, "activities.download")
	}
	if err != nil {
		return "", nil, storage.ReadFailed("activities.download", ref, err)
	}
	return path, remove, nil
}

// disk writes a local file: it tells a heart, and names the disk's failures so
// that they cannot be taken for those of what is being written.
type disk struct {
	file  *os.File
	heart *heart
}

func (d disk) Write(p []byte) (int, error) {
	d.heart.move()
	n, err := d.file.Write(p)
	return n, trouble(err, "activities.disk")
}
