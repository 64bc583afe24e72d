package e2e_test

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/everframe/everframe/internal/packaging/hls/hlstest"
	"github.com/everframe/everframe/internal/testmedia"
	"github.com/everframe/everframe/job"
)

// finishedChunks returns the chunks that are stored: those with a note.
func (s *stack) finishedChunks() map[string]os.FileInfo {
	s.Helper()
	done := map[string]os.FileInfo{}
	for _, key := range s.objects(".work", "chunks/") {
		piece, ok := strings.CutSuffix(key, ".json")
		if !ok {
			continue
		}
		info, err := os.Stat(s.path(".work", piece+".mp4"))
		if err != nil {
			s.Errorf("a note without its piece: %v", err)
			continue
		}
		done[piece] = info
	}
	return done
}

// TestKillWhileEncoding kills a server between two of a job's chunks and starts
// it again: the job goes on where it was.
func TestKillWhileEncoding(t *testing.T) {
	t.Parallel()
	s := start(t, chunked.flags...)
	p := s.pipeline("kill")
	const seconds = 24
	p.upload("in.mp4", testmedia.Clip(t, testmedia.Spec{Size: "480x270", Rate: "24", Seconds: seconds, Audio: true}))
	order := func(prefix string) job.Request {
		req := p.order("in.mp4", prefix, hls("1M/v", hls1M, "4"), hls("400k/v", hls400k, "4"), mp4("film.mp4", mp4Small))
		req.Playlists = []job.Playlist{{Name: "index", Format: job.HLSv3, OutputKeys: []string{"1M/v", "400k/v"}}}
		return req
	}
	watch := p.watch()
	j := p.submit(order("killed/"))
	soon(t, jobTime, "the first chunks", func() bool { return len(p.finishedChunks()) >= 3 })
	s.kill()
	before := p.finishedChunks()
	if objects := p.objects(p.out, ""); len(objects) > 0 {
		t.Fatalf("killed too late: %v", objects)
	}
	restarted := time.Now()
	s.restart()
	j = p.complete(j.ID)
	t.Logf("complete %s after the restart", time.Since(restarted).Round(100*time.Millisecond))

	after := p.finishedChunks()
	for piece, info := range before {
		if now, ok := after[piece]; !ok || !os.SameFile(info, now) || !info.ModTime().Equal(now.ModTime()) {
			t.Errorf("%s was made again", piece)
		}
	}
	all, reused := pieces(t, s.temporal, string(j.ID))
	t.Logf("%d chunk encodes were finished at the kill, %d in the end; the steps report %d, %d found ready", len(before), len(after), all, reused)
	if len(before) >= len(after) {
		t.Errorf("%d of %d chunks were finished at the kill: it came too late", len(before), len(after))
	}
	if all != len(after) {
		t.Errorf("the steps report %d pieces, %d are there", all, len(after))
	}
	for _, flaw := range watch.end() {
		t.Error(flaw)
	}
	hlstest.Check(t, p.path(p.out, "killed"), "index.m3u8")

	// An undisturbed run, which finds nothing of the first.
	if err := os.RemoveAll(p.path(".work", "chunks")); err != nil {
		t.Fatal(err)
	}
	calm := p.complete(p.submit(order("calm/")).ID)
	if all, reused := pieces(t, s.temporal, string(calm.ID)); reused != 0 || all != len(after) {
		t.Errorf("the undisturbed run encoded %d pieces and found %d, want %d and 0", all, reused, len(after))
	}
	sameFiles(t, p.path(p.out, "killed"), p.path(p.out, "calm"))
	if want := frames(t, planOf(t, s.temporal, string(j.ID)), "1"); want != seconds*24 {
		t.Errorf("%d frames were planned, want %d", want, seconds*24)
	}
}

// sameFiles checks that two directories have the same files, byte by byte, and
// says of media that differ whether their packets do.
func sameFiles(t *testing.T, got, want string) {
	t.Helper()
	names, err := walk(want)
	if err != nil {
		t.Fatal(err)
	}
	others, err := walk(got)
	if err != nil {
		t.Fatal(err)
	}
	if a, b := strings.Join(others, "\n"), strings.Join(names, "\n"); a != b {
		t.Fatalf("files:\n%s\nwant:\n%s", a, b)
	}
	for _, name := range names {
		a, b := filepath.Join(got, name), filepath.Join(want, name)
		if bytes.Equal(readFile(t, a), readFile(t, b)) {
			continue
		}
		t.Errorf("%s differs", name)
		if ext := filepath.Ext(name); ext == ".mp4" || ext == ".ts" {
			for _, stream := range []string{"v:0", "a:0"} {
				x, y := testmedia.Packets(t, a, stream), testmedia.Packets(t, b, stream)
				if len(x) != len(y) {
					t.Errorf("%s %s: %d packets, want %d", name, stream, len(x), len(y))
					continue
				}
				for i := range x {
					if x[i] != y[i] {
						t.Errorf("%s %s packet %d: %+v, want %+v", name, stream, i, x[i], y[i])
						break
					}
				}
			}
		}
	}
}

