package e2e_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/everframe/everframe/internal/packaging/hls/hlstest"
	"github.com/everframe/everframe/internal/testmedia"
	"github.com/everframe/everframe/job"
	"github.com/everframe/everframe/workflows"
)

// TestDemo is the job a newcomer runs: a ladder of HLS with its sound alone, a
// file, and stills, of a source that is cut into chunks.
func TestDemo(t *testing.T) {
	t.Parallel()
	p := chunked.use(t).pipeline("demo")
	const seconds, rate = 8, 25
	clip := testmedia.Clip(t, testmedia.Spec{Size: "640x360", Seconds: seconds, Audio: true})
	p.upload("films/in put.mp4", clip)

	pattern := "stills/{count}-{resolution}"
	file := mp4("film.mp4", mp4480p)
	file.ThumbnailPattern = &pattern
	req := p.order("films/in put.mp4", "made/", file,
		hls("2M/v", hls2M, "4"), hls("1M/v", hls1M, "4"), hls("400k/v", hls400k, "4"), hls("sound/a", hlsSound, "4"))
	req.Playlists = []job.Playlist{{Name: "index", Format: job.HLSv3, OutputKeys: []string{"2M/v", "1M/v", "400k/v", "sound/a"}}}
	req.UserMetadata = map[string]string{"Film": "test picture"}
	j := p.complete(p.submit(req).ID)
	plan := planOf(t, p.temporal, string(j.ID))

	if len(plan.Groups[0].Chunks) < 2 {
		t.Errorf("the source was not cut: %+v", plan.Groups[0].Chunks)
	}
	streams := hlstest.Check(t, p.path(p.out, "made"), "index.m3u8")
	if len(streams) != 4 {
		t.Fatalf("%d streams, want 4", len(streams))
	}
	for i, s := range streams {
		if want := i < 3; s.Video != want || !s.Audio {
			t.Errorf("%s: video %t, sound %t", s.Path, s.Video, s.Audio)
		}
		if want := frames(t, plan, j.Outputs[i+1].ID); s.Video && (s.Frames != want || want != seconds*rate) {
			t.Errorf("%s: %d frames, planned were %d of %d", s.Path, s.Frames, want, seconds*rate)
		}
	}
	const filmFrames = seconds * 30 // of 29.97 a second, the last one shorter
	film := p.path(p.out, "made/film.mp4")
	if got, want := len(testmedia.Packets(t, film, "v:0")), frames(t, plan, "1"); got != filmFrames || want != filmFrames {
		t.Errorf("the file has %d frames, planned were %d of %d", got, want, filmFrames)
	}
	stills := p.objects(p.out, "made/stills/")
	if len(stills) == 0 {
		t.Error("no thumbnails")
	}
	for _, key := range stills {
		if s := testmedia.Streams(t, p.path(p.out, key)); len(s) != 1 || !strings.Contains(key, size(s[0])) {
			t.Errorf("%s: %+v", key, s)
		}
	}
	checkRecord(t, p, j)
	checkServed(t, p)
	checkPlays(t, p.fileURL(p.out, "made/index.m3u8"), seconds*rate)
	checkQueries(t, p, j)
	p.settled(j.ID)
}

