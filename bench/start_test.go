package bench_test

import (
	"database/sql"
	"os"
	"path/filepath"
	"testing"
	"time"

	_ "modernc.org/sqlite" // the driver
)

// BenchmarkReady measures from the start of the server's process to its line
// "ready": on an empty data directory, and on one that is in use.
func BenchmarkReady(b *testing.B) {
	for _, c := range []struct {
		name     string
		existing bool
		target   float64
	}{{"empty", false, 2}, {"existing", true, 1.5}} {
		b.Run(c.name, func(b *testing.B) {
			again(b)
			for b.Loop() {
				data := filepath.Join(b.TempDir(), "data")
				s := startServer(b, data, "")
				if c.existing {
					s.stop()
					s = startServer(b, data, "")
				}
				note(b, "ready", "s", s.ready.Seconds(), c.target)
				note(b, "CPU until then", "s", cpu(b, s.cmd.Process.Pid).Seconds(), 0)
				s.stop()
			}
		})
	}
}

// rest is how long the server is left alone before and while its idleness is
// measured: the first half minute has garbage of the start in it.
const (
	settle = 30 * time.Second
	rest   = 2 * time.Minute
)

// BenchmarkIdle measures the whole embedded stack at rest: Temporal, its web
// UI, the API and the worker. What the database grows by stays in it for the
// retention time, 30 days.
func BenchmarkIdle(b *testing.B) {
	again(b)
	for b.Loop() {
		data := filepath.Join(b.TempDir(), "data")
		s := startServer(b, data, "")
		pid := s.cmd.Process.Pid
		time.Sleep(settle)
		before, size, begin := cpu(b, pid), fileSize(b, data), time.Now()
		time.Sleep(rest)
		used, took := cpu(b, pid)-before, time.Since(begin)
		grown := float64(fileSize(b, data) - size)
		now, peak := memory(b, pid)
		note(b, "resident memory", "MiB", now, 300)
		note(b, "highest so far", "MiB", peak, 0)
		note(b, "CPU of one core", "%", 100*used.Seconds()/took.Seconds(), 0)
		note(b, "database a day", "MiB", grown/(1<<20)*24*float64(time.Hour)/float64(took), 0)
		s.stop()
	}
}

// fileSize returns the bytes in use in Temporal's database. The file's own size
// would tell more of when its log was last written back.
func fileSize(b *testing.B, data string) int64 {
	b.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(data, "temporal.db")+"?mode=ro&_pragma=busy_timeout=10000")
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	var pages, free, size int64
	err = db.QueryRowContext(b.Context(), "SELECT page_count, freelist_count, page_size FROM pragma_page_count, pragma_freelist_count, pragma_page_size").Scan(&pages, &free, &size)
	if err != nil {
		b.Fatal(err)
	}
	return (pages - free) * size
}

// BenchmarkBinaries measures the programs on disk.
func BenchmarkBinaries(b *testing.B) {
	for _, p := range []struct {
		name   string
		target float64
	}{{"server", 0}, {"worker", 40}, {"starter", 40}} {
		path := filepath.Join(programs(b), p.name)
		b.Run(p.name, func(b *testing.B) {
			again(b)
			var size int64
			for b.Loop() {
				info, err := os.Stat(path)
				if err != nil {
					b.Fatal(err)
				}
				size = info.Size()
			}
			note(b, "size", "MB", float64(size)/1e6, p.target)
		})
	}
}
