package activities

import (
	"context"
	"errors"
	"os"
	"sync"
	"time"

	"go.temporal.io/sdk/activity"

	"github.com/everframe/everframe/internal/ffmpeg"
)

// Beat is the heartbeat of a long step, as the UI and ReadJob show it.
type Beat struct {
	Stage    string          // "waiting" for cores, "encoding", "working" on files, "storing" one
	Progress ffmpeg.Progress // of the running encoder
}

// The stages of a beat.
const (
	waiting  = "waiting"
	encoding = "encoding"
	working  = "working"
	storing  = "storing"
)

const (
	beatEvery = 2 * time.Second

	// lifeless is how long a step may show no movement before its heart stops.
	lifeless = time.Minute
	// prerollTime is that time for an encoder before its first frame: it may
	// have to decode two groups of pictures of the source that it does not
	// write, on one core, or all before its chunk where a file has no index.
	prerollTime = 10 * time.Minute
	// storeTime is that time for the storing of one object, which shows no
	// movement: stores have time-outs of their own.
	storeTime = time.Hour
)

// errLifeless is the cause of a step stopped because nothing moved.
var errLifeless = errors.New("nothing has moved for too long")

// heart beats for a step while its work moves. A process that hangs must look
// dead: then the beats stop, so that the server gives the step to another
// worker, and what the step runs is stopped, so that it holds no cores.
type heart struct {
	ctx  context.Context
	stop context.CancelCauseFunc
	done sync.WaitGroup

	mu    sync.Mutex // guards what follows
	beat  Beat
	moved time.Time
	dir   string // its files count as movement; "" = none
	files footprint
}

// startHeart begins to beat and returns the context that the step's work must
// run under. The caller must call close.
func startHeart(ctx context.Context, stage string) (context.Context, *heart) {
	ctx, stop := context.WithCancelCause(ctx)
	h := &heart{ctx: ctx, stop: stop, beat: Beat{Stage: stage}, moved: time.Now()}
	activity.RecordHeartbeat(ctx, h.beat)
	h.done.Go(func() {
		tick := time.NewTicker(beatEvery)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				h.pulse()
			}
		}
	})
	return ctx, h
}

func (h *heart) pulse() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if now := footprintOf(h.dir); now != h.files {
		h.files, h.moved = now, time.Now()
	}
	if patience := h.patience(); patience > 0 && time.Since(h.moved) >= patience {
		h.stop(errLifeless)
		return
	}
	h.record()
}

// patience is how long nothing may move; 0 is for ever.
func (h *heart) patience() time.Duration {
	switch p := h.beat.Progress; {
	case h.beat.Stage == waiting:
		return 0
	case h.beat.Stage == storing:
		return storeTime
	case h.beat.Stage == encoding && p.Frames == 0 && p.Time.Sign() == 0:
		return prerollTime
	}
	return lifeless
}

// enter says that the step has come to another stage, or a step further in it.
func (h *heart) enter(stage string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.beat.Stage, h.moved = stage, time.Now()
	h.record()
}

// move says that something has moved.
func (h *heart) move() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.moved = time.Now()
}

// watch takes growing and new files in dir for movement, of programs that tell
// nothing themselves.
func (h *heart) watch(dir string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.dir = dir
}

// line takes a line of ffmpeg's progress.
func (h *heart) line(text string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.beat.Progress.Line(text) {
		h.moved = time.Now()
		h.record()
	}
}

// record sends a beat, which the SDK throttles. A heart that has stopped stays so.
func (h *heart) record() {
	if h.ctx.Err() == nil {
		activity.RecordHeartbeat(h.ctx, h.beat)
	}
}

// close stops the beats and waits for the last one.
func (h *heart) close() {
	h.stop(nil)
	h.done.Wait()
}

// footprint is what changes when a program writes.
type footprint struct {
	files int
	bytes int64
	last  time.Time
}

func footprintOf(dir string) (f footprint) {
	if dir == "" {
		return f
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return f // being removed: the step has ended
	}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil {
			continue // renamed or removed meanwhile
		}
		f.files++
		f.bytes += info.Size()
		if info.ModTime().After(f.last) {
			f.last = info.ModTime()
		}
	}
	return f
}
