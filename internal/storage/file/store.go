package file

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/everframe/everframe/internal/fault"
	"github.com/everframe/everframe/internal/media"
	"github.com/everframe/everframe/internal/storage"
)

// Store keeps buckets as directories. It holds nothing open between calls and
// is safe for concurrent use, also by several processes.
type Store struct {
	root string // absolute
}

var (
	_ storage.Store       = (*Store)(nil)
	_ storage.LocalPather = (*Store)(nil)
)

// New returns a store whose buckets are the directories under root, which is
// made when it is missing.
func New(root string) (*Store, error) {
	const op = "file.New"
	abs, err := filepath.Abs(root)
	if err == nil {
		err = os.MkdirAll(abs, 0o777)
	}
	if err != nil {
		return nil, fault.Wrap(err, op, fault.Unavailable)
	}
	return &Store{root: abs}, nil
}

// CreateBucket implements [storage.Store].
func (s *Store) CreateBucket(ctx context.Context, bucket string) error {
	const op = "file.CreateBucket"
	if err := storage.CheckBucket(op, bucket); err != nil {
		return err
	}
	if err := storage.Stopped(ctx, op); err != nil {
		return err
	}
	switch err := os.Mkdir(filepath.Join(s.root, bucket), 0o777); {
	case err == nil:
		return fault.Wrap(syncDir(os.Open(s.root)), op, fault.Unavailable)
	case errors.Is(err, fs.ErrExist):
		return nil
	default:
		return failed(op, media.Ref{Bucket: bucket}, err, true)
	}
}

// Stat implements [storage.Store].
func (s *Store) Stat(ctx context.Context, ref media.Ref) (storage.Info, error) {
	const op = "file.Stat"
	b, path, err := s.open(ctx, op, ref)
	if err != nil {
		return storage.Info{}, err
	}
	defer b.Close()
	return stat(op, b, path, ref)
}

// Open implements [storage.Store].
func (s *Store) Open(ctx context.Context, ref media.Ref, offset, length int64) (io.ReadCloser, error) {
	const op = "file.Open"
	b, path, err := s.open(ctx, op, ref)
	if err != nil {
		return nil, err
	}
	defer b.Close()
	if offset < 0 {
		return nil, fault.New(op, fault.Invalid, 0, "negative offset %d", offset).On(ref.String())
	}
	// O_NONBLOCK: opening a FIFO someone left in the bucket must not hang.
	f, err := b.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, failed(op, ref, err, false)
	}
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		f.Close() // only read from
		return nil, storage.NoObject(op, ref).Because(err)
	}
	if length < 0 {
		length = 1<<63 - 1 - offset
	}
	return &reader{ctx: ctx, ref: ref, file: f, part: io.NewSectionReader(f, offset, length)}, nil
}

// reader reads a part of an object until its context ends.
type reader struct {
	ctx  context.Context
	ref  media.Ref
	file *os.File
	part *io.SectionReader
}

func (r *reader) Read(p []byte) (int, error) {
	const op = "file.Read"
	if err := storage.Stopped(r.ctx, op); err != nil {
		return 0, err
	}
	n, err := r.part.Read(p)
	if err != nil && err != io.EOF {
		err = failed(op, r.ref, err, false)
	}
	return n, err
}

func (r *reader) Close() error { return r.file.Close() }

// Delete implements [storage.Store]. Directories left empty go too.
func (s *Store) Delete(ctx context.Context, ref media.Ref) error {
	const op = "file.Delete"
	b, path, err := s.open(ctx, op, ref)
	if err != nil {
		return err
	}
	defer b.Close()
	info, err := b.Lstat(path)
	if err == nil && !info.IsDir() {
		err = b.Remove(path)
	}
	if err != nil && !missing(err) {
		return failed(op, ref, err, true)
	}
	for dir := filepath.Dir(path); dir != "."; dir = filepath.Dir(dir) {
		if removeDir(b, dir) != nil { // not empty: the usual end
			break
		}
	}
	return nil
}

// removeDir removes an empty directory. The slash makes the kernel refuse a
// file that has taken its place meanwhile: that would be an object.
func removeDir(b *os.Root, dir string) error { return b.Remove(dir + "/") }

// LocalPath implements [storage.LocalPather]: the path of the object's own
// file. It reports false for an object that cannot be read.
func (s *Store) LocalPath(ctx context.Context, ref media.Ref) (path string, ok bool) {
	const op = "file.LocalPath"
	b, rel, err := s.open(ctx, op, ref)
	if err != nil {
		return "", false
	}
	defer b.Close()
	if _, err := stat(op, b, rel, ref); err != nil {
		return "", false
	}
	return filepath.Join(s.root, ref.Bucket, rel), true
}

// open checks a reference and opens its bucket, out of which no operation on
// the result leads. The caller closes it.
func (s *Store) open(ctx context.Context, op string, ref media.Ref) (*os.Root, string, error) {
	path, err := pathOf(op, ref)
	if err != nil {
		return nil, "", err
	}
	b, err := s.bucket(ctx, op, ref.Bucket)
	return b, path, err
}

func (s *Store) bucket(ctx context.Context, op, name string) (*os.Root, error) {
	if err := storage.CheckBucket(op, name); err != nil {
		return nil, err
	}
	if err := storage.Stopped(ctx, op); err != nil {
		return nil, err
	}
	b, err := os.OpenRoot(filepath.Join(s.root, name))
	if missing(err) {
		return nil, storage.NoBucket(op, name).Because(err)
	}
	if err != nil {
		return nil, failed(op, media.Ref{Bucket: name}, err, false)
	}
	return b, nil
}

func stat(op string, b *os.Root, path string, ref media.Ref) (storage.Info, error) {
	info, err := b.Stat(path)
	if err != nil {
		return storage.Info{}, failed(op, ref, err, false)
	}
	if !info.Mode().IsRegular() {
		return storage.Info{}, storage.NoObject(op, ref)
	}
	return infoOf(info), nil
}

// infoOf makes the ETag of size, time and inode: cheap, and different after
// every way of changing a file but those that set its time back.
func infoOf(info fs.FileInfo) storage.Info {
	var inode uint64
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		inode = uint64(st.Ino)
	}
	return storage.Info{
		Bytes:    info.Size(),
		ETag:     fmt.Sprintf("%x-%x-%x", info.Size(), info.ModTime().UnixNano(), inode),
		Modified: info.ModTime(),
	}
}
