//lint:file-ignore SA1019 Amazon deprecated the client with the service this one stands in for.

package httpapi_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	et "github.com/aws/aws-sdk-go-v2/service/elastictranscoder"
	"github.com/aws/aws-sdk-go-v2/service/elastictranscoder/types"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"

	"github.com/everframe/everframe/job"
	"github.com/everframe/everframe/presets"
)

// client is the last client that Amazon published for Go, pointed at r and
// signing with a key nobody knows.
func (r *rig) client() *et.Client {
	return et.New(et.Options{
		BaseEndpoint: aws.String(r.url),
		Region:       "us-east-1",
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "AKIDEXAMPLE", SecretAccessKey: "example"}, nil
		}),
	})
}

// sdkPipeline makes a pipeline through the client.
func sdkPipeline(t *testing.T, c *et.Client, name string) *types.Pipeline {
	t.Helper()
	out, err := c.CreatePipeline(t.Context(), &et.CreatePipelineInput{
		Name:         aws.String(name),
		InputBucket:  aws.String("in"),
		OutputBucket: aws.String("out"),
		Role:         aws.String("arn:aws:iam::123456789012:role/r"),
	})
	if err != nil {
		t.Fatal(err)
	}
	return out.Pipeline
}

func sdkJob(t *testing.T, c *et.Client, pipeline *string) *types.Job {
	t.Helper()
	out, err := c.CreateJob(t.Context(), &et.CreateJobInput{
		PipelineId:      pipeline,
		Inputs:          []types.JobInput{{Key: aws.String("in.mp4")}},
		OutputKeyPrefix: aws.String("x/"),
		Outputs: []types.CreateJobOutput{
			{Key: aws.String("v"), PresetId: aws.String("1351620000001-200040"), SegmentDuration: aws.String("10")},
			{Key: aws.String("a"), PresetId: aws.String("1351620000001-200071"), SegmentDuration: aws.String("10")},
		},
		Playlists:    []types.CreateJobPlaylist{{Name: aws.String("index"), Format: aws.String("HLSv3"), OutputKeys: []string{"v", "a"}}},
		UserMetadata: map[string]string{"cid": "42"},
	})
	if err != nil {
		t.Fatal(err)
	}
	return out.Job
}

// TestSDK leads a real client through a job's life.
func TestSDK(t *testing.T) {
	r := serve(t)
	c := r.client()
	p := sdkPipeline(t, c, "p")
	read, err := c.ReadPipeline(t.Context(), &et.ReadPipelineInput{Id: p.Id})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := aws.ToString(read.Pipeline.ContentConfig.Bucket), "out"; got != want || aws.ToString(read.Pipeline.Arn) != aws.ToString(p.Arn) {
		t.Errorf("pipeline: got content bucket %s, ARN %s", got, aws.ToString(read.Pipeline.Arn))
	}

	j := sdkJob(t, c, p.Id)
	got := fmt.Sprintf("%s %s %s %s %s %v", *j.Status, *j.Outputs[1].Id, *j.Output.Key, *j.Outputs[0].SegmentDuration, *j.Playlists[0].Status, j.UserMetadata)
	if want := "Submitted 2 v 10.0 Submitted map[cid:42]"; got != want {
		t.Errorf("job: got %s, want %s", got, want)
	}
	if j.Timing.SubmitTimeMillis == nil || j.Timing.StartTimeMillis != nil || j.Input == nil || len(j.Inputs) != 1 {
		t.Errorf("job: got timing %+v, inputs %d", j.Timing, len(j.Inputs))
	}
	if body := r.backend.bodies[job.ID(*j.Id)]; !strings.Contains(body, `"OutputKeyPrefix":"x/"`) {
		t.Errorf("body handed on: got %s, want what the client sent", body)
	}

	preset, err := c.ReadPreset(t.Context(), &et.ReadPresetInput{Id: aws.String("1351620000001-200040")})
	if err != nil || aws.ToString(preset.Preset.Video.Codec) != "H.264" || len(preset.Preset.Video.Watermarks) != 4 {
		t.Errorf("preset: got %+v, %v", preset, err)
	}
	if _, err := c.CancelJob(t.Context(), &et.CancelJobInput{Id: j.Id}); err != nil {
		t.Error(err)
	}
	after, err := c.ReadJob(t.Context(), &et.ReadJobInput{Id: j.Id})
	if err != nil || aws.ToString(after.Job.Status) != "Canceled" || aws.ToString(after.Job.Outputs[1].Status) != "Canceled" {
		t.Errorf("canceled job: got %+v, %v", after, err)
	}
}

