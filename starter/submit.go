package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/everframe/everframe/job"
)

// ensurePipeline returns the pipeline of runs, which the first one creates.
func ensurePipeline(ctx context.Context, api *client) (job.ID, error) {
	for p, err := range api.pipelines(ctx) {
		if err != nil {
			return "", err
		}
		if p.Name == runPipeline && p.InputBucket == runInput && p.ContentBucket() == runOutput && p.ThumbnailBucket() == runOutput {
			return p.ID, nil
		}
	}
	made, err := api.createPipeline(ctx, job.CreatePipelineRequest{
		Name: runPipeline, InputBucket: runInput, OutputBucket: runOutput, Role: anyRole,
	})
	return made.Pipeline.ID, err
}

// submit uploads each input and creates its job.
func (a *app) submit(w *watcher, made recipe, pipeline job.ID, inputs []string) error {
	for _, name := range inputs {
		stamp := a.stamp()
		key, prefix := names(filepath.Base(name), stamp)
		up := &uploadNotes{name: filepath.Base(name), note: w.view.note, clock: a.clock}
		if info, err := os.Stat(name); err == nil {
			up.size = info.Size()
		}
		if err := w.api.upload(a.ctx, runInput, key, name, up.read); err != nil {
			return fmt.Errorf("uploading %s: %w", name, err)
		}
		// Not to be interrupted halfway: a job nobody knows of could not be
		// canceled.
		j, err := w.api.createJob(context.WithoutCancel(a.ctx), made.request(pipeline, key, prefix, "starter-"+stamp), true)
		if err != nil {
			return err
		}
		w.watched = append(w.watched, &watched{input: name, job: j})
		if err := a.ctx.Err(); err != nil {
			return err
		}
	}
	return nil
}

// stamp returns what no other run has: the local time, to be found by, and
// some randomness.
func (a *app) stamp() string {
	var b [4]byte
	rand.Read(b[:]) // never fails
	return a.clock().Format("20060102-150405-") + hex.EncodeToString(b[:])
}

// cancelPatience is how long the jobs may take to end once canceled.
const cancelPatience = time.Minute

// cancel asks the server to end the jobs after a Ctrl-C, and follows them to
// that end. The next Ctrl-C ends it.
func (a *app) cancel(w *watcher) error {
	if len(w.watched) == 0 {
		return errInterrupted
	}
	w.view.note("Interrupted: asking the server to cancel (Ctrl-C again to leave at once).")
	again, stop := a.again()
	defer stop()
	ctx, done := context.WithTimeoutCause(again, cancelPatience, errors.New("the jobs did not end in time"))
	defer done()
	for _, j := range w.watched {
		if j.job.Terminal() {
			continue
		}
		if err := w.api.cancelJob(ctx, j.job.ID); err != nil {
			if again.Err() != nil {
				return errInterrupted
			}
			w.view.note(fmt.Sprintf("job %s: %v", j.job.ID, err)) // it may just have ended
		}
	}
	err := w.run(ctx)
	if again.Err() != nil {
		return errInterrupted
	}
	return err
}

// uploadNotes tells of uploads that take time.
type uploadNotes struct {
	name       string
	size, done int64 // bytes
	note       func(string)
	clock      func() time.Time
	last       time.Time
}

// read counts n bytes more. A repeated upload counts again from where it was,
// so what is shown is held at the whole.
func (u *uploadNotes) read(n int) {
	u.done += int64(n)
	const every = 5 * time.Second
	now := u.clock()
	if u.last.IsZero() {
		u.last = now
	}
	if now.Sub(u.last) < every || u.size == 0 {
		return
	}
	u.last = now
	u.note(fmt.Sprintf("%s: uploading, %d%% of %s", u.name, min(u.done, u.size)*100/u.size, bytesText(u.size)))
}
