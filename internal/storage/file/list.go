package file

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/everframe/everframe/internal/media"
	"github.com/everframe/everframe/internal/storage"
)

// List implements [storage.Store]. It reads one directory at a time into
// memory. Links to files of the same bucket are listed, links to directories
// are entered only when the prefix names them.
func (s *Store) List(ctx context.Context, bucket, prefix string, yield func(key string, info storage.Info) bool) error {
	const op = "file.List"
	b, err := s.bucket(ctx, op, bucket)
	if err != nil {
		return err
	}
	defer b.Close()
	l := lister{ctx: ctx, bucket: b, ref: media.Ref{Bucket: bucket, Key: prefix}, yield: yield}
	_, err = l.list(op, ".", "")
	return err
}

type lister struct {
	ctx    context.Context
	bucket *os.Root
	ref    media.Ref // its key is the prefix
	yield  func(string, storage.Info) bool
}

// entry is a directory's entry as keys see it: a directory's ends in a slash,
// which puts "a/b" after "a.txt" as the order of keys does.
type entry struct {
	key, name string
	dir       bool
}

// list yields what lies in dir, whose keys begin with base, and tells whether
// to go on.
func (l *lister) list(op, dir, base string) (bool, error) {
	if err := storage.Stopped(l.ctx, op); err != nil {
		return false, err
	}
	// Inside the prefix only one segment of a directory can match: no need to
	// read a large one to find it.
	if rest := l.ref.Key[min(len(base), len(l.ref.Key)):]; strings.Contains(rest, "/") {
		segment, _, _ := strings.Cut(rest, "/")
		return l.list(op, filepath.Join(dir, escape(segment)), base+segment+"/")
	}
	entries, err := l.read(dir, base)
	if missing(err) || errors.Is(err, syscall.ENAMETOOLONG) {
		return true, nil // no key begins so
	}
	if err != nil {
		return false, failed(op, l.ref, err, false)
	}
	for _, e := range entries {
		path := filepath.Join(dir, e.name)
		if e.dir {
			if more, err := l.list(op, path, e.key); !more || err != nil {
				return false, err
			}
			continue
		}
		if err := storage.Stopped(l.ctx, op); err != nil {
			return false, err
		}
		info, err := l.bucket.Stat(path)
		if err != nil || !info.Mode().IsRegular() {
			continue // gone since, or no object: a link that leads nowhere or out
		}
		if !l.yield(e.key, infoOf(info)) {
			return false, nil
		}
	}
	return true, nil
}

func (l *lister) read(dir, base string) ([]entry, error) {
	d, err := l.bucket.Open(dir)
	if err != nil {
		return nil, err
	}
	defer d.Close() // only read from
	found, err := d.ReadDir(-1)
	if err != nil {
		return nil, err
	}
	var entries []entry
	for _, f := range found {
		segment, ok := unescape(f.Name())
		if !ok {
			continue
		}
		key := base + segment
		if f.IsDir() {
			key += "/"
		}
		if strings.HasPrefix(key, l.ref.Key) {
			entries = append(entries, entry{key, f.Name(), f.IsDir()})
		}
	}
	slices.SortFunc(entries, func(a, b entry) int { return strings.Compare(a.key, b.key) })
	return entries, nil
}

// Sweep removes the temporary files that processes which died have left in
// any bucket: those begun and last written before olderThan. Choose it older
// than any running upload.
func (s *Store) Sweep(ctx context.Context, olderThan time.Time) error {
	const op = "file.Sweep"
	buckets, err := os.ReadDir(s.root)
	if err != nil {
		return storage.Down(op, media.Ref{}, err)
	}
	for _, e := range buckets {
		if storage.CheckBucket(op, e.Name()) != nil {
			continue
		}
		if err := s.sweepBucket(ctx, op, e.Name(), olderThan); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) sweepBucket(ctx context.Context, op, bucket string, olderThan time.Time) error {
	if err := storage.Stopped(ctx, op); err != nil {
		return err
	}
	b, err := os.OpenRoot(filepath.Join(s.root, bucket))
	if missing(err) {
		return nil // a stray file beside the buckets
	}
	if err != nil {
		return failed(op, media.Ref{Bucket: bucket}, err, true)
	}
	defer b.Close()
	left, err := fs.ReadDir(b.FS(), tempDir)
	if missing(err) {
		return nil
	}
	if err != nil {
		return failed(op, media.Ref{Bucket: bucket}, err, true)
	}
	for _, e := range left {
		info, err := e.Info()
		if err != nil || !info.ModTime().Before(olderThan) || !begun(e.Name()).Before(olderThan) {
			continue // finished since, or perhaps still being written
		}
		path := filepath.Join(tempDir, e.Name())
		if err := b.Remove(path); err != nil && !missing(err) {
			return failed(op, media.Ref{Bucket: bucket, Key: path}, err, true)
		}
	}
	return nil
}

// begun is the time in a temporary file's name; the zero time for others.
func begun(name string) time.Time {
	digits, _, _ := strings.Cut(name, "-")
	ms, err := strconv.ParseInt(digits, 10, 64)
	if err != nil {
		return time.Time{}
	}
	return time.UnixMilli(ms)
}
