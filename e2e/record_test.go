package e2e_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"go.temporal.io/api/common/v1"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/history/v1"
	"go.temporal.io/api/proxy"
	"go.temporal.io/api/temporalproto"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"

	"github.com/everframe/everframe/internal/golden"
	"github.com/everframe/everframe/internal/testmedia"
	"github.com/everframe/everframe/job"
	"github.com/everframe/everframe/workflows"
)

// TestRecord records the histories of real jobs of every shape, which the tests
// of package workflows replay. It runs only with -update: after a workflow has
// got a new version, keep the old files and add the new ones.
//
//	go test ./e2e -run TestRecord -update
func TestRecord(t *testing.T) {
	if !golden.Update() {
		t.Skip("records with -update only")
	}
	p := plain.use(t).pipeline("record")
	p.upload("film.mp4", testmedia.Clip(t, testmedia.Spec{Size: "320x180", Seconds: 6, Audio: true}))
	film := p.complete(p.submit(p.order("film.mp4", "a/", mp4("film.mp4", mp4Small))).ID)
	p.record("one-mp4", film.ID)

	pattern := "stills/{count}"
	file := mp4("film.mp4", mp4480p)
	file.ThumbnailPattern = &pattern
	ladder := p.order("film.mp4", "b/", hls("1M/v", hls1M, "2"), hls("400k/v", hls400k, "2"), hls("sound/a", hlsSound, "2"), file)
	ladder.Playlists = []job.Playlist{{Name: "index", Format: job.HLSv3, OutputKeys: []string{"1M/v", "400k/v", "sound/a"}}}
	p.record("ladder", p.complete(p.submit(ladder).ID).ID)

	text := filepath.Join(t.TempDir(), "text")
	if err := os.WriteFile(text, []byte("no media"), 0o600); err != nil {
		t.Fatal(err)
	}
	p.upload("text.mp4", text)
	failed := p.wait(p.submit(p.order("text.mp4", "c/", mp4("film.mp4", mp4Small))).ID)
	if failed.Status != job.Error {
		t.Fatalf("a job without media is %s", failed.Status)
	}
	p.record("failed", failed.ID)

	c := chunked.use(t).pipeline("record")
	c.prepare()
	c.upload("film.mp4", testmedia.Clip(t, testmedia.Spec{Size: "320x180", Seconds: 12, Audio: true}))
	c.record("chunked", c.complete(c.submit(c.order("film.mp4", "d/", hls("1M/v", hls1M, "4"), hls("400k/v", hls400k, "4"))).ID).ID)

	long := c.long("e/")
	c.running(long.ID)
	if err := c.temporal.SignalWorkflow(t.Context(), string(long.ID), "", workflows.CancelSignal, nil); err != nil {
		t.Fatal(err)
	}
	if j := c.wait(long.ID); j.Status != job.Canceled {
		t.Fatalf("the canceled job is %s", j.Status)
	}
	c.record("canceled", long.ID)

	p.recordOne("admission", "running", workflows.AdmissionID)
	p.recordSweep()
}

// record records a job's workflow and its children.
func (s *stack) record(shape string, id job.ID) {
	s.Helper()
	if err := s.temporal.GetWorkflow(s.Context(), string(id), "").Get(s.Context(), nil); err != nil && shape != "canceled" {
		s.Fatal(err)
	}
	s.recordOne("transcode", shape, string(id))
	for i, child := range children(s, s.temporal, string(id)) {
		if i > 0 {
			shape = fmt.Sprintf("%s-%d", shape, i+1)
		}
		s.recordOne("encode", shape, child)
	}
}

// recordSweep has the schedule run the sweep and records that.
func (s *stack) recordSweep() {
	s.Helper()
	if err := s.temporal.ScheduleClient().GetHandle(s.Context(), "everframe-sweep").Trigger(s.Context(), client.ScheduleTriggerOptions{}); err != nil {
		s.Fatal(err)
	}
	var id string
	eventually(s, jobTime, "a sweep", func() bool {
		found, err := s.temporal.ListWorkflow(s.Context(), &workflowservice.ListWorkflowExecutionsRequest{
			Query: "WorkflowType = 'Sweep' AND ExecutionStatus = 'Completed'",
		})
		if err != nil {
			s.Fatal(err)
		}
		for _, w := range found.GetExecutions() {
			id = w.GetExecution().GetWorkflowId()
		}
		return id != ""
	})
	s.recordOne("sweep", "scheduled", id)
}

// machine matches what a history says of the machine it was made on.
var machine = regexp.MustCompile(`("(?:identity|workerIdentity|sdkName)":\s*)"[^"]*"`)

// elsewhere is where a recorded server seems to have run.
const elsewhere = "/srv/everframe"

func (s *stack) recordOne(workflow, shape, id string) {
	s.Helper()
	h := &history.History{}
	version := 1
	it := s.temporal.GetWorkflowHistory(s.Context(), id, "", false, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for it.HasNext() {
		e, err := it.Next()
		if err != nil {
			s.Fatal(err)
		}
		h.Events = append(h.Events, e)
		if m := e.GetMarkerRecordedEventAttributes(); m.GetMarkerName() == "Version" {
			if _, err := fmt.Sscan(string(m.GetDetails()["version"].GetPayloads()[0].GetData()), &version); err != nil {
				s.Fatal(err)
			}
		}
	}
	err := proxy.VisitPayloads(s.Context(), h, proxy.VisitPayloadsOptions{Visitor: func(_ *proxy.VisitPayloadsContext, all []*common.Payload) ([]*common.Payload, error) {
		for _, p := range all {
			p.Data = bytes.ReplaceAll(p.Data, []byte(s.dir), []byte(elsewhere))
		}
		return all, nil
	}})
	if err != nil {
		s.Fatal(err)
	}
	text, err := temporalproto.CustomJSONMarshalOptions{}.Marshal(h)
	if err != nil {
		s.Fatal(err)
	}
	text = bytes.ReplaceAll(text, []byte(s.dir), []byte(elsewhere)) // in failures
	text = machine.ReplaceAll(text, []byte(`$1"worker"`))
	var file bytes.Buffer
	z, err := gzip.NewWriterLevel(&file, gzip.BestCompression)
	if err != nil {
		s.Fatal(err)
	}
	if _, err := z.Write(text); err != nil {
		s.Fatal(err)
	}
	if err := z.Close(); err != nil {
		s.Fatal(err)
	}
	name := filepath.Join("../workflows/testdata/history", fmt.Sprintf("%s-%d-%s.json.gz", workflow, version, shape))
	if err := os.WriteFile(name, file.Bytes(), 0o644); err != nil {
		s.Fatal(err)
	}
	s.Logf("%s: %d events, %d bytes", name, len(h.Events), file.Len())
}
