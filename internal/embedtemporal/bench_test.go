package embedtemporal_test

import (
	"os"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/workflow"

	"github.com/everframe/everframe/internal/embedtemporal"
)

// BenchmarkStart measures Start with the web UI, on an empty directory and on
// an existing file, and what the process then holds in memory at rest:
//
//	go test ./internal/embedtemporal -run '^$' -bench Start -benchtime 1x -count 5
func BenchmarkStart(b *testing.B) {
	debug.SetGCPercent(embedtemporal.GCPercent)
	for _, existing := range []bool{false, true} {
		b.Run("existing="+strconv.FormatBool(existing), func(b *testing.B) {
			for b.Loop() {
				b.StopTimer()
				o := options(filepath.Join(b.TempDir(), "temporal.db"))
				o.UIPort = 0
				if existing {
					stop(b, start(b, o))
				}
				b.StartTimer()
				s := start(b, o)
				b.StopTimer()
				c, end := connect(b, s)
				runEcho(b, c, "warm")
				time.Sleep(5 * time.Second) // first timers and garbage collections
				b.ReportMetric(residentMB(b), "RSS-MB")
				end()
				stop(b, s)
				b.StartTimer()
			}
		})
	}
}

// BenchmarkHops measures a workflow of eight activities one after the other,
// submitted by an idle client: the shape of a job before its first ffmpeg.
func BenchmarkHops(b *testing.B) {
	c, end := connect(b, start(b, options(filepath.Join(b.TempDir(), "temporal.db"))))
	defer end()
	n := 0
	for b.Loop() {
		n++
		run, err := c.ExecuteWorkflow(b.Context(), client.StartWorkflowOptions{ID: "hops-" + strconv.Itoa(n), TaskQueue: queue}, hops)
		if err != nil {
			b.Fatal(err)
		}
		if err := run.Get(b.Context(), nil); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/1000/float64(b.N)/8, "ms/hop")
}

func hops(ctx workflow.Context) error {
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: time.Minute})
	for range 8 {
		if err := workflow.ExecuteActivity(ctx, repeat, "x").Get(ctx, nil); err != nil {
			return err
		}
	}
	return nil
}

func residentMB(b *testing.B) float64 {
	b.Helper()
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0 // not Linux
	}
	_, rest, _ := strings.Cut(string(text), "VmRSS:")
	kb, err := strconv.Atoi(strings.Fields(rest)[0])
	if err != nil {
		b.Fatal(err)
	}
	return float64(kb) / 1024
}
