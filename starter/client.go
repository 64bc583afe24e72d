package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/everframe/everframe/internal/buildinfo"
)

// client talks to one server. It is safe for concurrent use.
type client struct {
	base string // no slash at the end
	http *http.Client

	attempts int           // tries of one request, at least 1
	backoff  time.Duration // before the second try; doubled for each further one
	timeout  time.Duration // of one try of an API operation; files may take longer
}

const (
	maxBackoff = 5 * time.Second // also bounds what a Retry-After can ask for
	maxAnswer  = 32 << 20        // bytes of JSON in one answer
)

// newClient checks the server's URL.
func newClient(server string) (*client, error) {
	u, err := url.Parse(server)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return nil, usagef("--server: %q is no URL like http://127.0.0.1:8080", server)
	}
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.DialContext = (&net.Dialer{Timeout: 5 * time.Second}).DialContext
	t.ResponseHeaderTimeout = time.Minute // counts from the end of an upload
	return &client{
		base:     strings.TrimRight(u.Scheme+"://"+u.Host+u.EscapedPath(), "/"),
		http:     &http.Client{Transport: t},
		attempts: 5,
		backoff:  100 * time.Millisecond,
		timeout:  30 * time.Second,
	}, nil
}

// request is one call of the server.
type request struct {
	op     string // for messages
	method string
	path   string // escaped, from the root
	query  url.Values
	body   func() (io.ReadCloser, int64, error) // opened anew for each try; nil is no body
	header http.Header

	// again tells that doing it twice is the same as doing it once, so that it
	// can be repeated even when nobody knows whether the first try was obeyed.
	again bool
}

// send returns the server's answer to r if it is a 2xx; the caller closes its
// body. What may pass is tried again: 429 and 503, which were not obeyed, a
// connection that was not made, and any other 5xx or broken connection if r
// can be repeated. Errors are *apiError and *unreachable, or the context's.
func (c *client) send(ctx context.Context, r request) (*http.Response, error) {
	for try := 1; ; try++ {
		resp, err := c.try(ctx, r)
		if err == nil && resp.StatusCode/100 == 2 {
			return resp, nil
		}
		var retry bool
		var wait time.Duration
		if err != nil {
			var here localError
			if errors.As(err, &here) {
				return nil, here.err
			}
			var op *net.OpError
			retry = r.again || errors.As(err, &op) && op.Op == "dial"
			if ctx.Err() != nil {
				return nil, context.Cause(ctx)
			}
			err = &unreachable{base: c.base, err: bare(err)}
		} else {
			code := resp.StatusCode
			retry = code == 429 || code == 503 || code >= 500 && r.again
			wait = retryAfter(resp)
			err = readError(r.op, resp)
			resp.Body.Close()
		}
		if !retry || try >= c.attempts {
			return nil, err
		}
		if err := sleep(ctx, max(wait, c.pause(try))); err != nil {
			return nil, err
		}
	}
}

func (c *client) try(ctx context.Context, r request) (*http.Response, error) {
	u := c.base + r.path
	if len(r.query) > 0 {
		u += "?" + r.query.Encode()
	}
	req, err := http.NewRequestWithContext(ctx, r.method, u, nil)
	if err != nil {
		return nil, err
	}
	for k, v := range r.header {
		req.Header[k] = v
	}
	req.Header.Set("User-Agent", "everframe-starter/"+buildinfo.Version())
	if r.body != nil {
		body, size, err := r.body()
		if err != nil {
			return nil, localError{err}
		}
		req.Body, req.ContentLength = body, size
		if size == 0 { // or else it would be sent as of unknown length
			body.Close()
			req.Body = http.NoBody
		}
	}
	return c.http.Do(req)
}

// pause doubles from try to try; half of it is random, so that clients that
// failed together do not come back together.
func (c *client) pause(try int) time.Duration {
	d := min(c.backoff<<(try-1), maxBackoff)
	return d/2 + rand.N(d/2+1)
}

func retryAfter(resp *http.Response) time.Duration {
	s, err := strconv.Atoi(resp.Header.Get("Retry-After"))
	if err != nil || s < 0 {
		return 0
	}
	return min(time.Duration(s)*time.Second, maxBackoff)
}

// bare drops the method and URL that net/http puts before an error.
func bare(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}

// localError is one the server has no part in.
type localError struct{ err error }

func (e localError) Error() string { return e.err.Error() }

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-t.C:
		return nil
	}
}

// call sends in, if not nil, as JSON and decodes the answer into out.
func (c *client) call(ctx context.Context, r request, in, out any) error {
	r.path = apiRoot + r.path
	if in != nil {
		b, err := json.Marshal(in)
		if err != nil {
			return fmt.Errorf("%s: %w", r.op, err)
		}
		r.header = http.Header{"Content-Type": {"application/json"}}
		r.body = func() (io.ReadCloser, int64, error) {
			return io.NopCloser(bytes.NewReader(b)), int64(len(b)), nil
		}
	}
	// The limit is the whole call's: tries that hang do not add up.
	limited, cancel := context.WithTimeoutCause(ctx, c.timeout, &unreachable{c.base, fmt.Errorf("%s took over %s", r.op, c.timeout)})
	defer cancel()
	resp, err := c.send(limited, r)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if err := json.NewDecoder(io.LimitReader(resp.Body, maxAnswer)).Decode(out); err != nil {
		if limited.Err() != nil {
			return context.Cause(limited)
		}
		return &apiError{Op: r.op, Status: resp.StatusCode, Message: "the answer is not the API's JSON: " + err.Error()}
	}
	return nil
}
