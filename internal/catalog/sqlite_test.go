package catalog_test

import (
	"bufio"
	"context"
	"database/sql"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/everframe/everframe/internal/catalog"
	"github.com/everframe/everframe/internal/catalog/catalogtest"
	"github.com/everframe/everframe/internal/fault"
	"github.com/everframe/everframe/job"
)

func TestMain(m *testing.M) {
	if url := os.Getenv("CATALOG_TEST_SUBMIT"); url != "" {
		submitForEver(url)
	}
	os.Exit(m.Run())
}

const pipe = job.ID("1600000000000-videos")

// newCatalog opens a catalog that has one pipeline.
func newCatalog(t testing.TB, url string) *catalog.Catalog {
	t.Helper()
	c, err := catalog.Open(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() }) // some tests close it themselves
	p := job.NewPipeline(pipe, job.CreatePipelineRequest{Name: "videos", InputBucket: "in", OutputBucket: "out"}, job.Account{})
	if err := c.CreatePipeline(t.Context(), p, 0, 1); err != nil {
		t.Fatal(err)
	}
	return c
}

// submission is a job as large as usual ones: three outputs and a playlist.
func submission(n int) catalog.Submission {
	body := fmt.Appendf(nil, `{"PipelineId":%q,"Input":{"Key":"in/%d.mp4"},"OutputKeyPrefix":"out/%[2]d/","Outputs":[
		{"Key":"hls-2m","PresetId":"1351620000001-200010","SegmentDuration":"4","ThumbnailPattern":"t-{count}"},
		{"Key":"hls-1m","PresetId":"1351620000001-200030","SegmentDuration":"4"},
		{"Key":"a.mp4","PresetId":"1351620000001-000010"}],
		"Playlists":[{"Name":"index","Format":"HLSv3","OutputKeys":["hls-2m","hls-1m"]}]}`, pipe, n)
	req, err := job.ParseRequest(body)
	if err != nil {
		panic(err) // it is constant
	}
	id := job.NewID(1_700_000_000_000+int64(n), "abc123")
	return catalog.Submission{
		Job:     job.New(id, req, job.Account{ID: "123456789012", Region: "us-east-1"}, 1_700_000_000_000+int64(n)),
		Token:   fmt.Sprintf("token-%d", n),
		Request: body,
	}
}

func TestOpenRefuses(t *testing.T) {
	dir := t.TempDir()
	tests := []struct {
		name, url string
		want      fault.Kind
	}{
		{"empty", "", fault.Invalid},
		{"a path", "/var/lib/catalog.db", fault.Invalid},
		{"another database", "mysql://root:secret@host/db", fault.Invalid},
		{"no file", "sqlite://", fault.Invalid},
		{"unknown option", "sqlite://" + dir + "/a.db?mode=memory", fault.Invalid},
		{"unknown value", "sqlite://" + dir + "/a.db?synchronous=off", fault.Invalid},
		{"no directory", "sqlite://" + dir + "/none/a.db", fault.Unavailable},
		{"broken URL", "postgres://user:secret@host:port/db", fault.Invalid},
		{"no server", "postgres://user:secret@/db?host=" + dir, fault.Unavailable},
	}
	for _, tt := range tests {
		c, err := catalog.Open(t.Context(), tt.url)
		if fault.KindOf(err) != tt.want {
			t.Errorf("%s: got %v of kind %v, want %v", tt.name, err, fault.KindOf(err), tt.want)
		}
		if err == nil {
			_ = c.Close() // should not have opened
		} else if strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: the error tells the password: %v", tt.name, err)
		}
	}
}

func TestOpenRefusesNewerDatabase(t *testing.T) {
	url := catalogtest.SQLite(t)
	if err := newCatalog(t, url).Close(); err != nil {
		t.Fatal(err)
	}
	db := openSQL(t, url)
	if _, err := db.Exec(`INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, 1)`); err != nil {
		t.Fatal(err)
	}
	if _, err := catalog.Open(t.Context(), url); fault.KindOf(err) != fault.Invalid {
		t.Errorf("got %v, want Invalid", err)
	}
}

