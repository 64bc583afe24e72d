package workflows

import (
	"errors"
	"time"

	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/everframe/everframe/activities"
	"github.com/everframe/everframe/internal/fault"
	"github.com/everframe/everframe/internal/media"
	"github.com/everframe/everframe/internal/plan"
	"github.com/everframe/everframe/job"
)

// do names the activities; it is never dereferenced.
var do *activities.Activities

// Transcode is a job from its registration to its final record, which it
// returns. A job that ends in Error is a completed workflow whose result says
// so; a canceled job is a canceled workflow. The workflow itself fails only for
// a request that is not valid, with the API's message.
func Transcode(ctx workflow.Context, req job.Request) (job.Job, error) {
	t := &transcode{request: req, log: workflow.GetLogger(ctx)}
	ctx = t.setup(ctx)
	if err := t.register(ctx); err != nil {
		return job.Job{}, err
	}
	return t.run(ctx)
}

// transcode is the state of one job.
type transcode struct {
	request  job.Request
	log      log.Logger
	version  workflow.Version
	job      job.Job
	pipeline job.Pipeline
	plan     *plan.Plan
	facts    map[string]activities.Facts // of complete outputs, by output id
	groups   map[string]encodeProgress   // by group id
	commands []string
	reporter reporter
}

// setup registers the queries and turns the cancel signal into a cancellation.
func (t *transcode) setup(ctx workflow.Context) workflow.Context {
	t.version = versionOf(ctx, "transcode", transcodeVersion)
	t.facts = map[string]activities.Facts{}
	t.groups = map[string]encodeProgress{}
	ctx, cancel := workflow.WithCancel(ctx)
	workflow.Go(ctx, func(ctx workflow.Context) {
		workflow.GetSignalChannel(ctx, CancelSignal).Receive(ctx, nil)
		cancel()
	})
	for _, q := range []struct {
		name   string
		answer any
	}{
		{StatusQuery, func() (job.Job, error) { return t.withProgress(), nil }},
		{PlanQuery, func() (*plan.Plan, error) { return t.plan, nil }},
		{CommandsQuery, func() ([]string, error) { return t.commands, nil }},
	} {
		if err := workflow.SetQueryHandler(ctx, q.name, q.answer); err != nil {
			t.log.Error("query", "name", q.name, "error", err)
		}
	}
	return ctx
}

// register gives the job its record: its own under the id the API chose, a new
// one if Temporal's command line started it. A cancellation waits until there
// is a record that can tell of it.
func (t *transcode) register(ctx workflow.Context) error {
	ctx, _ = workflow.NewDisconnectedContext(ctx)
	var out activities.RegisterResult
	in := activities.RegisterInput{WorkflowID: workflow.GetInfo(ctx).WorkflowExecution.ID, Request: t.request}
	local := workflow.WithLocalActivityOptions(ctx, recordLocally)
	if err := workflow.ExecuteLocalActivity(local, do.Register, in).Get(ctx, &out); err != nil {
		f := activities.Fault(err)
		return temporal.NewNonRetryableApplicationError(fault.Text(f), f.Kind.String(), err)
	}
	t.job = out.Job
	return workflow.UpsertTypedSearchAttributes(ctx,
		PipelineAttribute.ValueSet(string(t.job.PipelineID)),
		StatusAttribute.ValueSet(string(t.job.Status)),
		PresetsAttribute.ValueSet(presetsOf(t.request)),
	)
}

// run is the life of a registered job.
func (t *transcode) run(ctx workflow.Context) (job.Job, error) {
	t.reporter.start(ctx, func() job.Job { return t.job })
	err := t.work(ctx)
	if ctx.Err() != nil {
		t.cancel()
	} else {
		t.failAll(ctx, activities.Fault(err))
	}
	// What follows must happen in any case.
	ctx, _ = workflow.NewDisconnectedContext(ctx)
	t.finish(ctx)
	if t.job.Status == job.Canceled {
		return t.job, temporal.NewCanceledError()
	}
	return t.job, nil
}

// work is everything between admission and the last playlist.
func (t *transcode) work(ctx workflow.Context) error {
	if err := t.admitted(ctx); err != nil {
		return err
	}
	if err := t.begin(ctx); err != nil {
		return err
	}
	sources, err := t.probe(ctx)
	if err != nil {
		return err
	}
	if err := t.makePlan(ctx, sources); err != nil {
		return err
	}
	if err := t.encode(ctx); err != nil {
		return err
	}
	return t.playlists(ctx)
}

