package ffmpeg_test

import (
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/everframe/everframe/internal/media"
	"github.com/everframe/everframe/internal/testmedia"
)

// flash makes the clip that shows whether picture and sound are together: a
// white frame and a click at every whole second, black and silence between.
// Video and sound each begin late seconds after the file.
func flash(t *testing.T, container string, lateVideo, lateAudio float64, args ...string) string {
	t.Helper()
	slots <- struct{}{}
	defer func() { <-slots }()
	out := filepath.Join(t.TempDir(), "flash."+container)
	codec := []string{"-c:a", "aac", "-b:a", "128k"}
	if container == "mpg" {
		codec = []string{"-c:a", "mp2"}
	}
	cut := func(late float64) []string {
		// What is cut off at the start is late afterwards.
		return []string{"-ss", strconv.FormatFloat(late, 'f', 3, 64)}
	}
	in := slices.Concat(
		[]string{"-copyts"}, cut(lateVideo), []string{"-f", "lavfi", "-i", "color=black:size=64x36:rate=25:duration=5"},
		cut(lateAudio), []string{"-f", "lavfi", "-i", "aevalsrc='0.8*sin(2*PI*1000*t)*lt(mod(t,1),0.03)':s=48000:d=5"},
		[]string{"-vf", "drawbox=c=white:t=fill:enable='lt(mod(t,1),0.039)',format=yuv420p", "-c:v", "libx264", "-preset", "ultrafast", "-bf", "2", "-g", "25"},
		codec, args, []string{"file:" + out})
	testmedia.FFmpeg(t, in...)
	return out
}

// marks returns when the flashes and the clicks of a file happen, in seconds on
// its own clock.
func marks(t *testing.T, file string) (flashes, clicks []float64) {
	t.Helper()
	const bright, loud = "lavfi.signalstats.YAVG", "lavfi.astats.Overall.Peak_level"
	pictures, sounds := filepath.Join(t.TempDir(), "pictures"), filepath.Join(t.TempDir(), "sounds")
	run(t, "ffmpeg", []string{
		"-hide_banner", "-nostdin", "-v", "error", "-copyts", "-i", "file:" + file,
		"-map", "0:v", "-vf", "signalstats,metadata=mode=print:key=" + bright + ":file=" + pictures, "-f", "null", "-",
		// Windows of 1 ms: the first loud one is the click.
		"-map", "0:a", "-af", "aformat=channel_layouts=mono,asetnsamples=48,astats=metadata=1:reset=1,ametadata=mode=print:key=" + loud + ":file=" + sounds, "-f", "null", "-",
	})
	was := false
	for _, f := range frames(t, pictures, bright) {
		if f.value > 120 && !was {
			flashes = append(flashes, f.time)
		}
		was = f.value > 120
	}
	last := math.Inf(-1)
	for _, f := range frames(t, sounds, loud) {
		if f.value > -20 {
			if f.time-last > 0.3 {
				clicks = append(clicks, f.time)
			}
			last = f.time
		}
	}
	return flashes, clicks
}

type measured struct{ time, value float64 }

// frames reads what ffmpeg's metadata filters print: a line with pts_time, then
// a line with the value.
func frames(t *testing.T, file, key string) (all []measured) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var now float64
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		if _, s, ok := strings.Cut(line, "pts_time:"); ok {
			v, err := strconv.ParseFloat(strings.TrimSpace(s), 64)
			if err != nil {
				t.Fatalf("%q: %v", line, err)
			}
			now = v
		}
		if s, ok := strings.CutPrefix(line, key+"="); ok {
			v, err := strconv.ParseFloat(s, 64) // "-inf" is silence
			if err != nil {
				t.Fatalf("%q: %v", line, err)
			}
			all = append(all, measured{now, v})
		}
	}
	return all
}

// TestInStep measures how far flashes and clicks are apart in every kind of
// output, of sources that do their best to part them.
func TestInStep(t *testing.T) {
	sources := []struct {
		name      string
		container string
		video     float64 // how late each begins, in seconds
		audio     float64
		args      []string
	}{
		{name: "mp4", container: "mp4"},
		{name: "mp4 late sound", container: "mp4", audio: 1.5},
		{name: "mp4 late picture", container: "mp4", video: 0.6},
		{name: "mkv late sound", container: "mkv", audio: 0.7},
		{name: "ts", container: "ts"},
		{name: "ts late sound", container: "ts", audio: 1.5},
		{name: "ts late picture", container: "ts", video: 1.6},
		{name: "ts start 3600 s and late picture", container: "ts", video: 0.6, args: []string{"-output_ts_offset", "3600"}},
		{name: "mpg late sound", container: "mpg", audio: 0.7},
		{name: "flv", container: "flv"},
		{name: "mp4 gap in the sound", container: "mp4", args: []string{"-af", "aselect='not(between(t,1.5,3.5))'"}},
	}
	for _, s := range sources {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			p := picture("main", "auto", true)
			p.Audio = sound("2")
			source := flash(t, s.container, s.video, s.audio, s.args...)
			src := probe(t, source)
			late := src.Video.Start.Minus(src.Audio[0].Start).Millis()
			if want := int64(1000 * (s.video - s.audio)); late < want-80 || late > want+80 {
				t.Fatalf("the picture begins %d ms after the sound, want %d", late, want)
			}
			m := encoded(t, source, p)
			for _, c := range []media.Container{media.MP4Container, media.TSContainer} {
				file := muxed(t, m, c)
				inStep(t, file, file)
			}
			segments, _ := segmented(t, m, media.Seconds(2, 1))
			// A player reads them one after another.
			file := filepath.Join(t.TempDir(), "all.ts")
			var all []byte
			for _, name := range segments {
				b, err := os.ReadFile(name)
				if err != nil {
					t.Fatal(err)
				}
				all = append(all, b...)
			}
			if err := os.WriteFile(file, all, 0o600); err != nil {
				t.Fatal(err)
			}
			inStep(t, file, "segments")
		})
	}
}

// inStep wants every click within 20 ms of a flash, and several of both.
func inStep(t *testing.T, file, name string) {
	t.Helper()
	name = filepath.Base(name)
	flashes, clicks := marks(t, file)
	if len(flashes) < 3 || len(clicks) < 3 {
		t.Fatalf("%s: flashes at %.3f, clicks at %.3f", name, flashes, clicks)
	}
	for _, c := range clicks {
		nearest := slices.MinFunc(flashes, func(a, b float64) int {
			return int(math.Copysign(1, math.Abs(a-c)-math.Abs(b-c)))
		})
		if c < flashes[0]-0.5 { // before the picture began there is nothing to be in step with
			continue
		}
		if math.Abs(c-nearest) > 0.020 {
			t.Errorf("%s: click at %.3f s, flash at %.3f s: %+.0f ms", name, c, nearest, 1000*(c-nearest))
		}
	}
}
