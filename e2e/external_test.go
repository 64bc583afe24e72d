package e2e_test

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/everframe/everframe/internal/packaging/hls/hlstest"
	"github.com/everframe/everframe/internal/testmedia"
	"github.com/everframe/everframe/job"
)

// TestWorkers has a server that only serves the API and workers that do the
// work, all on the Temporal of somebody else. One worker is killed and another
// one takes its place.
func TestWorkers(t *testing.T) {
	t.Parallel()
	host := chunked.use(t)
	const namespace = "team"
	_, err := host.temporal.WorkflowService().RegisterNamespace(t.Context(), &workflowservice.RegisterNamespaceRequest{
		Namespace: namespace, WorkflowExecutionRetentionPeriod: durationpb.New(24 * time.Hour),
	})
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, time.Minute, "the namespace", func() bool {
		c, err := dial(host.Temporal, namespace)
		if err != nil {
			return false
		}
		defer c.Close()
		_, err = c.ListWorkflow(t.Context(), &workflowservice.ListWorkflowExecutionsRequest{Namespace: namespace})
		return err == nil
	})
	env := []string{"TEMPORAL_ADDRESS=" + host.Temporal, "TEMPORAL_NAMESPACE=" + namespace}
	s := startEnv(t, env)
	if s.Temporal != host.Temporal || s.UI != "" {
		t.Errorf("the server says Temporal is at %s with the UI %q, want %s and none", s.Temporal, s.UI, host.Temporal)
	}
	s.temporal.Close()
	if s.temporal, err = dial(host.Temporal, namespace); err != nil {
		t.Fatal(err)
	}
	data := filepath.Join(s.dir, "data")
	worker := func() *process {
		t.Helper()
		log := filepath.Join(t.TempDir(), "worker.log")
		args := append([]string{"--data", data, "--database", "sqlite://" + filepath.Join(data, "catalog.db"), "--log-format", "json"}, chunked.flags...)
		w, err := launch(log, env, "worker", args...)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			w.kill()
			if t.Failed() {
				t.Log(tail(log))
			}
		})
		return w
	}

	p := s.pipeline("team")
	p.upload("in.mp4", testmedia.Clip(t, testmedia.Spec{Size: "640x360", Seconds: 12, Audio: true}))
	req := p.order("in.mp4", "x/", hls("v", hls1M, "2"), hls("a", hlsSound, "2"))
	req.Playlists = []job.Playlist{{Name: "index", Format: job.HLSv3, OutputKeys: []string{"v", "a"}}}
	j := p.submit(req)

	first := worker()
	soon(t, jobTime, "the first chunk", func() bool { return len(s.finishedChunks()) > 0 })
	first.kill()
	if has(p.objects(p.out, ""), "v.m3u8") {
		t.Error("the worker was not killed in time")
	}
	done := s.finishedChunks()
	second := worker()
	p.complete(j.ID)
	hlstest.Check(t, p.path(p.out, "x"), "index.m3u8")
	all, reused := pieces(t, s.temporal, string(j.ID))
	t.Logf("%d of %d chunks were finished by the killed worker; %d found ready", len(done), all, reused)
	for _, child := range children(t, s.temporal, string(j.ID)) {
		for _, st := range steps(t, s.temporal, child) {
			if !strings.HasPrefix(st.worker, decimal(first.cmd.Process.Pid)+"@") && !strings.HasPrefix(st.worker, decimal(second.cmd.Process.Pid)+"@") {
				t.Errorf("%s was done by %s", st.name, st.worker)
			}
		}
	}
	// A worker that is told to stop ends by itself.
	if err := second.stop(); err != nil {
		t.Errorf("the worker ended with: %v", err)
	}
}
