package host

import (
	"time"

	"go.temporal.io/sdk/interceptor"
)

func NewStopper(grace time.Duration) interceptor.WorkerInterceptor { return &stopper{grace: grace} }
