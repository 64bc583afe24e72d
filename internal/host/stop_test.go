package host_test

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/worker"

	"github.com/everframe/everframe/internal/host"
)

func TestStopper(t *testing.T) {
	const never = time.Hour
	for _, tt := range []struct {
		name    string
		grace   time.Duration
		stop    bool
		step    func(ctx context.Context) error
		stopped bool // and to be tried elsewhere
		err     bool
	}{
		{"encoder", 0, true, func(ctx context.Context) error { <-ctx.Done(); return temporal.NewCanceledError() }, true, true},
		{"step with grace", 10 * time.Millisecond, true, func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }, true, true},
		{"step that ends in time", never, true, func(context.Context) error { return nil }, false, false},
		{"step that ends all the same", 0, true, func(ctx context.Context) error { <-ctx.Done(); return nil }, false, false},
		{"step that fails", never, true, func(context.Context) error { return errors.New("own") }, false, true},
		{"worker that goes on", 0, false, func(ctx context.Context) error { return ctx.Err() }, false, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var suite testsuite.WorkflowTestSuite
			suite.SetLogger(log.NewStructuredLogger(slog.New(slog.DiscardHandler)))
			env := suite.NewTestActivityEnvironment()
			env.SetWorkerOptions(worker.Options{Interceptors: []interceptor.WorkerInterceptor{host.NewStopper(tt.grace)}})
			stop := make(chan struct{})
			if tt.stop {
				close(stop)
			}
			env.SetWorkerStopChannel(stop)
			env.RegisterActivityWithOptions(tt.step, activity.RegisterOptions{Name: "step"})
			_, err := env.ExecuteActivity("step")
			if (err != nil) != tt.err {
				t.Fatalf("error %v", err)
			}
			var app *temporal.ApplicationError
			if got := errors.As(err, &app) && app.Type() == "Unavailable" && !app.NonRetryable(); got != tt.stopped {
				t.Errorf("error %v: to be tried elsewhere: %t", err, got)
			}
		})
	}
}
