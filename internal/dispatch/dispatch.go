// Package dispatch stands between the catalog, which knows what was asked, and
// Temporal, which runs it: it submits jobs, starts those whose turn it is,
// cancels them, tells how far they are, and repairs what a crash has left.
// Workflow ids, queues and search attributes meet the catalog here and nowhere
// else.
//
//	d := dispatch.New(dispatch.Config{Temporal: c, Catalog: cat, …})
//	j, err := d.Submit(ctx, req, body) // stored, and started when its turn comes
//
// A job waits as a row of the catalog, without a workflow. [Dispatcher.Admit]
// claims the oldest rows of a pipeline while it has room and starts their
// workflows; it is called after every submit, at the end of every job, and by
// [Dispatcher.Repair].
package dispatch

import (
	"context"
	"crypto/rand"
	"log/slog"
	"sync"
	"time"

	"go.temporal.io/sdk/client"

	"github.com/everframe/everframe/internal/catalog"
	"github.com/everframe/everframe/job"
	"github.com/everframe/everframe/presets"
)

// Config is what a [Dispatcher] works with. All fields but MaxActive and Log
// are required.
type Config struct {
	Temporal client.Client
	Catalog  *catalog.Catalog
	Account  job.Account
	Presets  func(ctx context.Context, id job.ID) (presets.Preset, error)

	// MaxActive is how many jobs of one pipeline run at once, for pipelines
	// without a limit of their own. 0 = 100, as Elastic Transcoder had.
	MaxActive int

	Now func() time.Time
	Log *slog.Logger // nil = none
}

// Dispatcher is safe for concurrent use.
type Dispatcher struct {
	Config
	nudges nudges
	views  views
}

const defaultMaxActive = 100

// New returns a Dispatcher. [Dispatcher.Run] must run for submitted jobs to be
// started at once.
func New(c Config) *Dispatcher {
	if c.MaxActive <= 0 {
		c.MaxActive = defaultMaxActive
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return &Dispatcher{Config: c, nudges: newNudges()}
}

// NewID returns an id of now.
func (d *Dispatcher) NewID() job.ID {
	for {
		random := make([]byte, 16)
		_, _ = rand.Read(random) // never fails
		if suffix, ok := job.IDSuffix(random); ok {
			return job.NewID(d.Now().UnixMilli(), suffix)
		}
	}
}

// Run admits jobs of pipelines that were nudged, one pipeline after the other,
// until ctx ends.
func (d *Dispatcher) Run(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-d.nudges.wake:
		}
		for _, pipeline := range d.nudges.take() {
			if err := d.Admit(ctx, pipeline); err != nil && ctx.Err() == nil {
				d.Log.Error("admission", "pipeline", pipeline, "error", err) // the repair step tries again
			}
		}
	}
}

// nudges is a set of pipelines that may have something to start. Any number of
// submits cost one admission.
type nudges struct {
	wake chan struct{} // one element: there is something in the set

	mu  *sync.Mutex // guards set
	set map[job.ID]bool
}

func newNudges() nudges {
	return nudges{wake: make(chan struct{}, 1), mu: new(sync.Mutex), set: map[job.ID]bool{}}
}

func (n nudges) add(pipeline job.ID) {
	n.mu.Lock()
	n.set[pipeline] = true
	n.mu.Unlock()
	select {
	case n.wake <- struct{}{}:
	default:
	}
}

func (n nudges) take() []job.ID {
	n.mu.Lock()
	defer n.mu.Unlock()
	ids := make([]job.ID, 0, len(n.set))
	for id := range n.set {
		ids = append(ids, id)
	}
	clear(n.set)
	return ids
}
