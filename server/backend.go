package main

import (
	"context"

	"github.com/everframe/everframe/internal/catalog"
	"github.com/everframe/everframe/internal/dispatch"
	"github.com/everframe/everframe/internal/httpapi"
	"github.com/everframe/everframe/internal/storage"
	"github.com/everframe/everframe/job"
)

// backend is what the API asks for, made of the dispatcher and the catalog.
type backend struct {
	dispatcher *dispatch.Dispatcher
	catalog    *catalog.Catalog
	store      storage.Store
	account    job.Account
}

var (
	_ httpapi.Jobs      = backend{}
	_ httpapi.Pipelines = backend{}
)

func (b backend) Submit(ctx context.Context, req job.Request, body []byte) (job.Job, error) {
	return b.dispatcher.Submit(ctx, req, body)
}

func (b backend) Job(ctx context.Context, id job.ID) (job.Job, error) {
	return b.dispatcher.Job(ctx, id)
}

func (b backend) Cancel(ctx context.Context, id job.ID, force bool) error {
	return b.dispatcher.Cancel(ctx, id, force)
}

func (b backend) JobsByPipeline(ctx context.Context, pipeline job.ID, p httpapi.Page) ([]job.Job, job.ID, error) {
	if _, err := b.catalog.Pipeline(ctx, pipeline); err != nil {
		return nil, "", err
	}
	records, next, err := b.catalog.JobsByPipeline(ctx, pipeline, page(p))
	return jobs(records), job.ID(next), err
}

func (b backend) JobsByStatus(ctx context.Context, status job.Status, p httpapi.Page) ([]job.Job, job.ID, error) {
	records, next, err := b.catalog.JobsByStatus(ctx, status, page(p))
	return jobs(records), job.ID(next), err
}

// CreatePipeline makes the buckets before the pipeline: a job must not find a
// pipeline without them.
func (b backend) CreatePipeline(ctx context.Context, req job.CreatePipelineRequest) (job.Pipeline, []job.Warning, error) {
	p := job.NewPipeline(b.dispatcher.NewID(), req, b.account)
	for _, bucket := range []string{p.InputBucket, p.ContentBucket(), p.ThumbnailBucket()} {
		if err := b.store.CreateBucket(ctx, bucket); err != nil {
			return job.Pipeline{}, nil, err
		}
	}
	err := b.catalog.CreatePipeline(ctx, p, 0, b.dispatcher.Now().UnixMilli())
	return p, nil, err
}

func (b backend) Pipeline(ctx context.Context, id job.ID) (job.Pipeline, []job.Warning, error) {
	p, err := b.catalog.Pipeline(ctx, id)
	return p.Pipeline, nil, err
}

func (b backend) Pipelines(ctx context.Context, p httpapi.Page) ([]job.Pipeline, job.ID, error) {
	found, next, err := b.catalog.Pipelines(ctx, page(p))
	list := make([]job.Pipeline, len(found))
	for i := range found {
		list[i] = found[i].Pipeline
	}
	return list, job.ID(next), err
}

func page(p httpapi.Page) catalog.Page {
	return catalog.Page{Ascending: !p.Descending, Token: string(p.After), Limit: p.Size}
}

func jobs(records []catalog.Record) []job.Job {
	list := make([]job.Job, len(records))
	for i := range records {
		list[i] = records[i].Job
	}
	return list
}
