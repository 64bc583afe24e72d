package bench_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"go.temporal.io/sdk/client"
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
// measured: the first half minute has garbage of the start in it, and two runs
// of the admission schedule fall into the second part.
const (
	settle = 30 * time.Second
	rest   = 60 * time.Second
)

// BenchmarkIdle measures the whole embedded stack at rest: Temporal, its web
// UI, the API and the worker.
func BenchmarkIdle(b *testing.B) {
	again(b)
	for b.Loop() {
		s := startServer(b, filepath.Join(b.TempDir(), "data"), "")
		pid := s.cmd.Process.Pid
		time.Sleep(settle)
		before, begin := cpu(b, pid), time.Now()
		time.Sleep(rest)
		used := cpu(b, pid) - before
		now, peak := memory(b, pid)
		note(b, "resident memory", "MiB", now, 300)
		note(b, "highest so far", "MiB", peak, 0)
		note(b, "CPU of one core", "%", 100*used.Seconds()/time.Since(begin).Seconds(), 0)
		s.stop()
	}
}

// runsMeasured is how many runs of the admission schedule are measured; they
// are a second apart instead of the usual interval.
const runsMeasured = 60

// BenchmarkAdmission measures what one run of the admission schedule costs on
// a stack at rest: CPU, and bytes in Temporal's file until they expire.
func BenchmarkAdmission(b *testing.B) {
	again(b)
	for b.Loop() {
		data := filepath.Join(b.TempDir(), "data")
		s := startServer(b, data, "")
		time.Sleep(settle)
		pid := s.cmd.Process.Pid
		before := cpu(b, pid)
		time.Sleep(runsMeasured * time.Second)
		idle := cpu(b, pid) - before

		c, err := client.Dial(client.Options{HostPort: s.temporal})
		if err != nil {
			b.Fatal(err)
		}
		h := c.ScheduleClient().GetHandle(b.Context(), "everframe-admission")
		err = h.Update(b.Context(), client.ScheduleUpdateOptions{DoUpdate: func(in client.ScheduleUpdateInput) (*client.ScheduleUpdate, error) {
			in.Description.Schedule.Spec.Intervals = []client.ScheduleIntervalSpec{{Every: time.Second}}
			return &client.ScheduleUpdate{Schedule: &in.Description.Schedule}, nil
		}})
		if err != nil {
			b.Fatal(err)
		}
		time.Sleep(2 * time.Second)
		first, size := actions(b, h), fileSize(b, data)
		before = cpu(b, pid)
		time.Sleep(runsMeasured * time.Second)
		n := float64(actions(b, h) - first)
		note(b, "CPU a run", "ms", (cpu(b, pid)-before-idle).Seconds()*1000/n, 0)
		note(b, "database a run", "KiB", float64(fileSize(b, data)-size)/1024/n, 0)
		c.Close()
		s.stop()
	}
}

func actions(b *testing.B, h client.ScheduleHandle) int {
	b.Helper()
	d, err := h.Describe(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	return d.Info.NumActions
}

// fileSize returns the bytes of Temporal's database with its log.
func fileSize(b *testing.B, data string) int64 {
	b.Helper()
	var n int64
	for _, suffix := range []string{"", "-wal"} {
		if info, err := os.Stat(filepath.Join(data, "temporal.db"+suffix)); err == nil {
			n += info.Size()
		}
	}
	return n
}

// BenchmarkBinaries measures the programs on disk.
func BenchmarkBinaries(b *testing.B) {
	again(b)
	for b.Loop() {
		for _, p := range []struct {
			name   string
			target float64
		}{{"server", 0}, {"worker", 40}, {"starter", 40}} {
			info, err := os.Stat(filepath.Join(programs(b), p.name))
			if err != nil {
				b.Fatal(err)
			}
			note(b, p.name, "MB", float64(info.Size())/1e6, p.target)
		}
	}
}
