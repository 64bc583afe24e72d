// Package host runs the workflows and steps of jobs in a process: the Temporal
// workers, the dispatcher, and what they touch the world through. The server
// and the worker program both are a host and little else.
//
//	h, err := host.New(ctx, host.Config{Temporal: c, Catalog: cat, Store: store, …})
//	err = h.Run(ctx) // until ctx ends
//
// It chooses no adapters: programs name them and pass them in.
package host

import (
	"context"
	"io"
	"log/slog"
	"runtime"
	"sync"
	"time"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"github.com/everframe/everframe/activities"
	"github.com/everframe/everframe/internal/catalog"
	"github.com/everframe/everframe/internal/dispatch"
	"github.com/everframe/everframe/internal/media"
	"github.com/everframe/everframe/internal/storage"
	"github.com/everframe/everframe/workflows"
)

// Config is what a host works with. Temporal, Catalog, Store and Scratch are
// required.
type Config struct {
	Temporal client.Client
	Catalog  *catalog.Catalog
	Store    storage.Store
	Scratch  string // where this host makes a directory of its own, best on the store's disk

	Settings  Settings
	PoolSlots int    // cores of all hosts together, which jobs are cut up for; 0 = this one's
	FFmpeg    string // program; "" = ffmpeg in PATH
	FFprobe   string
	Log       *slog.Logger
}

// Host is a process's share of the work.
type Host struct {
	Dispatcher *dispatch.Dispatcher
	workers    []worker.Worker
	scratch    io.Closer
	log        *slog.Logger
}

const (
	// stopTime is how long a stopping worker waits for its steps, and grace how
	// long it lets them go on. Encoders are stopped at once: their chunk is done
	// again elsewhere.
	stopTime = 10 * time.Second
	grace    = 5 * time.Second
	// beatThrottle is how often heartbeats reach the server at most. The
	// default, most of the heartbeat's time-out, would show progress late.
	beatThrottle = 2 * time.Second
	// lightSteps is how many steps that encode nothing run at once.
	lightSteps = 20
)

// New prepares a host. It fails, with fault.Internal, when ffmpeg is not
// installed.
func New(ctx context.Context, c Config) (*Host, error) {
	if c.Settings.EncodeSlots <= 0 {
		c.Settings.EncodeSlots = runtime.NumCPU()
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	run := newRunner(c.FFmpeg, c.FFprobe)
	encoder, err := run.build(ctx)
	if err != nil {
		return nil, err
	}
	if err := c.Store.CreateBucket(ctx, media.WorkBucket); err != nil {
		return nil, err
	}
	scratch, give, err := claimScratch(c.Scratch)
	if err != nil {
		return nil, err
	}
	planning := c.Settings.Planning()
	if planning.Slots = c.PoolSlots; planning.Slots <= 0 {
		planning.Slots = c.Settings.EncodeSlots
	}
	d := dispatch.New(dispatch.Config{
		Temporal: c.Temporal, Catalog: c.Catalog, Account: c.Settings.Account(), Presets: activities.SystemPresets,
		MaxActive: c.Settings.MaxActive, Now: time.Now, Log: c.Log,
	})
	a := &activities.Activities{
		Store: c.Store, Records: d, Admit: d.Admit, Repair: d.Repair, Presets: activities.SystemPresets,
		Run: run, Scratch: scratch, Slots: activities.NewSlots(c.Settings.EncodeSlots), Encoder: encoder,
		Planning: planning, WorkRetention: c.Settings.WorkRetention, Now: time.Now,
	}
	return &Host{Dispatcher: d, workers: workersFor(c, a), scratch: give, log: c.Log}, nil
}

// workersFor returns a worker for each task queue.
func workersFor(c Config, a *activities.Activities) []worker.Worker {
	common := worker.Options{WorkerStopTimeout: stopTime, MaxHeartbeatThrottleInterval: beatThrottle, DefaultHeartbeatThrottleInterval: beatThrottle}

	jobs := common
	jobs.MaxConcurrentActivityExecutionSize = lightSteps
	jobs.Interceptors = []interceptor.WorkerInterceptor{&stopper{grace: grace}}
	j := worker.New(c.Temporal, workflows.TaskQueue, jobs)
	j.RegisterWorkflowWithOptions(workflows.Transcode, workflow.RegisterOptions{Name: workflows.TranscodeName})
	j.RegisterWorkflowWithOptions(workflows.Encode, workflow.RegisterOptions{Name: workflows.EncodeName})
	j.RegisterActivity(a)

	// More steps than cores are taken from the queue: they wait here for cores,
	// weighted by their threads, so that a free core never waits for a task.
	encode := common
	encode.DisableWorkflowWorker = true
	encode.Interceptors = []interceptor.WorkerInterceptor{&stopper{}}
	encode.MaxConcurrentActivityExecutionSize = c.Settings.EncodeSlots + 1
	encode.MaxConcurrentActivityTaskPollers = 2
	e := worker.New(c.Temporal, workflows.EncodeQueue, encode)
	e.RegisterActivity(a)

	admission := common
	admission.MaxConcurrentWorkflowTaskPollers = 2
	admission.MaxConcurrentActivityTaskPollers = 1
	m := worker.New(c.Temporal, workflows.AdmissionQueue, admission)
	m.RegisterWorkflowWithOptions(workflows.Admission, workflow.RegisterOptions{Name: workflows.AdmissionName})
	m.RegisterWorkflowWithOptions(workflows.Sweep, workflow.RegisterOptions{Name: workflows.SweepName})
	m.RegisterActivity(a)

	return []worker.Worker{j, e, m}
}

// Start begins to take work. The caller must call Stop.
func (h *Host) Start() error {
	for i, w := range h.workers {
		if err := w.Start(); err != nil {
			for _, started := range h.workers[:i] {
				started.Stop()
			}
			return err
		}
	}
	return nil
}

// Stop takes no more work, cancels the steps under way and waits for them, for
// ten seconds at most. What was not finished is done again by another worker.
// It must be called once only.
func (h *Host) Stop() {
	var stopping sync.WaitGroup
	for _, w := range h.workers {
		stopping.Go(w.Stop)
	}
	stopping.Wait()
	if err := h.scratch.Close(); err != nil {
		h.log.Warn("scratch directory", "error", err) // the next host's start removes it
	}
}

// Run starts, admits jobs until ctx ends, and stops.
func (h *Host) Run(ctx context.Context) error {
	if err := h.Start(); err != nil {
		return err
	}
	defer h.Stop()
	if err := h.Dispatcher.EnsureSchedules(ctx); err != nil && ctx.Err() == nil {
		h.log.Error("schedules", "error", err)
	}
	if err := h.Dispatcher.Recover(ctx); err != nil && ctx.Err() == nil {
		h.log.Error("recovery", "error", err) // the repair step tries again
	}
	return h.Dispatcher.Run(ctx)
}
