package main

import (
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/everframe/everframe/job"
)

// view returns how the progress of so many inputs is shown on standard error:
// bars on a terminal, lines elsewhere, nothing when a program reads along.
func (a *app) view(inputs int) view {
	switch {
	case a.json:
		return silentView{a.err}
	case a.err.terminal:
		return newBarView(a.err, inputs > 1)
	default:
		return &plainView{out: a.err, named: inputs > 1}
	}
}

// silentView shows notes only.
type silentView struct{ out printer }

func (silentView) update(time.Time, []*watched) {}
func (v silentView) note(text string)           { v.out.linef("%s", text) }
func (silentView) close()                       {}

// percent returns how much of p is done, 0 to 100, or -1 if nobody knows.
func percent(p *job.Progress) int {
	if p == nil || p.FramesTotal <= 0 {
		return -1
	}
	return int(min(max(p.FramesDone, 0), p.FramesTotal) * 100 / p.FramesTotal)
}

// step is what a line is worth printing for: a new state, or another tenth.
type step struct {
	status job.Status
	tenth  int
}

func stepOf(s job.Status, p *job.Progress) step {
	pc := percent(p)
	if pc < 0 || s.Terminal() { // a state that stays has no tenths
		return step{s, -1}
	}
	return step{s, pc / 10}
}

// plainView prints a line whenever a job's state, or an output's state or
// tenth, is a new one.
type plainView struct {
	out   printer
	named bool // several inputs: say which
	last  map[string]step
	speed map[string]*meter
}

func (v *plainView) update(at time.Time, jobs []*watched) {
	if v.last == nil {
		v.last, v.speed = map[string]step{}, map[string]*meter{}
	}
	for _, w := range jobs {
		name := string(w.job.ID)
		if w.input != "" {
			name = filepath.Base(w.input)
		}
		// A job's end comes after its outputs' in the text, as it does in time.
		ended := w.job.Terminal()
		if !ended {
			v.job(name, w.job)
		}
		for _, o := range w.job.Outputs {
			v.output(at, name, w.job.ID, o)
		}
		if ended {
			v.job(name, w.job)
		}
	}
}

func (v *plainView) job(name string, j job.Job) {
	id := string(j.ID)
	if s := stepOf(j.Status, nil); v.last[id] != s {
		v.last[id] = s
		v.out.linef("%s: %s", name, j.Status)
	}
}

func (v *plainView) output(at time.Time, name string, id job.ID, o job.OutputRecord) {
	key := string(id) + " " + o.ID
	m := v.speed[key]
	if m == nil {
		m = &meter{}
		v.speed[key] = m
	}
	if o.Progress != nil {
		m.add(at, o.Progress.FramesDone)
	}
	s := stepOf(o.Status, o.Progress)
	if v.last[key] == s || o.Status == job.Submitted || o.Status == "" {
		return
	}
	v.last[key] = s
	var b strings.Builder
	if v.named {
		b.WriteString(name + " ")
	}
	fmt.Fprintf(&b, "%s: %s", o.Key, o.Status)
	if !o.Status.Terminal() {
		b.WriteString(progressText(o.Progress, m))
	} else if o.StatusDetail != "" {
		b.WriteString(" (" + detailText(o.StatusDetail) + ")")
	}
	v.out.linef("%s", b.String())
}

// progressText spells what is known, with a space before it.
func progressText(p *job.Progress, m *meter) string {
	if p == nil {
		return ""
	}
	var parts []string
	if p.FramesTotal > 0 {
		parts = append(parts, fmt.Sprintf("%d/%d frames", p.FramesDone, p.FramesTotal))
	} else if p.FramesDone > 0 {
		parts = append(parts, fmt.Sprintf("%d frames", p.FramesDone))
	}
	if r := m.rate(); r > 0 {
		parts = append(parts, fmt.Sprintf("%.0f fps", r))
	}
	if d, ok := m.left(p.FramesTotal); ok && p.FramesDone < p.FramesTotal {
		parts = append(parts, leftText(d)+" left")
	}
	if p.Stage != "" {
		parts = append(parts, p.Stage)
	}
	var text string
	if pc := percent(p); pc >= 0 {
		text = fmt.Sprintf(" %d%%", pc)
	}
	if len(parts) > 0 {
		text += " (" + strings.Join(parts, ", ") + ")"
	}
	return text
}

func (v *plainView) note(text string) { v.out.linef("%s", text) }
func (v *plainView) close()           {}

// lineView gives each change of a job to print, once.
type lineView struct {
	print func(job.Job) error // what it returns is lost: a closed pipe ends the program anyway
	last  map[job.ID]string
}

func (v *lineView) update(_ time.Time, jobs []*watched) {
	if v.last == nil {
		v.last = map[job.ID]string{}
	}
	for _, w := range jobs {
		steps := fmt.Sprint(stepOf(w.job.Status, nil))
		for _, o := range w.job.Outputs {
			steps += fmt.Sprint(stepOf(o.Status, o.Progress))
		}
		if v.last[w.job.ID] != steps {
			v.last[w.job.ID] = steps
			_ = v.print(w.job)
		}
	}
}

func (v *lineView) note(string) {}
func (v *lineView) close()      {}