func TestClosed(t *testing.T) {
	c := newCatalog(t, catalogtest.SQLite(t))
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	if _, _, err := c.Submit(t.Context(), submission(1)); fault.KindOf(err) != fault.Unavailable {
		t.Errorf("Submit: got %v, want Unavailable", err)
	}
	if _, err := c.Job(t.Context(), "x"); fault.KindOf(err) != fault.Unavailable {
		t.Errorf("Job: got %v, want Unavailable", err)
	}
}

// TestKilled kills a process that submits and checks that every job it was
// promised is there, in order.
func TestKilled(t *testing.T) {
	for _, option := range []string{"", "?synchronous=full"} {
		url := catalogtest.SQLite(t) + option
		newCatalog(t, url)
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), "CATALOG_TEST_SUBMIT="+url)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		cmd.Stderr = os.Stderr
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		var promised []job.ID
		for lines := bufio.NewScanner(out); lines.Scan(); {
			promised = append(promised, job.ID(lines.Text()))
			if len(promised) == 300 {
				_ = cmd.Process.Kill() // it cannot have ended
			}
		}
		_ = cmd.Wait() // "signal: killed"
		if len(promised) < 300 {
			t.Fatalf("only %d jobs were submitted", len(promised))
		}
		c, err := catalog.Open(t.Context(), url)
		if err != nil {
			t.Fatal(err)
		}
		for _, id := range promised {
			if r, err := c.Job(t.Context(), id); err != nil || r.Slot != catalog.Waiting {
				t.Fatalf("promised job %s: %v", id, err)
			}
		}
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// submitForEver is the process TestKilled kills. It prints the id of each job
// after it was acknowledged.
func submitForEver(url string) {
	c, err := catalog.Open(context.Background(), url)
	if err != nil {
		panic(err)
	}
	var wg sync.WaitGroup
	for client := range 4 {
		wg.Go(func() {
			for n := client; ; n += 4 {
				s := submission(n)
				if _, _, err := c.Submit(context.Background(), s); err != nil {
					panic(err)
				}
				// One write a line: the reader must not see halves of two.
				if _, err := os.Stdout.WriteString(string(s.Job.ID) + "\n"); err != nil {
					os.Exit(0) // nobody reads any more
				}
			}
		})
	}
	wg.Wait()
}

// TestQueryPlans lets SQLite explain each query: with a million rows there may
// be no scan of a table, nor of an index of all jobs, and no sorting.
func TestQueryPlans(t *testing.T) {
	url := catalogtest.SQLite(t)
	newCatalog(t, url)
	db := openSQL(t, url)
	fine := []*regexp.Regexp{
		regexp.MustCompile(`^SEARCH \w+ (EXISTS )?USING (COVERING )?INDEX \w+ \(`),                       // by an index
		regexp.MustCompile(`^(SCAN|SEARCH) jobs USING (COVERING )?INDEX jobs_(active|claimed|running)$`), // indexes of what runs
		regexp.MustCompile(`^SCAN (p|pipelines)( USING INDEX \w+)?$`),                                    // there are few pipelines
		regexp.MustCompile(`^SCAN oldest$`),                                                              // what a claim takes
		regexp.MustCompile(`^(MATERIALIZE oldest|CO-ROUTINE oldest|LIST SUBQUERY \d+|(CORRELATED )?SCALAR SUBQUERY \d+|CREATE BLOOM FILTER)$`),
	}
	for _, query := range catalog.Queries() {
		rows, err := db.Query("EXPLAIN QUERY PLAN "+query, make([]any, strings.Count(query, "?"))...)
		if err != nil {
			t.Fatalf("%s: %v", query, err)
		}
		for rows.Next() {
			var id, parent, unused int
			var step string
			if err := rows.Scan(&id, &parent, &unused, &step); err != nil {
				t.Fatal(err)
			}
			ok := false
			for _, f := range fine {
				ok = ok || f.MatchString(step)
			}
			if !ok {
				t.Errorf("step %q of\n%s", step, query)
			}
		}
		if err := rows.Err(); err != nil {
			t.Fatal(err)
		}
	}
}

func openSQL(t testing.TB, url string) *sql.DB {
	t.Helper()
	path, _ := strings.CutPrefix(url, "sqlite://")
	// Linked to a plain name, so that this needs no escaping of its own.
	plain := filepath.Join(filepath.Dir(path), "plain.db")
	if err := os.Symlink(path, plain); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", plain)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}