// turn is a moment in the life of a short job.
type turn struct {
	name string
	come func(p pipeline, prefix string, id job.ID) bool
}

// turns are the moments at which a job is likely to be hurt, in two halves that
// are tried side by side: most of their time is waiting for heartbeats of the
// killed to be missed.
var turns = [2][]turn{
	{
		{"submitted", func(pipeline, string, job.ID) bool { return true }},
		{"first playlist", func(p pipeline, prefix string, _ job.ID) bool { return has(p.objects(p.out, prefix), "v.m3u8") }},
	},
	{
		{"assembling", func(p pipeline, _ string, id job.ID) bool { return len(p.objects(".work", "jobs/"+string(id)+"/")) > 4 }},
		{"publishing", func(p pipeline, prefix string, _ job.ID) bool { return len(p.objects(p.out, prefix)) > 0 }},
		{"master playlist", func(p pipeline, prefix string, _ job.ID) bool { return has(p.objects(p.out, prefix), "index.m3u8") }},
	},
}

// TestKillAtEveryTurn kills a server at each turn of a short job, from its
// submission to the appearance of its last file. The job always completes, and
// the output bucket never shows half of it.
func TestKillAtEveryTurn(t *testing.T) {
	t.Parallel()
	for i, half := range turns {
		t.Run(decimal(i+1), func(t *testing.T) {
			t.Parallel()
			s := start(t, chunked.flags...)
			p := s.pipeline("turns")
			watch := p.watch()
			for _, turn := range half {
				p.killAt(turn)
			}
			for _, flaw := range watch.end() {
				t.Error(flaw)
			}
			if watch.looks < 100 {
				t.Errorf("the watcher looked %d times only", watch.looks)
			}
		})
	}
}

func (p pipeline) killAt(turn turn) {
	p.Helper()
	key := strings.ReplaceAll(turn.name, " ", "-")
	// Sources that differ: else the later jobs would find the chunks of the first.
	p.upload(key+".mp4", testmedia.Clip(p, testmedia.Spec{Rate: "24", Seconds: 8, Audio: true, Args: []string{"-metadata", "title=" + turn.name}}))
	file := mp4("film.mp4", mp4Small)
	stills := "still-{count}"
	file.ThumbnailPattern = &stills
	req := p.order(key+".mp4", key+"/", hls("v", hls400k, "1"), hls("a", hlsSound, "1"), file)
	req.Playlists = []job.Playlist{{Name: "index", Format: job.HLSv3, OutputKeys: []string{"v", "a"}}}
	j := p.submit(req)
	soon(p, jobTime, turn.name, func() bool { return turn.come(p, key+"/", j.ID) })
	p.kill()
	visible := len(p.objects(p.out, key+"/"))
	killed := time.Now()
	p.restart()
	p.complete(j.ID)
	p.Logf("killed when %s, with %d files visible: complete %s later", turn.name, visible, time.Since(killed).Round(100*time.Millisecond))
	hlstest.Check(p, p.path(p.out, key), "index.m3u8")
	if n := len(testmedia.Packets(p, p.path(p.out, key+"/film.mp4"), "v:0")); n != 8*15 {
		p.Errorf("%s: the file has %d frames, want %d", turn.name, n, 8*15)
	}
	if !has(p.objects(p.out, key+"/"), "still-00001.png") {
		p.Errorf("%s: no thumbnail", turn.name)
	}
	p.settled(j.ID)
}

// settled waits until nothing of a job that has ended is left but its outputs:
// no pieces of its own, no file in progress.
func (s *stack) settled(id job.ID) {
	s.Helper()
	eventually(s, time.Minute, "removal of what only job "+string(id)+" needed", func() bool {
		return len(s.objects(".work", "jobs/"+string(id)+"/")) == 0
	})
}

// scratch lists the files that steps under way have made.
func (s *stack) scratch() []string {
	s.Helper()
	files, err := walk(filepath.Join(s.dir, "data", "scratch"))
	if err != nil {
		s.Fatal(err)
	}
	return slices.DeleteFunc(files, func(name string) bool { return filepath.Base(name) == ".lock" })
}

func has(keys []string, name string) bool {
	for _, k := range keys {
		if filepath.Base(k) == name {
			return true
		}
	}
	return false
}
