package host

import (
	"context"
	"errors"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/temporal"

	"github.com/everframe/everframe/internal/fault"
)

// errStopping is why a step's context ends that its worker does not wait for.
var errStopping = errors.New("the worker is being stopped")

// stopper cancels the steps under way when their worker is told to stop, after
// a time of grace. By itself the SDK would let an encoder run until the process
// ends, and the server would miss it only when its heartbeat does.
type stopper struct {
	interceptor.WorkerInterceptorBase
	grace time.Duration
}

func (s *stopper) InterceptActivity(_ context.Context, next interceptor.ActivityInboundInterceptor) interceptor.ActivityInboundInterceptor {
	return &stoppable{interceptor.ActivityInboundInterceptorBase{Next: next}, s.grace}
}

type stoppable struct {
	interceptor.ActivityInboundInterceptorBase
	grace time.Duration
}

// ExecuteActivity implements interceptor.ActivityInboundInterceptor.
func (s *stoppable) ExecuteActivity(ctx context.Context, in *interceptor.ExecuteActivityInput) (any, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		select {
		case <-activity.GetWorkerStopChannel(ctx):
		case <-ctx.Done():
			return
		}
		select {
		case <-time.After(s.grace):
			cancel(errStopping)
		case <-ctx.Done():
		}
	}()
	out, err := s.Next.ExecuteActivity(ctx, in)
	stopped := errors.Is(context.Cause(ctx), errStopping)
	cancel(nil)
	<-watched
	if err != nil && stopped {
		// Said now, it is tried elsewhere at once.
		return nil, temporal.NewApplicationErrorWithCause(errStopping.Error(), fault.Unavailable.String(), err)
	}
	return out, err
}
