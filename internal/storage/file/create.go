package file

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"github.com/everframe/everframe/internal/fault"
	"github.com/everframe/everframe/internal/media"
	"github.com/everframe/everframe/internal/storage"
)

// Create implements [storage.Store]. The bytes and the name are on the disk
// when it returns.
func (s *Store) Create(ctx context.Context, ref media.Ref, r io.Reader) (storage.Info, error) {
	const op = "file.Create"
	return s.create(ctx, op, ref, func(b *os.Root, temp string) error {
		return write(ctx, op, ref, b, temp, r)
	})
}

// CreateFromFile implements [storage.Store]. A file on the bucket's own file
// system is linked, any other copied.
func (s *Store) CreateFromFile(ctx context.Context, ref media.Ref, path string) (storage.Info, error) {
	const op = "file.CreateFromFile"
	return s.create(ctx, op, ref, func(b *os.Root, temp string) error {
		// Asked before opening, since opening a FIFO would wait for its writer.
		info, err := os.Lstat(path)
		link := err == nil && info.Mode().IsRegular() // link(2) would link a symbolic link itself
		if err == nil && !link {
			info, err = os.Stat(path)
		}
		if err != nil || !info.Mode().IsRegular() {
			return (&fault.Error{Op: op, Kind: fault.Internal}).On(path).Because(err)
		}
		f, err := os.Open(path)
		if err != nil {
			return fault.Wrap(err, op, fault.Internal)
		}
		defer f.Close() // only read from
		if link && os.Link(path, filepath.Join(b.Name(), temp)) == nil {
			if err := f.Sync(); err != nil { // its writer need not have done so
				return failed(op, ref, err, true)
			}
			return nil
		}
		return write(ctx, op, ref, b, temp, f)
	})
}

// create lets fill make a temporary file and publishes it as ref.
func (s *Store) create(ctx context.Context, op string, ref media.Ref, fill func(b *os.Root, temp string) error) (storage.Info, error) {
	b, path, err := s.open(ctx, op, ref)
	if err != nil {
		return storage.Info{}, err
	}
	defer b.Close()
	// Asked first only to save the work; publish decides.
	if info, err := b.Lstat(path); err == nil && !info.IsDir() {
		return storage.Info{}, storage.ObjectExists(op, ref)
	}
	if err := b.Mkdir(tempDir, 0o777); err != nil && !errors.Is(err, fs.ErrExist) {
		return storage.Info{}, failed(op, ref, err, true)
	}
	temp := tempName()
	defer b.Remove(temp) // absent when fill failed early; else Sweep is the second chance
	if err := fill(b, temp); err != nil {
		return storage.Info{}, err
	}
	if err := storage.Stopped(ctx, op); err != nil {
		return storage.Info{}, err
	}
	if err := publish(op, ref, b, temp, path); err != nil {
		return storage.Info{}, err
	}
	// Of the temporary name: the key may have been deleted already.
	info, err := b.Lstat(temp)
	if err != nil {
		return storage.Info{}, failed(op, ref, err, true)
	}
	return infoOf(info), nil
}

// tempName begins with the time, so that Sweep knows the age of a linked file
// too, whose own time is that of its source.
func tempName() string {
	return filepath.Join(tempDir, strconv.FormatInt(time.Now().UnixMilli(), 10)+"-"+rand.Text())
}

// write copies r into a new file and flushes it.
func write(ctx context.Context, op string, ref media.Ref, b *os.Root, temp string, r io.Reader) error {
	f, err := b.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return failed(op, ref, err, true)
	}
	err = copyAll(ctx, op, ref, f, r)
	if err == nil {
		if err = f.Sync(); err != nil {
			err = failed(op, ref, err, true)
		}
	}
	if e := f.Close(); e != nil && err == nil {
		err = failed(op, ref, e, true)
	}
	return err
}

// copyAll is io.Copy that looks at ctx between blocks and keeps the reader's
// failures apart from the disk's.
func copyAll(ctx context.Context, op string, ref media.Ref, w io.Writer, r io.Reader) error {
	buf := make([]byte, 256<<10)
	for {
		if err := storage.Stopped(ctx, op); err != nil {
			return err
		}
		n, readErr := r.Read(buf)
		if n > 0 {
			if _, err := w.Write(buf[:n]); err != nil {
				return failed(op, ref, err, true)
			}
		}
		if readErr == io.EOF {
			return nil
		}
		if readErr != nil {
			return storage.ReadFailed(op, ref, readErr)
		}
	}
}

// publish links temp under path, whose directories it makes, and flushes the
// directories that changed. A concurrent Delete may take an empty directory
// away in between, hence the few tries.
func publish(op string, ref media.Ref, b *os.Root, temp, path string) error {
	var err error
	for range 20 {
		var changed []string
		if changed, err = makeParents(b, path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return failed(op, ref, err, true)
		}
		if err == nil {
			err = b.Link(temp, path)
		}
		switch {
		case err == nil:
			for _, dir := range changed {
				if err := syncDir(b.Open(dir)); err != nil && !missing(err) {
					return failed(op, ref, err, true)
				}
			}
			return nil
		case errors.Is(err, fs.ErrExist):
			if info, e := b.Lstat(path); e == nil && !info.IsDir() {
				return storage.ObjectExists(op, ref)
			}
			// A directory: fine if it is a leftover, in the way if it is used.
			if e := removeDir(b, path); errors.Is(e, syscall.ENOTEMPTY) || errors.Is(e, fs.ErrExist) {
				return storage.BadName(op, ref, "it is a directory of other objects").Because(err)
			}
		case !errors.Is(err, fs.ErrNotExist):
			return failed(op, ref, err, true)
		}
	}
	return storage.Down(op, ref, err)
}

// makeParents makes the directories above path and returns the ones whose
// entries change when path is linked, the deepest first.
func makeParents(b *os.Root, path string) (changed []string, err error) {
	dir := filepath.Dir(path)
	changed = []string{dir}
	if dir == "." {
		return changed, nil
	}
	err = b.Mkdir(dir, 0o777)
	if errors.Is(err, fs.ErrNotExist) {
		above, e := makeParents(b, dir)
		if e != nil {
			return nil, e
		}
		if err = b.Mkdir(dir, 0o777); err == nil {
			return append(changed, above...), nil
		}
	}
	if errors.Is(err, fs.ErrExist) {
		return changed, nil // or a file: then Link says so
	}
	return append(changed, filepath.Dir(dir)), err
}

// syncDir flushes a directory's entries. It takes the result of opening it.
func syncDir(d *os.File, err error) error {
	if err != nil {
		return err
	}
	defer d.Close() // only read from
	return d.Sync()
}
