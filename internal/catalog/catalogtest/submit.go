package catalogtest

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/everframe/everframe/internal/catalog"
	"github.com/everframe/everframe/internal/fault"
	"github.com/everframe/everframe/job"
)

func testSubmit(t *testing.T, url string) {
	c, ctx := withPipelines(t, url), t.Context()
	s := submission(pipe, 1)
	s.WorkflowID, s.Token = "workflow/1", "token-1"
	want := catalog.Record{
		Job: s.Job, Position: 1, WorkflowID: "workflow/1", Token: "token-1", Slot: catalog.Waiting,
		Request: s.Request, SubmittedMillis: epoch + 1,
	}
	got, created, err := c.Submit(ctx, s)
	if err != nil || !created {
		t.Fatalf("created %v, %v", created, err)
	}
	same(t, "record submitted", want, got)
	same(t, "record read", want, read(t, c, jobID(1)))
	got, err = c.JobByWorkflow(ctx, "workflow/1")
	must(t, err)
	same(t, "record by workflow", want, got)

	submit(t, c, pipe2, 2)
	if r := read(t, c, jobID(2)); r.WorkflowID != string(jobID(2)) || r.Token != "" || r.Position != 2 {
		t.Errorf("the second: %+v", r)
	}

	_, err = c.Job(ctx, jobID(3))
	wantKind(t, "Job", err, fault.NotFound)
	_, err = c.JobByWorkflow(ctx, "workflow/2")
	wantKind(t, "JobByWorkflow", err, fault.NotFound)
}

func testSubmitAgain(t *testing.T, url string) {
	c := withPipelines(t, url)
	first := submission(pipe, 1)
	first.WorkflowID, first.Token = "w", "t"
	want, _, err := c.Submit(t.Context(), first)
	must(t, err)

	tests := []struct {
		name string
		edit func(*catalog.Submission)
	}{
		{"all the same", func(s *catalog.Submission) { *s = first }},
		{"token", func(s *catalog.Submission) { s.Token = "t" }},
		{"token in another pipeline", func(s *catalog.Submission) { s.Token, s.Job.PipelineID = "t", pipe2 }},
		{"workflow", func(s *catalog.Submission) { s.WorkflowID = "w" }},
		{"workflow with a token of its own", func(s *catalog.Submission) { s.WorkflowID, s.Token = "w", "other" }},
		{"job", func(s *catalog.Submission) { s.Job.ID = first.Job.ID }},
	}
	for i, tt := range tests {
		s := submission(pipe, 10+i)
		tt.edit(&s)
		got, created, err := c.Submit(t.Context(), s)
		if err != nil || created {
			t.Errorf("%s: created %v, %v", tt.name, created, err)
		}
		same(t, "the record of "+tt.name, want, got)
	}
	records, _, err := c.JobsByPipeline(t.Context(), pipe, catalog.Page{})
	must(t, err)
	same(t, "jobs", numbered(1), ids(records))
}

func testSubmitBad(t *testing.T, url string) {
	c := withPipelines(t, url)
	tests := []struct {
		name string
		edit func(*catalog.Submission)
		want fault.Kind
	}{
		{"unknown pipeline", func(s *catalog.Submission) { s.Job.PipelineID = "1600000000009-nobody" }, fault.NotFound},
		{"no id", func(s *catalog.Submission) { s.Job.ID = "" }, fault.Invalid},
		{"no request", func(s *catalog.Submission) { s.Request = nil }, fault.Invalid},
		{"broken request", func(s *catalog.Submission) { s.Request = json.RawMessage(`{"Inputs":`) }, fault.Invalid},
		{"request not UTF-8", func(s *catalog.Submission) { s.Request = json.RawMessage("\"\xff\"") }, fault.Invalid},
		{"token not UTF-8", func(s *catalog.Submission) { s.Token = "\xff" }, fault.Invalid},
		{"token with NUL", func(s *catalog.Submission) { s.Token = "a\x00b" }, fault.Invalid},
		{"token too long", func(s *catalog.Submission) { s.Token = strings.Repeat("t", 1001) }, fault.Invalid},
		{"workflow with NUL", func(s *catalog.Submission) { s.WorkflowID = "\x00" }, fault.Invalid},
	}
	for i, tt := range tests {
		s := submission(pipe, i)
		tt.edit(&s)
		_, created, err := c.Submit(t.Context(), s)
		wantKind(t, tt.name, err, tt.want)
		if created {
			t.Errorf("%s: created", tt.name)
		}
	}
	records, _, err := c.JobsByPipeline(t.Context(), pipe, catalog.Page{})
	if err != nil || len(records) != 0 {
		t.Errorf("jobs left: %v, %v", ids(records), err)
	}
}

