package main

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
)

// fileURL returns where the server shows an object of its file store.
func (c *client) fileURL(bucket, key string) string { return c.base + filePath(bucket, key) }

func filePath(bucket, key string) string {
	parts := strings.Split(key, "/")
	for i := range parts {
		parts[i] = url.PathEscape(parts[i])
	}
	return "/files/" + url.PathEscape(bucket) + "/" + strings.Join(parts, "/")
}

// upload stores the local file name as a new object. The key must be one that
// nobody else uses: an object found there by a second try is taken for the
// first try's, whose answer was lost.
func (c *client) upload(ctx context.Context, bucket, key, name string, read func(n int)) error {
	tries := 0
	resp, err := c.send(ctx, request{
		op: "Put " + key, method: "PUT", path: filePath(bucket, key), again: true,
		header: http.Header{"Content-Type": {"application/octet-stream"}},
		body: func() (io.ReadCloser, int64, error) {
			tries++
			f, err := os.Open(name)
			if err != nil {
				return nil, 0, err
			}
			info, err := f.Stat()
			if err != nil {
				f.Close()
				return nil, 0, err
			}
			return &counted{f, read}, info.Size(), nil
		},
	})
	var refused *apiError
	switch {
	case err == nil:
		return resp.Body.Close()
	case errors.As(err, &refused) && refused.Status == http.StatusConflict && tries > 1:
		return nil
	default:
		return err
	}
}

// counted tells of every read.
type counted struct {
	file *os.File
	read func(n int)
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.file.Read(p)
	c.read(n)
	return n, err
}

func (c *counted) Close() error { return c.file.Close() }

// open returns the content of an object; the caller closes it.
func (c *client) open(ctx context.Context, bucket, key string) (io.ReadCloser, error) {
	resp, err := c.send(ctx, get("Get "+key, filePath(bucket, key)))
	if err != nil {
		return nil, err
	}
	return resp.Body, nil
}

// size returns the bytes of an object, or ok false if there is none.
func (c *client) size(ctx context.Context, bucket, key string) (n int64, ok bool, err error) {
	resp, err := c.send(ctx, request{op: "Head " + key, method: "HEAD", path: filePath(bucket, key), again: true})
	var refused *apiError
	switch {
	case err == nil:
		return resp.ContentLength, true, resp.Body.Close()
	case errors.As(err, &refused) && refused.Status == http.StatusNotFound:
		return 0, false, nil
	default:
		return 0, false, err
	}
}

// healthy tells whether an Everframe server answers: whoever else listens
// there has no list of pipelines.
func (c *client) healthy(ctx context.Context) error {
	once := *c
	once.attempts = 1
	resp, err := once.send(ctx, get("health check", "/healthz"))
	if err != nil {
		return err
	}
	resp.Body.Close()
	_, err = collect(once.pipelines(ctx), 1)
	return err
}
