package activities_test

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/worker"

	"github.com/everframe/everframe/activities"
	"github.com/everframe/everframe/internal/fault"
	"github.com/everframe/everframe/internal/media"
	"github.com/everframe/everframe/internal/plan"
	"github.com/everframe/everframe/internal/proc"
	"github.com/everframe/everframe/internal/storage"
	"github.com/everframe/everframe/internal/storage/file"
	"github.com/everframe/everframe/internal/storage/memory"
	"github.com/everframe/everframe/job"
)

// world is an installation without Temporal: a store with the buckets of a
// pipeline, real programs, and the steps. Its clock can be moved.
type world struct {
	*activities.Activities
	t       *testing.T
	store   storage.Store
	root    string // of the file store; "" when the store is in memory
	run     *programs
	records *records
}

const (
	inputs  = "inputs"
	outputs = "outputs"
	jobID   = job.ID("1763700000000-abc123")
)

// newWorld returns a world on a file store.
func newWorld(t *testing.T) *world {
	t.Helper()
	root := t.TempDir()
	store, err := file.New(root)
	if err != nil {
		t.Fatal(err)
	}
	w := worldOn(t, store)
	w.root = root
	return w
}

// newFarWorld returns a world whose objects are on no disk of ours.
func newFarWorld(t *testing.T) *world {
	t.Helper()
	return worldOn(t, memory.New())
}

func worldOn(t *testing.T, store storage.Store) *world {
	t.Helper()
	for _, b := range []string{inputs, outputs, media.WorkBucket} {
		if err := store.CreateBucket(t.Context(), b); err != nil {
			t.Fatal(err)
		}
	}
	w := &world{t: t, store: store, run: new(programs), records: new(records)}
	w.Activities = &activities.Activities{
		Store: store, Records: w.records, Presets: activities.SystemPresets,
		Run: w.run, Scratch: filepath.Join(t.TempDir(), "scratch"), Slots: activities.NewSlots(2), Encoder: "test",
		Planning: plan.Options{Slots: 2}, Now: time.Now,
	}
	t.Cleanup(w.noScratch)
	return w
}

// noScratch checks that no step has left a file behind, whatever became of it.
func (w *world) noScratch() {
	w.t.Helper()
	left, err := filepath.Glob(filepath.Join(w.Scratch, "*"))
	if err != nil {
		w.t.Fatal(err)
	}
	if len(left) > 0 {
		w.t.Errorf("left in the scratch directory: %q", left)
	}
}

// records is the part of the catalog that steps of media need.
type records struct {
	activities.Records // the rest is not called
	oldest             time.Time
}

func (r *records) OldestActive(context.Context) (time.Time, bool, error) {
	return r.oldest, !r.oldest.IsZero(), nil
}

// programs runs ffmpeg and ffprobe, unless a test puts something in their
// place, and keeps what was run.
type programs struct {
	ffmpeg func(ctx context.Context, args []string, onLine func(string)) (proc.Result, error)

	mu   sync.Mutex // guards what follows
	runs [][]string // arguments of every ffmpeg
}

func (p *programs) FFmpeg(ctx context.Context, args []string, onLine func(string)) (proc.Result, error) {
	p.mu.Lock()
	p.runs = append(p.runs, args)
	p.mu.Unlock()
	if p.ffmpeg != nil {
		return p.ffmpeg(ctx, args, onLine)
	}
	return proc.Run(ctx, proc.Command{Path: "ffmpeg", Args: args}, onLine)
}

func (p *programs) FFprobe(ctx context.Context, args []string, onLine func(string)) (proc.Result, error) {
	return proc.Run(ctx, proc.Command{Path: "ffprobe", Args: args}, onLine)
}

// encodes counts the runs of ffmpeg since the last call.
func (p *programs) encodes() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := len(p.runs)
	p.runs = nil
	return n
}

// try is one attempt of a step.
type try struct {
	Attempt int32                                 // 0 counts as 1
	Beat    func(any)                             // gets every heartbeat
	Ctx     func(context.Context) context.Context // replaces the step's context
}

// canceled is a Ctx whose cancel is the job's being canceled.
func canceled(cancel *func()) func(context.Context) context.Context {
	return func(ctx context.Context) context.Context {
		ctx, stop := context.WithCancelCause(ctx)
		*cancel = func() { stop(temporal.NewCanceledError()) }
		return ctx
	}
}

// do runs one attempt of a step inside the SDK's activity environment, payload
// conversion included, and returns the error as the step gave it.
func do[In, Out any](w *world, step func(context.Context, In) (Out, error), in In, how try) (Out, error) {
	w.t.Helper()
	var out Out
	err := w.execute(step, in, how, &out)
	return out, err
}

func (w *world) execute(step, in any, how try, out any) error {
	w.t.Helper()
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(quiet{})
	env := suite.NewTestActivityEnvironment()
	spy := &spy{try: how}
	env.SetWorkerOptions(worker.Options{Interceptors: []interceptor.WorkerInterceptor{spy}})
	env.RegisterActivity(w.Activities)
	var args []any // of a step without input: none
	if in != nil {
		args = append(args, in)
	}
	result, err := env.ExecuteActivity(step, args...)
	switch {
	case spy.err != nil:
		return spy.err
	case err != nil:
		return err
	case out != nil:
		if err := result.Get(out); err != nil {
			w.t.Fatal(err)
		}
	}
	return nil
}

// run is do for steps without a result.
func run[In any](w *world, step func(context.Context, In) error, in In, how try) error {
	w.t.Helper()
	return w.execute(step, in, how, nil)
}

