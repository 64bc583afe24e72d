package ffmpeg_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/everframe/everframe/internal/ffmpeg"
	"github.com/everframe/everframe/internal/media"
	"github.com/everframe/everframe/internal/plan"
	"github.com/everframe/everframe/internal/testmedia"
	"github.com/everframe/everframe/job"
	"github.com/everframe/everframe/presets"
)

// BenchmarkOneOutput compares the CPU time of our commands for one MP4 output
// of a minute of 1280x720 (probe, encode, sound, mux) with that of the single
// command anybody would write. $EVERFRAME_CLIP names another source.
//
//	go test -run xxx -bench OneOutput -benchtime 3x ./internal/ffmpeg
func BenchmarkOneOutput(b *testing.B) {
	source := os.Getenv("EVERFRAME_CLIP")
	if source == "" {
		source = testmedia.Clip(b, testmedia.Spec{Size: "1280x720", Seconds: 60, Audio: true, Rate: "30000/1001"})
	}
	preset, ok := presets.Lookup("1351620000001-000010") // Generic 720p
	if !ok {
		b.Fatal("no preset")
	}
	var ours, plain time.Duration
	dir := b.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	for b.Loop() {
		looked := run(b, "ffprobe", ffmpeg.Probe(source))
		start := looked.cpu
		src, err := ffmpeg.ParseProbe([]byte(looked.out))
		if err != nil {
			b.Fatal(err)
		}
		p, err := plan.New(job.Request{Inputs: []job.Input{{Key: "in"}}, Outputs: []job.Output{{Key: "out", PresetID: preset.ID}}}, presets.Lookup, []media.Source{src}, plan.Options{})
		if err != nil || len(p.Groups) != 1 {
			b.Fatal(p.Refused, err)
		}
		g := p.Groups[0]
		s := step(g, plan.Chunk{})
		encode := run(b, "ffmpeg", ffmpeg.Encode(s, ffmpeg.EncodeFiles{Source: source, Out: []string{path("v1.mp4")}})).cpu
		track := run(b, "ffmpeg", ffmpeg.EncodeTrack(g.Input, g.Tracks[0], source, path("a1.mp4"))).cpu
		mux := run(b, "ffmpeg", ffmpeg.Mux(media.MP4Container, ffmpeg.MuxFiles{Video: path("v1.mp4"), Audio: path("a1.mp4")}, path("out.mp4"))).cpu
		alone := run(b, "ffmpeg", single(s, g.Tracks[0], source, path("plain.mp4"))).cpu
		b.Logf("probe %v, encode %v, sound %v, mux %v; the single command %v: ratio %.3f", start, encode, track, mux, alone,
			(start+encode+track+mux).Seconds()/alone.Seconds())
		ours, plain = ours+start+encode+track+mux, plain+alone
	}
	b.ReportMetric(ours.Seconds()/float64(b.N), "ours-cpu-s/op")
	b.ReportMetric(plain.Seconds()/float64(b.N), "plain-cpu-s/op")
	b.ReportMetric(ours.Seconds()/plain.Seconds(), "ratio")
}

// single is the command without any of ours around it: the same encoders with
// the same settings.
func single(s ffmpeg.EncodeStep, t plan.Track, source, out string) []string {
	args := []string{"-hide_banner", "-nostdin", "-v", "error", "-y", "-i", "file:" + source}
	full := ffmpeg.Encode(s, ffmpeg.EncodeFiles{Source: source, Out: []string{out}})
	for i, arg := range full {
		if arg == "-c:v" {
			args = append(args, full[i:len(full)-5]...) // up to the format
		}
	}
	args = append(args, "-s", s.Renditions[0].Picture.Frame.String())
	sound := ffmpeg.EncodeTrack(s.Input, t, source, out)
	for i, arg := range sound {
		if arg == "-c:a" {
			args = append(args, sound[i:len(sound)-3]...)
		}
	}
	return append(args, "-movflags", "+faststart", "file:"+out)
}
