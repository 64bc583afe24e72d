package e2e_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"

	"github.com/everframe/everframe/internal/packaging/hls/hlstest"
	"github.com/everframe/everframe/internal/plan"
	"github.com/everframe/everframe/internal/testmedia"
	"github.com/everframe/everframe/job"
)

// input is a workflow's input as temporal's command line sends it.
func input(text string) converter.RawValue {
	return converter.NewRawValue(&commonpb.Payload{Metadata: map[string][]byte{"encoding": []byte("json/plain")}, Data: []byte(text)})
}

// execute starts a job the way anybody who only knows Temporal does: by names
// and JSON.
func (s *stack) execute(id string, in any) client.WorkflowRun {
	s.Helper()
	run, err := s.temporal.ExecuteWorkflow(s.Context(), client.StartWorkflowOptions{ID: id, TaskQueue: "everframe"}, "Transcode", in)
	if err != nil {
		s.Fatal(err)
	}
	return run
}

// TestStartedAsWorkflow starts jobs without the API and finds them through it.
func TestStartedAsWorkflow(t *testing.T) {
	t.Parallel()
	s := chunked.use(t)
	p := s.pipeline("by-hand")
	p.upload("in.mp4", testmedia.Clip(t, testmedia.Spec{Seconds: 6, Audio: true}))
	request := func(prefix string) string {
		return fmt.Sprintf(`{
			"PipelineId": %q, "OutputKeyPrefix": %q, "Input": {"Key": "in.mp4"},
			"Outputs": [{"Key": "v", "PresetId": %q, "SegmentDuration": 2}, {"Key": "a", "PresetId": %q, "SegmentDuration": "2"}],
			"Playlists": [{"Name": "index", "Format": "HLSv3", "OutputKeys": ["v", "a"]}]
		}`, p.id, prefix, hls400k, hlsSound)
	}
	var typed job.Request
	if err := json.Unmarshal([]byte(request("typed/")), &typed); err != nil {
		t.Fatal(err)
	}
	etID := fmt.Sprintf("%013d-%s", time.Now().UnixMilli(), "byhand")
	tests := []struct {
		name, workflow, prefix string
		input                  any
	}{
		{"free name, JSON", "film of the day/7", "free/", input(request("free/"))},
		{"a job's id, JSON", etID, "id/", input(request("id/"))},
		{"free name, a Go value", "typed request", "typed/", typed},
	}
	ids := map[job.ID]bool{}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := &stack{t, s.server}
			run := s.execute(test.workflow, test.input)
			var result job.Job
			if err := run.Get(t.Context(), &result); err != nil {
				t.Fatal(err)
			}
			if result.Status != job.Complete {
				t.Fatalf("%s:\n%s", result.Status, details(result))
			}
			if test.workflow == etID && string(result.ID) != etID {
				t.Errorf("the job is %s, want the workflow's own id", result.ID)
			}
			if !result.ID.Valid() {
				t.Errorf("the job is %q", result.ID)
			}
			ids[result.ID] = true
			if diff := cmp.Diff(s.read(result.ID), result); diff != "" {
				t.Errorf("the result is not the record (-record +result):\n%s", diff)
			}
			hlstest.Check(t, s.path(p.out, strings.TrimSuffix(test.prefix, "/")), "index.m3u8")
			var status job.Job
			if query(t, s.temporal, test.workflow, "status", &status); status.ID != result.ID || status.Status != job.Complete {
				t.Errorf("status query: %s %s", status.ID, status.Status)
			}
			var made *plan.Plan
			if query(t, s.temporal, test.workflow, "plan", &made); made == nil || len(made.Outputs()) != 2 {
				t.Errorf("plan query: %+v", made)
			}
			var commands []string
			if query(t, s.temporal, test.workflow, "commands", &commands); len(commands) == 0 || !strings.HasPrefix(commands[0], "ffprobe ") {
				t.Errorf("commands query: %q", commands)
			}
			s.found(fmt.Sprintf(`WorkflowId = '%s' AND EverframeStatus = 'Complete' AND EverframePipeline = '%s' AND EverframePresets = '%s'`,
				test.workflow, p.id, hlsSound))
		})
	}
	var list struct{ Jobs []job.Job }
	s.get("/jobsByPipeline/"+string(p.id), &list)
	for _, j := range list.Jobs {
		delete(ids, j.ID)
	}
	if len(ids) > 0 || len(list.Jobs) != len(tests) {
		t.Errorf("the list has %d jobs, want %d; not listed: %v", len(list.Jobs), len(tests), ids)
	}
}