// admitted waits until it is the job's turn.
func (t *transcode) admitted(ctx workflow.Context) error {
	var canceled bool
	workflow.NewSelector(ctx).
		AddReceive(workflow.GetSignalChannel(ctx, AdmitSignal), func(c workflow.ReceiveChannel, _ bool) { c.Receive(ctx, nil) }).
		AddReceive(ctx.Done(), func(workflow.ReceiveChannel, bool) { canceled = true }).
		Select(ctx)
	if canceled {
		return ctx.Err()
	}
	return nil
}

// begin fetches the settings the job works with from now on.
func (t *transcode) begin(ctx workflow.Context) error {
	var out activities.BeginResult
	local := workflow.WithLocalActivityOptions(ctx, recordLocally)
	if err := workflow.ExecuteLocalActivity(local, do.Begin, activities.BeginInput{Job: t.job.ID}).Get(ctx, &out); err != nil {
		return err
	}
	t.pipeline = out.Pipeline
	t.job.Timing.StartTimeMillis = workflow.Now(ctx).UnixMilli()
	t.setStatus(ctx, job.Progressing)
	if len(t.job.Outputs) == 1 {
		t.job.Outputs[0].Status = job.Progressing // one output: always as the job
	}
	t.reporter.report()
	return nil
}

// probe reads all inputs at once.
func (t *transcode) probe(ctx workflow.Context) ([]media.Source, error) {
	inputs := t.request.AllInputs()
	futures := make([]workflow.Future, len(inputs))
	for i, in := range inputs {
		futures[i] = workflow.ExecuteActivity(with(ctx, light, in.Key), do.Probe, activities.ProbeInput{
			Job: t.job.ID, Source: media.Ref{Bucket: t.pipeline.InputBucket, Key: in.Key}, Number: i,
		})
	}
	sources := make([]media.Source, len(inputs))
	var first error
	for i, f := range futures { // every one is awaited
		var out activities.ProbeResult
		if err := f.Get(ctx, &out); err != nil {
			if first == nil {
				first = err
			}
			continue
		}
		sources[i] = out.Source
		t.commands = append(t.commands, out.Command)
		t.job.Inputs[i].DetectedProperties = detected(out.Source)
	}
	return sources, first
}

// makePlan has the job planned, and marks what cannot be made.
func (t *transcode) makePlan(ctx workflow.Context, sources []media.Source) error {
	var out activities.PlanResult
	err := workflow.ExecuteActivity(with(ctx, short, ""), do.Plan, activities.PlanInput{
		Job: t.job.ID, Request: t.request, Pipeline: t.pipeline, Sources: sources,
	}).Get(ctx, &out)
	if err != nil {
		return err
	}
	t.plan = &out.Plan
	for _, r := range out.Plan.Refused {
		f := &fault.Error{Kind: fault.ParseKind(r.Kind), Code: r.Code, Text: r.Text}
		if r.Output == "" {
			t.failPlaylist(ctx, r.Playlist, f)
		} else {
			t.failOutput(ctx, r.Output, f)
		}
	}
	t.reporter.report()
	return nil
}

// encode runs a child for each group of outputs and waits for all of them. A
// group that fails takes its own outputs with it, and no others.
func (t *transcode) encode(ctx workflow.Context) error {
	stop := t.listen(ctx)
	results := make([]EncodeResult, len(t.plan.Groups))
	errs := make([]error, len(t.plan.Groups))
	wg := workflow.NewWaitGroup(ctx)
	for i, g := range t.plan.Groups {
		for _, o := range g.Outputs {
			t.job.Output(o.ID).Status = job.Progressing
		}
		wg.Add(1)
		workflow.Go(ctx, func(ctx workflow.Context) {
			defer wg.Done()
			errs[i] = t.encodeGroup(ctx, g, &results[i])
		})
	}
	t.reporter.report()
	wg.Wait(ctx)
	stop()
	for i, g := range t.plan.Groups {
		if errs[i] != nil {
			if ctx.Err() == nil {
				t.groupLost(ctx, g, errs[i])
			}
			continue
		}
		for _, o := range results[i].Outputs {
			t.outputEnded(ctx, o)
		}
		t.commands = append(t.commands, results[i].Commands...)
	}
	return ctx.Err()
}

