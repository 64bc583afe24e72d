package storage

import (
	"context"
	"errors"
	"strings"

	"github.com/everframe/everframe/internal/fault"
	"github.com/everframe/everframe/internal/media"
)

// The faults below give every adapter the same kinds, codes and sentences.

// NoObject is kind NotFound, code 3001.
// Inferred: the sentence follows the two recorded ones of this family
// ([NoBucket], [ObjectExists]).
func NoObject(op string, ref media.Ref) *fault.Error {
	return fault.New(op, fault.NotFound, fault.InputDoesNotExist,
		"The specified object does not exist in the specified S3 bucket: bucket=%s, key=%s.", ref.Bucket, ref.Key)
}

// NoBucket is kind NotFound, code 3005. Source: ET guide, "Error Handling".
func NoBucket(op, bucket string) *fault.Error {
	return fault.New(op, fault.NotFound, fault.BucketDoesNotExist,
		"The specified S3 bucket does not exist: bucket=%s.", bucket)
}

// ObjectExists is kind Exists, code 3002. Source: seen on the real wire.
func ObjectExists(op string, ref media.Ref) *fault.Error {
	return fault.New(op, fault.Exists, fault.OutputAlreadyExists,
		"The specified object could not be saved in the specified bucket because an object by that name already exists: bucket=%s, key=%s.",
		ref.Bucket, ref.Key)
}

// NotReadable is kind Denied, code 3003. Inferred: the sentence.
func NotReadable(op string, ref media.Ref) *fault.Error {
	return fault.New(op, fault.Denied, fault.NoReadPermission,
		"The role of the pipeline does not have permission to read from the specified bucket: bucket=%s, key=%s.", ref.Bucket, ref.Key)
}

// NotWritable is kind Denied, code 3004. Inferred: the sentence.
func NotWritable(op string, ref media.Ref) *fault.Error {
	return fault.New(op, fault.Denied, fault.NoWritePermission,
		"The role of the pipeline does not have permission to write to the specified bucket: bucket=%s, key=%s.", ref.Bucket, ref.Key)
}

// BadName is kind Invalid: a bucket or key this store cannot hold, and why.
func BadName(op string, ref media.Ref, why string) *fault.Error {
	return fault.New(op, fault.Invalid, fault.ValidationError,
		"The specified object name cannot be used: %s: bucket=%s, key=%s.", why, ref.Bucket, ref.Key)
}

// Down is kind Unavailable: the store, its disk or the network failed with
// err; a retry may help. The customer's text is that of code 3000.
func Down(op string, ref media.Ref, err error) *fault.Error {
	return (&fault.Error{Op: op, Kind: fault.Unavailable, Code: fault.StorageError}).On(ref.String()).Because(err)
}

// Stopped turns the error of a done context into a fault: Canceled when it was
// canceled, Unavailable when its deadline passed. It returns nil while ctx is
// not done.
func Stopped(ctx context.Context, op string) error {
	err := ctx.Err()
	if errors.Is(err, context.DeadlineExceeded) {
		return &fault.Error{Op: op, Kind: fault.Unavailable, Code: fault.StorageError, Err: err}
	}
	return fault.Wrap(err, op, fault.Canceled)
}

// ReadFailed is the error of a Create whose reader failed with err: the
// reader's own fault, or Unavailable when it names none.
func ReadFailed(op string, ref media.Ref, err error) error {
	var f *fault.Error
	if errors.As(err, &f) {
		return fault.Wrap(err, op, f.Kind)
	}
	if errors.Is(err, context.Canceled) {
		return fault.Wrap(err, op, fault.Canceled)
	}
	return Down(op, ref, err)
}

// CheckBucket reports Invalid for a name no bucket may have: empty, longer
// than 255 bytes, with a slash or a NUL, or beginning with a dot. Only the
// reserved [media.WorkBucket] begins with one.
func CheckBucket(op, bucket string) error {
	ok := bucket == media.WorkBucket ||
		bucket != "" && len(bucket) <= 255 && bucket[0] != '.' && !strings.ContainsAny(bucket, "/\\\x00")
	if !ok {
		return fault.New(op, fault.Invalid, fault.ValidationError, "The specified bucket name cannot be used: bucket=%s.", bucket)
	}
	return nil
}

// CheckRef is [CheckBucket], and reports Invalid for a key no store holds: an
// empty one, or one longer than S3's 1024 bytes.
func CheckRef(op string, ref media.Ref) error {
	if err := CheckBucket(op, ref.Bucket); err != nil {
		return err
	}
	switch {
	case ref.Key == "":
		return BadName(op, ref, "the key is empty")
	case len(ref.Key) > 1024:
		return BadName(op, ref, "the key is longer than 1024 bytes")
	}
	return nil
}
