package embedtemporal_test

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	sdklog "go.temporal.io/sdk/log"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"github.com/everframe/everframe/internal/embedtemporal"
	"github.com/everframe/everframe/internal/fault"
)

const queue = "test"

var pipelineKey = temporal.NewSearchAttributeKeyKeyword("Pipeline")

// echo returns its input after one activity, so that every service of the
// server has had its part. It marks itself with a search attribute.
func echo(ctx workflow.Context, in string) (string, error) {
	if err := workflow.UpsertTypedSearchAttributes(ctx, pipelineKey.ValueSet(in)); err != nil {
		return "", err
	}
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: time.Minute})
	var out string
	err := workflow.ExecuteActivity(ctx, repeat, in).Get(ctx, &out)
	return out, err
}

func repeat(_ context.Context, in string) (string, error) { return in, nil }

// waiter ends when it is told so.
func waiter(ctx workflow.Context) error {
	workflow.GetSignalChannel(ctx, "go").Receive(ctx, nil)
	return nil
}

func options(file string) embedtemporal.Options {
	return embedtemporal.Options{
		File:             file,
		UIPort:           embedtemporal.NoUI,
		SearchAttributes: map[string]enums.IndexedValueType{"Pipeline": enums.INDEXED_VALUE_TYPE_KEYWORD},
		Logger:           slog.New(slog.DiscardHandler),
	}
}

func start(t testing.TB, o embedtemporal.Options) *embedtemporal.Server {
	t.Helper()
	s, err := embedtemporal.Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop(t, s) })
	return s
}

func stop(t testing.TB, s *embedtemporal.Server) {
	t.Helper()
	if err := s.Stop(); err != nil {
		t.Errorf("Stop: %v", err)
	}
}

// connect returns a client with a worker of its own; end closes both.
func connect(t testing.TB, s *embedtemporal.Server) (c client.Client, end func()) {
	t.Helper()
	c, err := client.Dial(client.Options{
		HostPort: s.GRPCAddress(),
		Logger:   sdklog.NewStructuredLogger(slog.New(slog.DiscardHandler)),
	})
	if err != nil {
		t.Fatal(err)
	}
	w := worker.New(c, queue, worker.Options{})
	w.RegisterWorkflow(echo)
	w.RegisterWorkflow(waiter)
	w.RegisterWorkflow(hops)
	w.RegisterActivity(repeat)
	if err := w.Start(); err != nil {
		t.Fatal(err)
	}
	return c, func() { w.Stop(); c.Close() }
}

func runEcho(t testing.TB, c client.Client, id string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	run, err := c.ExecuteWorkflow(ctx, client.StartWorkflowOptions{ID: id, TaskQueue: queue}, echo, id)
	if err != nil {
		t.Fatal(err)
	}
	var got string
	if err := run.Get(ctx, &got); err != nil {
		t.Fatal(err)
	}
	if got != id {
		t.Errorf("workflow returned %q, want %q", got, id)
	}
}

// waitListed polls the visibility store until query finds exactly the workflow.
func waitListed(t testing.TB, c client.Client, query, id string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	var got []string
	for {
		list, err := c.ListWorkflow(ctx, &workflowservice.ListWorkflowExecutionsRequest{Query: query})
		if err != nil {
			t.Fatalf("list %s: %v", query, err)
		}
		got = got[:0]
		for _, e := range list.GetExecutions() {
			got = append(got, e.GetExecution().GetWorkflowId())
		}
		if len(got) == 1 && got[0] == id {
			return
		}
		select {
		case <-ctx.Done():
			t.Fatalf("list %s = %q, want %q", query, got, id)
		case <-time.After(10 * time.Millisecond):
		}
	}
}

func TestRestartKeepsOpenWorkflow(t *testing.T) {
	t.Parallel()
	o := options(filepath.Join(t.TempDir(), "a b%3f#", "temporal.db")) // characters a URI would trip over
	o.Retention = 72 * time.Hour

	s := start(t, o)
	c, end := connect(t, s)
	runEcho(t, c, "done")
	waitListed(t, c, `Pipeline = "done"`, "done")
	if _, err := c.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{ID: "open", TaskQueue: queue}, waiter); err != nil {
		t.Fatal(err)
	}
	waitListed(t, c, `WorkflowId = "open"`, "open")
	ns, err := c.WorkflowService().DescribeNamespace(t.Context(), &workflowservice.DescribeNamespaceRequest{Namespace: "default"})
	if err != nil {
		t.Fatal(err)
	}
	if got := ns.GetConfig().GetWorkflowExecutionRetentionTtl().AsDuration(); got != o.Retention {
		t.Errorf("retention = %v, want %v", got, o.Retention)
	}
	end()
	stop(t, s)
	stop(t, s) // again: the same result, at once

	// A later version wants one more search attribute.
	o.SearchAttributes["Stage"] = enums.INDEXED_VALUE_TYPE_KEYWORD
	s = start(t, o)
	c, end = connect(t, s)
	defer end()
	waitListed(t, c, `Pipeline = "done"`, "done")
	if _, err := c.ListWorkflow(t.Context(), &workflowservice.ListWorkflowExecutionsRequest{Query: `Stage = "x"`}); err != nil {
		t.Errorf("added search attribute: %v", err)
	}
	if err := c.SignalWorkflow(t.Context(), "open", "", "go", nil); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	if err := c.GetWorkflow(ctx, "open", "").Get(ctx, nil); err != nil {
		t.Errorf("workflow left open: %v", err)
	}
}

