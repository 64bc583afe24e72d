package activities

import (
	"context"
	"sync"
	"time"

	"go.temporal.io/sdk/activity"

	"github.com/everframe/everframe/internal/ffmpeg"
)

// Beat is the heartbeat of a long step, as the UI and ReadJob show it.
type Beat struct {
	Stage    string          // "waiting" for cores, "encoding", "done"
	Progress ffmpeg.Progress // of the running process
}

const (
	beatEvery = 2 * time.Second
	// lifeless is how long a process may show no movement before its heart
	// stops: the server then gives the step to another worker.
	lifeless = time.Minute
)

// heart beats for a step while its process moves. A process that hangs must
// look dead, so beats stop when nothing has moved for a while.
type heart struct {
	ctx  context.Context
	stop context.CancelFunc
	done sync.WaitGroup

	mu    sync.Mutex // guards what follows
	beat  Beat
	moved time.Time
}

// startHeart begins to beat. The caller must call close.
func startHeart(ctx context.Context, stage string) *heart {
	ctx, stop := context.WithCancel(ctx)
	h := &heart{ctx: ctx, stop: stop, beat: Beat{Stage: stage}, moved: time.Now()}
	activity.RecordHeartbeat(ctx, h.beat)
	h.done.Go(func() {
		tick := time.NewTicker(beatEvery)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case now := <-tick.C:
				h.pulse(now)
			}
		}
	})
	return h
}

func (h *heart) pulse(now time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.beat.Stage == waiting || now.Sub(h.moved) < lifeless {
		activity.RecordHeartbeat(h.ctx, h.beat)
	}
}

// The stages of a beat.
const (
	waiting  = "waiting"
	encoding = "encoding"
	working  = "working"
)

// enter says that the step has come to another stage.
func (h *heart) enter(stage string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.beat.Stage, h.moved = stage, time.Now()
	activity.RecordHeartbeat(h.ctx, h.beat)
}

// line takes a line of ffmpeg's progress.
func (h *heart) line(text string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.beat.Progress.Line(text) {
		h.moved = time.Now()
		activity.RecordHeartbeat(h.ctx, h.beat) // the SDK throttles
	}
}

// close stops the beats and waits for the last one.
func (h *heart) close() {
	h.stop()
	h.done.Wait()
}
