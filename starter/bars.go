package main

import (
	"fmt"
	"path/filepath"
	"sync"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"github.com/everframe/everframe/job"
)

// barView draws one bar an output on a terminal.
type barView struct {
	out   printer
	named bool // several inputs: say which
	all   *mpb.Progress
	bars  map[string]*outputBar
}

// outputBar is one output's bar and what is written beside it.
type outputBar struct {
	bar   *mpb.Bar
	speed meter

	mu    sync.Mutex // guards the rest, which the drawing goroutine reads
	state string
	facts string
}

func newBarView(out printer, named bool) *barView {
	return &barView{
		out:   out,
		named: named,
		all:   mpb.New(mpb.WithOutput(out.w), mpb.WithAutoRefresh(), mpb.WithWidth(80)),
		bars:  map[string]*outputBar{},
	}
}

func (v *barView) update(at time.Time, jobs []*watched) {
	for _, w := range jobs {
		for _, o := range w.job.Outputs {
			key := string(w.job.ID) + " " + o.ID
			b := v.bars[key]
			if b == nil {
				b = v.add(w, o)
				v.bars[key] = b
			}
			b.update(at, o, v.out)
		}
	}
}

func (v *barView) add(w *watched, o job.OutputRecord) *outputBar {
	b := &outputBar{}
	name := o.Key
	if v.named {
		name = filepath.Base(w.input) + " " + name
	}
	name = tail(printable(name), 32)
	b.bar = v.all.AddBar(0, // the total is not known yet
		mpb.BarWidth(24),
		mpb.PrependDecorators(
			decor.Name(name, decor.WCSyncSpaceR),
			decor.Any(func(decor.Statistics) string { return b.text(&b.state) }, decor.WCSyncSpaceR),
		),
		mpb.AppendDecorators(decor.Any(func(decor.Statistics) string { return b.text(&b.facts) })),
	)
	return b
}

// update is called with the states of one output in their order.
func (b *outputBar) update(at time.Time, o job.OutputRecord, p printer) {
	state, facts := p.status(o.Status), ""
	if o.Progress != nil {
		b.speed.add(at, o.Progress.FramesDone)
	}
	switch {
	case !o.Status.Terminal():
		facts = shortProgress(o.Progress, &b.speed)
		if o.Progress != nil && o.Progress.Stage != "" {
			state = printable(o.Progress.Stage)
		}
	case o.StatusDetail != "":
		facts = " " + tail(printable(detailText(o.StatusDetail)), 100)
	case o.DurationMillis > 0:
		facts = fmt.Sprintf(" %s, %s", durationText(o.DurationMillis), bytesText(o.FileSize))
	}
	b.mu.Lock()
	b.state, b.facts = state, facts
	b.mu.Unlock()
	if o.Progress != nil && o.Progress.FramesTotal > 0 {
		b.bar.SetTotal(o.Progress.FramesTotal, false)
		b.bar.SetCurrent(min(o.Progress.FramesDone, o.Progress.FramesTotal))
	}
	switch o.Status {
	case job.Complete:
		b.bar.SetTotal(100, true) // full, whatever was counted
	case job.Error, job.Canceled:
		b.bar.Abort(false)
	}
}

// shortProgress spells what progressText does so that it and a bar fit into
// 80 columns.
func shortProgress(p *job.Progress, m *meter) string {
	if p == nil {
		return ""
	}
	var text string
	if p.FramesTotal > 0 {
		text = fmt.Sprintf(" %3d%%  %d/%d", percent(p), p.FramesDone, p.FramesTotal)
	}
	if r := m.rate(); r > 0 {
		text += fmt.Sprintf("  %.0f fps", r)
	}
	if d, ok := m.left(p.FramesTotal); ok && p.FramesDone < p.FramesTotal {
		text += "  " + leftText(d)
	}
	return text
}

func (b *outputBar) text(s *string) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return *s
}

// note prints text above the bars. When they are gone mpb refuses it.
func (v *barView) note(text string) {
	if _, err := fmt.Fprintln(v.all, printable(text)); err != nil {
		v.out.linef("%s", text)
	}
}

// close draws the bars a last time; those that have not ended stay as they are.
func (v *barView) close() { v.all.Shutdown() }

// tail returns the last n runes of s, which for keys tell more than the first.
func tail(s string, n int) string {
	r := []rune(s)
	if len(r) <= n {
		return s
	}
	return "…" + string(r[len(r)-n+1:])
}
