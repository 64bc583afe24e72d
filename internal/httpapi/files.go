package httpapi

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/everframe/everframe/internal/fault"
	"github.com/everframe/everframe/internal/media"
	"github.com/everframe/everframe/internal/storage"
)

// filesPrefix begins the paths of the file endpoint. They are taken apart by
// hand: a router would clean "a//b" and "..", which are legal in keys.
const filesPrefix = "/files/"

// fileAnswer describes an object just made.
type fileAnswer struct {
	Bucket string
	Key    string
	Bytes  int64
	ETag   string
}

// serveFile answers requests for objects.
func (a *api) serveFile(c *call) {
	var handle func(*call, media.Ref) error
	switch c.request.Method {
	case http.MethodGet, http.MethodHead:
		c.operation, handle = "ReadFile", a.readFile
	case http.MethodPut:
		c.operation, handle = "CreateFile", a.createFile
	default:
		c.operation = "File"
		a.methodNotAllowed(c, http.MethodGet, http.MethodHead, http.MethodPut)
		return
	}
	ref, err := fileRef(c.request.URL)
	if err == nil {
		err = a.authenticate(c)
	}
	if err == nil {
		err = handle(c, ref)
	}
	if err != nil {
		a.fail(c, err)
	}
}

// fileRef returns the object that a URL of this endpoint names. It reports
// NotFound for reserved buckets, so that nobody learns what lies there.
func fileRef(u *url.URL) (media.Ref, error) {
	const op = "httpapi.fileRef"
	bucket, key, ok := strings.Cut(strings.TrimPrefix(u.EscapedPath(), filesPrefix), "/")
	if !ok || bucket == "" || key == "" {
		return media.Ref{}, errUnknownOperation
	}
	var err error
	ref := media.Ref{}
	if ref.Bucket, err = url.PathUnescape(bucket); err == nil {
		ref.Key, err = url.PathUnescape(key)
	}
	switch {
	case err != nil, !utf8.ValidString(ref.Bucket), !utf8.ValidString(ref.Key):
		return media.Ref{}, fault.New(op, fault.Invalid, 0, "The path is not UTF-8 in percent-encoding.").Because(err)
	case strings.HasPrefix(ref.Bucket, "."): // media.WorkBucket, and any reserved later
		return media.Ref{}, storage.NoBucket(op, ref.Bucket)
	}
	return ref, storage.CheckRef(op, ref)
}

// createFile stores the body of a request under a key that is free. Nothing
// bounds its length but the disk.
func (a *api) createFile(c *call, ref media.Ref) error {
	ctx := c.request.Context()
	// Tell a client that waits before it sends gigabytes; Create decides.
	switch _, err := a.Files.Stat(ctx, ref); {
	case err == nil:
		return storage.ObjectExists("httpapi.createFile", ref)
	case fault.KindOf(err) != fault.NotFound || fault.CodeOf(err) == fault.BucketDoesNotExist:
		return err
	}
	info, err := a.Files.Create(ctx, ref, uploaded{c.request.Body})
	if err != nil {
		return err
	}
	if tag := etag(info); tag != "" {
		c.Header().Set("ETag", tag)
	}
	c.send(http.StatusCreated, fileAnswer{Bucket: ref.Bucket, Key: ref.Key, Bytes: info.Bytes, ETag: info.ETag})
	return nil
}

// uploaded is the body of an upload. That it breaks off is the client's
// fault, not the store's.
type uploaded struct{ body io.Reader }

func (u uploaded) Read(p []byte) (int, error) {
	n, err := u.body.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		err = fault.New("httpapi.upload", fault.Invalid, 0, "The body of the request could not be read to its end.").Because(err)
	}
	return n, err
}

// readFile answers with an object or the ranges of it that were asked for.
//
// What a customer uploads must not act with this origin's rights: its type is
// that of its extension, never HTML, and a document is shown without scripts.
// Caches ask again each time, as an object may be deleted and made anew.
func (a *api) readFile(c *call, ref media.Ref) error {
	ctx := c.request.Context()
	info, err := a.Files.Stat(ctx, ref)
	if err != nil {
		return err
	}
	h := c.Header()
	if tag := etag(info); tag != "" {
		h.Set("ETag", tag)
	}
	h.Set("Content-Type", contentType(ref.Key))
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "sandbox")
	h.Set("Cache-Control", "no-cache")
	o := &object{ctx: ctx, files: a.Files, ref: ref, size: info.Bytes}
	http.ServeContent(c, c.request, "", info.Modified, o)
	c.err = o.close()
	return nil
}

// etag returns an object's ETag as HTTP spells it, strong and quoted, or ""
// if the store's has characters that cannot be.
func etag(info storage.Info) string {
	tag := strings.Trim(info.ETag, `"`)
	if tag == "" || strings.ContainsFunc(tag, func(r rune) bool { return r <= ' ' || r == '"' || r > '~' }) {
		return ""
	}
	return `"` + tag + `"`
}
