package bench_test

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/everframe/everframe/internal/testmedia"
	"github.com/everframe/everframe/job"
)

// BenchmarkCost measures the CPU of a job on an input of a minute, of the
// server and all processes it starts, over that of one plain ffmpeg command
// with the same filters and encoders. They run in turns; the idle server's own
// share of the time is taken off.
func BenchmarkCost(b *testing.B) {
	for _, c := range []struct {
		name          string
		width, height int
		outputs       []job.Output
		target        float64
	}{
		{"one output from 720p", 1280, 720, []job.Output{{Key: "o.mp4", PresetID: preset720}}, 1.05},
		{"one output from 1080p", 1920, 1080, []job.Output{{Key: "o.mp4", PresetID: preset720}}, 1.05},
		{"four HLS renditions from 720p", 1280, 720, ladder, 0},
	} {
		b.Run(c.name, func(b *testing.B) {
			again(b)
			testmedia.Need(b)
			measureCost(b, camera(b, c.width, c.height), c.outputs, c.target)
		})
	}
}

// ladder is HLS at 2000, 1500, 1000 and 600 kbit/s, with sound in each.
var ladder = []job.Output{
	{Key: "2m", PresetID: "1351620000001-200010", SegmentDuration: "6"},
	{Key: "1m5", PresetID: "1351620000001-200020", SegmentDuration: "6"},
	{Key: "1m", PresetID: "1351620000001-200030", SegmentDuration: "6"},
	{Key: "600k", PresetID: "1351620000001-200040", SegmentDuration: "6"},
}

// BenchmarkFilm measures the time that a real film of three minutes takes in
// chunks, on an idle stack, over that of the plain command.
func BenchmarkFilm(b *testing.B) {
	again(b)
	measureCost(b, testmedia.Fixture(b, "video/wannaworktogether.mp4"), []job.Output{{Key: "o.mp4", PresetID: preset720}}, 0)
}

func measureCost(b *testing.B, input string, outputs []job.Output, target float64) {
	for b.Loop() {
		// A new server each time: it has encoded nothing of this input yet.
		s := startServer(b, filepath.Join(b.TempDir(), "data"), "")
		s.put(b, input, "in.mp4")
		time.Sleep(5 * time.Second)
		pid := s.cmd.Process.Pid

		before, begin := cpu(b, pid), time.Now()
		id := s.create(b, "in.mp4", "", outputs...)
		j := s.complete(b, id)
		wall := time.Duration(j.Timing.FinishTimeMillis-j.Timing.SubmitTimeMillis) * time.Millisecond
		time.Sleep(time.Second) // the last steps come after the final record
		used, took := cpu(b, pid)-before, time.Since(begin)
		lines := s.commands(b, id)

		before = cpu(b, pid)
		time.Sleep(10 * time.Second)
		idle := (cpu(b, pid) - before).Seconds() / 10
		s.stop()
		ours := used.Seconds() - idle*took.Seconds()

		plain := run(b, b.TempDir(), plainCommand(b, lines, input))
		note(b, "CPU over plain ffmpeg", "×", ours/plain.cpu.Seconds(), target)
		note(b, "wall over plain ffmpeg", "×", wall.Seconds()/plain.wall.Seconds(), 0)
		note(b, "CPU", "s", ours, 0)
		note(b, "plain ffmpeg's CPU", "s", plain.cpu.Seconds(), 0)
		note(b, "wall", "s", wall.Seconds(), 0)
	}
}
