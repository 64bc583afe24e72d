package catalogtest

import (
	"testing"

	"github.com/everframe/everframe/internal/catalog"
	"github.com/everframe/everframe/internal/fault"
	"github.com/everframe/everframe/job"
)

func testJobPages(t *testing.T, url string) {
	c, ctx := withPipelines(t, url), t.Context()
	var all, first, second []string
	for _, n := range []int{7, 3, 9, 1, 5, 8, 2, 4, 6} { // by submission, not by id
		p := pipe
		if n%3 == 0 {
			p = pipe2
		}
		submit(t, c, p, n)
		all = append(all, string(jobID(n)))
		if p == pipe {
			first = append(first, string(jobID(n)))
		} else {
			second = append(second, string(jobID(n)))
		}
	}
	type lister func(page catalog.Page) ([]catalog.Record, string, error)
	tests := []struct {
		name string
		want []string
		list lister
	}{
		{"a pipeline", first, func(p catalog.Page) ([]catalog.Record, string, error) { return c.JobsByPipeline(ctx, pipe, p) }},
		{"another pipeline", second, func(p catalog.Page) ([]catalog.Record, string, error) { return c.JobsByPipeline(ctx, pipe2, p) }},
		{"a status", all, func(p catalog.Page) ([]catalog.Record, string, error) { return c.JobsByStatus(ctx, job.Submitted, p) }},
	}
	for _, tt := range tests {
		for _, ascending := range []bool{true, false} {
			for _, limit := range []int{1, 2, 3, 100, 0} {
				got := pages(t, ascending, limit, func(p catalog.Page) (out []string, next string, err error) {
					records, next, err := tt.list(p)
					for _, id := range ids(records) {
						out = append(out, string(id))
					}
					return out, next, err
				})
				if limit == 0 {
					limit = catalog.DefaultPage
				}
				same(t, "pages of "+tt.name, chunks(tt.want, ascending, limit), got)
			}
		}
		_, _, err := tt.list(catalog.Page{Token: "1500000000000-nobody"})
		wantKind(t, "an unknown token", err, fault.Invalid)
	}

	// A page token outlives its job's status.
	page, next, err := c.JobsByStatus(ctx, job.Submitted, catalog.Page{Ascending: true, Limit: 2})
	must(t, err)
	same(t, "first page", numbered(7, 3), ids(page))
	_, err = c.CancelWaiting(ctx, job.ID(next), epoch)
	must(t, err)
	page, _, err = c.JobsByStatus(ctx, job.Submitted, catalog.Page{Ascending: true, Limit: 2, Token: next})
	must(t, err)
	same(t, "second page", numbered(9, 1), ids(page))

	page, next, err = c.JobsByStatus(ctx, job.Complete, catalog.Page{})
	if err != nil || next != "" || len(page) != 0 {
		t.Errorf("an empty status: %v, %q, %v", page, next, err)
	}
	r := read(t, c, jobID(3))
	page, _, err = c.JobsByStatus(ctx, job.Canceled, catalog.Page{})
	must(t, err)
	same(t, "lists return whole records", []catalog.Record{r}, page)
}

func testRepair(t *testing.T, url string) {
	c, ctx := withPipelines(t, url), t.Context()
	_, ok, err := c.OldestActiveStart(ctx)
	if ok || err != nil {
		t.Errorf("the oldest start of none: %v, %v", ok, err)
	}
	submit(t, c, pipe, 1, 2, 3, 4)
	submit(t, c, pipe2, 5)
	queues, err := c.Queues(ctx)
	must(t, err)
	same(t, "queues", []job.ID{pipe, pipe2}, queues)

	for limit, at := range map[int]int64{1: 100} {
		_, err := c.Claim(ctx, pipe, limit, at)
		must(t, err)
	}
	for limit := 2; limit <= 3; limit++ { // one more each
		_, err := c.Claim(ctx, pipe, limit, int64(limit)*100)
		must(t, err)
	}
	_, err = c.Claim(ctx, pipe2, 9, 50)
	must(t, err)
	queues, err = c.Queues(ctx)
	must(t, err)
	same(t, "queues that still hold a job", []job.ID{pipe}, queues)

	must(t, c.Started(ctx, jobID(2)))
	must(t, c.Started(ctx, jobID(5)))
	claims, err := c.ClaimsBefore(ctx, 300, 10)
	must(t, err)
	same(t, "claims before 300", numbered(1), ids(claims))
	claims, err = c.ClaimsBefore(ctx, 301, 10)
	must(t, err)
	same(t, "claims before 301", numbered(1, 3), ids(claims))
	claims, err = c.ClaimsBefore(ctx, 301, 1)
	must(t, err)
	same(t, "one of them", numbered(1), ids(claims))

	running, next, err := c.Running(ctx, catalog.Page{Ascending: true, Limit: 1})
	must(t, err)
	same(t, "the first running", numbered(2), ids(running))
	must(t, end(ctx, c, read(t, c, jobID(2)), job.Complete))
	running, next, err = c.Running(ctx, catalog.Page{Ascending: true, Limit: 1, Token: next})
	must(t, err)
	same(t, "the second running", numbered(5), ids(running))
	same(t, "no more", "", next)

	for _, want := range []struct {
		end    int
		oldest int64
	}{{5, 50}, {1, 100}, {3, 300}} {
		at, ok, err := c.OldestActiveStart(ctx)
		if at != want.oldest || !ok || err != nil {
			t.Errorf("the oldest start: %d, %v, %v, want %d", at, ok, err, want.oldest)
		}
		must(t, end(ctx, c, read(t, c, jobID(want.end)), job.Complete))
	}
	if _, ok, err := c.OldestActiveStart(ctx); ok || err != nil {
		t.Errorf("the oldest start of none left: %v, %v", ok, err)
	}
}
