// Package memory keeps objects in memory. It is the store of tests:
//
//	store := memory.New()
//	store.CreateBucket(ctx, "videos")
//
// Nothing is a local file here ([storage.LocalPather] is not implemented), and
// nothing outlives the process.
package memory

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/everframe/everframe/internal/fault"
	"github.com/everframe/everframe/internal/media"
	"github.com/everframe/everframe/internal/storage"
)

// Store keeps objects in maps. Use [New] to make one; it is safe for
// concurrent use.
type Store struct {
	mu      sync.Mutex // guards what follows
	buckets map[string]map[string]object
	created int // ever; makes ETags differ
}

type object struct {
	data []byte // never modified
	info storage.Info
}

var _ storage.Store = (*Store)(nil)

// New returns a store without buckets.
func New() *Store { return &Store{buckets: map[string]map[string]object{}} }

// CreateBucket implements [storage.Store].
func (s *Store) CreateBucket(ctx context.Context, bucket string) error {
	const op = "memory.CreateBucket"
	if err := storage.CheckBucket(op, bucket); err != nil {
		return err
	}
	if err := storage.Stopped(ctx, op); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.buckets[bucket] == nil {
		s.buckets[bucket] = map[string]object{}
	}
	return nil
}

// Stat implements [storage.Store].
func (s *Store) Stat(ctx context.Context, ref media.Ref) (storage.Info, error) {
	o, err := s.object(ctx, "memory.Stat", ref)
	return o.info, err
}

// Open implements [storage.Store].
func (s *Store) Open(ctx context.Context, ref media.Ref, offset, length int64) (io.ReadCloser, error) {
	const op = "memory.Open"
	o, err := s.object(ctx, op, ref)
	if err != nil {
		return nil, err
	}
	if offset < 0 {
		return nil, fault.New(op, fault.Invalid, 0, "negative offset %d", offset).On(ref.String())
	}
	part := o.data[min(offset, int64(len(o.data))):]
	if length >= 0 {
		part = part[:min(length, int64(len(part)))]
	}
	return io.NopCloser(&reader{ctx: ctx, rest: bytes.NewReader(part)}), nil
}

type reader struct {
	ctx  context.Context
	rest *bytes.Reader
}

func (r *reader) Read(p []byte) (int, error) {
	if err := storage.Stopped(r.ctx, "memory.Read"); err != nil {
		return 0, err
	}
	return r.rest.Read(p)
}

// Create implements [storage.Store].
func (s *Store) Create(ctx context.Context, ref media.Ref, r io.Reader) (storage.Info, error) {
	const op = "memory.Create"
	if err := storage.CheckRef(op, ref); err != nil {
		return storage.Info{}, err
	}
	if err := s.has(ctx, op, ref.Bucket); err != nil {
		return storage.Info{}, err
	}
	data, err := io.ReadAll(r)
	if err != nil {
		return storage.Info{}, storage.ReadFailed(op, ref, err)
	}
	if err := storage.Stopped(ctx, op); err != nil {
		return storage.Info{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, taken := s.buckets[ref.Bucket][ref.Key]; taken {
		return storage.Info{}, storage.ObjectExists(op, ref)
	}
	s.created++
	info := storage.Info{Bytes: int64(len(data)), ETag: fmt.Sprint(s.created), Modified: time.Now()}
	s.buckets[ref.Bucket][ref.Key] = object{data, info}
	return info, nil
}

// CreateFromFile implements [storage.Store].
func (s *Store) CreateFromFile(ctx context.Context, ref media.Ref, path string) (storage.Info, error) {
	const op = "memory.CreateFromFile"
	data, err := os.ReadFile(path)
	if err != nil {
		return storage.Info{}, fault.Wrap(err, op, fault.Internal)
	}
	return s.Create(ctx, ref, bytes.NewReader(data))
}

// Delete implements [storage.Store].
func (s *Store) Delete(ctx context.Context, ref media.Ref) error {
	const op = "memory.Delete"
	if err := storage.CheckRef(op, ref); err != nil {
		return err
	}
	if err := s.has(ctx, op, ref.Bucket); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.buckets[ref.Bucket], ref.Key)
	return nil
}

// List implements [storage.Store]: what was there when it was called.
func (s *Store) List(ctx context.Context, bucket, prefix string, yield func(key string, info storage.Info) bool) error {
	const op = "memory.List"
	if err := storage.CheckBucket(op, bucket); err != nil {
		return err
	}
	if err := s.has(ctx, op, bucket); err != nil {
		return err
	}
	type item struct {
		key  string
		info storage.Info
	}
	var items []item
	s.mu.Lock()
	for key, o := range s.buckets[bucket] {
		if strings.HasPrefix(key, prefix) {
			items = append(items, item{key, o.info})
		}
	}
	s.mu.Unlock()
	slices.SortFunc(items, func(a, b item) int { return strings.Compare(a.key, b.key) })
	for _, i := range items {
		if err := storage.Stopped(ctx, op); err != nil {
			return err
		}
		if !yield(i.key, i.info) {
			return nil
		}
	}
	return nil
}

func (s *Store) object(ctx context.Context, op string, ref media.Ref) (object, error) {
	if err := storage.CheckRef(op, ref); err != nil {
		return object{}, err
	}
	if err := s.has(ctx, op, ref.Bucket); err != nil {
		return object{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	o, ok := s.buckets[ref.Bucket][ref.Key]
	if !ok {
		return object{}, storage.NoObject(op, ref)
	}
	return o, nil
}

func (s *Store) has(ctx context.Context, op, bucket string) error {
	if err := storage.Stopped(ctx, op); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.buckets[bucket] == nil {
		return storage.NoBucket(op, bucket)
	}
	return nil
}
