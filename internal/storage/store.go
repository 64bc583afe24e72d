// Package storage reads and writes the objects jobs work on: customers'
// buckets and the reserved work bucket ([media.WorkBucket]).
//
// The interface is small; what only some stores can do is an optional
// interface asked for by type assertion ([LocalPather]). Every adapter passes
// storagetest.Run. A store is safe for concurrent use.
//
// The package knows nothing of jobs, and never writes a final key in two
// steps: an object is there whole or not at all.
package storage

import (
	"context"
	"io"
	"time"

	"github.com/everframe/everframe/internal/media"
)

// Info describes an object.
type Info struct {
	Bytes    int64
	ETag     string    // changes when the bytes do; opaque
	Modified time.Time // last written
}

// Store keeps objects in buckets.
//
// Errors have these kinds: NotFound with code 3001 (no such object) or 3005
// (no such bucket), Exists (3002), Denied (3003 reading, 3004 writing),
// Invalid (a name this store cannot hold), Unavailable (a retry may help),
// Canceled (ctx was). Texts name the bucket and key as Elastic Transcoder did;
// the constructors in errors.go make them.
type Store interface {
	// CreateBucket makes an empty bucket; one that is there already is fine.
	CreateBucket(ctx context.Context, bucket string) error

	// Stat describes an object.
	Stat(ctx context.Context, ref media.Ref) (Info, error)

	// Open reads length bytes of an object from offset on; length < 0 means to
	// the end, and a range that reaches past the end stops there. A negative
	// offset is Invalid. The caller closes the reader. When ctx ends, reading
	// fails.
	Open(ctx context.Context, ref media.Ref, offset, length int64) (io.ReadCloser, error)

	// Create stores r's bytes under a key that must not exist yet (kind Exists
	// otherwise), atomically: readers see all of it or nothing, also when the
	// process dies in the middle. Of two concurrent creators one wins. When r
	// fails nothing is stored and the error has the kind of r's own fault, or
	// Unavailable.
	Create(ctx context.Context, ref media.Ref, r io.Reader) (Info, error)

	// CreateFromFile is Create with the bytes of a local file. A store may link
	// instead of copying; the caller must not modify the file afterwards.
	// A path that is no regular file is Internal: the caller's bug.
	CreateFromFile(ctx context.Context, ref media.Ref, path string) (Info, error)

	// Delete removes an object. One that is not there is fine.
	Delete(ctx context.Context, ref media.Ref) error

	// List calls yield for each object of a bucket whose key begins with
	// prefix, in ascending byte order of keys, until yield returns false.
	// yield may create and delete objects; whether they show is not defined.
	List(ctx context.Context, bucket, prefix string, yield func(key string, info Info) bool) error
}

// LocalPather is a store whose objects are files on this machine.
type LocalPather interface {
	// LocalPath returns the path of an existing object, to be read only, and
	// false when it has none (another host's disk, not a file).
	LocalPath(ctx context.Context, ref media.Ref) (path string, ok bool)
}

// Sweeper is a store in which writers that died leave something behind.
type Sweeper interface {
	// Sweep removes what was begun and last written before olderThan. Choose it
	// older than any running upload.
	Sweep(ctx context.Context, olderThan time.Time) error
}
