package activities

import (
	"context"
	"time"

	"github.com/everframe/everframe/internal/fault"
	"github.com/everframe/everframe/internal/media"
	"github.com/everframe/everframe/internal/plan"
	"github.com/everframe/everframe/internal/proc"
	"github.com/everframe/everframe/internal/storage"
	"github.com/everframe/everframe/job"
	"github.com/everframe/everframe/presets"
)

// Activities holds what the steps work with. All fields are required unless
// they say otherwise. It is safe for concurrent use; nothing may be changed
// once a worker runs.
type Activities struct {
	Store   storage.Store
	Records Records
	Admit   func(ctx context.Context, pipeline job.ID) error // starts the pipeline's next jobs
	Repair  func(ctx context.Context) error                  // mends what a crash has left
	Presets func(ctx context.Context, id job.ID) (presets.Preset, error)

	Run     Runner
	Scratch string // directory for local files; on the store's disk if it can be
	Slots   *Slots // cores that encoders may use
	Encoder string // build of ffmpeg and its libraries: part of every content name

	// Planning is what the planner may know of the worker pool. Buckets are
	// filled in per job.
	Planning plan.Options

	// WorkRetention is how long chunks nobody has asked for are kept.
	// Zero means 24 hours.
	WorkRetention time.Duration

	Now func() time.Time
}

// Runner runs external programs.
type Runner interface {
	// FFmpeg runs ffmpeg with args and calls onLine (may be nil) with each line
	// of its standard output.
	FFmpeg(ctx context.Context, args []string, onLine func(string)) (proc.Result, error)
	// FFprobe runs ffprobe in the same way.
	FFprobe(ctx context.Context, args []string, onLine func(string)) (proc.Result, error)
}

// Records is the part of the catalog that steps need.
type Records interface {
	// Register makes the record of a job whose workflow runs, or returns the
	// one there is.
	Register(ctx context.Context, workflowID string, req job.Request) (job.Job, error)
	// Begin marks an admitted job as started and returns its pipeline as it is
	// now: changes made while the job waited apply.
	Begin(ctx context.Context, id job.ID) (job.Pipeline, error)
	// Update stores a newer state of a job. Older sequence numbers, and states
	// after a final one, change nothing.
	Update(ctx context.Context, id job.ID, sequence int64, j job.Job) error
	// OldestActive returns when the oldest unfinished job began, and false when
	// there is none.
	OldestActive(ctx context.Context) (time.Time, bool, error)
}

// local returns the path of an object on this machine, fetching it if the
// store is elsewhere, and a function that gives it back. Nothing may be read
// out of the path, such as an extension.
func (a *Activities) local(ctx context.Context, h *heart, ref media.Ref) (path string, release func(), err error) {
	if l, ok := a.Store.(storage.LocalPather); ok {
		if path, ok := l.LocalPath(ctx, ref); ok {
			return path, func() {}, nil
		}
	}
	return a.download(ctx, h, ref)
}

// intermediate is local for an object of the work bucket.
func (a *Activities) intermediate(ctx context.Context, h *heart, ref media.Ref) (path string, release func(), err error) {
	path, release, err = a.local(ctx, h, ref)
	return path, release, lost(err)
}

// unchanged reports fault.BadInput if the object is no longer the one that was
// probed: chunks of two versions of a file must never be joined.
func (a *Activities) unchanged(ctx context.Context, in plan.Input) error {
	info, err := a.Store.Stat(ctx, in.Ref)
	if err != nil {
		return err
	}
	if info.ETag != in.ETag || info.Bytes != in.Bytes {
		return fault.New("activities.unchanged", fault.BadInput, fault.BadInputFile,
			"The input file was changed while the job was being processed.").On(in.Ref.String())
	}
	return nil
}