func TestTwoServersAndTheirUIs(t *testing.T) {
	t.Parallel()
	var servers [2]*embedtemporal.Server
	started := make(chan error, len(servers))
	for i := range servers { // at the same time: they must not pick the same ports
		o := options(filepath.Join(t.TempDir(), "temporal.db"))
		o.UIPort = 0
		go func() {
			var err error
			servers[i], err = embedtemporal.Start(t.Context(), o)
			started <- err
		}()
	}
	var err error
	for range servers {
		err = errors.Join(err, <-started)
	}
	for _, s := range servers {
		if s != nil {
			t.Cleanup(func() { stop(t, s) })
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	for i, s := range servers {
		id := "wf-" + strconv.Itoa(i)
		c, end := connect(t, s)
		runEcho(t, c, id)
		end()
		// Through the UI's own proxy: it must talk to its own server.
		u := s.UIURL() + "/api/v1/namespaces/default/workflows?query=" + url.QueryEscape(`WorkflowId = "`+id+`"`)
		for _, page := range []string{s.UIURL(), u} {
			resp, err := http.Get(page)
			if err != nil {
				t.Fatal(err)
			}
			if err := resp.Body.Close(); err != nil || resp.StatusCode != http.StatusOK {
				t.Errorf("GET %s: %s, %v", page, resp.Status, err)
			}
		}
	}
}

func TestStartRefuses(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	port := taken.Addr().(*net.TCPAddr).Port

	for _, tt := range []struct {
		name   string
		change func(*embedtemporal.Options)
		kind   fault.Kind
		cause  error
	}{
		{"no file", func(o *embedtemporal.Options) { o.File = "" }, fault.Invalid, nil},
		{"every interface", func(o *embedtemporal.Options) { o.Host = "0.0.0.0" }, fault.Invalid, nil},
		{"port out of range", func(o *embedtemporal.Options) { o.GRPCPort = 70000 }, fault.Invalid, nil},
		{"one port for both", func(o *embedtemporal.Options) { o.GRPCPort, o.UIPort = 7233, 7233 }, fault.Invalid, nil},
		{"short retention", func(o *embedtemporal.Options) { o.Retention = time.Minute }, fault.Invalid, nil},
		{"gRPC port taken", func(o *embedtemporal.Options) { o.GRPCPort = port }, fault.Conflict, syscall.EADDRINUSE},
		{"UI port taken", func(o *embedtemporal.Options) { o.UIPort = port }, fault.Conflict, syscall.EADDRINUSE},
		{"too many attributes", func(o *embedtemporal.Options) {
			for i := range 5 {
				o.SearchAttributes["N"+strconv.Itoa(i)] = enums.INDEXED_VALUE_TYPE_INT // there are three
			}
		}, fault.Limited, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			o := options(filepath.Join(t.TempDir(), "temporal.db"))
			tt.change(&o)
			s, err := embedtemporal.Start(t.Context(), o)
			if err == nil {
				t.Fatal(errors.Join(errors.New("started"), s.Stop()))
			}
			if got := fault.KindOf(err); got != tt.kind {
				t.Errorf("kind %v, want %v: %v", got, tt.kind, err)
			}
			if tt.cause != nil && !errors.Is(err, tt.cause) {
				t.Errorf("cause %v is not in %v", tt.cause, err)
			}
		})
	}
}

func TestOneServerPerFile(t *testing.T) {
	t.Parallel()
	o := options(filepath.Join(t.TempDir(), "temporal.db"))
	s := start(t, o)
	if _, err := embedtemporal.Start(t.Context(), o); fault.KindOf(err) != fault.Conflict {
		t.Errorf("second server on one file: %v, want a Conflict", err)
	}
	stop(t, s)
	stop(t, start(t, o)) // free again
}
