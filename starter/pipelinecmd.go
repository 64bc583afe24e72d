package main

import "github.com/everframe/everframe/job"

type pipelineCmd struct {
	Create pipelineCreateCmd `cmd:"" help:"Create a pipeline and, in a file store, its buckets."`
	Read   pipelineReadCmd   `cmd:"" help:"Show a pipeline."`
	List   pipelineListCmd   `cmd:"" help:"List all pipelines."`
}

// anyRole has the form the API wants. Servers that are not in front of AWS
// never assume it.
const anyRole = "arn:aws:iam::123456789012:role/everframe"

type pipelineCreateCmd struct {
	Name         string `required:"" help:"1 to 40 characters; need not be unique."`
	InputBucket  string `required:"" placeholder:"BUCKET" help:"Where inputs are read."`
	OutputBucket string `required:"" placeholder:"BUCKET" help:"Where outputs and thumbnails are written."`
	Role         string `default:"${role}" placeholder:"ARN" help:"The IAM role to read and write with (default ${role})."`
}

func (c *pipelineCreateCmd) Run(a *app) error {
	api, err := a.client()
	if err != nil {
		return err
	}
	made, err := api.createPipeline(a.ctx, job.CreatePipelineRequest{
		Name: c.Name, InputBucket: c.InputBucket, OutputBucket: c.OutputBucket, Role: c.Role,
	})
	if err != nil {
		return err
	}
	if a.json {
		return a.document(made)
	}
	for _, w := range made.Warnings {
		a.err.linef("warning %s: %s", w.Code, w.Message)
	}
	a.out.linef("%s", made.Pipeline.ID)
	return nil
}

type pipelineReadCmd struct {
	ID string `arg:"" help:"The pipeline's id."`
}

func (c *pipelineReadCmd) Run(a *app) error {
	api, err := a.client()
	if err != nil {
		return err
	}
	read, err := api.readPipeline(a.ctx, job.ID(c.ID))
	if err != nil {
		return err
	}
	if a.json {
		return a.document(read)
	}
	p := read.Pipeline
	a.out.linef("Pipeline    %s", p.ID)
	a.out.linef("Name        %s", p.Name)
	a.out.linef("Status      %s", p.Status)
	a.out.linef("Input       %s", p.InputBucket)
	a.out.linef("Output      %s", p.ContentBucket())
	a.out.linef("Thumbnails  %s", p.ThumbnailBucket())
	a.out.linef("Role        %s", p.Role)
	for _, w := range read.Warnings {
		a.err.linef("warning %s: %s", w.Code, w.Message)
	}
	return nil
}

type pipelineListCmd struct{}

func (*pipelineListCmd) Run(a *app) error {
	api, err := a.client()
	if err != nil {
		return err
	}
	all, err := collect(api.pipelines(a.ctx), 0)
	if err != nil {
		return err
	}
	if a.json {
		return a.document(pipelinesAnswer{all})
	}
	rows := make([][]string, len(all))
	for i, p := range all {
		rows[i] = []string{string(p.ID), printable(p.Name), p.InputBucket, p.ContentBucket(), string(p.Status)}
	}
	a.out.table([]string{"ID", "NAME", "INPUT", "OUTPUT", "STATUS"}, rows)
	return nil
}
