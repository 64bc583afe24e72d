package httpapi_test

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/everframe/everframe/internal/fault"
	"github.com/everframe/everframe/internal/httpapi"
	"github.com/everframe/everframe/job"
)

// backend keeps jobs and pipelines in memory and follows the rules that
// Jobs and Pipelines state. Ids and times come from a clock that every write
// moves by one millisecond, so that answers are the same in every run.
type backend struct {
	account job.Account

	mu        sync.Mutex // guards what follows
	millis    int64
	pipelines []job.Pipeline // by ascending id, as are the jobs
	jobs      []job.Job
	tokens    map[string]job.ID // by pipeline and ClientRequestToken
	bodies    map[job.ID]string
	down      error // what every method reports when set
}

var (
	_ httpapi.Jobs      = (*backend)(nil)
	_ httpapi.Pipelines = (*backend)(nil)
)

var account = job.Account{ID: "123456789012", Region: "us-east-1"}

func newBackend() *backend {
	return &backend{account: account, millis: 1_500_000_000_000, tokens: map[string]job.ID{}, bodies: map[job.ID]string{}}
}

func (b *backend) newID() job.ID {
	b.millis++
	return job.NewID(b.millis, fmt.Sprintf("%06d", b.millis%1_000_000))
}

func (b *backend) Submit(_ context.Context, req job.Request, body []byte) (job.Job, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.down != nil {
		return job.Job{}, b.down
	}
	if _, err := b.pipeline(req.PipelineID); err != nil {
		return job.Job{}, err
	}
	token := string(req.PipelineID) + " " + req.ClientRequestToken
	if id, ok := b.tokens[token]; ok && req.ClientRequestToken != "" {
		return *b.job(id), nil
	}
	id := b.newID()
	j := job.New(id, req, b.account, b.millis)
	b.jobs = append(b.jobs, j)
	b.tokens[token] = id
	b.bodies[id] = string(body)
	return j, nil
}

func (b *backend) Job(_ context.Context, id job.ID) (job.Job, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.down != nil {
		return job.Job{}, b.down
	}
	if j := b.job(id); j != nil {
		return *j, nil
	}
	return job.Job{}, noSuch("job", id)
}

func (b *backend) Cancel(_ context.Context, id job.ID, force bool) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	j := b.job(id)
	if j == nil {
		return noSuch("job", id)
	}
	if j.Terminal() || j.Status != job.Submitted && !force {
		return fault.New("memory.Cancel", fault.Conflict, 0, "job %s is %s", id, j.Status)
	}
	b.move(j, job.Canceled)
	return nil
}

// report moves a job to a state as a worker would.
func (b *backend) report(id job.ID, s job.Status) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.move(b.job(id), s)
}

func (b *backend) move(j *job.Job, s job.Status) {
	b.millis++
	if j.Status = s; s.Terminal() {
		j.Timing.FinishTimeMillis = b.millis
	} else {
		j.Timing.StartTimeMillis = b.millis
	}
	j.Outputs, j.Playlists = slices.Clone(j.Outputs), slices.Clone(j.Playlists) // callers hold the old ones
	for i := range j.Outputs {
		j.Outputs[i].Status = s
	}
	for i := range j.Playlists {
		j.Playlists[i].Status = s
	}
}

func (b *backend) JobsByPipeline(_ context.Context, pipeline job.ID, page httpapi.Page) ([]job.Job, job.ID, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if _, err := b.pipeline(pipeline); err != nil {
		return nil, "", err
	}
	jobs, next := turn(b.jobs, page, jobID, func(j job.Job) bool { return j.PipelineID == pipeline })
	return jobs, next, nil
}

func (b *backend) JobsByStatus(_ context.Context, s job.Status, page httpapi.Page) ([]job.Job, job.ID, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	jobs, next := turn(b.jobs, page, jobID, func(j job.Job) bool { return j.Status == s })
	return jobs, next, nil
}

func (b *backend) CreatePipeline(_ context.Context, req job.CreatePipelineRequest) (job.Pipeline, []job.Warning, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	const most = 200
	if len(b.pipelines) == most {
		return job.Pipeline{}, nil, fault.New("memory.CreatePipeline", fault.Limited, 0,
			"The account already has the maximum number of pipelines allowed: account=%s, maximum number of pipelines=%d", b.account.ID, most)
	}
	p := job.NewPipeline(b.newID(), req, b.account)
	b.pipelines = append(b.pipelines, p)
	return p, nil, nil
}

func (b *backend) Pipeline(_ context.Context, id job.ID) (job.Pipeline, []job.Warning, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.down != nil {
		return job.Pipeline{}, nil, b.down
	}
	p, err := b.pipeline(id)
	return p, nil, err
}

func (b *backend) Pipelines(_ context.Context, page httpapi.Page) ([]job.Pipeline, job.ID, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	ps, next := turn(b.pipelines, page, func(p job.Pipeline) job.ID { return p.ID }, func(job.Pipeline) bool { return true })
	return ps, next, nil
}

func (b *backend) pipeline(id job.ID) (job.Pipeline, error) {
	i := slices.IndexFunc(b.pipelines, func(p job.Pipeline) bool { return p.ID == id })
	if i < 0 {
		return job.Pipeline{}, noSuch("pipeline", id)
	}
	return b.pipelines[i], nil
}

func (b *backend) job(id job.ID) *job.Job {
	i := slices.IndexFunc(b.jobs, func(j job.Job) bool { return j.ID == id })
	if i < 0 {
		return nil
	}
	return &b.jobs[i]
}

func jobID(j job.Job) job.ID { return j.ID }

func noSuch(kind string, id job.ID) error {
	return fault.New("memory", fault.NotFound, 0, "no such %s", kind).On(string(id))
}

// turn returns a page of those of all that are wanted.
func turn[T any](all []T, page httpapi.Page, id func(T) job.ID, wanted func(T) bool) (items []T, next job.ID) {
	order := func(a, b job.ID) int {
		if page.Descending {
			a, b = b, a
		}
		return cmp.Compare(a, b)
	}
	for _, t := range all {
		if wanted(t) && (page.After == "" || order(page.After, id(t)) < 0) {
			items = append(items, t)
		}
	}
	slices.SortFunc(items, func(a, b T) int { return order(id(a), id(b)) })
	if len(items) > page.Size {
		items = items[:page.Size]
		next = id(items[page.Size-1])
	}
	return items, next
}