func TestSDKErrors(t *testing.T) {
	r := serve(t)
	c := r.client()
	p := sdkPipeline(t, c, "p")
	done := sdkJob(t, c, p.Id)
	r.backend.report(job.ID(*done.Id), job.Complete)

	_, err := c.ReadJob(t.Context(), &et.ReadJobInput{Id: aws.String(unknownID)})
	var notFound *types.ResourceNotFoundException
	if !errors.As(err, &notFound) || notFound.ErrorMessage() != "The specified job was not found: account=123456789012, jobId="+unknownID+"." {
		t.Errorf("unknown job: got %v", err)
	}
	_, err = c.CancelJob(t.Context(), &et.CancelJobInput{Id: done.Id})
	var inUse *types.ResourceInUseException
	if !errors.As(err, &inUse) {
		t.Errorf("cancel of a complete job: got %v", err)
	}
	_, err = c.ReadPipeline(t.Context(), &et.ReadPipelineInput{Id: aws.String("../jobs")})
	var invalid *types.ValidationException
	if !errors.As(err, &invalid) || !strings.Contains(invalid.ErrorMessage(), "Value '../jobs' at 'id'") {
		t.Errorf("hostile id: got %v", err)
	}
	_, err = c.DeletePreset(t.Context(), &et.DeletePresetInput{Id: aws.String("1351620000001-200040")})
	var denied *types.AccessDeniedException
	if !errors.As(err, &denied) {
		t.Errorf("delete of a system preset: got %v", err)
	}
	_, err = c.UpdatePipelineStatus(t.Context(), &et.UpdatePipelineStatusInput{Id: p.Id, Status: aws.String("Paused")})
	var api smithy.APIError
	if !errors.As(err, &api) || api.ErrorCode() != "ValidationException" || !strings.Contains(api.ErrorMessage(), "UpdatePipelineStatus is not available") {
		t.Errorf("operation of a later version: got %v", err)
	}
}

// TestSDKWaiter waits for a job that needs a few looks.
func TestSDKWaiter(t *testing.T) {
	r := serve(t)
	c := r.client()
	p := sdkPipeline(t, c, "p")
	for want, fails := range map[job.Status]bool{job.Complete: false, job.Error: true, job.Canceled: true} {
		id := sdkJob(t, c, p.Id).Id
		looks := 0
		w := et.NewJobCompleteWaiter(looking{c, func() {
			if looks++; looks == 2 {
				r.backend.report(job.ID(*id), job.Progressing)
			} else if looks == 3 {
				r.backend.report(job.ID(*id), want)
			}
		}})
		err := w.Wait(t.Context(), &et.ReadJobInput{Id: id}, time.Minute, func(o *et.JobCompleteWaiterOptions) {
			o.MinDelay, o.MaxDelay = time.Millisecond, time.Millisecond
		})
		if (err != nil) != fails || looks != 3 {
			t.Errorf("job that ends %s: got %v after %d looks, want an error: %t after 3", want, err, looks, fails)
		}
	}
}

// looking does something before each ReadJob.
type looking struct {
	*et.Client
	before func()
}

func (l looking) ReadJob(ctx context.Context, in *et.ReadJobInput, opts ...func(*et.Options)) (*et.ReadJobOutput, error) {
	l.before()
	return l.Client.ReadJob(ctx, in, opts...)
}

// TestSDKPaginators reads lists of more than a page in every order.
func TestSDKPaginators(t *testing.T) {
	r := serve(t)
	c := r.client()
	var pipelines, jobs, system []string
	for i := range 101 {
		pipelines = append(pipelines, *sdkPipeline(t, c, fmt.Sprint("p", i)).Id)
	}
	for range 100 { // two full pages: the second must be the last
		jobs = append(jobs, r.job(pipelines[0]))
	}
	all := append(slices.Clone(jobs), r.job(pipelines[1]))
	for _, p := range presets.System() {
		system = append(system, string(p.ID))
	}
	for _, ascending := range []*string{nil, aws.String("true"), aws.String("false")} {
		check := func(list string, got, want []string, pages, wantPages int) {
			t.Helper()
			if aws.ToString(ascending) == "false" {
				slices.Reverse(got)
			}
			if diff := cmp.Diff(want, got); diff != "" || pages != wantPages {
				t.Errorf("%s, ascending %q: %d pages, want %d (-want +got)\n%s", list, aws.ToString(ascending), pages, wantPages, diff)
			}
		}
		jobID := func(j types.Job) *string { return j.Id }

		pr := et.NewListPresetsPaginator(c, &et.ListPresetsInput{Ascending: ascending})
		got, n := collect(t, pr.HasMorePages, pr.NextPage, func(o *et.ListPresetsOutput) []types.Preset { return o.Presets },
			func(p types.Preset) *string { return p.Id })
		check("presets", got, system, n, 2)

		pi := et.NewListPipelinesPaginator(c, &et.ListPipelinesInput{Ascending: ascending})
		got, n = collect(t, pi.HasMorePages, pi.NextPage, func(o *et.ListPipelinesOutput) []types.Pipeline { return o.Pipelines },
			func(p types.Pipeline) *string { return p.Id })
		check("pipelines", got, pipelines, n, 3)

		jp := et.NewListJobsByPipelinePaginator(c, &et.ListJobsByPipelineInput{PipelineId: &pipelines[0], Ascending: ascending})
		got, n = collect(t, jp.HasMorePages, jp.NextPage, func(o *et.ListJobsByPipelineOutput) []types.Job { return o.Jobs }, jobID)
		check("jobs by pipeline", got, jobs, n, 2)

		js := et.NewListJobsByStatusPaginator(c, &et.ListJobsByStatusInput{Status: aws.String("Submitted"), Ascending: ascending})
		got, n = collect(t, js.HasMorePages, js.NextPage, func(o *et.ListJobsByStatusOutput) []types.Job { return o.Jobs }, jobID)
		check("jobs by status", got, all, n, 3)
	}
}

// collect reads all pages of a list and returns the ids and how many pages
// there were.
func collect[O, T any](t *testing.T, more func() bool, next func(context.Context, ...func(*et.Options)) (*O, error),
	items func(*O) []T, id func(T) *string,
) (ids []string, pages int) {
	t.Helper()
	for ; more(); pages++ {
		page, err := next(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, item := range items(page) {
			ids = append(ids, aws.ToString(id(item)))
		}
	}
	return ids, pages
}