// found waits until a list filter shows one workflow.
func (s *stack) found(query string) {
	s.Helper()
	eventually(s, time.Minute, query, func() bool {
		r, err := s.temporal.ListWorkflow(s.Context(), &workflowservice.ListWorkflowExecutionsRequest{Query: query})
		if err != nil {
			s.Fatalf("%s: %v", query, err)
		}
		return len(r.GetExecutions()) == 1
	})
}

// TestRefusedWorkflows starts what the API would refuse: the workflow fails
// with the API's text, and there is no job.
func TestRefusedWorkflows(t *testing.T) {
	t.Parallel()
	s := chunked.use(t)
	p := s.pipeline("refused-by-hand")
	t.Run("all", func(t *testing.T) { refuseWorkflows(t, s.server, p.id) })
	var list struct{ Jobs []job.Job }
	if s.get("/jobsByPipeline/"+string(p.id), &list); len(list.Jobs) > 0 {
		t.Errorf("refused requests left jobs: %+v", list.Jobs)
	}
}

func refuseWorkflows(t *testing.T, on *server, pipeline job.ID) {
	const nobody = "1111111111111-abcdef"
	for i, test := range []struct{ name, input, text string }{
		{"no JSON", `hello`, "invalid"},
		{"structure for a string", `{"PipelineId": {}}`, "Start of structure or map found where not expected."},
		{"nothing", `{}`, "Value null at 'pipelineId' failed to satisfy constraint: Member must not be null"},
		{
			"unknown preset", fmt.Sprintf(`{"PipelineId":%q,"Input":{"Key":"i"},"Output":{"Key":"o","PresetId":%q}}`, pipeline, nobody),
			"The specified preset was not found: account=000000000000, presetId=" + nobody,
		},
		{
			"unknown pipeline", fmt.Sprintf(`{"PipelineId":%q,"Input":{"Key":"i"},"Output":{"Key":"o","PresetId":%q}}`, nobody, mp4Small),
			"The specified pipeline was not found: account=000000000000, pipelineId=" + nobody,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := &stack{t, on}
			run := s.execute(fmt.Sprintf("refused %d", i), input(test.input))
			err := run.Get(t.Context(), nil)
			if err == nil || !strings.Contains(err.Error(), test.text) {
				t.Errorf("the workflow ended with %v, want %q", err, test.text)
			}
		})
	}
}

// TestUI looks for a job in Temporal's web UI.
func TestUI(t *testing.T) {
	t.Parallel()
	s := chunked.use(t)
	p := s.pipeline("ui")
	p.upload("in.mp4", testmedia.Clip(t, testmedia.Spec{Audio: true}))
	j := p.complete(p.submit(p.order("in.mp4", "", mp4("out.mp4", mp4Small))).ID)
	if a := s.request("GET", s.UI+"/", nil); a.status != 200 || !strings.Contains(strings.ToLower(string(a.body)), "<!doctype html") {
		t.Errorf("the UI answers with %d: %.200s", a.status, a.body)
	}
	eventually(t, time.Minute, "the job in the UI's list", func() bool {
		a := s.request("GET", s.UI+"/api/v1/namespaces/default/workflows?query="+`WorkflowType%3D%22Transcode%22`, nil)
		return a.status == 200 && strings.Contains(string(a.body), string(j.ID))
	})
	a := s.request("GET", s.UI+"/api/v1/namespaces/default/workflows/"+string(j.ID)+"/history", nil)
	for _, name := range []string{"Probe", "Plan", "Encode"} {
		if !strings.Contains(string(a.body), `"`+name+`"`) {
			t.Errorf("no step %s in the history the UI shows: %d %.300s", name, a.status, a.body)
		}
	}
}
