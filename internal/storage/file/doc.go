// Package file keeps objects as plain files, one directory a bucket:
//
//	store, err := file.New("data/buckets")
//	store.CreateBucket(ctx, "videos") // data/buckets/videos
//	store.Create(ctx, media.Ref{Bucket: "videos", Key: "in/a.mp4"}, r)
//
// What people put into the directories by hand are objects, and objects can
// be played from where they lie: a key is the path, but for the few segments a
// file system cannot hold (see path.go). Symbolic links are followed only
// while they stay inside their bucket.
//
// Unlike S3 a key cannot be both an object and a directory of others: with
// "a" stored, "a/b" is Invalid, and the other way round. Names differ by their
// bytes, so the file system must distinguish case, and it must have hard links.
//
// Creating writes a temporary file inside the bucket, flushes it to the disk
// and links it under its key, which the kernel refuses when the name is taken.
// A process that dies in between leaves a file only [Store.Sweep] sees.
package file
