package ffmpeg_test

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/everframe/everframe/internal/ffmpeg"
	"github.com/everframe/everframe/internal/media"
	"github.com/everframe/everframe/internal/packaging/fmp4"
	"github.com/everframe/everframe/internal/plan"
	"github.com/everframe/everframe/internal/testmedia"
	"github.com/everframe/everframe/job"
	"github.com/everframe/everframe/presets"
)

// slots keeps at most two real programs running at a time, however many tests
// are parallel.
var slots = make(chan struct{}, 2)

// result is what became of one run of a program.
type result struct {
	out, log string
	err      error
	rss      int64         // most memory it held, in bytes
	cpu      time.Duration // user and system
}

// try runs a program to its end, whatever that is.
func try(t testing.TB, program string, args []string) result {
	t.Helper()
	testmedia.Need(t)
	slots <- struct{}{}
	defer func() { <-slots }()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	r := result{out: stdout.String(), log: stderr.String(), err: err}
	if state := cmd.ProcessState; state != nil {
		r.cpu = state.UserTime() + state.SystemTime()
		if usage, ok := state.SysUsage().(*syscall.Rusage); ok {
			r.rss = usage.Maxrss * 1024 // Linux counts kilobytes
		}
	}
	return r
}

// run is try for what must succeed.
func run(t testing.TB, program string, args []string) result {
	t.Helper()
	r := try(t, program, args)
	if r.err != nil {
		t.Fatalf("%s %s: %v\n%.4000s", program, strings.Join(args, " "), r.err, r.log)
	}
	return r
}

// probe reads a file as the service does.
func probe(t testing.TB, file string) media.Source {
	t.Helper()
	src, err := ffmpeg.ParseProbe([]byte(run(t, "ffprobe", ffmpeg.Probe(file)).out))
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	return src
}

// index adds the seek points to a probed file.
func index(t testing.TB, file string, src *media.Source) ffmpeg.Index {
	t.Helper()
	x := ffmpeg.Index{Start: src.Start}
	for line := range strings.Lines(run(t, "ffprobe", ffmpeg.Packets(file, src.Video.Index)).out) {
		x.Line(line)
	}
	src.Keys = x.Keys()
	return x
}

// planned returns the only group of a job that makes one output of each preset.
func planned(t testing.TB, src media.Source, o plan.Options, wanted ...presets.Preset) plan.Group {
	t.Helper()
	req := job.Request{Inputs: []job.Input{{Key: "in"}}}
	named := map[job.ID]presets.Preset{}
	for i, p := range wanted {
		id := job.ID(string(rune('a' + i)))
		named[id] = p
		thumbnails := ""
		if p.Thumbnails != nil {
			thumbnails = "{count}"
		}
		req.Outputs = append(req.Outputs, job.Output{Key: string(id), PresetID: id, ThumbnailPattern: &thumbnails})
	}
	p, err := plan.New(req, func(id job.ID) (presets.Preset, bool) { v, ok := named[id]; return v, ok }, []media.Source{src}, o)
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Refused) > 0 || len(p.Groups) != 1 {
		t.Fatalf("refused %+v, %d groups", p.Refused, len(p.Groups))
	}
	g := p.Groups[0]
	for i := range g.Renditions {
		g.Renditions[i].Effort = "veryfast" // time is all that it saves here
	}
	return g
}

// step returns the encoding of one chunk of a group.
func step(g plan.Group, c plan.Chunk) ffmpeg.EncodeStep {
	return ffmpeg.EncodeStep{Input: g.Input, Timeline: g.Timeline, Chunk: c, Renditions: g.Renditions}
}

// encode runs one step and returns its files, one for each rendition, and the
// hashes at its borders.
func encode(t testing.TB, source string, s ffmpeg.EncodeStep) (files []string, borders ffmpeg.BorderHashes) {
	t.Helper()
	dir := t.TempDir()
	f := ffmpeg.EncodeFiles{Source: source, Hashes: filepath.Join(dir, "hashes")}
	for _, r := range s.Renditions {
		f.Out = append(f.Out, filepath.Join(dir, r.ID+".mp4"))
	}
	run(t, "ffmpeg", ffmpeg.Encode(s, f))
	if s.Hashed() {
		text, err := os.ReadFile(f.Hashes)
		if err != nil {
			t.Fatal(err)
		}
		borders = ffmpeg.ParseHashes(s, string(text))
	}
	return f.Out, borders
}

// join puts chunks together into a new file, and counts the frames of each.
func join(t testing.TB, chunks []string) (name string, frames []int64) {
	t.Helper()
	name = filepath.Join(t.TempDir(), "joined.mp4")
	out, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	joiner := fmp4.NewJoiner(out)
	for _, c := range chunks {
		f, err := os.Open(c)
		if err != nil {
			t.Fatal(err)
		}
		report, err := joiner.Add(f)
		if err != nil {
			t.Fatal(err)
		}
		frames = append(frames, report.Samples)
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := joiner.Report(); err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	return name, frames
}

// picture returns a small H.264 preset: tiny frames, a key frame every 24.
func picture(profile, rate string, fixed bool) presets.Preset {
	v := presets.Video{
		Codec:              "H.264",
		CodecOptions:       map[string]string{"Profile": profile, "Level": "3", "MaxReferenceFrames": "3"},
		KeyframesMaxDist:   "24",
		FixedGOP:           "false",
		BitRate:            "auto",
		FrameRate:          rate,
		MaxFrameRate:       "60",
		MaxWidth:           "128",
		MaxHeight:          "96",
		SizingPolicy:       "ShrinkToFit",
		PaddingPolicy:      "NoPad",
		DisplayAspectRatio: "auto",
	}
	if fixed {
		v.FixedGOP, v.BitRate = "true", "120"
		v.CodecOptions["MaxBitRate"], v.CodecOptions["BufferSize"] = "180", "360"
	}
	return presets.Preset{Container: "mp4", Video: &v}
}

// sound returns an AAC preset.
func sound(channels string) *presets.Audio {
	return &presets.Audio{Codec: "AAC", SampleRate: "48000", BitRate: "128", Channels: channels}
}