// must is do for a first attempt that must succeed.
func must[In, Out any](w *world, step func(context.Context, In) (Out, error), in In) Out {
	w.t.Helper()
	out, err := do(w, step, in, try{})
	if err != nil {
		w.t.Fatal(err)
	}
	return out
}

// spy changes what a step learns of its attempt, and sees what it reports.
type spy struct {
	interceptor.WorkerInterceptorBase
	try try
	err error
}

func (s *spy) InterceptActivity(_ context.Context, next interceptor.ActivityInboundInterceptor) interceptor.ActivityInboundInterceptor {
	return &inbound{ActivityInboundInterceptorBase: interceptor.ActivityInboundInterceptorBase{Next: next}, spy: s}
}

type inbound struct {
	interceptor.ActivityInboundInterceptorBase
	spy *spy
}

func (i *inbound) Init(out interceptor.ActivityOutboundInterceptor) error {
	return i.Next.Init(&outbound{ActivityOutboundInterceptorBase: interceptor.ActivityOutboundInterceptorBase{Next: out}, spy: i.spy})
}

func (i *inbound) ExecuteActivity(ctx context.Context, in *interceptor.ExecuteActivityInput) (any, error) {
	if i.spy.try.Ctx != nil {
		ctx = i.spy.try.Ctx(ctx)
	}
	out, err := i.Next.ExecuteActivity(ctx, in)
	i.spy.err = err
	return out, err
}

type outbound struct {
	interceptor.ActivityOutboundInterceptorBase
	spy *spy
}

func (o *outbound) GetInfo(ctx context.Context) activity.Info {
	info := o.Next.GetInfo(ctx)
	info.Attempt = max(o.spy.try.Attempt, 1)
	return info
}

func (o *outbound) RecordHeartbeat(ctx context.Context, details ...any) {
	if o.spy.try.Beat != nil {
		o.spy.try.Beat(details[0])
	}
	o.Next.RecordHeartbeat(ctx, details...)
}

// quiet is a logger for tests in which errors are expected.
type quiet struct{}

func (quiet) Debug(string, ...any) {}
func (quiet) Info(string, ...any)  {}
func (quiet) Warn(string, ...any)  {}
func (quiet) Error(string, ...any) {}

// isFault checks kind and code as they reach the workflow.
func isFault(t *testing.T, err error, kind fault.Kind, code fault.Code) *fault.Error {
	t.Helper()
	if err == nil {
		t.Fatalf("no error, want %s %d", kind, code)
	}
	f := activities.Fault(err)
	if f.Kind != kind || fault.CodeOf(f) != code {
		t.Fatalf("got %s %d (%v), want %s %d", f.Kind, fault.CodeOf(f), err, kind, code)
	}
	text := fault.Text(f)
	for _, secret := range []string{media.WorkBucket, os.TempDir(), "step-", "ffmpeg:", "/usr/"} {
		if strings.Contains(text, secret) && kind != fault.Internal {
			t.Errorf("the customer reads %q in %q", secret, text)
		}
	}
	var app *temporal.ApplicationError
	if kind != fault.Canceled && (!errors.As(err, &app) || app.NonRetryable() == kind.Retryable()) {
		t.Errorf("%s: non-retryable is wrong: %v", kind, err)
	}
	return f
}

// put stores a local file.
func (w *world) put(bucket, key, path string) media.Ref {
	w.t.Helper()
	f, err := os.Open(path)
	if err != nil {
		w.t.Fatal(err)
	}
	defer f.Close()
	return w.write(bucket, key, f)
}

func (w *world) write(bucket, key string, r io.Reader) media.Ref {
	w.t.Helper()
	ref := media.Ref{Bucket: bucket, Key: key}
	if _, err := w.store.Create(context.WithoutCancel(w.t.Context()), ref, r); err != nil {
		w.t.Fatal(err)
	}
	return ref
}

func (w *world) text(bucket, key, text string) media.Ref {
	w.t.Helper()
	return w.write(bucket, key, strings.NewReader(text))
}

func (w *world) remove(ref media.Ref) {
	w.t.Helper()
	if err := w.store.Delete(w.t.Context(), ref); err != nil {
		w.t.Fatal(err)
	}
}

// keys lists a bucket.
func (w *world) keys(bucket, prefix string) []string {
	w.t.Helper()
	var keys []string
	if err := w.store.List(w.t.Context(), bucket, prefix, func(key string, _ storage.Info) bool {
		keys = append(keys, key)
		return true
	}); err != nil {
		w.t.Fatal(err)
	}
	return keys
}

func (w *world) has(ref media.Ref) bool { return slices.Contains(w.keys(ref.Bucket, ref.Key), ref.Key) }

func (w *world) read(ref media.Ref) string {
	w.t.Helper()
	r, err := w.store.Open(w.t.Context(), ref, 0, -1)
	if err != nil {
		w.t.Fatal(err)
	}
	defer r.Close()
	b, err := io.ReadAll(r)
	if err != nil {
		w.t.Fatal(err)
	}
	return string(b)
}

// dir returns a directory with the objects of a bucket.
func (w *world) dir(bucket string) string {
	w.t.Helper()
	if w.root != "" {
		return filepath.Join(w.root, bucket)
	}
	dir := w.t.TempDir()
	for _, key := range w.keys(bucket, "") {
		path := filepath.Join(dir, filepath.FromSlash(key))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			w.t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(w.read(media.Ref{Bucket: bucket, Key: key})), 0o644); err != nil {
			w.t.Fatal(err)
		}
	}
	return dir
}
