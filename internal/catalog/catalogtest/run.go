// Package catalogtest says what a [catalog.Catalog] must do on every
// database, and makes databases for tests:
//
//	func TestSQLite(t *testing.T) { catalogtest.Run(t, catalogtest.SQLite) }
//
//	func TestPostgres(t *testing.T) { catalogtest.Run(t, catalogtest.Postgres(t)) }
//
// Tests of other packages that need a catalog call [Open].
package catalogtest

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/everframe/everframe/internal/catalog"
	"github.com/everframe/everframe/internal/fault"
	"github.com/everframe/everframe/job"
)

// SQLite returns the URL of a new database, gone when the test ends.
func SQLite(t testing.TB) (url string) {
	return "sqlite://" + filepath.Join(t.TempDir(), "catalog 100%25 #1.db")
}

// Open returns an empty catalog, closed when the test ends.
func Open(t testing.TB) *catalog.Catalog {
	t.Helper()
	return open(t, SQLite(t))
}

func open(t testing.TB, url string) *catalog.Catalog {
	t.Helper()
	c, err := catalog.Open(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

// Run tests catalogs on databases that newURL makes: each call returns the URL
// of an empty one that lives until the end of its test.
func Run(t *testing.T, newURL func(t testing.TB) string) {
	tests := []struct {
		name string
		test func(t *testing.T, url string)
	}{
		{"Reopen", testReopen},
		{"Pipelines", testPipelines},
		{"PipelinePages", testPipelinePages},
		{"Submit", testSubmit},
		{"SubmitAgain", testSubmitAgain},
		{"SubmitBad", testSubmitBad},
		{"SubmitConcurrently", testSubmitConcurrently},
		{"SubmitCanceled", testSubmitCanceled},
		{"ClaimInOrder", testClaimInOrder},
		{"ClaimPaused", testClaimPaused},
		{"ClaimConcurrently", testClaimConcurrently},
		{"Slots", testSlots},
		{"Update", testUpdate},
		{"Finish", testFinish},
		{"CancelWaiting", testCancelWaiting},
		{"JobPages", testJobPages},
		{"Repair", testRepair},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { tt.test(t, newURL(t)) })
	}
}

var account = job.Account{ID: "123456789012", Region: "us-east-1"}

const (
	epoch = 1_700_000_000_000 // ms; when these tests happen
	pipe  = job.ID("1600000000000-videos")
	pipe2 = job.ID("1600000000001-others")
)

func jobID(n int) job.ID { return job.NewID(epoch+int64(n), "abc123") }

// withPipelines opens a catalog that has the pipelines pipe and pipe2.
func withPipelines(t *testing.T, url string) *catalog.Catalog {
	t.Helper()
	c := open(t, url)
	for _, id := range []job.ID{pipe, pipe2} {
		must(t, c.CreatePipeline(t.Context(), newPipeline(id), 0, epoch))
	}
	return c
}

func newPipeline(id job.ID) job.Pipeline {
	return job.NewPipeline(id, job.CreatePipelineRequest{
		Name: "Vidéos “de” l'été", InputBucket: "in", OutputBucket: "out", Role: "arn:aws:iam::123456789012:role/ET",
	}, account)
}

// submission is of job number n, by its own id and without a token.
func submission(pipeline job.ID, n int) catalog.Submission {
	req := job.Request{
		PipelineID:   pipeline,
		Inputs:       []job.Input{{Key: fmt.Sprintf("in/%d \"quoted\" 映像 \x00.mp4", n)}},
		Outputs:      []job.Output{{Key: "a", PresetID: "1351620000001-000010"}, {Key: "b", PresetID: "1351620000001-000020"}},
		Playlists:    []job.Playlist{{Name: "p", Format: "HLSv3", OutputKeys: []string{"a", "b"}}},
		UserMetadata: map[string]string{"n": fmt.Sprint(n)},
	}
	body, err := json.Marshal(req)
	if err != nil {
		panic(err) // strings only
	}
	return catalog.Submission{Job: job.New(jobID(n), req, account, epoch+int64(n)), Request: body}
}

// submit puts jobs of those numbers into the queue.
func submit(t *testing.T, c *catalog.Catalog, pipeline job.ID, numbers ...int) {
	t.Helper()
	for _, n := range numbers {
		if _, created, err := c.Submit(t.Context(), submission(pipeline, n)); err != nil || !created {
			t.Fatalf("submitting job %d: created %v, %v", n, created, err)
		}
	}
}

// claim claims and returns the ids.
func claim(t *testing.T, c *catalog.Catalog, pipeline job.ID, limit int) []job.ID {
	t.Helper()
	records, err := c.Claim(t.Context(), pipeline, limit, epoch+1000)
	must(t, err)
	return ids(records)
}

func read(t *testing.T, c *catalog.Catalog, id job.ID) catalog.Record {
	t.Helper()
	r, err := c.Job(t.Context(), id)
	must(t, err)
	return r
}

// end reports a job's end as its workflow would.
func end(ctx context.Context, c *catalog.Catalog, r catalog.Record, status job.Status) error {
	r.Job.Status = status
	r.Job.Timing.FinishTimeMillis = epoch + 9000
	applied, err := c.Update(ctx, r.Job, r.Sequence+1)
	if err == nil && !applied {
		err = fmt.Errorf("the end of job %s was not applied", r.Job.ID)
	}
	return err
}

func ids(records []catalog.Record) []job.ID {
	out := []job.ID{}
	for _, r := range records {
		out = append(out, r.Job.ID)
	}
	return out
}

func numbered(numbers ...int) []job.ID {
	out := []job.ID{}
	for _, n := range numbers {
		out = append(out, jobID(n))
	}
	return out
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func same(t *testing.T, what string, want, got any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func wantKind(t *testing.T, what string, err error, want fault.Kind) {
	t.Helper()
	if got := fault.KindOf(err); got != want {
		t.Errorf("%s: error %v of kind %v, want %v", what, err, got, want)
	}
}