// checkRecord checks the members of the job that are filled while it runs.
func checkRecord(t *testing.T, p pipeline, j job.Job) {
	t.Helper()
	if m := j.Timing; !(0 < m.SubmitTimeMillis && m.SubmitTimeMillis <= m.StartTimeMillis && m.StartTimeMillis < m.FinishTimeMillis) {
		t.Errorf("timing %+v", m)
	}
	want := &job.DetectedProperties{Width: 640, Height: 360, FrameRate: "25", DurationMillis: 8000}
	if d := j.Inputs[0].DetectedProperties; d == nil || d.FileSize == 0 {
		t.Errorf("detected %+v", d)
	} else if want.FileSize = d.FileSize; !cmp.Equal(want, d) {
		t.Errorf("detected (-want +got):\n%s", cmp.Diff(want, d))
	}
	for _, o := range j.Outputs {
		if o.DurationMillis < 8000 || o.DurationMillis > 8100 || o.Duration != (o.DurationMillis+999)/1000 {
			t.Errorf("output %s: duration %d s, %d ms", o.Key, o.Duration, o.DurationMillis)
		}
		var sum int64
		for _, key := range p.objects(p.out, "made/"+o.Key) {
			if strings.HasSuffix(key, ".m3u8") {
				continue
			}
			info, err := os.Stat(p.path(p.out, key))
			if err != nil {
				t.Fatal(err)
			}
			sum += info.Size()
		}
		if o.FileSize != sum {
			t.Errorf("output %s: FileSize %d, the media have %d", o.Key, o.FileSize, sum)
		}
		picture := struct {
			w, h int64
			rate string
		}{o.Width, o.Height, o.FrameRate}
		if o.Key == "sound/a" {
			if picture.w != 0 || picture.h != 0 || picture.rate != "" {
				t.Errorf("output %s: %+v of sound", o.Key, picture)
			}
			continue
		}
		rate := "25"
		if o.Key == "film.mp4" {
			rate = "29.97"
		}
		if o.FrameRate != rate || o.Width == 0 || abs(o.Width*9-o.Height*16) > 32 {
			t.Errorf("output %s: %+v", o.Key, picture)
		}
	}
	for _, l := range j.Playlists {
		if l.Status != job.Complete || l.StatusDetail != "" {
			t.Errorf("playlist %s: %s %s", l.Name, l.Status, l.StatusDetail)
		}
	}
	var raw struct {
		Job struct {
			Input, Output   json.RawMessage
			Inputs, Outputs []json.RawMessage
			UserMetadata    map[string]string
			Arn             string
		}
	}
	p.get("/jobs/"+string(j.ID), &raw)
	if !bytes.Equal(raw.Job.Input, raw.Job.Inputs[0]) || !bytes.Equal(raw.Job.Output, raw.Job.Outputs[0]) {
		t.Error("Input and Output are not the first of Inputs and Outputs")
	}
	if raw.Job.UserMetadata["Film"] != "test picture" || !strings.HasSuffix(raw.Job.Arn, ":job/"+string(j.ID)) {
		t.Errorf("metadata %v, ARN %s", raw.Job.UserMetadata, raw.Job.Arn)
	}
}

// checkServed compares every made file with what the server shows of it.
func checkServed(t *testing.T, p pipeline) {
	t.Helper()
	for _, key := range p.objects(p.out, "") {
		a := p.request("GET", p.fileURL(p.out, key), nil)
		if a.status != http.StatusOK || !bytes.Equal(a.body, readFile(t, p.path(p.out, key))) {
			t.Errorf("%s: status %d, %d bytes that are not the file's", key, a.status, len(a.body))
		}
	}
}

// checkPlays reads a stream from its first to its last frame the way a player
// does, over HTTP.
func checkPlays(t *testing.T, master string, want int) {
	t.Helper()
	if got := len(testmedia.FrameHashes(t, master, "v:0")); got != want {
		t.Errorf("%s: ffmpeg saw %d frames, want %d", master, got, want)
	}
	testmedia.FFmpeg(t, "-xerror", "-i", master, "-map", "0:a", "-f", "null", "-")
}

// checkQueries asks the finished workflow.
func checkQueries(t *testing.T, p pipeline, j job.Job) {
	t.Helper()
	var status job.Job
	query(t, p.temporal, string(j.ID), workflows.StatusQuery, &status)
	if diff := cmp.Diff(j, status); diff != "" {
		t.Errorf("the status query is not the record (-record +query):\n%s", diff)
	}
	var commands []string
	query(t, p.temporal, string(j.ID), workflows.CommandsQuery, &commands)
	text := strings.Join(commands, "\n")
	for _, part := range []string{"ffprobe ", "ffmpeg ", "libx264", "aac"} {
		if !strings.Contains(text, part) {
			t.Errorf("no %q in the commands:\n%s", part, text)
		}
	}
}

func abs(n int64) int64 { return max(n, -n) }

func size(s testmedia.Stream) string {
	return strings.Join([]string{decimal(s.Width), decimal(s.Height)}, "x")
}
