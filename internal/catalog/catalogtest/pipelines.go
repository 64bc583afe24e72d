package catalogtest

import (
	"sync"
	"testing"

	"github.com/everframe/everframe/internal/catalog"
	"github.com/everframe/everframe/internal/fault"
	"github.com/everframe/everframe/job"
)

// testReopen opens one new database several times at once, as the processes of
// a deployment do, and again later.
func testReopen(t *testing.T, url string) {
	var wg sync.WaitGroup
	for range 6 {
		wg.Go(func() {
			c, err := catalog.Open(t.Context(), url)
			if err != nil {
				t.Error(err)
				return
			}
			if err := c.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	first := withPipelines(t, url)
	submit(t, first, pipe, 1)
	second := open(t, url)
	if diff := read(t, second, jobID(1)); diff.Position != 1 {
		t.Errorf("the job after reopening: %+v", diff)
	}
	submit(t, second, pipe, 2)
	if got := read(t, first, jobID(2)).Position; got != 2 {
		t.Errorf("position %d, want 2", got)
	}
}

func testPipelines(t *testing.T, url string) {
	c, ctx := open(t, url), t.Context()
	p := newPipeline(pipe)
	must(t, c.CreatePipeline(ctx, p, 7, epoch))
	wantKind(t, "the same id again", c.CreatePipeline(ctx, p, 7, epoch), fault.Exists)

	want := catalog.Pipeline{Pipeline: p, MaxActive: 7, CreatedMillis: epoch, Position: 1}
	got, err := c.Pipeline(ctx, pipe)
	must(t, err)
	same(t, "pipeline", want, got)

	for _, status := range []job.PipelineStatus{job.Paused, job.Paused, job.Active} {
		want.Status = status
		got, err = c.SetPipelineStatus(ctx, pipe, status)
		must(t, err)
		same(t, "pipeline as set", want, got)
		got, err = c.Pipeline(ctx, pipe)
		must(t, err)
		same(t, "pipeline as read", want, got)
	}

	_, err = c.Pipeline(ctx, pipe2)
	wantKind(t, "Pipeline", err, fault.NotFound)
	_, err = c.SetPipelineStatus(ctx, pipe2, job.Paused)
	wantKind(t, "SetPipelineStatus", err, fault.NotFound)
	_, _, err = c.JobsByPipeline(ctx, pipe2, catalog.Page{})
	wantKind(t, "JobsByPipeline", err, fault.NotFound)
	_, err = c.Claim(ctx, pipe2, 1, epoch)
	wantKind(t, "Claim", err, fault.NotFound)
	records, next, err := c.JobsByPipeline(ctx, pipe, catalog.Page{})
	if len(records) != 0 || next != "" || err != nil {
		t.Errorf("jobs of a new pipeline: %v, %q, %v", records, next, err)
	}
}

func testPipelinePages(t *testing.T, url string) {
	c := open(t, url)
	var all []string
	for n := range 5 {
		id := job.NewID(epoch-int64(n), "qwerty") // ids need not rise
		must(t, c.CreatePipeline(t.Context(), newPipeline(id), 0, epoch+int64(n)))
		all = append(all, string(id))
	}
	for _, ascending := range []bool{true, false} {
		got := pages(t, ascending, 2, func(page catalog.Page) (out []string, next string, err error) {
			list, next, err := c.Pipelines(t.Context(), page)
			for _, p := range list {
				out = append(out, string(p.ID))
			}
			return out, next, err
		})
		same(t, "pages of pipelines", chunks(all, ascending, 2), got)
	}
	_, _, err := c.Pipelines(t.Context(), catalog.Page{Token: "1500000000000-nobody"})
	wantKind(t, "an unknown token", err, fault.Invalid)
}

// pages reads a list to its end.
func pages(t *testing.T, ascending bool, limit int, list func(catalog.Page) ([]string, string, error)) [][]string {
	t.Helper()
	out := [][]string{}
	page := catalog.Page{Ascending: ascending, Limit: limit}
	for {
		items, next, err := list(page)
		must(t, err)
		out = append(out, items)
		if next == "" {
			return out
		}
		if next == page.Token || len(out) > 100 {
			t.Fatalf("the pages never end: token %q, %d pages", next, len(out))
		}
		page.Token = next
	}
}

// chunks is what pages must find.
func chunks(all []string, ascending bool, limit int) [][]string {
	out := [][]string{}
	var page []string
	for i := range all {
		item := all[i]
		if !ascending {
			item = all[len(all)-1-i]
		}
		page = append(page, item)
		if len(page) == limit || i == len(all)-1 {
			out, page = append(out, page), nil
		}
	}
	return out
}
