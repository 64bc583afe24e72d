package catalog_test

import (
	"database/sql"
	"fmt"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/everframe/everframe/internal/catalog"
	"github.com/everframe/everframe/internal/catalog/catalogtest"
	"github.com/everframe/everframe/job"
)

// BenchmarkSubmit is one client, then 64 at once, who share transactions.
// With synchronous=full it is mostly the disk's time to flush.
func BenchmarkSubmit(b *testing.B) {
	for _, kind := range []string{"normal", "full"} {
		b.Run("sqlite/"+kind+"/alone", func(b *testing.B) {
			c := newCatalog(b, catalogtest.SQLite(b)+"?synchronous="+kind)
			n := 0
			for b.Loop() {
				submitOne(b, c, n)
				n++
			}
			perSecond(b)
		})
		b.Run("sqlite/"+kind+"/64 clients", func(b *testing.B) {
			submitParallel(b, newCatalog(b, catalogtest.SQLite(b)+"?synchronous="+kind))
		})
	}
	newURL := catalogtest.Postgres(b)
	b.Run("postgres, no fsync/64 clients", func(b *testing.B) {
		submitParallel(b, newCatalog(b, newURL(b)))
	})
}

func submitOne(b *testing.B, c *catalog.Catalog, n int) {
	if _, created, err := c.Submit(b.Context(), submission(n)); err != nil || !created {
		b.Fatalf("created %v, %v", created, err)
	}
}

func submitParallel(b *testing.B, c *catalog.Catalog) {
	var n atomic.Int64
	b.SetParallelism(64 / runtime.GOMAXPROCS(0))
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, created, err := c.Submit(b.Context(), submission(int(n.Add(1)))); err != nil || !created {
				b.Errorf("created %v, %v", created, err)
				return
			}
		}
	})
	perSecond(b)
}

func perSecond(b *testing.B) { b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "jobs/s") }

// BenchmarkQueue measures one job's way through a queue of so many others,
// and a page of its list.
func BenchmarkQueue(b *testing.B) {
	newPostgres := catalogtest.Postgres(b)
	for _, bench := range []struct {
		database string
		newURL   func(testing.TB) string
		waiting  int
	}{
		{"sqlite", catalogtest.SQLite, 20_000},
		{"sqlite", catalogtest.SQLite, 1_000_000},
		{"postgres, no fsync", newPostgres, 20_000},
		{"postgres, no fsync", newPostgres, 1_000_000},
	} {
		b.Run(fmt.Sprintf("%s/%d waiting", bench.database, bench.waiting), func(b *testing.B) {
			url := bench.newURL(b)
			c := newCatalog(b, url)
			fill(b, url, c, bench.waiting)
			benchmarkQueue(b, c)
		})
	}
}

func benchmarkQueue(b *testing.B, c *catalog.Catalog) {
	ctx := b.Context()
	b.Run("claim, start and end", func(b *testing.B) {
		for b.Loop() {
			claimed, err := c.Claim(ctx, pipe, 20, 5)
			if err != nil || len(claimed) == 0 {
				b.Fatalf("%d claimed, %v", len(claimed), err)
			}
			r := claimed[0]
			if err := c.Started(ctx, r.Job.ID); err != nil {
				b.Fatal(err)
			}
			r.Job.Status = job.Complete
			if applied, err := c.Update(ctx, r.Job, 1); err != nil || !applied {
				b.Fatalf("applied %v, %v", applied, err)
			}
		}
	})
	b.Run("claim when full", func(b *testing.B) {
		if _, err := c.Claim(ctx, pipe, 20, 5); err != nil {
			b.Fatal(err)
		}
		for b.Loop() {
			if claimed, err := c.Claim(ctx, pipe, 20, 5); err != nil || len(claimed) > 0 {
				b.Fatalf("%d claimed, %v", len(claimed), err)
			}
		}
	})
	for _, ascending := range []bool{true, false} {
		b.Run(fmt.Sprintf("page of 50, ascending %v", ascending), func(b *testing.B) {
			for b.Loop() {
				page := catalog.Page{Ascending: ascending, Limit: 50}
				if records, _, err := c.JobsByStatus(ctx, job.Submitted, page); err != nil || len(records) != 50 {
					b.Fatalf("%d jobs, %v", len(records), err)
				}
			}
		})
	}
	b.Run("repair finds nothing", func(b *testing.B) {
		for b.Loop() {
			if _, err := c.ClaimsBefore(ctx, 1, 100); err != nil {
				b.Fatal(err)
			}
			if _, _, err := c.OldestActiveStart(ctx); err != nil {
				b.Fatal(err)
			}
			if _, err := c.Queues(ctx); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// fill copies one submitted job until there are so many, past the catalog and
// with short documents: a million whole ones are 4 GB.
func fill(b *testing.B, url string, c *catalog.Catalog, jobs int) {
	b.Helper()
	if _, _, err := c.Submit(b.Context(), submission(1)); err != nil {
		b.Fatal(err)
	}
	var db *sql.DB
	last := "PRAGMA wal_checkpoint(TRUNCATE)"
	if strings.HasPrefix(url, "sqlite:") {
		db = openSQL(b, url)
	} else {
		var err error
		if db, err = sql.Open("pgx", url); err != nil {
			b.Fatal(err)
		}
		defer db.Close() // the server is about to go
		last = "ANALYZE"
	}
	for _, statement := range []string{
		fmt.Sprintf(`WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < %d),
			ids(i, id) AS (SELECT i, CAST(1700000000000 + i AS TEXT) || '-abcdef' FROM n)
			INSERT INTO jobs SELECT ids.id, i, ids.id, NULL, pipeline_id, slot, status, sequence, '{}',
				'{"Id":"' || ids.id || '","PipelineId":"' || pipeline_id || '","Status":"Submitted","Outputs":[{"Id":"1","Key":"a.mp4"}]}',
				submitted_ms, claimed_ms, finished_ms
			FROM ids, (SELECT * FROM jobs WHERE position = 1) AS one`, jobs),
		fmt.Sprintf(`UPDATE counters SET value = %d WHERE name = 'job'`, jobs),
		last,
	} {
		if _, err := db.ExecContext(b.Context(), statement); err != nil {
			b.Fatal(err)
		}
	}
}