// testSubmitConcurrently submits from many clients through two processes, each
// token twice and some for a pipeline that does not exist.
func testSubmitConcurrently(t *testing.T, url string) {
	const clients, each = 24, 12
	two := []*catalog.Catalog{withPipelines(t, url), open(t, url)}
	var (
		wg      sync.WaitGroup
		mu      sync.Mutex // guards created
		created = map[string]int{}
	)
	for client := range clients {
		wg.Go(func() {
			var before int64
			for n := range each {
				// Two clients share the tokens of each pair.
				s := submission(pipe, client*each+n)
				s.Token = fmt.Sprintf("%d/%d", client/2, n)
				s.WorkflowID = "w" + s.Token
				if n == 5 {
					s.Job.PipelineID, s.Token, s.WorkflowID = "1600000000009-nobody", "", ""
				}
				r, isNew, err := two[client%2].Submit(t.Context(), s)
				if n == 5 {
					wantKind(t, "unknown pipeline", err, fault.NotFound)
					continue
				}
				if err != nil || r.Token != s.Token {
					t.Errorf("client %d, job %d: %+v, %v", client, n, r, err)
					continue
				}
				if r.Position <= before {
					t.Errorf("client %d: position %d after %d", client, r.Position, before)
				}
				before = r.Position
				if isNew {
					mu.Lock()
					created[s.Token]++
					mu.Unlock()
				}
			}
		})
	}
	wg.Wait()
	const want = clients / 2 * (each - 1)
	for token, n := range created {
		if n != 1 {
			t.Errorf("token %s was created %d times", token, n)
		}
	}
	records, _, err := two[0].JobsByPipeline(t.Context(), pipe, catalog.Page{Limit: 1000})
	if err != nil || len(records) != want || len(created) != want {
		t.Errorf("%d jobs, %d tokens, want %d, error %v", len(records), len(created), want, err)
	}
}

// testSubmitCanceled: a client that gives up gets an answer, and spoils
// nothing for those who share its transaction.
func testSubmitCanceled(t *testing.T, url string) {
	c := withPipelines(t, url)
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	_, _, err := c.Submit(gone, submission(pipe, 1))
	wantKind(t, "canceled before", err, fault.Canceled)
	_, err = c.Job(t.Context(), jobID(1))
	wantKind(t, "the job of a canceled client", err, fault.NotFound)
	late, stop := context.WithDeadline(t.Context(), time.Unix(1, 0))
	defer stop()
	_, _, err = c.Submit(late, submission(pipe, 1))
	wantKind(t, "too late", err, fault.Unavailable)

	var wg sync.WaitGroup
	for n := range 60 {
		wg.Go(func() {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			if n%2 == 0 {
				go cancel() // at some moment of what follows
			}
			r, created, err := c.Submit(ctx, submission(pipe, n))
			switch {
			case err == nil && created && r.Job.ID == jobID(n):
			case n%2 == 0 && fault.KindOf(err) == fault.Canceled:
			default:
				t.Errorf("job %d: created %v, %v", n, created, err)
			}
		})
	}
	wg.Wait()
	for n := 1; n < 60; n += 2 {
		if r := read(t, c, jobID(n)); r.Job.Status != job.Submitted {
			t.Errorf("job %d: %s", n, r.Job.Status)
		}
	}
}
