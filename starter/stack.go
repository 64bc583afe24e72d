package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"time"
)

// stack is a server to work with.
type stack struct {
	api   *client
	data  string // its data directory if it is on this machine and known, else empty
	child *child // nil if the server was there before
}

const (
	healthTimeout = 2 * time.Second  // of a server that was found
	readyTimeout  = 90 * time.Second // of one that was started; it may have a database to bring up to date
)

// findStack returns the server that a was pointed at; or else the one at the
// default address, the one an earlier run left at work on the data directory,
// or a new one.
func (a *app) findStack(data, program string) (*stack, error) {
	api, err := a.client()
	if err != nil {
		return nil, err
	}
	healthy := func(api *client) error {
		ctx, cancel := context.WithTimeout(a.ctx, healthTimeout)
		defer cancel()
		return api.healthy(ctx)
	}
	why := healthy(api)
	if why == nil {
		return &stack{api: api}, nil
	}
	if a.server != "" || a.ctx.Err() != nil {
		return nil, why // asked for by name: another would be a surprise
	}
	if data, err = filepath.Abs(data); err != nil {
		return nil, err
	}
	if left, ok := lastReady(logFile(data)); ok {
		if api, err := newClient(left.API); err == nil && healthy(api) == nil {
			return &stack{api: api, data: left.Data}, nil
		}
	}
	if program, err = findProgram(program); err != nil {
		return nil, fmt.Errorf("%w, and %w", why, err)
	}
	a.err.linef("No server at %s: starting %s (log: %s)", api.base, program, logFile(data))
	c, ready, err := startChild(a.ctx, program, data, readyTimeout)
	if err != nil {
		return nil, err
	}
	api, err = newClient(ready.API)
	if err != nil {
		c.stop(context.WithoutCancel(a.ctx))
		return nil, fmt.Errorf("the server said its API is at %q: %w", ready.API, errors.Unwrap(err))
	}
	if ready.UI != "" {
		a.err.linef("The jobs can be looked at in Temporal's web UI: %s", ready.UI)
	}
	return &stack{api: api, data: ready.Data, child: c}, nil
}

// findProgram returns the server program: the one that was named, the one
// beside this executable, or the one on PATH.
func findProgram(named string) (string, error) {
	if named != "" {
		path, err := exec.LookPath(named)
		if err != nil {
			return "", usagef("--server-program: %w", err)
		}
		return path, nil
	}
	name := "server"
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	if self, err := os.Executable(); err == nil {
		beside := filepath.Join(filepath.Dir(self), name)
		if _, err := exec.LookPath(beside); err == nil {
			return beside, nil
		}
	}
	if path, err := exec.LookPath(name); err == nil {
		return path, nil
	}
	return "", errors.New("no program called server is beside this one or on PATH; `go run ./server` starts one")
}

// close stops the server if this program started it.
func (s *stack) close(ctx context.Context) error {
	if s.child == nil {
		return nil
	}
	return s.child.stop(ctx)
}

// alive tells why the server cannot come back.
func (s *stack) alive() error {
	if s.child == nil {
		return nil
	}
	return s.child.ended()
}

// path returns where a bucket's object lies on this machine, or "" if that is
// not known. The keys of our jobs are plain names, which the file store keeps
// as they are.
func (s *stack) path(bucket, key string) string {
	if s.data == "" {
		return ""
	}
	path := filepath.Join(s.data, "buckets", bucket, filepath.FromSlash(key))
	if _, err := os.Stat(path); err != nil {
		return ""
	}
	return path
}
