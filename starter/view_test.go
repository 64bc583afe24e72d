package main

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/everframe/everframe/job"
)

var noon = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)

func TestMeter(t *testing.T) {
	type seen struct {
		second float64
		done   int64
	}
	tests := []struct {
		name string
		seen []seen
		rate float64
		left time.Duration // of 1000 frames; -1 is unknown
	}{
		{"nothing", nil, 0, -1},
		{"once", []seen{{0, 10}}, 0, -1},
		{"steady", []seen{{0, 0}, {1, 100}, {2, 200}}, 100, 8 * time.Second},
		{"standing still", []seen{{0, 50}, {5, 50}}, 0, -1},
		{"only what is recent", []seen{{0, 0}, {10, 10}, {20, 20}, {30, 520}, {40, 1000}}, 49, 0},
		{"work lost", []seen{{0, 0}, {10, 900}, {11, 100}, {12, 150}}, 50, 17 * time.Second},
		{"no time between", []seen{{0, 0}, {0, 100}}, 0, -1},
		{"done", []seen{{0, 0}, {10, 1000}}, 100, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var m meter
			for _, s := range tt.seen {
				m.add(noon.Add(time.Duration(s.second*float64(time.Second))), s.done)
			}
			if got := m.rate(); got != tt.rate {
				t.Errorf("got %v frames/s, want %v", got, tt.rate)
			}
			left, ok := m.left(1000)
			if !ok {
				left = -1
			}
			if left != tt.left {
				t.Errorf("got %v left, want %v", left, tt.left)
			}
		})
	}
	var m meter
	for i := range 100_000 {
		m.add(noon.Add(time.Duration(i)*time.Second), int64(i))
	}
	if len(m.seen) > 20 {
		t.Errorf("the meter keeps %d samples", len(m.seen))
	}
}

// story is a job's record as it changes, second by second.
func story() []job.Job {
	at := func(s job.Status, outputs ...job.OutputRecord) job.Job {
		for i := range outputs {
			outputs[i].ID = []string{"1", "2"}[i]
			outputs[i].Key = []string{"a.mp4", "b.mp4"}[i]
		}
		return job.Job{ID: "1700000000000-abcdef", Status: s, Outputs: outputs}
	}
	running := func(done int64) job.OutputRecord {
		return job.OutputRecord{Status: job.Progressing, Progress: &job.Progress{FramesDone: done, FramesTotal: 200, Stage: "encode"}}
	}
	unknown := job.OutputRecord{Status: job.Progressing}
	return []job.Job{
		at(job.Submitted, job.OutputRecord{Status: job.Submitted}, job.OutputRecord{Status: job.Submitted}),
		at(job.Progressing, running(0), unknown),
		at(job.Progressing, running(10), unknown), // 5 percent: no line
		at(job.Progressing, running(50), unknown),
		at(job.Progressing, running(100), unknown),
		at(job.Progressing, job.OutputRecord{Status: job.Complete}, unknown),
		at(job.Error, job.OutputRecord{Status: job.Complete}, job.OutputRecord{
			Status:       job.Error,
			StatusDetail: "4008 0c9f3e0a-1111-4222-8333-444455556666: The preset \x1b[31mdoes not match.",
		}),
	}
}

func TestPlainView(t *testing.T) {
	show := func(v *plainView, input string) {
		for i, j := range story() {
			w := []*watched{{input: input, job: j}}
			v.update(noon.Add(time.Duration(i)*time.Second), w)
			v.update(noon.Add(time.Duration(i)*time.Second), w) // nothing new
		}
		v.note("a note")
		v.close()
	}
	var out bytes.Buffer
	show(&plainView{out: newPrinter(&out)}, "")
	want := `1700000000000-abcdef: Submitted
1700000000000-abcdef: Progressing
a.mp4: Progressing 0% (0/200 frames, encode)
b.mp4: Progressing
a.mp4: Progressing 25% (50/200 frames, 25 fps, 0:06 left, encode)
a.mp4: Progressing 50% (100/200 frames, 33 fps, 0:03 left, encode)
a.mp4: Complete
b.mp4: Error (error 4008: The preset ` + "\uFFFD" + `[31mdoes not match.)
1700000000000-abcdef: Error
a note
`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("lines (-want +got):\n%s", diff)
	}
	out.Reset()
	show(&plainView{out: newPrinter(&out), named: true}, "/films/x.mov")
	wantText(t, out.String(), "x.mov: Submitted\n", "x.mov a.mp4: Progressing 50% (", "x.mov a.mp4: Complete\n")
}

func TestLineViewPrintsEachChangeOnce(t *testing.T) {
	var got []job.Status
	v := &lineView{print: func(j job.Job) error { got = append(got, j.Status); return nil }}
	for _, j := range story() {
		v.update(noon, []*watched{{job: j}})
		v.update(noon, []*watched{{job: j}})
	}
	want := []job.Status{job.Submitted, job.Progressing, job.Progressing, job.Progressing, job.Progressing, job.Error}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("lines (-want +got):\n%s", diff)
	}
}

func TestBarView(t *testing.T) {
	var out bytes.Buffer
	v := newBarView(printer{w: &out, terminal: true}, true)
	stories := story()
	for i, j := range stories {
		v.update(noon.Add(time.Duration(i)*time.Second), []*watched{{input: "x.mov", job: j}})
		if i == 3 {
			v.note("a note")
		}
	}
	v.close() // must return, and draw the last state
	wantText(t, out.String(), "x.mov a.mp4", "x.mov b.mp4", "Complete", "error 4008: The preset \uFFFD[31mdoes not match.", "a note")
	if v.note("late"); !strings.Contains(out.String(), "late") {
		t.Error("a note after the end is lost")
	}
}

func TestBarViewLeftInTheMiddle(t *testing.T) {
	var out bytes.Buffer
	v := newBarView(printer{w: &out, terminal: true}, false)
	v.update(noon, []*watched{{job: story()[1]}})
	v.update(noon.Add(2*time.Second), []*watched{{job: story()[4]}})
	v.close()
	wantText(t, out.String(), "a.mp4 encode", "  50%  100/200  50 fps  0:02", "b.mp4 Progressing")
}

func TestWords(t *testing.T) {
	for n, want := range map[int64]string{0: "0 B", 999: "999 B", 1000: "1.0 kB", 99_940: "99.9 kB", 99_960: "100 kB", 999_600: "1.0 MB", 7_340_000_000: "7.3 GB"} {
		if got := bytesText(n); got != want {
			t.Errorf("bytesText(%d): got %q, want %q", n, got, want)
		}
	}
	for ms, want := range map[int64]string{0: "0:00.000", 16_683: "0:16.683", 600_001: "10:00.001", 3_600_000: "1:00:00.000"} {
		if got := durationText(ms); got != want {
			t.Errorf("durationText(%d): got %q, want %q", ms, got, want)
		}
	}
	for detail, want := range map[string]string{
		"": "",
		"4000 5c4c6a3a-9f0c-4f2e-8e0f-3a9b6a8d7c11: It broke: badly.": "error 4000: It broke: badly.",
		"The sound: it has 6 channels.":                               "The sound: it has 6 channels.",
		"4000 not-a-uuid: x":                                          "4000 not-a-uuid: x",
	} {
		if got := detailText(detail); got != want {
			t.Errorf("detailText(%q): got %q, want %q", detail, got, want)
		}
	}
}
