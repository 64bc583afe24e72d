package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/everframe/everframe/job"
)

type jobCmd struct {
	Create jobCreateCmd `cmd:"" help:"Submit a job from a CreateJob JSON."`
	Read   jobReadCmd   `cmd:"" help:"Show a job."`
	Cancel jobCancelCmd `cmd:"" help:"Cancel a job."`
	List   jobListCmd   `cmd:"" help:"List a pipeline's jobs, newest first."`
	Watch  jobWatchCmd  `cmd:"" help:"Follow a job to its end."`
}

type jobCreateCmd struct {
	File string `arg:"" help:"A CreateJob JSON, or - for standard input."`
}

// maxRequest is far above what the server takes.
const maxRequest = 8 << 20 // bytes

func (c *jobCreateCmd) Run(a *app) error {
	in := a.stdin
	if c.File != "-" {
		f, err := os.Open(c.File)
		if err != nil {
			return usageError{err}
		}
		defer f.Close()
		in = f
	}
	b, err := io.ReadAll(io.LimitReader(in, maxRequest))
	if err != nil {
		return usageError{err}
	}
	// Only what the server could not answer about is checked here: which
	// members there are and what they may hold is its business.
	var body json.RawMessage
	if err := json.Unmarshal(b, &body); err != nil {
		var syntax *json.SyntaxError
		if errors.As(err, &syntax) {
			line := 1 + strings.Count(string(b[:min(int(syntax.Offset), len(b))]), "\n")
			return usagef("%s, line %d: %w", c.File, line, err)
		}
		return usagef("%s: %w", c.File, err)
	}
	var token struct{ ClientRequestToken string }
	_ = json.Unmarshal(body, &token) // a body it does not fit has no token
	api, err := a.client()
	if err != nil {
		return err
	}
	j, err := api.createJob(a.ctx, body, token.ClientRequestToken != "")
	if err != nil {
		return err
	}
	if a.json {
		return a.document(jobAnswer{j})
	}
	a.out.linef("%s", j.ID)
	return nil
}

type jobReadCmd struct {
	ID string `arg:"" help:"The job's id."`
}

func (c *jobReadCmd) Run(a *app) error {
	api, err := a.client()
	if err != nil {
		return err
	}
	j, err := api.readJob(a.ctx, job.ID(c.ID))
	if err != nil {
		return err
	}
	if a.json {
		return a.document(jobAnswer{j})
	}
	printJob(a.out, j)
	return nil
}

type jobCancelCmd struct {
	ID string `arg:"" help:"The job's id."`
}

func (c *jobCancelCmd) Run(a *app) error {
	api, err := a.client()
	if err != nil {
		return err
	}
	if err := api.cancelJob(a.ctx, job.ID(c.ID)); err != nil {
		return err
	}
	if a.json {
		return a.document(successAnswer{"true"})
	}
	a.out.linef("The server was asked to cancel %s.", c.ID)
	return nil
}

type jobListCmd struct {
	Pipeline  string `required:"" placeholder:"ID" help:"The pipeline."`
	Ascending bool   `help:"Oldest first."`
	Limit     int    `default:"50" help:"Most jobs to show; 0 is all."`
}

func (c *jobListCmd) Run(a *app) error {
	if c.Limit < 0 {
		return usagef("--limit must not be negative")
	}
	api, err := a.client()
	if err != nil {
		return err
	}
	all, err := collect(api.jobs(a.ctx, job.ID(c.Pipeline), c.Ascending), c.Limit)
	if err != nil {
		return err
	}
	if a.json {
		return a.document(jobsAnswer{all})
	}
	rows := make([][]string, len(all))
	for i, j := range all {
		var input string
		if len(j.Inputs) > 0 {
			input = j.Inputs[0].Key
		}
		rows[i] = []string{string(j.ID), timeText(j.Timing.SubmitTimeMillis), fmt.Sprint(len(j.Outputs)), printable(input), a.out.status(j.Status)}
	}
	a.out.table([]string{"ID", "SUBMITTED", "OUTPUTS", "INPUT", "STATUS"}, rows)
	return nil
}

type jobWatchCmd struct {
	ID string `arg:"" help:"The job's id."`
}

// Run leaves the job alone when it is interrupted: who only watches does not
// own it.
func (c *jobWatchCmd) Run(a *app) error {
	api, err := a.client()
	if err != nil {
		return err
	}
	j, err := api.readJob(a.ctx, job.ID(c.ID)) // so that an unknown id is an error at once
	if err != nil {
		return err
	}
	v := a.view(1)
	if a.json {
		v = &lineView{print: func(j job.Job) error { return a.line(jobAnswer{j}) }}
	}
	w := &watcher{api: api, poll: a.poll, view: v, clock: a.clock, watched: []*watched{{job: j}}}
	err = w.run(a.ctx)
	v.close()
	if err != nil {
		if a.ctx.Err() != nil {
			a.err.linef("Stopped watching; job %s goes on (starter job cancel %s ends it).", c.ID, c.ID)
		}
		return err
	}
	if !a.json {
		printJob(a.out, w.watched[0].job)
	}
	return w.verdict()
}
