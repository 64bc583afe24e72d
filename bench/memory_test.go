package bench_test

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/everframe/everframe/internal/testmedia"
	"github.com/everframe/everframe/job"
)

// BenchmarkMemory measures the most memory the server's own process had after
// jobs on a short and on a long input: thirty times the chunks, the segments
// and the events of its workflows.
func BenchmarkMemory(b *testing.B) {
	again(b)
	testmedia.Need(b)
	peak := func(b *testing.B, minutes int) float64 {
		picture := fmt.Sprintf("testsrc2=s=160x90:r=10:d=%d", minutes*60)
		input := made(b, fmt.Sprintf("minutes-%d", minutes), "-f", "lavfi", "-i", picture,
			"-f", "lavfi", "-i", fmt.Sprintf("sine=d=%d", minutes*60), "-g", "20")
		s := startServer(b, filepath.Join(b.TempDir(), "data"), "")
		defer s.stop()
		s.put(b, input, "in.mp4")
		time.Sleep(2 * time.Second)
		s.complete(b, s.create(b, "in.mp4", "", job.Output{Key: "o", PresetID: "1351620000001-200050", SegmentDuration: "4"}))
		_, most := memory(b, s.cmd.Process.Pid)
		return most
	}
	for b.Loop() {
		short, long := peak(b, 2), peak(b, 60)
		note(b, "peak with 2 minutes", "MiB", short, 0)
		note(b, "peak with 60 minutes", "MiB", long, 0)
		note(b, "growth", "MiB", long-short, 0)
	}
}