// encodeGroup runs the child of a group. After a reset the child of the run
// before may still be at work: it is canceled first, and what it has encoded is
// found again.
func (t *transcode) encodeGroup(ctx workflow.Context, g plan.Group, out *EncodeResult) error {
	id := EncodeID(workflow.GetInfo(ctx).WorkflowExecution.ID, g.ID)
	child := workflow.WithChildOptions(ctx, workflow.ChildWorkflowOptions{
		WorkflowID:          id,
		TaskQueue:           TaskQueue,
		WaitForCancellation: true, // the child removes what it has half done
		StaticSummary:       groupSummary(g),
		Priority:            fairness(t.pipeline.ID),
	})
	for {
		err := workflow.ExecuteChildWorkflow(child, EncodeName, EncodeInput{Job: t.job.ID, Pipeline: t.pipeline.ID, Group: g}).Get(ctx, out)
		if !temporal.IsWorkflowExecutionAlreadyStartedError(err) {
			return err
		}
		if err := workflow.RequestCancelExternalWorkflow(ctx, id, "").Get(ctx, nil); err != nil {
			t.log.Warn("a child of the run before this one is not canceled", "error", err) // it has ended, most likely
		}
		if err := workflow.Sleep(ctx, time.Second); err != nil {
			return err
		}
	}
}

// groupLost ends the outputs of a group whose workflow ended without a result.
// It does that only when somebody else ended it.
func (t *transcode) groupLost(ctx workflow.Context, g plan.Group, err error) {
	f := activities.Fault(err)
	var terminated *temporal.TerminatedError
	if f.Kind == fault.Canceled || errors.As(err, &terminated) {
		f = fault.New("workflows.encode", fault.Internal, fault.InternalServiceError, "The output was stopped by an operator.")
	}
	for _, o := range g.Outputs {
		if !t.job.Output(o.ID).Status.Terminal() { // else it was published before
			t.failOutput(ctx, o.ID, f)
		}
	}
}

// playlists writes the manifests over complete outputs, once the outputs are
// where it says they are.
func (t *transcode) playlists(ctx workflow.Context) error {
	for _, p := range t.plan.Playlists {
		in := activities.PackageInput{Job: t.job.ID, Playlist: p}
		complete := true
		for _, id := range p.Outputs {
			facts, ok := t.facts[id]
			complete = complete && ok
			in.Variants = append(in.Variants, activities.Variant{Output: t.planned(id), Facts: facts})
		}
		if !complete {
			t.failPlaylist(ctx, p.Index, &fault.Error{Kind: fault.Dependency})
			continue
		}
		record := &t.job.Playlists[p.Index]
		record.Status = job.Progressing
		if err := workflow.ExecuteActivity(with(ctx, light, p.Key), do.Package, in).Get(ctx, nil); err != nil {
			if ctx.Err() != nil {
				break
			}
			t.failPlaylist(ctx, p.Index, activities.Fault(err))
			continue
		}
		record.Status = job.Complete
	}
	return ctx.Err()
}

func (t *transcode) planned(id string) plan.Output {
	for _, o := range t.plan.Outputs() {
		if o.ID == id {
			return o
		}
	}
	return plan.Output{}
}

// finish writes the final record, clears up, and lets the next job begin.
// Clearing up comes after the record: nobody waits for it.
func (t *transcode) finish(ctx workflow.Context) {
	t.setStatus(ctx, t.job.Rollup())
	t.job.Timing.FinishTimeMillis = workflow.Now(ctx).UnixMilli()
	t.reporter.finish(ctx)
	next := workflow.ExecuteActivity(with(ctx, last, ""), do.AdmitNext, activities.AdmitNextInput{Pipeline: t.job.PipelineID})
	clear := workflow.ExecuteActivity(with(ctx, last, ""), do.Discard, activities.DiscardInput{Job: t.job.ID})
	for _, f := range []workflow.Future{next, clear} {
		if err := f.Get(ctx, nil); err != nil { // the dispatcher's repair and the sweep make up for it
			t.log.Error("after the job", "error", err)
		}
	}
}
